"""Any diffusers pipeline that takes a prompt and a picture: presets, folders in diffusers layout, the hub."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import (
    CavendishError,
    DeviceMemoryError,
    GeneratorError,
    MissingExtraError,
    ModelError,
    PromptError,
)
from cavendish.generators.canvas import Canvas, sizes_of_area
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.presets import Preset

PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}
MEGAPIXEL = 1024 * 1024
QUANTISED = {  # configurations of torchao
    "int8": "Int8WeightOnlyConfig",
    "int4": "Int4WeightOnlyConfig",
    "float8": "Float8WeightOnlyConfig",
}


@dataclass(frozen=True)
class Family:
    """What is known about a pipeline class: its canvas, its defaults, and what its call is told beyond the usual."""

    canvas: Canvas = field(default_factory=Canvas)
    steps: int = 50
    guidance: float = 4.0
    references: int = 1
    guided_by: str = "guidance_scale"
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
    told=lambda request: {"negative_prompt": " "},  # its guidance is against a blank prompt
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
        self._batch_size = batch_size
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
        self.about = preset.applied(about)

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
        with _out_of_memory(self.about.name):
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
            for start in range(0, len(indices), self._batch_size):
                yield indices[start : start + self._batch_size]

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
            "generator": torch.Generator().manual_seed(request.seed),
            **self._family.told(request),
        }
        known = {name: value for name, value in told.items() if name in self._takes and value is not None}
        return np.asarray(self.pipeline(prompt=request.instruction, **known).images[0].convert("RGB"))


@contextmanager
def _out_of_memory(name: str) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not _is_of_memory(error):
            raise
        raise DeviceMemoryError(
            f"{name} ran out of memory; lower batch_size or max_pixels, or load it with dtype='bfloat16', "
            "offload='model' or quantise='int8'"
        ) from error


def _is_of_memory(error: BaseException) -> bool:
    """PyTorch has a class for the memory of accelerators only; of the CPU's it says it in words."""
    import torch

    of_accelerator = isinstance(error, (MemoryError, torch.OutOfMemoryError))
    return of_accelerator or (type(error) is RuntimeError and "can't allocate memory" in str(error))


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
        import transformers  # noqa: F401
    except ImportError:
        raise MissingExtraError("to run diffusers pipelines: pip install 'cavendish[diffusers]'") from None
    folder, revision = _local(preset.repository, revision)
    _refuse_pickles(folder)
    kind = _pipeline_class(folder, pipeline)
    where = device or _best_device(torch)
    how = _dtype(torch, dtype, where)
    parts = dict(components or {})
    if transformer is not None:
        parts["transformer"] = _tuned(transformer, how)
        revision = f"{revision}+{transformer}"
    if quantise is not None:
        parts["quantization_config"] = _quantisation(quantise)
    with _reading(preset.repository), _out_of_memory(preset.name):
        made = kind.from_pretrained(folder, dtype=how, use_safetensors=True, local_files_only=True, **parts)
        if lora is not None:
            _refuse_pickles(Path(lora))
            made.load_lora_weights(lora, use_safetensors=True)
            revision = f"{revision}+{lora}"
        match offload:
            case None:
                made.to(where)
            case "model":
                made.enable_model_cpu_offload(device=where)
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


def _local(repository: str, revision: str | None) -> tuple[Path, str]:
    """The folder of a checkpoint, and what pins its weights: a commit of the hub, or a digest of the files."""
    folder = Path(repository).expanduser()
    if not folder.is_dir():
        folder = _downloaded(repository, revision)
        return folder, folder.name
    if not (folder / "model_index.json").is_file():
        raise ModelError(f"{repository} is no folder in diffusers layout: it has no model_index.json")
    return folder, _digest(folder)


def _downloaded(repository: str, revision: str | None) -> Path:
    from diffusers import DiffusionPipeline

    with _reading(repository):
        return Path(DiffusionPipeline.download(repository, revision=revision, use_safetensors=True))


def _digest(folder: Path) -> str:
    """16 hex digits over every weight file's name, size and 64 KiB from its start, middle and end."""
    state = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        size = file.stat().st_size
        state.update(f"{file.relative_to(folder)} {size}".encode())
        with file.open("rb") as stream:
            for start in (0, size // 2, max(0, size - 65536)):
                stream.seek(start)
                state.update(stream.read(65536))
    return state.hexdigest()[:16]


def _refuse_pickles(path: Path) -> None:
    """ModelError for weights that would run code when they are read."""
    files = [path] if path.is_file() else list(path.rglob("*")) if path.is_dir() else []
    safe = {file.parent for file in files if file.suffix == ".safetensors"}
    for file in files:
        if file.suffix in PICKLES and file.parent not in safe:
            raise ModelError(f"{file} is a pickle, which can run any code when it is read; convert it to safetensors")


def _pipeline_class(folder: Path, name: str | None) -> Any:
    import diffusers

    if name is None:
        try:
            name = json.loads((folder / "model_index.json").read_text())["_class_name"]
        except (ValueError, KeyError):
            raise ModelError(f"{folder}/model_index.json is broken: it names no pipeline class") from None
    module, _, attribute = str(name).rpartition(":")
    try:
        return getattr(import_module(module) if module else diffusers, attribute)
    except (ImportError, AttributeError):
        raise ModelError(
            f"there is no pipeline class {name!r} in {module or 'diffusers ' + version('diffusers')}"
        ) from None


def _best_device(torch: Any) -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


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
    _refuse_pickles(Path(repository))
    with _reading(repository):
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


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """What goes wrong between a hub or a disk and a pipeline, in one sentence; and no bars of other libraries."""
    from safetensors import SafetensorError
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if _is_of_memory(error) or isinstance(error, CavendishError):
            raise
        raise ModelError(_trouble(name, error.__cause__ or error)) from error
    finally:
        if bars:
            logging.enable_progress_bar()


def _trouble(name: str, error: BaseException) -> str:
    from huggingface_hub import errors as hub
    from safetensors import SafetensorError

    match error:
        case SafetensorError():
            return f"{name}: a safetensors file is broken or cut short ({_first_line(error)})"
        case hub.GatedRepoError():
            return f"{name} is gated: accept its licence on the hub and log in with `hf auth login`"
        case hub.RepositoryNotFoundError() | hub.RevisionNotFoundError():
            return f"there is no {name} on the hub, or it is private"
    offline = isinstance(error, (hub.LocalEntryNotFoundError, hub.OfflineModeIsEnabled))
    if offline or type(error).__module__.startswith("http"):
        return f"{name} is not on this machine and the hub cannot be reached; check the network"
    return f"{name} cannot be loaded: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
