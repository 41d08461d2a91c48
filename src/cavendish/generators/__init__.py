"""Image generators behind one small protocol, one file for each kind.

A kind is a function `(preset, **options) -> Generator`. To add one, write a file and add a line to `KINDS`, or name
it in the entry point group `cavendish.generators` of another package. Only its file imports the libraries it needs.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from cavendish.errors import ModelError
from cavendish.generators.canvas import Canvas
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.option_check import check, options_of
from cavendish.generators.presets import Preset
from cavendish.generators.replay import Recorder, Replay

__all__ = [
    "KINDS",
    "About",
    "Canvas",
    "Generator",
    "Painting",
    "Preset",
    "Recorder",
    "Replay",
    "Request",
    "open_preset",
]

Opener = Callable[..., Generator]

KINDS: dict[str, str] = {
    "diffusers": "cavendish.generators.diffusers:open_pipeline",
    "gemini": "cavendish.generators.gemini:open_gemini",
    "nano": "cavendish.generators.nano:open_nano",
    "openai": "cavendish.generators.openai:open_openai",
    "replay": "cavendish.generators.replay:open_replay",
}


def kinds() -> set[str]:
    """The names of all kinds, including those of installed packages."""
    return set(KINDS) | {point.name for point in entry_points(group="cavendish.generators")}


def find_kind(name: str) -> Opener:
    """The opener of a kind; ModelError if there is none."""
    if name in KINDS:
        module, function = KINDS[name].split(":")
        opener: Opener = getattr(import_module(module), function)
        return opener
    for point in entry_points(group="cavendish.generators"):
        if point.name == name:
            loaded: Opener = point.load()
            return loaded
    raise ModelError(f"unknown kind of generator {name!r}; the kinds are {', '.join(sorted(kinds()))}")


def open_preset(preset: Preset, **options: Any) -> Generator:
    """The generator of a preset. `options` override the preset's; ModelError for one that its kind does not have."""
    opener = find_kind(preset.kind)
    given = {**preset.options, **options}
    check(given, options_of(opener), f"an option of {preset.kind} generators")
    return opener(preset, **given)
