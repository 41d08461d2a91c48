"""Nano on disk: a folder with model_index.json (sizes and preset) and model.safetensors in bfloat16."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from torch import Tensor

from cavendish.errors import ModelError
from cavendish.files import replacing, write_text
from cavendish.nano.network import Nano, NanoConfig

INDEX, WEIGHTS, KIND = "model_index.json", "model.safetensors", "Nano"
RENAMED = {  # parts of the names in older files, the shipped weights among them
    "text": "text_encoder",
    "table": "embedding",
    "neighbours": "conv",
    "feed": "mlp",
    "feed_norm": "mlp_norm",
    "tower": "image_encoder",
    "place": "position",
    "words": "cross_attention",
    "words_norm": "cross_norm",
    "painter": "denoiser",
    "told": "conditioning",
    "tell": "modulation",
    "nothing": "null_features",
    "free_steps": "generate_steps",  # in model_index.json
    "free_guidance": "generate_guidance",
    "aids": "aux_heads",  # in checkpoints of training
    "places": "centers",
    "names": "class_names",
    "asks": "legend",
}


@dataclass(frozen=True)
class NanoPreset:
    """How a checkpoint is best asked, from its model_index.json; a value that the file leaves out has its default."""

    size: int = 128  # pixels a side of a painting when nobody asks for another size
    steps: int = 1  # for an answer about an image
    guidance: float = 1.0
    votes: Mapping[str, int] = field(default_factory=lambda: {"depth": 2, "normals": 2})  # task -> paintings
    sharpness: float = 8.0  # of the last step of an answer, see `network.Denoiser`
    copy_bias: float = 1.0  # likewise
    generate_steps: int = 16  # for an image from text alone
    generate_guidance: float = 4.0


def renamed(key: str) -> str:
    """The present name of a weight or value of an older file."""
    return ".".join(RENAMED.get(part, part) for part in key.split("."))


def save(folder: Path, state: Mapping[str, Tensor], config: NanoConfig, preset: NanoPreset) -> None:
    """Write a nano of weights `state`.

    Each file appears whole or not at all. Raises ExportError if the folder cannot be written to.
    """
    from safetensors.torch import save as packed

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().bfloat16().contiguous() for name, value in state.items()}
    with replacing(folder / WEIGHTS) as partial:
        partial.write_bytes(packed(weights))
    index = {"_class_name": KIND, "network": asdict(config), **asdict(preset)}
    write_text(folder / INDEX, json.dumps(index, indent=1) + "\n")


def load(folder: Path) -> tuple[Nano, NanoPreset]:
    """The nano of a folder, in float32, and its preset; ModelError if it is incomplete or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    default = asdict(NanoPreset())
    try:
        index = {renamed(name): value for name, value in json.loads((folder / INDEX).read_text()).items()}
        sizes = dict(index["network"])
        nano = Nano(NanoConfig(**{**sizes, "widths": tuple(sizes["widths"])}))
        weights = unpacked((folder / WEIGHTS).read_bytes())
        nano.load_state_dict({renamed(name): value for name, value in weights.items()})
        preset = NanoPreset(**{name: type(value)(index[name]) for name, value in default.items() if name in index})
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is not a checkpoint of nano: {Path(error.filename).name} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"the checkpoint {folder} is damaged or of another version: {str(error)[:200]}") from None
    return nano.eval(), preset


def digest(folder: Path) -> str:
    """The first 12 digits of the SHA-256 of all that decides the paintings: weights and index."""
    found = hashlib.sha256((folder / INDEX).read_bytes())
    found.update((folder / WEIGHTS).read_bytes())
    return found.hexdigest()[:12]
