"""All triangles of a scene in world coordinates, with the tables that rays and shading need."""

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import optional_import
from cavendish.worlds.camera import axes
from cavendish.worlds.catalog import shape
from cavendish.worlds.catalog.registry import Shape, finished
from cavendish.worlds.classes import classes
from cavendish.worlds.materials import MATERIALS
from cavendish.worlds.mesh import box, rotation, shade_smooth
from cavendish.worlds.scene import Camera, Scene, Stage, Thing, Vec
from cavendish.worlds.textures import atlas

Floats = NDArray[np.floating]  # float32 unless said


@dataclass(frozen=True)
class Surfaces:
    """The finishes of a scene, one column for each surface; colours are linear reflectances."""

    a: Floats  # (3, S)
    b: Floats  # (3, S)
    texture: NDArray[np.int64]  # (S,) row of the atlas
    metres: Floats  # (S,) width of a tile
    bump: Floats
    gloss: Floats
    metal: Floats
    glass: Floats
    glow: Floats
    mean: Floats  # (3, S) the colour far away


@dataclass(frozen=True)
class SceneMesh:
    """The triangles of a scene. T triangles, V vertices; world frame, metres, z up."""

    tracer: object  # embreex scene
    plane: NDArray[np.float64]  # (4, T): unit normal and offset, normal @ p = offset
    span: Floats  # (9, T): first vertex and the two vectors whose product with p - v0 are the barycentric weights
    faces: NDArray[np.int32]  # (T, 3)
    curved: NDArray[np.bool_]  # (T,) whether the smooth normal differs from that of the plane
    corners: Floats  # (9, T): the smooth normal at each corner
    chart: NDArray[np.int32]  # (T,) column of `charts`; a third of it, rounded down, is the surface
    charts: Floats  # (8, 3 * S): unit axis and offset of u, then of v: metres in the thing's own frame, for textures
    owner: NDArray[np.int32]  # (S + 1,) Thing.id, 0 for the stage and for the sky, which is the last (or -1)
    label: NDArray[np.int32]  # (S + 1,) index into classes()
    surfaces: Surfaces
    centre: Floats  # (3, T)
    vertices: Floats  # (V, 3)
    slots: tuple[tuple[int, str], ...]  # (Thing.id, part) of every surface; id 0 and a label for the stage


def stage_shape(piece: Stage) -> Shape:
    """The shape of a piece of surroundings before it is stretched to its size (a box), turned and moved."""
    if piece.form == "box":
        return _unit_box()
    return finished({piece.label: terrain(piece.size[0], piece.rough, piece.clear, piece.seed)})


@cache
def _unit_box() -> Shape:
    return finished({"": shade_smooth(box(1, 1, 1))})


def terrain(
    width: float, rough: float, clear: float, seed: int, cells: int = 22
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """(vertices, faces, normals) of a square of wavy ground; its middle is flat, so that things can stand there."""
    t = np.linspace(-1, 1, cells + 1)
    t = np.sign(t) * np.abs(t) ** 2.2 * width / 2
    y, x = np.meshgrid(t, t, indexing="ij")
    rng = np.random.default_rng(seed)
    height = np.zeros_like(x)
    for k in range(7):
        wave = rng.normal(size=2) * (1 + k) * 0.9 / clear
        height += np.sin(x * wave[0] + y * wave[1] + rng.uniform(0, 6.28)) / (1 + k)
    distance = np.sqrt(x**2 + y**2)
    height = (height + 0.9) * rough * np.clip((distance - clear) / (2 * clear), 0, 1)
    a = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel()
    c = a + cells + 1
    faces = np.concatenate([np.stack([a, a + 1, c + 1], 1), np.stack([a, c + 1, c], 1)])
    slope_y, slope_x = np.gradient(height, t, t)
    normals = np.stack([-slope_x.ravel(), -slope_y.ravel(), np.ones(x.size)], 1)
    normals /= np.sqrt((normals**2).sum(1, keepdims=True))
    return np.stack([x.ravel(), y.ravel(), height.ravel()], 1), faces, normals


def build(scene: Scene) -> SceneMesh:
    """The mesh of a scene, with its ray tracer."""
    names = {name: i for i, name in enumerate(classes())}
    forms: list[Shape] = []
    places: list[tuple[NDArray[np.float64], Vec, Vec]] = []  # turn, scale and position
    finishes: list[dict[str, Any]] = []
    slots: list[tuple[int, str]] = []
    labels: list[int] = []
    for piece in scene.stage:
        forms.append(stage_shape(piece))
        places.append((rotation(z=piece.turn), piece.size if piece.form == "box" else (1, 1, 1), piece.position))
        finishes.append(piece.finish)
        slots.append((0, piece.label))
        labels.append(names[piece.label])
    for thing in scene.things:
        if out_of_sight(scene, thing):
            continue
        form = shape(thing.kind, thing.shape, _level(scene, thing))
        forms.append(form)
        places.append((rotation(*thing.turn), thing.scale, thing.position))
        finishes += [thing.finish[part] for part in form.names]
        slots += [(thing.id, part) for part in form.names]
        labels += [names[thing.kind]] * len(form.names)
    turn, scale, position = (np.array(values, float) for values in zip(*places))
    points, normals = _placed(forms, turn, scale, position)
    vertex_count, surface_count = [len(f.vertices) for f in forms], [len(f.names) for f in forms]
    triangles = _joined([f.faces for f in forms], vertex_count)
    corners = points.take(_joined([f.corners for f in forms], vertex_count), axis=1).T
    plane, span, centre = _tables(points, triangles)
    return SceneMesh(
        tracer=_tracer(corners, _joined([f.solid for f in forms], [len(f.corners) for f in forms])),
        plane=plane,
        span=span,
        faces=triangles,
        curved=np.concatenate([f.curved for f in forms]),
        corners=normals.take(triangles.T, axis=1).transpose(1, 0, 2).reshape(9, -1),
        chart=_joined([f.chart for f in forms], [3 * n for n in surface_count]),
        charts=_charts(turn, position, surface_count),
        owner=np.array([number for number, _ in slots] + [0], np.int32),
        label=np.array([*labels, 0], np.int32),
        surfaces=_surfaces(finishes),
        centre=centre,
        vertices=np.ascontiguousarray(points.T),
        slots=tuple(slots),
    )


def _joined(parts: list[NDArray[np.int32]], sizes: list[int]) -> NDArray[np.int32]:
    """Index arrays joined; each is shifted by the number of indexed things in the arrays before it."""
    starts = np.cumsum([0, *sizes[:-1]], dtype=np.int32)
    return np.concatenate([part + start for part, start in zip(parts, starts)])


def _placed(
    forms: list[Shape], turn: NDArray[np.float64], scale: NDArray[np.float64], position: NDArray[np.float64]
) -> tuple[Floats, Floats]:
    """(3, V) vertices and (3, V) unit normals in world coordinates."""
    which = np.repeat(np.arange(len(forms)), [len(f.vertices) for f in forms])
    a, b, c, offset = (m.T.take(which, axis=1) for m in (*np.moveaxis(turn * scale[:, None], 2, 0), position))
    x, y, z = np.concatenate([f.vertices for f in forms]).T
    points = (a * x + b * y + c * z + offset).astype(np.float32)
    a, b, c = (m.T.take(which, axis=1) for m in np.moveaxis(turn / scale[:, None], 2, 0).astype(np.float32))
    x, y, z = np.concatenate([f.normals for f in forms]).T
    normals = a * x + b * y + c * z
    return points, normals / np.sqrt(normals[0] * normals[0] + normals[1] * normals[1] + normals[2] * normals[2])


def _charts(turn: NDArray[np.float64], position: NDArray[np.float64], surface_count: list[int]) -> Floats:
    """`SceneMesh.charts`: a face that looks along one axis of its thing has the other two axes as u and v."""
    offset = -(turn * position[:, :, None]).sum(1)  # (n, 3)
    own = np.concatenate([turn.transpose(0, 2, 1), offset[:, :, None]], 2)  # (n, 3, 4): coordinate k of a world point
    charts = np.concatenate([own[:, (1, 0, 0)], own[:, (2, 2, 1)]], 2)  # (n, 3, 8)
    return np.ascontiguousarray(np.repeat(charts, surface_count, axis=0).reshape(-1, 8).T, np.float32)


@lru_cache(maxsize=8)
def _axes(camera: Camera) -> list[list[float]]:
    return axes(camera).tolist()


def out_of_sight(scene: Scene, thing: Thing) -> bool:
    """Whether a thing is so far outside the picture that neither it nor its shadow can appear in it."""
    size = [s * k for s, k in zip(shape(thing.kind, thing.shape).size, thing.scale)]
    x, y, z = (p - c for p, c in zip(thing.position, scene.camera.position))
    radius = math.sqrt(size[0] ** 2 + size[1] ** 2 + size[2] ** 2)  # about the base, so it holds the whole thing
    margin = radius + max(1.0, 1.5 * size[2])
    right, down, forward = _axes(scene.camera)
    ahead = forward[0] * x + forward[1] * y + forward[2] * z
    half = math.radians(scene.camera.fov) / 2
    for a in (right, down):
        beside = abs(a[0] * x + a[1] * y + a[2] * z)
        if beside * math.cos(half) - ahead * math.sin(half) > margin:
            return True
    return ahead < -margin


def _level(scene: Scene, thing: Thing) -> int:
    """The level of detail for a thing of this size in the picture (see `registry.LEVELS`)."""
    size = max(s * k for s, k in zip(shape(thing.kind, thing.shape).size, thing.scale))
    away = max(math.dist(thing.position, scene.camera.position), 0.1)
    apparent = size / away / math.tan(math.radians(scene.camera.fov) / 2)
    return sum(apparent < limit for limit in (1.0, 0.4, 0.15))


def _tables(points: Floats, triangles: NDArray[np.int32]) -> tuple[NDArray[np.float64], Floats, Floats]:
    v0, v1, v2 = points.astype(np.float64).take(triangles.T, axis=1).transpose(1, 0, 2)
    e1, e2 = v1 - v0, v2 - v0
    n = _cross(e1, e2)
    square = np.maximum(n[0] * n[0] + n[1] * n[1] + n[2] * n[2], 1e-30)
    unit = n / np.sqrt(square)
    offset = unit[0] * v0[0] + unit[1] * v0[1] + unit[2] * v0[2]
    span = np.concatenate([v0, _cross(e2, n) / square, _cross(n, e1) / square])
    return np.vstack([unit, offset]), span.astype(np.float32), ((v0 + v1 + v2) / 3).astype(np.float32)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _tracer(points: Floats, triangles: NDArray[np.int32]) -> object:
    with optional_import("Rendering worlds needs embreex", "cavendish[worlds]"):
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    tracer = EmbreeScene()
    TriangleMesh(tracer, points, triangles)
    return tracer


def _surfaces(finishes: list[dict[str, Any]]) -> Surfaces:
    tiles = atlas()
    a = np.array([f["a"] for f in finishes], np.float32).T
    b = np.array([f["b"] for f in finishes], np.float32).T
    materials = [MATERIALS[f["material"]] for f in finishes]
    row = np.array([tiles.row(f["texture"], f["variant"]) for f in finishes])
    zoom = np.array([f["zoom"] for f in finishes], np.float32)
    share = tiles.mean[row, 0].astype(np.float32)
    return Surfaces(
        a=np.ascontiguousarray(a),
        b=np.ascontiguousarray(b),
        texture=row,
        metres=tiles.metres[row] * zoom,
        bump=tiles.bump[row],
        gloss=np.array([f["gloss"] for f in finishes], np.float32),
        metal=np.array([m.metal for m in materials], np.float32),
        glass=np.array([m.glass for m in materials], np.float32),
        glow=np.array([f.get("glow", m.glow) for f, m in zip(finishes, materials)], np.float32),
        mean=a * (1 - share) + b * share,
    )
