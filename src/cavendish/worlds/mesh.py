"""Meshes of solids: boxes, lathes, sweeps and extrusions, and operations that join, taper and roughen them.

Everything here is plain geometry in metres, z up, a thing's front toward -y. A `Mesh` shares vertices between its
faces; `shade_smooth` splits them again where the surface has a crease, which is what the renderer wants.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """Triangles: `vertices` (n, 3) float64 metres, `faces` (m, 3) int64, counter-clockwise seen from outside."""

    vertices: Floats
    faces: NDArray[np.int64]

    def __add__(self, other: "Mesh") -> "Mesh":
        return Mesh(
            np.concatenate([self.vertices, other.vertices]),
            np.concatenate([self.faces, other.faces + len(self.vertices)]),
        )

    def at(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Self:
        """Moved by (x, y, z)."""
        return type(self)(self.vertices + np.array([x, y, z]), self.faces)

    def turn(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Self:
        """Turned by degrees about the x axis, then y, then z."""
        return type(self)(apply(rotation(x, y, z), self.vertices), self.faces)

    def scale(self, x: float, y: float | None = None, z: float | None = None) -> Self:
        """Stretched along the axes (by one factor if only one is given)."""
        factors = np.array([x, x if y is None else y, x if z is None else z])
        return type(self)(self.vertices * factors, self.faces)

    def mirrored(self) -> Self:
        """Its image in the plane x = 0."""
        return type(self)(self.vertices * np.array([-1.0, 1.0, 1.0]), self.faces[:, ::-1])

    def both(self) -> "Mesh":
        """Itself and its image in the plane x = 0: a pair of legs, ears, wheels."""
        return self + self.mirrored()

    def taper(self, top: float, axis: int = 2) -> Self:
        """Narrowed along `axis`: full width at its lowest end, `top` times that at the highest."""
        along = self.vertices[:, axis]
        share = (along - along.min()) / max(float(np.ptp(along)), 1e-9)
        factor = 1 + (top - 1) * share
        vertices = self.vertices.copy()
        for other in {0, 1, 2} - {axis}:
            vertices[:, other] *= factor
        return type(self)(vertices, self.faces)

    def rough(self, amount: float, scale: float, seed: int = 0) -> Self:
        """Displaced by smooth noise of `amount` metres whose bumps are about `scale` metres wide."""
        rng = np.random.default_rng(seed)
        offset = np.zeros_like(self.vertices)
        for octave in (1.0, 2.0):
            waves = rng.normal(size=(6, 3)) * octave * 2.0 / scale
            phase, push = rng.uniform(0, 2 * np.pi, 6), rng.normal(size=(6, 3)) / octave
            for k in range(6):
                angle = (self.vertices * waves[k]).sum(1) + phase[k]
                offset += np.sin(angle)[:, None] * push[k]
        return type(self)(self.vertices + offset * amount / 2.5, self.faces)


_detail: ContextVar[float] = ContextVar("detail", default=1.0)


@contextmanager
def detail(share: float) -> Iterator[None]:
    """Inside, round things get only this share of their sides: what is far away needs no more."""
    token = _detail.set(share)
    try:
        yield
    finally:
        _detail.reset(token)


def coarse() -> bool:
    """Whether the present level of detail is so low that bevels and spokes would not be seen."""
    return _detail.get() < 0.5


def facets(sides: int) -> int:
    """`sides` at the present level of detail; what is angular on purpose stays so."""
    return sides if sides <= 5 else max(5, round(sides * _detail.get()))


def rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Floats:
    """The (3, 3) matrix that turns by degrees about the x axis, then y, then z."""
    (cx, sx), (cy, sy), (cz, sz) = ((math.cos(a), math.sin(a)) for a in map(math.radians, (x, y, z)))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


def apply(matrix: Floats, vectors: Floats) -> Floats:
    """matrix @ vector for every row of `vectors`, elementwise so that no BLAS decides the last bit."""
    x, y, z = vectors[:, 0:1], vectors[:, 1:2], vectors[:, 2:3]
    return x * matrix[:, 0] + y * matrix[:, 1] + z * matrix[:, 2]


def join(meshes: list[Mesh]) -> Mesh:
    """All of them as one."""
    total = meshes[0]
    for mesh in meshes[1:]:
        total = total + mesh
    return total


def box(x: float, y: float, z: float, bevel: float = 0.0) -> Mesh:
    """A block standing on z = 0, centred in x and y; `bevel` > 0 rounds its edges."""
    bevel = 0 if coarse() else bevel
    half = np.array([x, y, z]) / 2
    signs = np.array([[i, j, k] for k in (-1, 1) for j in (-1, 1) for i in (-1, 1)], float)
    if bevel <= 0:
        return Mesh(signs * half + np.array([0, 0, z / 2]), _box_faces())
    inner = half - min(bevel, 0.45 * float(half.min()) * 2)
    vertices = np.concatenate([np.where(np.arange(3) == axis, signs * half, signs * inner) for axis in range(3)])
    return Mesh(vertices + np.array([0, 0, z / 2]), _bevelled_faces())


def panel(x: float, z: float) -> Mesh:
    """A flat rectangle in the xz plane, standing on z = 0 and facing -y."""
    corners = np.array([[-x / 2, 0, 0], [x / 2, 0, 0], [x / 2, 0, z], [-x / 2, 0, z]])
    return Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]]))


@cache
def _box_faces() -> NDArray[np.int64]:
    quads = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return _triangles(quads)


@cache
def _bevelled_faces() -> NDArray[np.int64]:
    """Faces over three copies of the eight corners, each pulled in except along its own axis."""
    sides = {2: [(0, 2, 3, 1), (4, 5, 7, 6)], 1: [(0, 1, 5, 4), (2, 6, 7, 3)], 0: [(0, 4, 6, 2), (1, 3, 7, 5)]}
    quads = [tuple(8 * axis + corner for corner in quad) for axis, pair in sides.items() for quad in pair]
    triangles = []
    for axis in range(3):
        b, c = (axis + 1) % 3, (axis + 2) % 3
        for corner in range(8):
            if not corner >> axis & 1:
                other = corner | 1 << axis
                edge = (8 * b + corner, 8 * b + other, 8 * c + other, 8 * c + corner)
                outward = (corner >> b & 1) == (corner >> c & 1)
                quads.append(edge[::-1] if outward else edge)
    for corner in range(8):
        triple = (corner, 8 + corner, 16 + corner)
        odd = (corner & 1) + (corner >> 1 & 1) + (corner >> 2 & 1)
        triangles.append(triple if odd % 2 else triple[::-1])
    return np.concatenate([_triangles(quads), np.array(triangles)])


def _triangles(quads: Sequence[tuple[int, ...]]) -> NDArray[np.int64]:
    return np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))], np.int64)


def lathe(profile: ArrayLike, sides: int = 14) -> Mesh:
    """The solid that the profile [(radius, z), …], lowest first, sweeps about the z axis; radius 0 closes an end."""
    r, z = np.asarray(profile, float).T
    sides = facets(sides)
    angle = np.arange(sides) * 2 * np.pi / sides
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    vertices = np.concatenate([np.column_stack([ring * ri, np.full(sides, zi)]) for ri, zi in zip(r, z)])
    faces = grid_faces(len(r), sides)
    rings = faces // sides
    return Mesh(vertices, faces[(r[rings] <= 0).sum(1) < 2])


def grid_faces(rows: int, columns: int) -> NDArray[np.int64]:
    """Triangles between neighbouring rings of `columns` vertices, closed around."""
    row, column = np.meshgrid(np.arange(rows - 1), np.arange(columns), indexing="ij")
    a = (row * columns + column).ravel()
    b = (row * columns + (column + 1) % columns).ravel()
    return np.concatenate([np.stack([a, b, b + columns], 1), np.stack([a, b + columns, a + columns], 1)])


def cylinder(radius: float, height: float, sides: int = 14, top: float | None = None) -> Mesh:
    """An upright cylinder on z = 0, or a cone with the other radius `top`."""
    return lathe([(0, 0), (radius, 0), (radius if top is None else top, height), (0, height)], sides)


def rod(start: ArrayLike, end: ArrayLike, radius: float, sides: int = 6) -> Mesh:
    """A straight round bar between two points."""
    return tube(np.array([start, end]), radius, sides)


def ball(x: float, y: float | None = None, z: float | None = None, sides: int = 12) -> Mesh:
    """An ellipsoid about the origin with the given radii."""
    sides = facets(sides)
    angle = np.linspace(-np.pi / 2, np.pi / 2, sides // 2 + 1)
    profile = np.stack([np.cos(angle), np.sin(angle)], 1)
    profile[[0, -1], 0] = 0
    return lathe(profile, sides).scale(x, y if y is not None else x, z if z is not None else x)


def torus(radius: float, thickness: float, sides: int = 16, around: int = 7) -> Mesh:
    """A ring lying in the xy plane about the origin."""
    angle = np.arange(facets(sides)) * 2 * np.pi / facets(sides)
    return tube(np.stack([np.cos(angle), np.sin(angle), angle * 0], 1) * radius, thickness, around, closed=True)


def tube(path: ArrayLike, radius: ArrayLike, sides: int = 8, closed: bool = False) -> Mesh:
    """A round bar swept along the points of `path`; `radius` is one number or one for every point."""
    points = np.asarray(path, float)
    count = len(points)
    sides = facets(sides) if sides > 6 or _detail.get() == 1 else max(4, round(sides * _detail.get()))
    radii = np.broadcast_to(np.asarray(radius, float), count)
    if closed:
        tangent = np.roll(points, -1, 0) - np.roll(points, 1, 0)
    else:
        tangent = np.gradient(points, axis=0)
    tangent = tangent / np.maximum(np.sqrt((tangent**2).sum(1, keepdims=True)), 1e-12)
    up = np.eye(3)[int(np.abs(tangent).sum(0).argmin())]
    angle = np.arange(sides) * 2 * np.pi / sides
    rings = []
    for point, t, r in zip(points, tangent, radii):
        side = cross(t, up)
        side = side / np.sqrt((side**2).sum())
        up = cross(side, t)
        rings.append(point + r * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * up))
    faces = grid_faces(count, sides)[:, ::-1]
    vertices = np.concatenate(rings)
    if closed:
        bridge = grid_faces(2, sides)[:, ::-1]
        faces = np.concatenate([faces, np.where(bridge < sides, bridge + (count - 1) * sides, bridge - sides)])
        return Mesh(vertices, faces)
    a = np.arange(sides)
    b = (a + 1) % sides
    first, last = np.full(sides, len(vertices)), np.full(sides, len(vertices) + 1)
    end = (count - 1) * sides
    caps = [np.stack([first, a, b], 1), np.stack([last, b + end, a + end], 1)]
    return Mesh(np.concatenate([vertices, points[:1], points[-1:]]), np.concatenate([faces, *caps]))


def cross(a: Floats, b: Floats) -> Floats:
    """The vector product of two vectors (3,), faster than the one for many."""
    (ax, ay, az), (bx, by, bz) = map(float, a), map(float, b)
    return np.array([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx])


def limb(path: ArrayLike, radius: ArrayLike, sides: int = 8) -> Mesh:
    """A tube with rounded ends: arms, legs, fingers, tails, fruit."""
    points, radii = np.asarray(path, float), np.broadcast_to(np.asarray(radius, float), len(np.asarray(path)))

    def ends(point: Floats, towards: Floats, r: float) -> tuple[list[Floats], list[float]]:
        out = (point - towards) / np.sqrt(((point - towards) ** 2).sum())
        return [point + out * r, point + out * r * 0.8], [r * 0.05, r * 0.62]

    p0, r0 = ends(points[0], points[1], radii[0])
    p1, r1 = ends(points[-1], points[-2], radii[-1])
    return tube([*p0, *points, *p1[::-1]], [*r0, *radii, *r1[::-1]], sides)


def extrude(outline: ArrayLike, depth: float, bevel: float = 0.0) -> Mesh:
    """A plate standing in the xz plane: the polygon [(x, z), …] (counter-clockwise), thick `depth` about y = 0."""
    points = np.asarray(outline, float)
    bevel = 0 if coarse() else bevel
    layers = [(-depth / 2, 0.0), (depth / 2, 0.0)]
    if bevel > 0:
        layers = [(-depth / 2, bevel), (-depth / 2 + bevel, 0.0), (depth / 2 - bevel, 0.0), (depth / 2, bevel)]
    n = len(points)
    edge = np.roll(points, -1, 0) - np.roll(points, 1, 0)
    inward = np.stack([-edge[:, 1], edge[:, 0]], 1) / np.maximum(np.sqrt((edge**2).sum(1, keepdims=True)), 1e-9)
    rings = [np.column_stack([p[:, 0], np.full(n, y), p[:, 1]]) for y, b in layers for p in [points + inward * b]]
    cap = triangulate(points)
    last = (len(layers) - 1) * n
    faces = np.concatenate([grid_faces(len(layers), n)[:, ::-1], cap, cap[:, ::-1] + last])
    return Mesh(np.concatenate(rings), faces)


def triangulate(polygon: Floats) -> NDArray[np.int64]:
    """The triangles (n - 2, 3) of a simple counter-clockwise polygon (n, 2), by cutting ears."""
    left = list(range(len(polygon)))
    triangles: list[tuple[int, int, int]] = []

    def cross(o: int, a: int, b: int) -> float:
        (ox, oy), (ax, ay), (bx, by) = polygon[o], polygon[a], polygon[b]
        return float((ax - ox) * (by - oy) - (ay - oy) * (bx - ox))

    while len(left) > 3:
        for i in range(len(left)):
            a, b, c = left[i - 1], left[i], left[(i + 1) % len(left)]
            others = (p for p in left if p not in (a, b, c))
            if cross(a, b, c) > 0 and not any(
                cross(a, b, p) >= 0 and cross(b, c, p) >= 0 and cross(c, a, p) >= 0 for p in others
            ):
                break
        triangles.append((left[i - 1], left[i], left[(i + 1) % len(left)]))
        del left[i]
    return np.array([*triangles, tuple(left)], np.int64)


def sheet(x: float, z: float, columns: int, rows: int, depth: Floats) -> Mesh:
    """A cloth in the xz plane, x wide and z high above z = 0, pushed along y by depth (rows + 1, columns + 1)."""
    zs, xs = np.meshgrid(np.linspace(0, z, rows + 1), np.linspace(-x / 2, x / 2, columns + 1), indexing="ij")
    a = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    c = a + columns + 1
    faces = np.concatenate([np.stack([a, a + 1, c + 1], 1), np.stack([a, c + 1, c], 1)])
    return Mesh(np.stack([xs.ravel(), np.asarray(depth, float).ravel(), zs.ravel()], 1), faces)


def face_normals(vertices: Floats, faces: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Unit normals (m, 3) and areas (m,) of triangles; a triangle without area has the normal 0."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.sqrt((normal**2).sum(1))
    return normal / np.maximum(length, 1e-30)[:, None], length / 2


def shade_smooth(mesh: Mesh, crease: float = 40.0) -> tuple[Floats, NDArray[np.int64], Floats]:
    """(vertices, faces, normals): vertices split where faces meet at more than `crease` degrees, and their normals.

    A vertex normal is the area-weighted mean of the normals of the faces around it on its side of the crease.
    """
    flat, area = face_normals(mesh.vertices, mesh.faces)
    faces, flat, area = mesh.faces[area > 1e-12], flat[area > 1e-12], area[area > 1e-12]
    _, where = np.unique(keys(np.round(mesh.vertices * 1e6)), return_inverse=True)
    corner_vertex = where[faces].ravel()
    corner_face = np.repeat(np.arange(len(faces)), 3)
    order = np.argsort(corner_vertex, kind="stable")
    counts = np.bincount(corner_vertex)
    starts = np.cumsum(counts) - counts
    repeat = counts[corner_vertex[order]]
    own = np.repeat(order, repeat)
    others = order[np.repeat(starts[corner_vertex[order]], repeat) + _ramp(repeat)]
    cosine = (flat[corner_face[own]] * flat[corner_face[others]]).sum(1)
    near = cosine > np.cos(np.radians(crease))
    weighted = (flat * area[:, None])[corner_face[others[near]]]
    count = len(corner_vertex)
    normals: Floats = np.empty((count, 3))
    for axis in range(3):
        normals[:, axis] = np.bincount(own[near], weighted[:, axis], minlength=count)
    normals /= np.maximum(np.sqrt((normals**2).sum(1, keepdims=True)), 1e-30)
    alike = keys(np.column_stack([np.round(normals * 1e3), corner_vertex]))
    _, first, inverse = np.unique(alike, return_index=True, return_inverse=True)
    vertices = mesh.vertices[faces.ravel()][first]
    return vertices, inverse.reshape(-1, 3), normals[first]


def keys(rows: NDArray) -> NDArray[np.int64]:
    """A hash (n,) of each row of whole numbers (n, k)."""
    result = np.zeros(len(rows), np.int64)
    for column in rows.T.astype(np.int64):
        result = result * 0x9E3779B1 + column
        result ^= result >> 29
    return result


def _ramp(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, … count - 1 for every count, joined."""
    ends = np.cumsum(counts)
    return np.arange(ends[-1]) - np.repeat(ends - counts, counts)
