"""From a name to a model: a preset, a folder, a repository of the hub, a hosted service."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cavendish import generators
from cavendish.assistant import Assistant, open_assistant
from cavendish.errors import ModelError
from cavendish.generators import presets
from cavendish.generators.presets import Preset
from cavendish.model import VisionModel
from cavendish.prompts import PromptTemplates

SHIPPED = "nano"
CARD = "model.toml"  # in a folder: the preset that says how to open what is there


class LicenceNotice(UserWarning):
    """Under which licence a model's weights or answers may be used; said once for each model."""


def load(
    name: str | Path | None = None,
    *,
    assistant: str | Assistant | None = None,
    instructions: Mapping[str, str] | None = None,
    max_pixels: int | None = None,
    **options: Any,
) -> VisionModel:
    """The model called `name`, ready to use.

    `name` is a preset (`cavendish models` lists them), a TOML file that holds one, a local folder in diffusers layout
    or of a model that was tuned, `owner/name` of the Hugging Face hub, or KIND:NAME as in "gemini:MODEL",
    "openai:MODEL", "replay:FOLDER"; None is the shipped model. `assistant` is a multimodal language model, or its name
    for `assistant.open_assistant`. `instructions` ({task: template}, see `PromptTemplates`) go before the
    preset's. `max_pixels` lowers the canvas. `options` are those of the kind of generator, such as device, dtype,
    offload, base_url or max_cost.

    Raises ModelError for what cannot be found or opened, MissingExtraError where a library is missing.
    """
    preset = resolve(str(name) if name is not None else SHIPPED)
    if max_pixels is not None:
        preset = replace(preset, canvas={**preset.canvas, "max_pixels": max_pixels})
    generator = generators.open_preset(preset, **options)
    prompts = PromptTemplates({**preset.instructions, **(instructions or {})}, preset.codes)
    helper = open_assistant(assistant) if isinstance(assistant, str) else assistant
    _say_licence(generator.about.name, generator.about.licence)
    return VisionModel(generator, prompts=prompts, assistant=helper)


def resolve(name: str) -> Preset:
    """The preset behind any name that `load` takes."""
    if not name.strip():
        raise ModelError("the name of the model is empty")
    kind, _, rest = name.partition(":")
    if rest and kind in generators.kinds():
        return _hosted(kind, rest)
    if name in presets.presets():
        return presets.find(name)
    path = Path(name).expanduser()
    if (path / CARD).is_file():
        path = path / CARD
    if path.suffix == ".toml":
        found = list(presets.read(path).values())
        if len(found) != 1:
            raise ModelError(f"{name} holds {len(found)} presets; a file to load holds one")
        return found[0]
    if path.is_dir() and _is_nano(path):  # spoken to and read like the one in the box
        return replace(presets.find(SHIPPED), name=path.name, repository=str(path), licence="unknown", note="")
    if path.is_dir():
        return Preset(name=path.name, kind="diffusers", repository=str(path))
    if path.exists() or name.startswith((".", "/", "~")):
        raise ModelError(f"{name} is no folder in diffusers layout" if path.exists() else f"there is no folder {name}")
    if name.count("/") == 1:
        return Preset(name=name, kind="diffusers", repository=name)
    return presets.find(name)


def _is_nano(folder: Path) -> bool:
    """Whether a folder in diffusers layout says that it holds a nano."""
    try:
        return bool(json.loads((folder / "model_index.json").read_text())["_class_name"] == "Nano")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _hosted(kind: str, model: str) -> Preset:
    """The preset of that kind and model if there is one, else a bare one."""
    for preset in presets.presets().values():
        if (preset.kind, preset.repository) == (kind, model):
            return replace(preset, name=f"{kind}:{model}")
    return Preset(name=f"{kind}:{model}", kind=kind, repository=model)


@cache
def _say_licence(name: str, licence: str) -> None:
    warnings.warn(f"{name} is under: {licence}", LicenceNotice, stacklevel=3)
