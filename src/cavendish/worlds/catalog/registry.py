"""The registry of things: their names, the materials of their parts, and the function that builds each shape."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.mesh import Floats, Mesh, detail, face_normals, keys, shade_smooth
from cavendish.worlds.rng import Dice

Parts = dict[str, Mesh]
Builder = Callable[[Dice, int], Parts]
SHAPES = 6  # different shapes of each class


@dataclass(frozen=True)
class Kind:
    """A class of things.

    `parts` maps a part to the materials it may be made of (see `materials.options`), the main part first.
    `styles` is the number of different designs; `surface` the share of the height at which things may stand on it.
    `tags` say where it belongs; `is_a` are wider words that also name it. its size varies by a factor of 1 ± `stretch`.
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
    """A finished mesh and its bounds."""

    vertices: NDArray[np.float32]  # (n, 3)
    normals: NDArray[np.float32]  # (n, 3)
    faces: NDArray[np.int32]  # (m, 3)
    corners: NDArray[np.int32]  # (c,) one vertex for each position: the vertices that the ray tracer needs
    solid: NDArray[np.int32]  # (m, 3) the faces as indices into `corners`
    chart: NDArray[np.int32]  # (m,) three times the part, plus the axis, 0 to 2, along which the face looks most
    curved: NDArray[np.bool_]  # (m,) whether the normals at its corners differ from that of the face
    names: tuple[str, ...]  # of its parts
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


LEVELS = (1.0, 0.65, 0.42, 0.28)


@cache
def shape(name: str, number: int, level: int = 0) -> Shape:
    """Shape `number` (0 to SHAPES - 1) of a class, built once a process; a higher `level` has fewer facets."""
    kind = KINDS[name]
    with detail(LEVELS[level]):
        parts = kind.build(Dice("shape", name, number), number % kind.styles)
    if unknown := set(parts) - set(kind.parts):
        raise KeyError(f"{name} has parts without a material: {sorted(unknown)}")
    return finished({part: shade_smooth(mesh) for part, mesh in parts.items()})


def finished(parts: dict[str, tuple[Floats, NDArray[np.int64], Floats]]) -> Shape:
    """A shape of parts by name, each (vertices, faces, normals) as `mesh.shade_smooth` gives them."""
    counts = np.cumsum([0] + [len(v) for v, _, _ in parts.values()])
    vertices = np.concatenate([v for v, _, _ in parts.values()])
    normals = np.concatenate([n for _, _, n in parts.values()])
    faces = np.concatenate([f + start for (_, f, _), start in zip(parts.values(), counts)])
    part = np.repeat(np.arange(len(parts)), [len(f) for _, f, _ in parts.values()])
    flat, _ = face_normals(vertices, faces)
    x, y, z = np.abs(flat).T
    side = np.where((x > y) & (x >= z), 0, np.where((z > x) & (z >= y), 2, 1))
    points = vertices.astype(np.float32)
    _, corners, corner = np.unique(keys(points.view(np.int32)), return_index=True, return_inverse=True)
    return Shape(
        points,
        normals.astype(np.float32),
        faces.astype(np.int32),
        corners.astype(np.int32),
        corner[faces].astype(np.int32),
        (3 * part + side).astype(np.int32),
        ((normals[faces] * flat[:, None]).sum(2) < 1 - 1e-7).any(1),
        tuple(parts),
        tuple(float(x) for x in vertices.min(0)),  # type: ignore[arg-type]
        tuple(float(x) for x in vertices.max(0)),  # type: ignore[arg-type]
    )


def tagged(*tags: str) -> list[str]:
    """Names of the classes that carry all the tags, in the order of registration."""
    return [kind.name for kind in KINDS.values() if kind.tags.issuperset(tags)]
