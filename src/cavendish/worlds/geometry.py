"""A scene as triangles ready to be hit by rays, with a table of what every triangle is made of."""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .camera import axes
from .catalog import KINDS, shape
from .catalog.registry import Shape
from .materials import MATERIALS
from .mesh import apply, box, rotation, shade_smooth
from .scene import Scene, Stage, Thing
from .textures import atlas

STUFF = (
    "sky", "floor", "wall", "ceiling", "ground", "road", "sidewalk", "grass", "water", "sand", "snow", "path", "hill",
    "field", "curb", "tabletop",
)  # fmt: skip
Floats = NDArray[np.floating]  # float32 unless said


@cache
def classes() -> tuple[str, ...]:
    """All class names of `Sample.labels`: the surroundings first, then the things."""
    return (*STUFF, *KINDS)


@dataclass(frozen=True)
class Surfaces:
    """One column for every kind of surface in the scene; colours are linear reflectances."""

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
class Geometry:
    """The triangles of a scene. T triangles, V vertices; world frame, metres, z up."""

    tracer: object  # embreex scene
    plane: NDArray[np.float64]  # (4, T): unit normal and offset, normal @ p = offset
    span: Floats  # (9, T): first vertex and the two vectors whose product with p - v0 are the barycentric weights
    faces: NDArray[np.int32]  # (T, 3)
    corners: Floats  # (18, T): at each corner the smooth normal, and metres in the thing's own frame, for textures
    surface: NDArray[np.int32]  # (T,)
    owner: NDArray[np.int32]  # (T,) Thing.id, 0 for the stage
    label: NDArray[np.int32]  # (T,) index into classes()
    frames: Floats  # (9, owners) rotation from the own frame to the world, by Thing.id; column 0 is the stage
    surfaces: Surfaces
    centre: Floats  # (3, T)
    vertices: Floats  # (V, 3)
    slots: tuple[tuple[int, str], ...]  # (Thing.id, part) of every surface; id 0 and a label for the stage


def stage_shape(piece: Stage) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """(vertices, normals, faces) of a piece of surroundings in the world frame, before it is turned and moved."""
    if piece.form == "box":
        vertices, faces, normals = _unit_box()
        return (vertices * np.array(piece.size)).astype(np.float32), normals.astype(np.float32), faces.astype(np.int32)
    vertices, faces, normals = terrain(piece.size[0], piece.rough, piece.clear, piece.seed)
    return vertices.astype(np.float32), normals.astype(np.float32), faces.astype(np.int32)


@cache
def _unit_box() -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    return shade_smooth(box(1, 1, 1))


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


def build(scene: Scene) -> Geometry:
    """Place every shape and start the ray tracer."""
    vertices, normals, rest, faces, surface, owner, label = [], [], [], [], [], [], []
    finishes: list[dict[str, Any]] = []
    slots: list[tuple[int, str]] = []
    names = {name: i for i, name in enumerate(classes())}
    frames = np.zeros((max((t.id for t in scene.things), default=0) + 1, 9), np.float32)
    frames[0] = np.eye(3).ravel()
    start = 0
    for piece in scene.stage:
        v, n, f = stage_shape(piece)
        turn = rotation(z=piece.turn)
        rest.append(v)
        vertices.append(apply(turn, v.astype(float)) + piece.position)
        normals.append(apply(turn, n.astype(float)))
        faces.append(f + start)
        surface.append(np.full(len(f), len(finishes)))
        owner.append(np.zeros(len(f)))
        label.append(np.full(len(f), names[piece.label]))
        finishes.append(piece.finish)
        slots.append((0, piece.label))
        start += len(v)
    for thing in scene.things:
        if out_of_sight(scene, thing):
            continue
        form: Shape = shape(thing.kind, thing.shape, _level(scene, thing))
        turn = rotation(*thing.turn)
        scale = np.array(thing.scale)
        own = form.vertices * scale
        rest.append(own)
        vertices.append(apply(turn, own) + thing.position)
        bent = form.normals / scale
        bent = bent / np.sqrt((bent**2).sum(1, keepdims=True))
        normals.append(apply(turn, bent))
        faces.append(form.faces + start)
        surface.append(form.part + len(finishes))
        owner.append(np.full(len(form.faces), thing.id))
        label.append(np.full(len(form.faces), names[thing.kind]))
        finishes += [thing.finish[part] for part in form.names]
        slots += [(thing.id, part) for part in form.names]
        frames[thing.id] = turn.ravel()
        start += len(own)
    points = np.concatenate(vertices).astype(np.float32)
    triangles = np.concatenate(faces).astype(np.int32)
    attributes = np.hstack([np.concatenate(normals), np.concatenate(rest)]).astype(np.float32)
    plane, span = _tables(points, triangles)
    return Geometry(
        tracer=_tracer(points, triangles),
        plane=plane,
        span=span,
        faces=triangles,
        corners=np.ascontiguousarray(attributes.take(triangles.ravel(), axis=0).reshape(-1, 18).T),
        surface=np.concatenate(surface).astype(np.int32),
        owner=np.concatenate(owner).astype(np.int32),
        label=np.concatenate(label).astype(np.int32),
        frames=np.ascontiguousarray(frames.T),
        surfaces=_surfaces(finishes),
        centre=np.ascontiguousarray(points[triangles].mean(1).T),
        vertices=points,
        slots=tuple(slots),
    )


def out_of_sight(scene: Scene, thing: Thing) -> bool:
    """Whether a thing is so far beside or behind the picture that neither it nor its shadow can be in it."""
    size = [s * k for s, k in zip(shape(thing.kind, thing.shape).size, thing.scale)]
    x, y, z = (p - c for p, c in zip(thing.position, scene.camera.position))
    radius = math.sqrt(size[0] ** 2 + size[1] ** 2 + size[2] ** 2)  # about the base, so it holds the whole thing
    margin = radius + max(1.0, 1.5 * size[2])
    right, down, forward = axes(scene.camera).tolist()
    ahead = forward[0] * x + forward[1] * y + forward[2] * z
    half = math.radians(scene.camera.fov) / 2
    for a in (right, down):
        beside = abs(a[0] * x + a[1] * y + a[2] * z)
        if beside * math.cos(half) - ahead * math.sin(half) > margin:
            return True
    return ahead < -margin


def _level(scene: Scene, thing: Thing) -> int:
    """How coarse a shape may be that is this small in the picture (see `registry.LEVELS`)."""
    offset = np.array(thing.position) - np.array(scene.camera.position)
    size = max(np.array(shape(thing.kind, thing.shape).size) * np.array(thing.scale))
    apparent = size / max(float(np.sqrt((offset**2).sum())), 0.1) / np.tan(np.radians(scene.camera.fov) / 2)
    return 0 if apparent > 1.0 else 1 if apparent > 0.4 else 2


def _tables(points: Floats, triangles: NDArray[np.int32]) -> tuple[NDArray[np.float64], Floats]:
    v0, v1, v2 = (points[triangles[:, k]].astype(np.float64).T for k in range(3))
    e1, e2 = v1 - v0, v2 - v0
    n = _cross(e1, e2)
    square = np.maximum(n[0] * n[0] + n[1] * n[1] + n[2] * n[2], 1e-30)
    unit = n / np.sqrt(square)
    offset = unit[0] * v0[0] + unit[1] * v0[1] + unit[2] * v0[2]
    span = np.concatenate([v0, _cross(e2, n) / square, _cross(n, e1) / square])
    return np.vstack([unit, offset]), span.astype(np.float32)


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def _tracer(points: Floats, triangles: NDArray[np.int32]) -> object:
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene
    except ImportError as error:
        from cavendish.errors import MissingExtraError

        raise MissingExtraError("Rendering worlds needs embreex: pip install 'cavendish[worlds]'.") from error
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
