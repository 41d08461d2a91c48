"""Any diffusers pipeline that takes a prompt and a picture: presets, folders in diffusers layout, the hub."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import GeneratorError, MissingExtraError, ModelError, PromptError
from cavendish.generators import checkpoint
from cavendish.generators.canvas import Canvas, sizes_of_area
from cavendish.generators.device import choose, out_of_memory
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.presets import Preset
from cavendish.generators.stills import for_stills

MEGAPIXEL = 1024 * 1024
QUANTISED = {  # configurations of torchao
    "int8": "Int8WeightOnlyConfig",
    "int4": "Int4WeightOnlyConfig",
    "float8": "Float8WeightOnlyConfig",
}

OF_CLIP = ("CLIP can only handle", "Token indices sequence length", "No LoRA keys associated to CLIPTextModel")


@dataclass(frozen=True)
class Family:
    """What is known about a pipeline class: its canvas, its defaults, and what its call is told beyond the usual."""

    canvas: Canvas = field(default_factory=Canvas)
    steps: int = 50
    guidance: float = 4.0
    references: int = 1
    guided_by: str = "guidance_scale"
    guided_from: str | None = None  # the prompt that guidance leads away from
    told: Callable[[Request], dict[str, Any]] = lambda request: {}
    needs_picture: bool = False


# Kontext would take the nearest of its own sizes and stretch the picture to it, and an area instead of a size.
_KONTEXT = Family(
    steps=28,
    guidance=2.5,
    told=lambda request: {"max_area": request.size[0] * request.size[1], "_auto_resize": False},
)
# Qwen's pipelines stretch every picture to about a megapixel, except those that already have such a size.
_QWEN = Family(
    canvas=Canvas(multiple=32, sizes=sizes_of_area(MEGAPIXEL, 32)),
    guided_by="true_cfg_scale",
    guided_from=" ",
    needs_picture=True,
)
FAMILIES: dict[str, Family] = {
    "Flux2KleinPipeline": Family(references=4),
    "Flux2KleinKVPipeline": Family(steps=4, guidance=1.0, references=4),
    "FluxKontextPipeline": _KONTEXT,
    "QwenImageEditPipeline": _QWEN,
    "QwenImageEditPlusPipeline": replace(_QWEN, steps=40, references=3),
}


class Pipeline:
    """A pipeline that paints one picture after another."""

    def __init__(self, pipeline: Any, preset: Preset, family: Family, *, revision: str | None, batch_size: int) -> None:
        self.pipeline = pipeline
        self._family = family
        self._takes = set(inspect.signature(pipeline.__call__).parameters)
        distilled = bool(pipeline.config.get("is_distilled", False))
        steps, guidance = (4, 1.0) if distilled else (family.steps, family.guidance)
        about = About(
            name=preset.name,
            revision=revision,
            canvas=family.canvas,
            references=family.references,
            steps=steps,
            guidance=guidance,
            versions={name: version(name) for name in ("torch", "diffusers", "transformers")},
        )
        self.about = replace(preset.applied(about), batch_size=batch_size)

    def fits(self, instruction: str) -> bool:
        length = self._length(instruction)
        return length is None or length[0] <= length[1]

    def _length(self, instruction: str) -> tuple[int, int] | None:
        """Tokens of an instruction and the most that the text encoder reads; None if the pipeline does not say."""
        tokenizer = getattr(self.pipeline, "tokenizer_2", None) or getattr(self.pipeline, "tokenizer", None)
        limit = inspect.signature(self.pipeline.__call__).parameters.get("max_sequence_length")
        if tokenizer is None or limit is None:
            return None
        text = instruction
        if getattr(tokenizer, "chat_template", None):
            chat = [{"role": "user", "content": instruction}]
            text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return len(tokenizer(text).input_ids), limit.default

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        paintings: list[Painting | None] = [None] * len(requests)
        with out_of_memory(self.about.name):
            for group in self._groups(requests):
                for index, rgb in zip(group, self._batch([requests[index] for index in group])):
                    steps, guidance = self._settings(requests[index])
                    paintings[index] = Painting(rgb=rgb, seed=requests[index].seed, steps=steps, guidance=guidance)
        return [painting for painting in paintings if painting is not None]

    def _groups(self, requests: Sequence[Request]) -> Iterator[list[int]]:
        """Indices of requests that one forward pass can take, for all in them that costs has the same shape."""
        alike: dict[Any, list[int]] = {}
        for index, request in enumerate(requests):
            self._check(request)
            key = (request.size, tuple(image.shape for image in request.images), self._settings(request))
            alike.setdefault(key, []).append(index)
        for indices in alike.values():
            for start in range(0, len(indices), self.about.batch_size):
                yield indices[start : start + self.about.batch_size]

    def _check(self, request: Request) -> None:
        length = self._length(request.instruction)
        if length and length[0] > length[1]:
            raise PromptError(
                f"the instruction has {length[0]} tokens and {self.about.name} reads {length[1]}; make it shorter: "
                f"{request.instruction[:60]!r} …"
            )
        if len(request.images) > self.about.references:
            raise GeneratorError(f"{self.about.name} takes {self.about.references} reference pictures at most")
        if self._family.needs_picture and not request.images:
            raise GeneratorError(f"{self.about.name} only edits: it needs a picture to start from")

    def _settings(self, request: Request) -> tuple[int | None, float | None]:
        return (
            self.about.steps if request.steps is None else request.steps,
            self.about.guidance if request.guidance is None else request.guidance,
        )

    def _batch(self, requests: Sequence[Request]) -> list[NDArray[np.uint8]]:
        return [self._one(request) for request in requests]

    def _one(self, request: Request) -> NDArray[np.uint8]:
        import torch
        from PIL import Image

        steps, guidance = self._settings(request)
        height, width = request.size
        pictures = [Image.fromarray(image) for image in request.images]
        told = {
            "image": pictures if self.about.references > 1 else next(iter(pictures), None),
            "height": height,
            "width": width,
            "num_inference_steps": steps,
            self._family.guided_by: guidance,
            "negative_prompt": self._family.guided_from if guidance and guidance > 1 else None,
            "generator": torch.Generator().manual_seed(request.seed),
            **self._family.told(request),
        }
        known = {name: value for name, value in told.items() if name in self._takes and value is not None}
        return np.asarray(self.pipeline(prompt=request.instruction, **known).images[0].convert("RGB"))

    def pixels(self, pictures: NDArray[np.uint8]) -> Any:
        """(B, H, W, 3) uint8 -> (B, 3, H, W) from -1 to 1, where and as its VAE takes them."""
        import torch

        pixels = torch.from_numpy(pictures).movedim(-1, 1).contiguous()
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

    `device` is "cuda", "mps" or "cpu", the best there is unless said; `dtype` "bfloat16", "float16" or "float32".
    `pipeline` names a class of diffusers, or MODULE:CLASS, in place of the checkpoint's. `transformer` is a folder or
    repository ("…:SUBFOLDER" within it) of a tuned transformer to swap in, `lora` one of adapters. `offload` "model"
    or "sequential" keeps what does not run on the CPU. `quantise` "int8", "int4" or "float8" makes the transformer's
    weights smaller by torchao. `compile` compiles the transformer when it first runs. `components` replaces named
    parts. Raises ModelError, MissingExtraError, or DeviceMemoryError.
    """
    try:
        import accelerate  # noqa: F401  diffusers loads weights through it
        import diffusers  # noqa: F401
        import torch
        import transformers
    except ImportError:
        raise MissingExtraError("to run diffusers pipelines: pip install 'cavendish[diffusers]'") from None
    if batch_size is not None and batch_size < 1:
        raise ModelError(f"batch_size is at least 1, not {batch_size}")
    folder, revision = checkpoint.find(preset.repository, revision)
    checkpoint.vet(folder)
    named = checkpoint.parts_of(folder)
    kind = checkpoint.class_called(pipeline or named["_class_name"])
    where = choose(device)
    how = _dtype(torch, dtype, where)
    if kind.__name__ == "FluxKontextPipeline":
        _hush_clip(kind)
    parts = dict(components or {})
    if transformer is not None:
        parts["transformer"] = _tuned(transformer, how)
        revision = f"{revision}+{transformer}"
    match named.get("processor"):
        case ["transformers", str(processor)] if "processor" not in parts:
            with checkpoint.reading(preset.repository):
                stills = for_stills(getattr(transformers, processor))
                parts["processor"] = stills.from_pretrained(folder / "processor")
    if quantise is not None:
        parts["quantization_config"] = _quantisation(quantise)
    with checkpoint.reading(preset.repository), out_of_memory(preset.name):
        made = kind.from_pretrained(folder, dtype=how, use_safetensors=True, local_files_only=True, **parts)
        if lora is not None:
            checkpoint.vet(Path(lora))
            with checkpoint.reading(lora):
                made.load_lora_weights(lora, use_safetensors=True)
            revision = f"{revision}+{lora}"
        match offload:
            case None:
                made.to(where)
            case "model":
                made.enable_model_cpu_offload(device=where)
            case "sequential" if where == "cpu":
                raise ModelError("offload='sequential' needs an accelerator; the device here is 'cpu'")
            case "sequential":
                made.enable_sequential_cpu_offload(device=where)
            case _:
                raise ModelError(f"offload is 'model' or 'sequential', not {offload!r}")
    if compile:
        made.transformer.compile()
    made.set_progress_bar_config(disable=True)
    family = FAMILIES.get(kind.__name__, Family())
    generator: type[Pipeline] = Pipeline
    if kind.__name__ in ("Flux2KleinPipeline", "Flux2KleinKVPipeline"):
        from cavendish.generators.flux2 import Flux2

        generator = Flux2
    return generator(
        made, preset, family, revision=revision, batch_size=batch_size or (4 if where.startswith("cuda") else 1)
    )


def _hush_clip(kind: type) -> None:
    """FLUX.1's CLIP reads the beginning of an instruction, its T5 all of it, and adapters may well be the transformer's
    alone: nothing to warn of. What T5 would cut off is refused by `Pipeline`."""
    for name in (kind.__module__, "transformers.tokenization_utils_base", "diffusers.loaders.lora_base"):
        logging.getLogger(name).addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    return not any(known in said for known in OF_CLIP)


def _dtype(torch: Any, name: str | None, device: str) -> Any:
    """bfloat16 on an accelerator that has it, else float16 there; float32 on the CPU, where half is no faster."""
    if name is not None:
        if name not in ("bfloat16", "float16", "float32"):
            raise ModelError(f"dtype is bfloat16, float16 or float32, not {name!r}")
        return getattr(torch, name)
    if device.startswith("cuda"):
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if device == "mps" else torch.float32


def _tuned(name: str, dtype: Any) -> Any:
    from diffusers import AutoModel

    repository, _, subfolder = name.partition(":")
    checkpoint.vet(Path(repository, subfolder))
    with checkpoint.reading(repository):
        return AutoModel.from_pretrained(
            repository, subfolder=subfolder or None, torch_dtype=dtype, use_safetensors=True
        )


def _quantisation(name: str) -> Any:
    """What makes the weights of the transformer smaller, and only those: it is where the memory goes."""
    try:
        import torchao.quantization as ao
    except ImportError:
        raise MissingExtraError("to quantise: pip install torchao") from None
    from diffusers import PipelineQuantizationConfig, TorchAoConfig

    if name not in QUANTISED:
        raise ModelError(f"quantise is one of {', '.join(QUANTISED)}, not {name!r}")
    config: Any = TorchAoConfig(getattr(ao, QUANTISED[name])())
    return PipelineQuantizationConfig(quant_mapping={"transformer": config})
