"""Checkpoints in diffusers layout: finding, vetting and reading them, and our errors for what goes wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cavendish.errors import CavendishError, ModelError
from cavendish.generators.device import is_of_memory
from cavendish.progress import bars_of_others

INDEX = "model_index.json"
PRESET = "_cavendish"  # a table of the index: defaults of the checkpoint, as `Preset.over` takes them
PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"}


def find(repository: str, revision: str | None) -> tuple[Path, str]:
    """The vetted folder of a checkpoint, and what identifies its weights: a commit of the hub, or a digest."""
    from diffusers import DiffusionPipeline

    folder = Path(repository).expanduser()
    is_local = folder.is_dir()
    if is_local and not (folder / INDEX).is_file():
        raise ModelError(f"{repository} is not a folder in diffusers layout: it has no {INDEX}")
    if not is_local:
        with reading(repository):
            folder = Path(DiffusionPipeline.download(repository, revision=revision, use_safetensors=True))
    vet(folder)
    return folder, digest(folder) if is_local else folder.name


def digest(folder: Path) -> str:
    """16 hex digits over the name, the size, and 64 KiB of start, middle and end of every weight file."""
    state = hashlib.sha256()
    for file in sorted(folder.rglob("*.safetensors")):
        size = file.stat().st_size
        state.update(f"{file.relative_to(folder)} {size}".encode())
        with file.open("rb") as stream:
            for start in (0, size // 2, max(0, size - 65536)):
                stream.seek(start)
                state.update(stream.read(65536))
    return state.hexdigest()[:16]


def vet(path: Path) -> None:
    """ModelError for a folder that does not exist, and for pickled weights, which run code when they are read."""
    if not path.exists() and (path.is_absolute() or str(path).startswith((".", "~"))):
        raise ModelError(f"there is no folder {path}")
    files = [path] if path.is_file() else list(path.rglob("*")) if path.is_dir() else []
    safe = {file.parent for file in files if file.suffix == ".safetensors"}
    for file in files:
        if file.suffix in PICKLES and file.parent not in safe:
            raise ModelError(f"{file} is a pickle, which can run any code when it is read; convert it to safetensors")


def read_index(folder: Path) -> dict[str, Any]:
    """What model_index.json says: the pipeline's class, the library and class of each part, perhaps a `PRESET`."""
    try:
        index: dict[str, Any] = json.loads((folder / INDEX).read_text())
        return {**index, "_class_name": str(index["_class_name"])}
    except (ValueError, KeyError, TypeError):
        raise ModelError(f"{folder}/{INDEX} is broken: it names no pipeline class") from None


def read_processor(folder: Path, index: dict[str, Any], name: str) -> dict[str, Any]:
    """The pipeline's "processor" from transformers, for still pictures only; empty if the index names none."""
    import transformers

    match index.get("processor"):
        case ["transformers", str(processor)]:
            with reading(name):
                stills = for_stills(getattr(transformers, processor))
                return {"processor": stills.from_pretrained(folder / "processor")}
    return {}


def for_stills(processor: Any) -> Any:
    """A processor class of transformers without its part for videos, which needs torchvision, under the same name."""
    attributes = [name for name in processor.get_attributes() if name != "video_processor"]
    own = {"get_attributes": classmethod(lambda cls: attributes), "__module__": processor.__module__}
    return type(processor.__name__, (processor,), own)


def class_called(name: str) -> Any:
    """A class of diffusers by its name, or of any package as MODULE:CLASS."""
    import diffusers
    from transformers.utils import logging

    module, _, attribute = name.rpartition(":")
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()  # it would advise to install torchvision, which is not needed
    try:
        found = getattr(import_module(module) if module else diffusers, attribute)
    except (ImportError, AttributeError):
        raise ModelError(
            f"there is no pipeline class {name!r} in {module or 'diffusers ' + version('diffusers')}"
        ) from None
    finally:
        logging.set_verbosity(verbosity)
    if not hasattr(found, "from_pretrained"):
        raise ModelError(f"{name!r} is not a pipeline class: it has no from_pretrained")
    return found


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Errors of reading a checkpoint inside become a ModelError of one sentence; `name` is the checkpoint's."""
    from safetensors import SafetensorError

    try:
        with bars_of_others():
            yield
    except (SafetensorError, ImportError, OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if is_of_memory(error) or isinstance(error, CavendishError):
            raise
        raise ModelError(_sentence(name, error.__cause__ or error)) from error


def _sentence(name: str, error: BaseException) -> str:
    from huggingface_hub import errors as hub
    from safetensors import SafetensorError

    match error:
        case SafetensorError():
            return f"{name}: a safetensors file is broken or cut short ({_first_line(error)})"
        case hub.GatedRepoError():
            return f"{name} is gated: accept its licence on the hub and log in with `hf auth login`"
        case hub.HFValidationError():
            return f"there is no folder {name}"
        case hub.RepositoryNotFoundError() | hub.RevisionNotFoundError():
            return f"there is no {name} on the hub, or it is private"
    offline = isinstance(error, (hub.LocalEntryNotFoundError, hub.OfflineModeIsEnabled))
    if offline or type(error).__module__.startswith("http"):
        return f"{name} is not on this machine and the hub cannot be reached; check the network"
    return f"{name} cannot be loaded: {_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
