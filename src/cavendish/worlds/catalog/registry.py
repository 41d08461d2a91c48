"""The register of nameable things: words, materials of their parts, and the function that builds each shape."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ..dice import Dice
from ..mesh import Mesh, detail, shade_smooth

Parts = dict[str, Mesh]
Builder = Callable[[Dice, int], Parts]
SHAPES = 6  # shapes kept of each class


@dataclass(frozen=True)
class Kind:
    """A class of things.

    `parts` maps a part to the materials it may be made of (see `materials.options`), the main part first.
    `styles` is the number of different designs; `surface` the share of the height at which things may stand on it.
    `tags` say where it belongs; `is_a` are wider words that also name it. `stretch` is the spread of its size.
    """

    name: str
    build: Builder
    parts: dict[str, str]
    synonyms: tuple[str, ...] = ()
    is_a: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    styles: int = 2
    surface: float | None = None
    stretch: float = 0.1
    plural: str = ""


@dataclass(frozen=True)
class Shape:
    """A finished mesh of a class: float32 vertices and normals, faces, the part of every face, and its bounds."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int32]
    part: NDArray[np.int16]
    names: tuple[str, ...]
    low: tuple[float, float, float]
    high: tuple[float, float, float]

    @property
    def size(self) -> tuple[float, float, float]:
        """Width, depth and height in metres."""
        return tuple(h - low for h, low in zip(self.high, self.low))  # type: ignore[return-value]


KINDS: dict[str, Kind] = {}


def thing(
    name: str,
    parts: dict[str, str],
    also: str = "",
    is_a: str = "",
    tags: str = "",
    styles: int = 2,
    surface: float | None = None,
    stretch: float = 0.1,
    plural: str = "",
) -> Callable[[Builder], Builder]:
    """Register a builder under a singular noun. `also` and `is_a` are comma-separated nouns, `tags` words."""

    def words(text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split(",") if word.strip())

    def register(build: Builder) -> Builder:
        KINDS[name] = Kind(
            name, build, parts, words(also), words(is_a), frozenset(tags.split()), styles, surface, stretch, plural
        )
        return build

    return register


LEVELS = (1.0, 0.65, 0.42)


@cache
def shape(name: str, number: int, level: int = 0) -> Shape:
    """Shape `number` (0 to SHAPES - 1) of a class, built once a process; a higher `level` has fewer facets."""
    kind = KINDS[name]
    with detail(LEVELS[level]):
        parts = kind.build(Dice("shape", name, number), number % kind.styles)
    if unknown := set(parts) - set(kind.parts):
        raise KeyError(f"{name} has parts without a material: {sorted(unknown)}")
    names = tuple(parts)
    vertices, normals, faces, part = [], [], [], []
    start = 0
    for k, mesh in enumerate(parts.values()):
        v, f, n = shade_smooth(mesh)
        vertices.append(v)
        normals.append(n)
        faces.append(f + start)
        part.append(np.full(len(f), k))
        start += len(v)
    points = np.concatenate(vertices)
    return Shape(
        points.astype(np.float32),
        np.concatenate(normals).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
        np.concatenate(part).astype(np.int16),
        names,
        tuple(float(x) for x in points.min(0)),  # type: ignore[arg-type]
        tuple(float(x) for x in points.max(0)),  # type: ignore[arg-type]
    )


def tagged(*tags: str) -> list[str]:
    """Names of the classes that carry all the tags, in the order of registration."""
    return [kind.name for kind in KINDS.values() if kind.tags.issuperset(tags)]
