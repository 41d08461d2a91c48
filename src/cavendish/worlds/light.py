"""Light that arrives at surfaces: the sky, lamps, shadows, and one bounce."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.scene import Air, Light, Scene
from cavendish.worlds.textures import atlas
from cavendish.worlds.trace import EPSILON, STRIP, Hits, blocked, dot, frame, probe, unit
from cavendish.worlds.triangles import Floats, SceneMesh

PATTERN = 4  # the sampling pattern repeats every 4 x 4 pixels, and a 4 x 4 filter sees all of it once
Ways = tuple[Floats, Floats, Floats]


def _hemisphere(count: int) -> Floats:
    """Cosine-distributed directions (3, count) about +z: a spiral of equal areas on the disc (Vogel)."""
    k = np.arange(count) + 0.5
    r, angle = np.sqrt(k / count), k * np.pi * (3 - np.sqrt(5))
    return np.stack([r * np.cos(angle), r * np.sin(angle), np.sqrt(1 - r * r)]).astype(np.float32)


def _scatter(count: int) -> NDArray[np.int64]:
    """A fixed order of 0 … count - 1 in which neighbours are far apart."""
    return (np.arange(count) * 29) % count


TABLE = _hemisphere(PATTERN * PATTERN)[:, _scatter(PATTERN * PATTERN)]
GRID = np.array([0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5])  # Bayer's ordered dither


def sky(scene: Scene, direction: Floats) -> Floats:
    """Radiance (3, N) of the sky along unit directions (3, N)."""
    air = scene.air
    up = direction[2]
    t = np.clip(up, 0, 1)
    t = 1 - (1 - t) * (1 - t) * (1 - t)
    zenith, horizon, ground = (np.array(c, np.float32)[:, None] for c in (air.zenith, air.horizon, air.ground))
    color = horizon + (zenith - horizon) * t
    if air.clouds > 0:
        color = _clouds(air, direction, color)
    for light in scene.lights:
        if light.kind == "sun":
            near = np.clip(dot(np.array(light.position, np.float32)[:, None], direction), 0, 1)
            halo = near**8
            halo = halo * halo * halo * halo
            disc = np.clip((near - 0.9995) * 4000, 0, 1)
            color = color + np.array(light.color, np.float32)[:, None] * (0.06 * halo + 6 * disc)
    return np.where(up < 0, ground + (horizon - ground) * np.clip(1 + up * 6, 0, 1), color)


def _clouds(air: Air, direction: Floats, color: Floats) -> Floats:
    """The sky behind drifting clouds: two scales of noise on a plane far above."""
    height = np.maximum(direction[2], 0.02) + 0.12
    x, y = direction[0] / height, direction[1] / height
    shift = air.cloud_seed % 97
    value = np.zeros_like(x)
    for scale, weight in ((26.0, 0.6), (71.0, 0.3), (200.0, 0.1)):
        value += weight * _lookup(_cloud_tile(air.cloud_seed % 2), x * scale + shift * 3, y * scale + shift * 7)
    cover = np.clip((value - (0.62 - 0.2 * air.clouds)) * 9, 0, 1) * np.clip(direction[2] * 9, 0, 1)
    bright = np.array(air.horizon, np.float32)[:, None] * np.float32(0.55) + np.float32(0.5) * np.clip(value, 0, 1)
    white = bright.mean(0) * 0.8 + bright * 0.2
    return color + (white * np.float32(1.15) - color) * cover * np.float32(0.9)


@cache
def _cloud_tile(number: int) -> NDArray[np.uint8]:
    """A flat tile (65536,) of soft blotches."""
    tiles = atlas()
    first = tiles.first[tiles.row("concrete", number), 0]
    return np.ascontiguousarray(tiles.texels[first : first + 65536, 1])


def _lookup(texels: NDArray[np.uint8], x: Floats, y: Floats) -> Floats:
    """Bilinear values in [0, 1] of a 256-texel tile."""
    fx, fy = np.floor(x), np.floor(y)
    u, v = x - fx, y - fy
    i, j = fx.astype(np.int64) & 255, fy.astype(np.int64) & 255
    i1, j1 = (i + 1) & 255, (j + 1) & 255
    a, b, c, d = (texels.take(r * 256 + q).astype(np.float32) for r, q in ((j, i), (j, i1), (j1, i), (j1, i1)))
    return ((a + (b - a) * u) * (1 - v) + (c + (d - c) * u) * v) / np.float32(255)


def toward(light: Light, point: Floats, spot: tuple[Floats | float, Floats | float] = (0.0, 0.0)) -> Ways:
    """(unit direction (3, N), distance (N,), irradiance it would give a facing surface (N,)) from points to a light.

    `spot` (two arrays (N,) in [-1, 1]) is the sampled place on the light. What is the same for all points, such as the
    direction to the centre of the sun, has 1 column instead of N.
    """
    p, (s, t) = np.array(light.position, np.float32)[:, None], spot
    if light.kind == "sun":
        u, v = frame(p)
        direction = unit(p + (u * s + v * t) * np.float32(light.size))
        return direction, np.full(1, 1e4, np.float32), np.ones(1, np.float32)
    if light.kind == "area":
        u, v = np.array(light.u, np.float32)[:, None], np.array(light.v, np.float32)[:, None]
        target = p + u * s + v * t
        facing = np.cross(light.u, light.v).astype(np.float32)
        area = 4 * float(np.sqrt((facing**2).sum()))
        facing = facing / np.float32(area / 4)
    else:
        target = p + np.stack(np.broadcast_arrays(s, t, s * t)).reshape(3, -1) * np.float32(light.size)
        facing, area = None, 1.0
    offset = target.astype(np.float32) - point
    square = np.maximum(dot(offset, offset), np.float32(0.02))
    distance = np.sqrt(square)
    direction = offset / distance
    power = np.float32(area) / (square + np.float32(area * 0.3))
    if facing is not None:
        power = power * np.clip(-dot(facing[:, None], direction), 0, 1)
    return direction, distance, power


def cells(height: int, width: int) -> NDArray[np.int64]:
    """The stratum, 0 to 15, that each pixel (H * W,) samples."""
    pattern = GRID.reshape(PATTERN, PATTERN)
    return pattern[np.arange(height)[:, None] % PATTERN, np.arange(width) % PATTERN].ravel()


def arrive(scene: Scene, mesh: SceneMesh, hits: Hits, cell: NDArray[np.int64], soft: Floats) -> Floats:
    """Light that arrives at the points (lights + 3, N): the share of each lamp, then the colour of the bounced rest.

    One ray for each: to be filtered over 4 x 4 pixels. `soft` is the radiosity of every triangle.
    """
    return np.concatenate([shadows(scene, mesh, hits, cell), bounced(scene, mesh, hits, cell, soft)])


def shadows(scene: Scene, mesh: SceneMesh, hits: Hits, cell: NDArray[np.int64]) -> Floats:
    """Share (lights, N) of each light that reaches the points, one ray each; filter it over 4 x 4 pixels."""
    origin = hits.point + hits.flat * np.float32(EPSILON * 10)
    result = np.zeros((len(scene.lights), len(cell)), np.float32)
    for k, light in enumerate(scene.lights):
        strata = (np.arange(16) + 5 * k) % 16
        spots = ((strata % 4 + 0.5) / 2 - 1).astype(np.float32), ((strata // 4 + 0.5) / 2 - 1).astype(np.float32)
        if light.kind == "sun":
            direction, distance = toward(light, hits.point, spots)[0].take(cell, axis=1), None
        else:
            direction, distance, _ = toward(light, hits.point, (spots[0].take(cell), spots[1].take(cell)))
        lit = np.flatnonzero((dot(hits.flat, direction) > 0) & hits.seen)
        far = 1e4 if distance is None else distance.take(lit) * np.float32(0.98) - np.float32(light.size)
        result[k, lit] = ~blocked(mesh, origin.take(lit, axis=1), direction.take(lit, axis=1), far)
    return result


def radiosity(scene: Scene, mesh: SceneMesh) -> tuple[Floats, Floats]:
    """Rough radiance (3, T) of every triangle, twice: as it lights other things, and as a mirror shows it.

    They differ by the light that lamps give out themselves, which `shadows` brings to the surfaces already.
    """
    surfaces, index = mesh.surfaces, mesh.chart // 3
    normal = mesh.plane[:3].astype(np.float32)
    light = np.array(scene.air.ambient, np.float32)[:, None] * (np.float32(0.75) + np.float32(0.25) * normal[2])
    for lamp in scene.lights:
        direction, _, power = toward(lamp, mesh.centre)
        share = np.clip(dot(normal, direction), 0, 1) * power * np.float32(0.6)
        light = light + np.array(lamp.color, np.float32)[:, None] * share
    color = surfaces.mean.take(index, axis=1)
    given_back = color * light
    return given_back, given_back + color * surfaces.glow.take(index)


def bounced(scene: Scene, mesh: SceneMesh, hits: Hits, cell: NDArray[np.int64], soft: Floats) -> Floats:
    """Light (3, N) that comes from the sky and from other surfaces, one ray each; filter it over 4 x 4 pixels."""
    u, v = frame(hits.normal)
    origin = hits.point + hits.flat * np.float32(EPSILON * 20)
    x, y, z = TABLE.take(cell, axis=1)
    direction = u * x + v * y + hits.normal * z
    triangle, far = probe(mesh, origin, direction)
    near = np.clip(far * np.float32(2 if not scene.air.fog and scene.family in INDOOR else 1 / 1.2), 0, 1)
    light = soft.take(np.maximum(triangle, 0), axis=1) * (np.float32(0.25) + np.float32(0.75) * near * (2 - near))
    free = np.flatnonzero(triangle < 0)
    light[:, free] = _dome(scene, direction.take(free, axis=1))
    return light


INDOOR = ("living room", "bedroom", "kitchen", "office", "table top")


def _dome(scene: Scene, direction: Floats) -> Floats:
    """The sky without sun and clouds, as diffuse light."""
    t = np.clip(direction[2], 0, 1)
    zenith, horizon, ground = (
        np.array(c, np.float32)[:, None] for c in (scene.air.zenith, scene.air.horizon, scene.air.ground)
    )
    return np.where(direction[2] < 0, ground, horizon + (zenith - horizon) * t)


def smooth(values: Floats, hits: Hits, surface: NDArray[np.int32], height: int, width: int) -> Floats:
    """Channels (C, H * W) averaged over 4 x 4 pixels that lie on the same surface and share a plane."""
    near = 1 / (np.abs(hits.depth.astype(np.float32)) * np.float32(0.02) + np.float32(1e-6))
    here = np.concatenate([hits.normal, hits.point, near[None]]).reshape(7, height, width)
    grid, face = values.reshape(-1, height, width), surface.reshape(height, width)
    result = np.empty_like(grid)
    rows = max(16, STRIP // width)
    for top in range(0, height, rows):
        first = max(top - 1, 0)  # a row looks at the one before it and at two after it
        part = slice(first, top + rows + 2)
        mean = _mean_on_surface(
            _mean_on_surface(grid[:, part], here[:, part], face[part], 2), here[:, part], face[part], 1
        )
        result[:, top : top + rows] = mean[:, top - first : top - first + rows]
    return result.reshape(values.shape)


def _mean_on_surface(grid: Floats, here: Floats, face: NDArray[np.int32], axis: int) -> Floats:
    """Each of (C, H, W) averaged with its neighbours at -1, 1 and 2 along the axis that lie on its surface and plane.

    `here` (7, H, W) holds the normal, the point and the inverse tolerance of the plane.
    """
    total, weights = grid.copy(), np.ones(face.shape, np.float32)
    for step in (-1, 1, 2):
        a, b = slice(max(0, -step), -step if step > 0 else None), slice(max(0, step), step if step < 0 else None)
        own, others = ((slice(None),) * axis + (part,) for part in (a, b))
        me, you = here[own], here[others]
        away = np.abs(dot(me[:3], you[3:6] - me[3:6])) * me[6]
        same = (face[own[1:]] == face[others[1:]]) & (dot(me[:3], you[:3]) > np.float32(0.8))
        weight = same * np.clip(np.float32(1.5) - away, 0, 1)
        total[own] += grid[others] * weight
        weights[own[1:]] += weight
    return total / weights
