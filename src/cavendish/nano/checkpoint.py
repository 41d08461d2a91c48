"""Nano on disk: a folder with model_index.json, which says what it is, and model.safetensors in bfloat16."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from cavendish.errors import ModelError
from cavendish.files import replacing
from cavendish.nano.network import Nano, NanoConfig

INDEX, WEIGHTS, KIND = "model_index.json", "model.safetensors", "Nano"


def save(folder: Path, state: Mapping[str, Tensor], config: NanoConfig, about: dict[str, Any]) -> None:
    """Write a nano of weights `state`; the index holds its sizes and `about`, JSON values such as "size" and "steps".

    Each file appears whole or not at all. Raises ExportError if the folder cannot be written to.
    """
    from safetensors.torch import save as packed

    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: value.detach().cpu().bfloat16().contiguous() for name, value in state.items()}
    with replacing(folder / WEIGHTS) as partial:
        partial.write_bytes(packed(weights))
    index = {"_class_name": KIND, "network": asdict(config), **about}
    with replacing(folder / INDEX) as partial:
        partial.write_text(json.dumps(index, indent=1) + "\n")


def load(folder: Path) -> tuple[Nano, dict[str, Any]]:
    """The nano of a folder, in float32, and its index; ModelError if it is incomplete or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load as unpacked

    try:
        index = json.loads((folder / INDEX).read_text())
        sizes = dict(index["network"])
        nano = Nano(NanoConfig(**{**sizes, "widths": tuple(sizes["widths"])}))
        nano.load_state_dict(unpacked((folder / WEIGHTS).read_bytes()))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no checkpoint of nano: {Path(error.filename).name} is missing") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SafetensorError, RuntimeError) as error:
        raise ModelError(f"the checkpoint {folder} is damaged or of another version: {str(error)[:200]}") from None
    return nano.eval(), index


def digest(folder: Path) -> str:
    """The first 12 digits of the weights' SHA-256."""
    with (folder / WEIGHTS).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
