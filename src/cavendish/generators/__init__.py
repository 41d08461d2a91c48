"""Image generators behind one small protocol, one file for each kind.

A kind is a function `(preset, **options) -> Generator`. To add one, write a file and add a line to `KINDS`, or name
it in the entry point group `cavendish.generators` of another package. Only its file imports the libraries it needs.
"""

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from cavendish.errors import ModelError
from cavendish.generators.canvas import Canvas
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.option_check import check, options_of
from cavendish.generators.presets import Preset
from cavendish.generators.replay import Recorder, Replay

GROUP = "cavendish.generators"
KINDS: dict[str, str] = {
    "diffusers": "cavendish.generators.diffusers:open_pipeline",
    "gemini": "cavendish.generators.gemini:open_gemini",
    "nano": "cavendish.generators.nano:open_nano",
    "openai": "cavendish.generators.openai:open_openai",
    "replay": "cavendish.generators.replay:open_replay",
}


def kinds() -> dict[str, EntryPoint]:
    """All kinds by name, with those of installed packages; `load` of one gives its opener."""
    ours = {name: EntryPoint(name, place, GROUP) for name, place in KINDS.items()}
    return {point.name: point for point in entry_points(group=GROUP)} | ours


def open_preset(preset: Preset, **options: Any) -> Generator:
    """The generator of a preset. `options` override the preset's; ModelError for one that its kind does not have."""
    known = kinds()
    if preset.kind not in known:
        raise ModelError(f"unknown kind of generator {preset.kind!r}; the kinds are {', '.join(sorted(known))}")
    opener: Callable[..., Generator] = known[preset.kind].load()
    given = {**preset.options, **options}
    check(given, options_of(opener), f"an option of {preset.kind} generators")
    return opener(preset, **given)
