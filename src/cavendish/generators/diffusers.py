"""Any diffusers pipeline that takes a prompt and an image, from a folder in diffusers layout or from the hub."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import GeneratorError, ModelError, PromptError, optional_import
from cavendish.generators import checkpoint
from cavendish.generators.canvas import Canvas, sizes_of_area
from cavendish.generators.device import choose, out_of_memory
from cavendish.generators.generator import About, Generator, Painting, Request, paint_in_batches
from cavendish.generators.presets import Preset

MEGAPIXEL = 1024 * 1024
QUANTISED = {  # configurations of torchao
    "int8": "Int8WeightOnlyConfig",
    "int4": "Int4WeightOnlyConfig",
    "float8": "Float8WeightOnlyConfig",
}
CLIP_WARNINGS = ("CLIP can only handle", "Token indices sequence length", "No LoRA keys associated to CLIPTextModel")


@dataclass(frozen=True)
class Family:
    """A pipeline class: its canvas, its defaults, and the arguments of its call that others do not have."""

    canvas: Canvas = field(default_factory=Canvas)
    steps: int = 50
    guidance: float = 4.0
    references: int = 1
    guidance_kwarg: str = "guidance_scale"
    negative_prompt: str | None = None
    extra_kwargs: Callable[[Request], dict[str, Any]] = lambda request: {}
    needs_image: bool = False


# Kontext by default resizes the picture to the nearest of its own sizes, and the painting to an area of a megapixel.
_KONTEXT = Family(
    steps=28,
    guidance=2.5,
    extra_kwargs=lambda request: {"max_area": request.size[0] * request.size[1], "_auto_resize": False},
)
# Qwen's pipelines resize every picture to about a megapixel; these are the sizes that they leave as they are.
_QWEN = Family(
    canvas=Canvas(multiple=32, sizes=sizes_of_area(MEGAPIXEL, 32)),
    guidance_kwarg="true_cfg_scale",
    negative_prompt=" ",
    needs_image=True,
)
FAMILIES: dict[str, Family] = {
    "Flux2KleinPipeline": Family(references=4),
    "Flux2KleinKVPipeline": Family(steps=4, guidance=1.0, references=4),
    "FluxKontextPipeline": _KONTEXT,
    "QwenImageEditPipeline": _QWEN,
    "QwenImageEditPlusPipeline": replace(_QWEN, steps=40, references=3),
}


class Pipeline:
    """A generator over a pipeline, which paints one picture after another."""

    def __init__(self, pipeline: Any, preset: Preset, *, revision: str | None, batch_size: int) -> None:
        self.pipeline = pipeline
        self._family = family = FAMILIES.get(type(pipeline).__name__, Family())
        self._parameters = inspect.signature(pipeline.__call__).parameters
        distilled = bool(pipeline.config.get("is_distilled", False))
        about = About(
            name=preset.name,
            revision=revision,
            canvas=family.canvas,
            references=family.references,
            steps=4 if distilled else family.steps,
            guidance=1.0 if distilled else family.guidance,
            versions={name: version(name) for name in ("torch", "diffusers", "transformers")},
        )
        self.about = replace(preset.applied(about), batch_size=batch_size)

    def fits(self, instruction: str) -> bool:
        tokens = self._tokens(instruction)
        return tokens is None or tokens[0] <= tokens[1]

    def _tokens(self, instruction: str) -> tuple[int, int] | None:
        """Tokens of an instruction and the most that the text encoder reads; None if the pipeline does not say."""
        tokenizer = getattr(self.pipeline, "tokenizer_2", None) or getattr(self.pipeline, "tokenizer", None)
        limit = self._parameters.get("max_sequence_length")
        if tokenizer is None or limit is None:
            return None
        text = instruction
        if getattr(tokenizer, "chat_template", None):
            chat = [{"role": "user", "content": instruction}]
            text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return len(tokenizer(text).input_ids), limit.default

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        for request in requests:
            self._check(request)
        with out_of_memory(self.about.name):
            return paint_in_batches(requests, self.about.batch_size, self._settings, self._paint_batch)

    def _check(self, request: Request) -> None:
        tokens = self._tokens(request.instruction)
        if tokens and tokens[0] > tokens[1]:
            raise PromptError(
                f"the instruction has {tokens[0]} tokens and {self.about.name} reads {tokens[1]}; make it shorter: "
                f"{request.instruction[:60]!r} …"
            )
        if len(request.images) > self.about.references:
            raise GeneratorError(f"{self.about.name} takes {self.about.references} reference pictures at most")
        if self._family.needs_image and not request.images:
            raise GeneratorError(f"{self.about.name} only edits: it needs a picture to start from")

    def _settings(self, request: Request) -> Any:
        return (
            self.about.steps if request.steps is None else request.steps,
            self.about.guidance if request.guidance is None else request.guidance,
        )

    def _paint_batch(self, requests: Sequence[Request], steps: int, guidance: float) -> Iterable[NDArray[np.uint8]]:
        """The paintings of requests that have the same shapes and settings."""
        return (self._paint_one(request, steps, guidance) for request in requests)

    def _paint_one(self, request: Request, steps: int, guidance: float) -> NDArray[np.uint8]:
        import torch
        from PIL import Image

        height, width = request.size
        images = [Image.fromarray(image) for image in request.images]
        kwargs = {
            "image": images if self.about.references > 1 else next(iter(images), None),
            "height": height,
            "width": width,
            "num_inference_steps": steps,
            self._family.guidance_kwarg: guidance,
            "negative_prompt": self._family.negative_prompt if guidance > 1 else None,
            "generator": torch.Generator().manual_seed(request.seed),
            **self._family.extra_kwargs(request),
        }
        known = {name: value for name, value in kwargs.items() if name in self._parameters and value is not None}
        return np.asarray(self.pipeline(prompt=request.instruction, **known).images[0].convert("RGB"))

    def pixels(self, images: NDArray[np.uint8]) -> Any:
        """(B, H, W, 3) uint8 -> (B, 3, H, W) from -1 to 1, on the device and in the type of the VAE."""
        import torch

        pixels = torch.from_numpy(images).movedim(-1, 1).contiguous()
        return pixels.to(self.pipeline._execution_device, self.pipeline.vae.dtype) / 127.5 - 1


def open_pipeline(
    preset: Preset,
    *,
    device: str | None = None,
    dtype: str | None = None,
    pipeline: str | None = None,
    transformer: str | None = None,
    lora: str | None = None,
    offload: str | None = None,
    quantise: str | None = None,
    compile: bool = False,
    batch_size: int | None = None,
    revision: str | None = None,
    components: Mapping[str, Any] | None = None,
) -> Generator:
    """The pipeline of a preset: a folder in diffusers layout, or a repository of the hub, downloaded if need be.

    `device` is "cuda", "mps" or "cpu", by default the best there is; `dtype` "bfloat16", "float16" or "float32".
    `pipeline` names a class of diffusers, or MODULE:CLASS, in place of the checkpoint's. `transformer` is a folder or
    repository ("…:SUBFOLDER" within it) of a tuned transformer to swap in, `lora` one of adapters. `offload` "model"
    or "sequential" keeps on the CPU what does not run. `quantise` "int8", "int4" or "float8" makes the transformer's
    weights smaller by torchao. `compile` compiles the transformer when it first runs. `components` replaces named
    parts. Raises ModelError, MissingExtraError, or DeviceMemoryError.
    """
    with optional_import("to run diffusers pipelines", "cavendish[diffusers]"):
        import accelerate  # noqa: F401  diffusers loads weights through it
        import diffusers  # noqa: F401
    if batch_size is not None and batch_size < 1:
        raise ModelError(f"batch_size is at least 1, not {batch_size}")
    folder, digest = checkpoint.find(preset.repository, revision)
    index = checkpoint.read_index(folder)
    pipeline_class = checkpoint.class_called(pipeline or index["_class_name"])
    device = choose(device)
    torch_dtype = _dtype(dtype, device)
    parts = dict(components or {})
    if "processor" not in parts:
        parts |= checkpoint.read_processor(folder, index, preset.repository)
    if transformer is not None:
        parts["transformer"] = _load_transformer(transformer, torch_dtype)
    if quantise is not None:
        parts["quantization_config"] = _quantisation(quantise)
    if pipeline_class.__name__ == "FluxKontextPipeline":
        _silence_clip(pipeline_class)
    with checkpoint.reading(preset.repository), out_of_memory(preset.name):
        loaded = pipeline_class.from_pretrained(
            folder, dtype=torch_dtype, use_safetensors=True, local_files_only=True, **parts
        )
        if lora is not None:
            _load_lora(loaded, lora)
        _place(loaded, device, offload)
    if compile:
        loaded.transformer.compile()
    loaded.set_progress_bar_config(disable=True)
    return _generator_class(pipeline_class)(
        loaded,
        preset.over(index.get(checkpoint.PRESET, {}), str(folder / checkpoint.INDEX)),
        revision="+".join(part for part in (digest, transformer, lora) if part),
        batch_size=batch_size or (4 if device.startswith("cuda") else 1),
    )


def _generator_class(pipeline_class: type) -> type[Pipeline]:
    if pipeline_class.__name__ in ("Flux2KleinPipeline", "Flux2KleinKVPipeline"):
        from cavendish.generators.flux2 import Flux2

        return Flux2
    return Pipeline


def _silence_clip(pipeline_class: type) -> None:
    """Silence warnings that FLUX.1's CLIP cuts an instruction off and that a LoRA has no part for it.

    T5 reads the whole instruction, `Pipeline` refuses one that T5 would cut off, and a LoRA may well be the
    transformer's alone.
    """
    for name in (pipeline_class.__module__, "transformers.tokenization_utils_base", "diffusers.loaders.lora_base"):
        logging.getLogger(name).addFilter(_is_not_of_clip)


def _is_not_of_clip(record: logging.LogRecord) -> bool:
    return not any(warning in record.getMessage() for warning in CLIP_WARNINGS)


def _dtype(name: str | None, device: str) -> Any:
    """bfloat16 on an accelerator that has it, else float16 there; float32 on the CPU, where half is no faster."""
    import torch

    if name is not None:
        if name not in ("bfloat16", "float16", "float32"):
            raise ModelError(f"dtype is bfloat16, float16 or float32, not {name!r}")
        return getattr(torch, name)
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device == "mps" else torch.float32


def _load_transformer(name: str, dtype: Any) -> Any:
    from diffusers import AutoModel

    repository, _, subfolder = name.partition(":")
    checkpoint.vet(Path(repository, subfolder))
    with checkpoint.reading(repository):
        return AutoModel.from_pretrained(
            repository, subfolder=subfolder or None, torch_dtype=dtype, use_safetensors=True
        )


def _load_lora(pipeline: Any, name: str) -> None:
    checkpoint.vet(Path(name))
    with checkpoint.reading(name):
        pipeline.load_lora_weights(name, use_safetensors=True)


def _place(pipeline: Any, device: str, offload: str | None) -> None:
    """Move a pipeline to its device, whole or part by part as it runs."""
    match offload:
        case None:
            pipeline.to(device)
        case "model":
            pipeline.enable_model_cpu_offload(device=device)
        case "sequential" if device == "cpu":
            raise ModelError("offload='sequential' needs an accelerator; the device here is 'cpu'")
        case "sequential":
            pipeline.enable_sequential_cpu_offload(device=device)
        case _:
            raise ModelError(f"offload is 'model' or 'sequential', not {offload!r}")


def _quantisation(name: str) -> Any:
    """The configuration that quantises the transformer, which holds most of the weights, and nothing else."""
    with optional_import("to quantise", "torchao"):
        import torchao.quantization as ao
    from diffusers import PipelineQuantizationConfig, TorchAoConfig

    if name not in QUANTISED:
        raise ModelError(f"quantise is one of {', '.join(QUANTISED)}, not {name!r}")
    config: Any = TorchAoConfig(getattr(ao, QUANTISED[name])())
    return PipelineQuantizationConfig(quant_mapping={"transformer": config})
