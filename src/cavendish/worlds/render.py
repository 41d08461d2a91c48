"""Renders a scene: the picture and its exact truth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.camera import axes, intrinsics, rays
from cavendish.worlds.lens import develop, exposure
from cavendish.worlds.light import arrive, cells, radiosity, smooth
from cavendish.worlds.scene import Scene
from cavendish.worlds.shade import shade
from cavendish.worlds.trace import STRIP, Hits, cast, joined, unit
from cavendish.worlds.triangles import Floats, SceneMesh, build

OFFSETS = ((0.33, -0.17), (-0.33, 0.17))  # of the samples that edge pixels have besides the one at their centre


@dataclass(frozen=True)
class Picture:
    """A rendered picture with its truth; frames and units are those of `Sample`."""

    image: NDArray[np.uint8]  # (H, W, 3)
    depth: NDArray[np.float32]  # (H, W)
    normals: NDArray[np.float32]  # (H, W, 3)
    instances: NDArray[np.int32]  # (H, W)
    labels: NDArray[np.int32]  # (H, W)
    parts: dict[tuple[int, str], int]  # visible pixels of every part of every thing
    gain: float


def render(scene: Scene, height: int, width: int, gain: float | None = None, mesh: SceneMesh | None = None) -> Picture:
    """Render `scene` at height x width. `gain` fixes the exposure, so that an edited scene matches its original."""
    mesh = mesh or build(scene)
    y, x = np.divmod(np.arange(height * width), width)
    hits, directions = _trace(scene, mesh, height, width, x + 0.5, y + 0.5)
    surface = hits.surface(mesh)
    depth = np.where(hits.seen, hits.depth, np.inf).astype(np.float32).reshape(height, width)

    cell = cells(height, width)
    soft, glow = radiosity(scene, mesh)
    arriving = _in_strips(lambda part: arrive(scene, mesh, hits.part(part), cell[part], soft), height * width)
    arriving = smooth(arriving, hits, surface, height, width)
    angle = 1 / intrinsics(scene.camera, height, width)[0, 0]

    def shaded(hits: Hits, directions: Floats, light: Floats) -> Floats:
        return _in_strips(
            lambda part: shade(scene, mesh, hits.part(part), directions[:, part], light[:, part], glow, angle),
            len(hits.triangle),
        )

    radiance = shaded(hits, directions, arriving)

    edge = np.flatnonzero(_edges(surface, hits, height, width))
    many = np.tile(edge, len(OFFSETS))
    dx, dy = (np.repeat(offset, len(edge)) for offset in np.array(OFFSETS).T)
    sub, ways = _trace(scene, mesh, height, width, x[many] + 0.5 + dx, y[many] + 0.5 + dy)
    light = arriving.take(_same_surface(sub.surface(mesh), sub, surface, hits, many, height, width), axis=1)
    total = np.clip(shaded(sub, ways, light), 0, 6).reshape(3, len(OFFSETS), len(edge)).sum(1) + np.clip(
        radiance[:, edge], 0, 6
    )
    radiance[:, edge] = total / (len(OFFSETS) + 1)
    if gain is None:
        gain = exposure(radiance, scene)
    image = develop(radiance.reshape(3, height, width), depth, scene, gain, scene.seed)
    return Picture(
        image=image,
        depth=depth,
        normals=_camera_normals(scene, hits, height, width),
        instances=mesh.owner.take(surface).reshape(height, width),
        labels=mesh.label.take(surface).reshape(height, width),
        parts=dict(zip(mesh.slots, np.bincount(surface[hits.seen], minlength=len(mesh.slots)).tolist())),
        gain=gain,
    )


def _in_strips(work: Callable[[slice], Floats], count: int) -> Floats:
    """The results of work(part) for all parts of `count` rays, joined; `STRIP` rays are worked on at a time."""
    return np.concatenate([work(part) for part in _strips(count)], axis=-1)


def _strips(count: int) -> list[slice]:
    return [slice(k, k + STRIP) for k in range(0, max(count, 1), STRIP)]


def _trace(scene: Scene, mesh: SceneMesh, height: int, width: int, u: NDArray, v: NDArray) -> tuple[Hits, Floats]:
    origin = np.array(scene.camera.position)
    ways = [rays(scene.camera, height, width, u[part], v[part]) for part in _strips(len(u))]
    hits = joined([cast(mesh, origin, way) for way in ways])
    return hits, np.concatenate([unit(way.astype(np.float32)) for way in ways], axis=1)


def _edges(surface: NDArray, hits: Hits, height: int, width: int) -> NDArray[np.bool_]:
    """Edge pixels (H * W,): a neighbour shows another surface, or the same one from another side."""
    face = surface.reshape(height, width)
    normal = hits.flat.reshape(3, height, width)
    marked = np.zeros((height, width), bool)
    for one, other in (((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
                       ((slice(None), slice(1, None)), (slice(None), slice(None, -1)))):  # fmt: skip
        n, m = normal[(slice(None), *one)], normal[(slice(None), *other)]
        differ = (face[one] != face[other]) | (n[0] * m[0] + n[1] * m[1] + n[2] * m[2] < 0.8)
        marked[one] |= differ
        marked[other] |= differ
    return marked.ravel()


def _same_surface(
    own: NDArray, sub: Hits, surface: NDArray, hits: Hits, edge: NDArray, height: int, width: int
) -> NDArray[np.int64]:
    """For each sample of an edge pixel, the nearby pixel that shows the same surface from the same side."""
    y, x = np.divmod(edge, width)
    best, score = edge.copy(), np.full(len(edge), -2.0, np.float32)
    for dy, dx in ((0, 0), (0, 1), (1, 0), (0, -1), (-1, 0)):
        there = np.clip(y + dy, 0, height - 1) * width + np.clip(x + dx, 0, width - 1)
        n = hits.flat.take(there, axis=1)
        alike = n[0] * sub.flat[0] + n[1] * sub.flat[1] + n[2] * sub.flat[2]
        value = np.where(surface.take(there) == own, alike, np.float32(-1)) - np.float32(0.01 * (dy != 0 or dx != 0))
        better = value > score
        best, score = np.where(better, there, best), np.where(better, value, score)
    return best


def _camera_normals(scene: Scene, hits: Hits, height: int, width: int) -> NDArray[np.float32]:
    """(H, W, 3) normals with +x right, +y up, +z toward the viewer; zeros in the sky."""
    right, down, forward = axes(scene.camera).astype(np.float32)
    n = hits.normal
    rows = [axis[0] * n[0] + axis[1] * n[1] + axis[2] * n[2] for axis in (right, -down, -forward)]
    normals = np.where(hits.seen, np.stack(rows), np.float32(0))
    return np.ascontiguousarray(normals.T.reshape(height, width, 3))
