"""Presets: what is known about a generator, as data. Ours are in presets.toml; a user's own have the same form."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from cavendish.errors import ModelError, did_you_mean
from cavendish.generators.canvas import Canvas, sizes_of_area
from cavendish.generators.generator import About
from cavendish.generators.option_check import check


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One generator and how to speak to it. Every field but the first three has a default of its kind or class."""

    name: str
    kind: str  # a kind of generator, such as "diffusers"
    repository: str  # a hub id, a folder, or the name of a hosted model
    licence: str = "unknown"
    note: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)  # fields of `generator.About`
    options: Mapping[str, Any] = field(default_factory=dict)  # options of the kind's opener
    canvas: Mapping[str, Any] = field(default_factory=dict)  # fields of `Canvas`, or area for `sizes_of_area`
    instructions: Mapping[str, str] = field(default_factory=dict)  # task -> template, see `speech.Speech`
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # task -> how its answer is painted
    gigabytes: float | None = None  # to download, about

    def applied(self, about: About) -> About:
        """What a kind knows about a generator, with all that the preset knows better. ModelError for nonsense."""
        whose = f"of preset {self.name!r}"
        check(self.about, get_type_hints(About), f"field of about {whose}")
        check(self.canvas, {**get_type_hints(Canvas), "area": int}, f"field of the canvas {whose}")
        rule = dict(self.canvas)
        if "area" in rule:
            rule["sizes"] = sizes_of_area(rule.pop("area"), rule.get("multiple", about.canvas.multiple))
        if "sizes" in rule:
            rule["sizes"] = tuple((height, width) for height, width in rule["sizes"])
        elif rule.keys() - {"max_pixels"}:
            rule["sizes"] = ()  # a rule instead of a list
        canvas = replace(about.canvas, **rule)
        if canvas.sizes and "max_pixels" in rule:
            canvas = canvas.within(rule["max_pixels"])
        known = {"native_size": about.native_size, **self.about}
        height, width = known["native_size"]
        if not canvas.sizes and height * width > canvas.max_pixels:
            height = width = int(canvas.max_pixels**0.5) // canvas.multiple * canvas.multiple
        known["native_size"] = (height, width)
        return replace(about, name=self.name, licence=self.licence, canvas=canvas, **known)


def user_file() -> Path:
    """Where a user's own presets are looked for."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "cavendish" / "presets.toml"


def presets() -> dict[str, Preset]:
    """Every preset by name: ours, then the user's own, which may replace ours."""
    own = user_file()
    return {**_shipped(), **(read(own) if own.is_file() else {})}


@cache
def _shipped() -> dict[str, Preset]:
    return read(Path(__file__).with_name("presets.toml"))


def read(file: Path) -> dict[str, Preset]:
    """The presets of a TOML file, one table each. ModelError says what is wrong with one."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"there is no file {file}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{file} is no TOML: {error}") from None
    fields = {name: kind for name, kind in get_type_hints(Preset).items() if name != "name"}
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ModelError(f"{file}: a preset is a table, [{name}], with kind and repository")
        check(table, fields, f"field of preset {name!r} in {file}")
        if missing := {"kind", "repository"} - set(table):
            raise ModelError(f"{file}: preset {name!r} lacks {' and '.join(sorted(missing))}")
        found[name] = Preset(name=name, **table)
        found[name].applied(About(name=name))
    return found


def find(name: str) -> Preset:
    """The preset called `name`; ModelError names the nearest."""
    known = presets()
    if name not in known:
        raise ModelError(
            f"unknown model {name!r}{did_you_mean(name, known)} Give a preset (`cavendish models` lists them), "
            "a folder in diffusers layout, owner/name of the hub, gemini:MODEL or openai:MODEL"
        )
    return known[name]
