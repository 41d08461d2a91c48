"""`load`: a model by the name of a preset, a folder, a repository of the hub, or a hosted service."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from cavendish import generators
from cavendish.assistant import Assistant, open_assistant
from cavendish.errors import ModelError
from cavendish.generators import checkpoint, presets
from cavendish.generators.presets import Preset
from cavendish.model import VisionModel
from cavendish.prompts import PromptTemplates

SHIPPED = "nano"
CARD = "model.toml"  # in a folder: the preset that opens what is there


class LicenceNotice(UserWarning):
    """The licence of a model's weights or answers; warned once for each model."""


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
    or of a tuned model, `owner/name` of the Hugging Face hub, or KIND:NAME as in "gemini:MODEL",
    "openai:MODEL", "replay:FOLDER"; None is the shipped model. `assistant` is a multimodal language model, or its name
    for `assistant.open_assistant`. `instructions` ({task: template}, see `PromptTemplates`) override the preset's.
    `max_pixels` makes the canvas smaller. `options` are those of the kind of generator, such as device, dtype,
    offload, base_url or max_cost.

    Raises ModelError for a name that does not exist or cannot be opened, MissingExtraError for a missing library.
    """
    preset = resolve(str(name) if name is not None else SHIPPED)
    if max_pixels is not None:
        preset = replace(preset, canvas={**preset.canvas, "max_pixels": max_pixels})
    generator = generators.open_preset(preset, **options)
    prompts = PromptTemplates({**preset.instructions, **(instructions or {})}, preset.codes)
    helper = open_assistant(assistant) if isinstance(assistant, str) else assistant
    _warn_of_licence(generator.about.name, generator.about.licence)
    return VisionModel(generator, prompts=prompts, assistant=helper)


def resolve(name: str) -> Preset:
    """The preset behind any name that `load` takes."""
    if not name.strip():
        raise ModelError("the name of the model is empty")
    kind, _, repository = name.partition(":")
    if repository and kind in generators.kinds():
        return _preset_of_kind(kind, repository)
    if name in presets.presets():
        return presets.find(name)
    path = Path(name).expanduser()
    if path.is_dir():
        return _preset_of_folder(path)
    if path.suffix == ".toml":
        return presets.read_one(path)
    if path.exists() or name.startswith((".", "/", "~")):
        raise ModelError(f"{name} is not a folder" if path.exists() else f"there is no folder {name}")
    if name.count("/") == 1:
        return Preset(name=name, kind="diffusers", repository=name)
    return presets.find(name)


def _preset_of_kind(kind: str, repository: str) -> Preset:
    """The preset with this kind and repository if there is one, else one without settings."""
    for preset in presets.presets().values():
        if (preset.kind, preset.repository) == (kind, repository):
            return replace(preset, name=f"{kind}:{repository}")
    return Preset(name=f"{kind}:{repository}", kind=kind, repository=repository)


def _preset_of_folder(folder: Path) -> Preset:
    """The preset that a folder holds, or one for its pipeline; a nano has the settings of the shipped one."""
    if (folder / CARD).is_file():
        return presets.read_one(folder / CARD)
    with suppress(OSError, ModelError):  # reported when it is opened
        if checkpoint.read_index(folder)["_class_name"] == "Nano":
            shipped = presets.find(SHIPPED)
            return replace(shipped, name=folder.name, repository=str(folder), licence="unknown", note="")
    return Preset(name=folder.name, kind="diffusers", repository=str(folder))


@cache
def _warn_of_licence(name: str, licence: str) -> None:
    warnings.warn(f"{name} is under: {licence}", LicenceNotice, stacklevel=3)
