"""Presets: settings of known generators, as data. Ours are in presets.toml; a user's own have the same form."""

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
    """One generator, its settings and its instructions. What a preset leaves out, its kind knows."""

    name: str
    kind: str  # a kind of generator, such as "diffusers"
    repository: str  # a hub id, a folder, or the name of a hosted model
    licence: str = "unknown"
    note: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)  # fields of `generator.About`
    options: Mapping[str, Any] = field(default_factory=dict)  # options of the kind's opener
    canvas: Mapping[str, Any] = field(default_factory=dict)  # fields of `Canvas`, or area for `sizes_of_area`
    instructions: Mapping[str, str] = field(default_factory=dict)  # task -> template, see `prompts`
    codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # task -> how its answer is painted
    gigabytes: float | None = None  # approximate size of the download

    def over(self, table: Mapping[str, Any], source: str) -> Preset:
        """The preset with `about` and `canvas` of a checkpoint's own table where it says nothing itself."""
        check(table, {"about": Mapping, "canvas": Mapping}, f"a table of a checkpoint's defaults in {source}")
        about, canvas = table.get("about", {}), table.get("canvas", {})
        return replace(self, about={**about, **self.about}, canvas={**canvas, **self.canvas})

    def applied(self, about: About) -> About:
        """`about` with the preset's own values. ModelError for a field that does not exist or cannot be."""
        check(self.about, get_type_hints(About), f"a field of about of preset {self.name!r}")
        fields = {**get_type_hints(Canvas), "area": int}
        check(self.canvas, fields, f"a field of the canvas of preset {self.name!r}")
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
        values = {"native_size": about.native_size, **self.about}
        height, width = values["native_size"]
        if not canvas.sizes and height * width > canvas.max_pixels:
            height = width = int(canvas.max_pixels**0.5) // canvas.multiple * canvas.multiple
        values["native_size"] = (height, width)
        return replace(about, name=self.name, licence=self.licence, canvas=canvas, **values)


def user_file() -> Path:
    """The file of a user's own presets, which need not exist."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "cavendish" / "presets.toml"


def presets() -> dict[str, Preset]:
    """All presets by name. A user's own replaces ours of the same name."""
    own = user_file()
    return {**_shipped(), **(read(own) if own.is_file() else {})}


@cache
def _shipped() -> dict[str, Preset]:
    return read(Path(__file__).with_name("presets.toml"))


def read(file: Path) -> dict[str, Preset]:
    """The presets of a TOML file, one table each. ModelError for a file or a table that is wrong."""
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(f"there is no file {file}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{file} is not TOML: {error}") from None
    fields = {name: kind for name, kind in get_type_hints(Preset).items() if name != "name"}
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise ModelError(f"{file}: a preset is a table, [{name}], with kind and repository")
        check(table, fields, f"a field of preset {name!r} in {file}")
        if missing := {"kind", "repository"} - set(table):
            raise ModelError(f"{file}: preset {name!r} lacks {' and '.join(sorted(missing))}")
        found[name] = Preset(name=name, **table)
        found[name].applied(About(name=name))
    return found


def read_one(file: Path) -> Preset:
    """The preset of a TOML file that holds exactly one."""
    found = list(read(file).values())
    if len(found) != 1:
        raise ModelError(f"{file} holds {len(found)} presets; a file to load holds one")
    return found[0]


def find(name: str) -> Preset:
    """The preset called `name`; ModelError suggests the nearest name."""
    known = presets()
    if name not in known:
        raise ModelError(
            f"unknown model {name!r}{did_you_mean(name, known)} Give a preset (`cavendish models` lists them), "
            "a folder in diffusers layout, owner/name of the hub, gemini:MODEL or openai:MODEL"
        )
    return known[name]
