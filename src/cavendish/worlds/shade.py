"""What a surface does with light: texture, bumps, gloss, mirrors, glass."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .geometry import Floats, Geometry
from .light import sky, toward
from .scene import Scene
from .textures import Atlas, atlas
from .trace import EPSILON, Hits, dot, probe, unit


@dataclass(frozen=True)
class Lit:
    """Light arriving at N points: the share of every lamp (lights, N) and the bounced rest (3, N)."""

    lamps: Floats
    rest: Floats


def texels(tiles: Atlas, row: NDArray, u: Floats, v: Floats, width: Floats, metres: Floats) -> Floats:
    """(4, N) numbers of the textures in `row` at (u, v), averaged over `width` (all in metres)."""
    ratio = np.maximum(width / metres * np.float32(256), np.float32(1))
    level = np.clip(np.frexp(ratio)[1] - 1, 0, Atlas.LEVELS - 1)
    size = np.right_shift(256, level)
    first = tiles.first[row, level]
    x, y = u / metres * size - np.float32(0.5), v / metres * size - np.float32(0.5)
    fx, fy = np.floor(x), np.floor(y)
    s, t = (x - fx).astype(np.float32), (y - fy).astype(np.float32)
    mask = size - 1
    i, j = fx.astype(np.int64) & mask, fy.astype(np.int64) & mask
    i1, j1 = (i + 1) & mask, (j + 1) & mask
    top, low = first + j * size, first + j1 * size
    total = np.zeros((4, len(u)), np.float32)
    for index, weight in (
        (top + i, (1 - s) * (1 - t)),
        (top + i1, s * (1 - t)),
        (low + i, (1 - s) * t),
        (low + i1, s * t),
    ):
        total += tiles.texels.take(index, axis=0).T * weight
    return total


def shade(
    scene: Scene, geometry: Geometry, hits: Hits, directions: Floats, lit: Lit, glow: Floats, pixel_angle: float
) -> Floats:
    """Radiance (3, N) toward the camera. `directions` are unit (3, N); `glow` the radiosity of every triangle."""
    surfaces = geometry.surfaces
    index = np.maximum(hits.triangle, 0)
    surface = geometry.surface.take(index)
    own = geometry.frames.take(geometry.owner.take(index), axis=1)  # (9, N)
    facing = np.clip(-dot(hits.flat, directions), 0.08, 1)
    width = hits.depth.astype(np.float32) * np.float32(pixel_angle) / np.sqrt(facing)
    local = np.stack([own[k] * hits.flat[0] + own[3 + k] * hits.flat[1] + own[6 + k] * hits.flat[2] for k in range(3)])
    ax, ay, az = np.abs(local)
    side_x, side_z = (ax > ay) & (ax >= az), (az > ax) & (az >= ay)
    u = np.where(side_x, hits.rest[1], hits.rest[0])
    v = np.where(side_z, hits.rest[1], hits.rest[2])
    metres = surfaces.metres.take(surface)
    mix, bright, slope_u, slope_v = texels(atlas(), surfaces.texture.take(surface), u, v, width, metres)
    mix, bright = mix * np.float32(1 / 255), bright * np.float32(1 / 127.5)
    a, b = surfaces.a.take(surface, axis=1), surfaces.b.take(surface, axis=1)
    color = np.clip((a + (b - a) * mix) * bright, 0, 1)

    strength = surfaces.bump.take(surface) * np.float32(-1 / 127)
    du, dv = (slope_u - 128) * strength, (slope_v - 128) * strength
    push = (np.where(side_x, 0, du), np.where(side_x, du, np.where(side_z, dv, 0)), np.where(side_z, 0, dv))
    bent = np.stack([own[3 * k] * push[0] + own[3 * k + 1] * push[1] + own[3 * k + 2] * push[2] for k in range(3)])
    normal = unit(hits.normal + bent)

    gloss, metal = surfaces.gloss.take(surface), surfaces.metal.take(surface)
    cosine = np.clip(-dot(normal, directions), 0, 1)
    grazing = (1 - cosine) * (1 - cosine)
    fresnel = np.float32(0.04) + np.float32(0.96) * grazing * grazing * (1 - cosine)
    diffuse, shine = lit.rest.copy(), np.zeros_like(color)
    none = np.zeros(len(surface), np.float32)
    power = gloss * gloss
    for k, lamp in enumerate(scene.lights):
        direction, _, strength = toward(lamp, hits.point, (none, none))
        arriving = np.array(lamp.color, np.float32)[:, None] * (strength * lit.lamps[k])
        diffuse += arriving * np.clip(dot(normal, direction), 0, 1)
        half = np.clip(dot(normal, unit(direction - directions)), 0, 1)
        shine += arriving * (_peak(half, power) * np.clip(dot(normal, direction) * 4, 0, 1))
    shine_color = fresnel + (color - fresnel) * metal
    radiance = color * diffuse * (1 - metal * np.float32(0.9)) + shine * shine_color
    radiance += color * surfaces.glow.take(surface)

    mirror = np.flatnonzero(hits.seen & (gloss * np.maximum(fresnel * 2, metal) > 0.08))
    if len(mirror):
        seen = reflect(scene, geometry, hits, normal, directions, mirror, glow)
        share = (shine_color * np.clip(gloss * gloss * 1.1, 0, 1))[:, mirror]
        rough = (1 - gloss[mirror]) * np.float32(0.8)
        radiance[:, mirror] += share * (seen * (1 - rough) + lit.rest[:, mirror] * rough)
    glass = surfaces.glass.take(surface)
    clear = np.flatnonzero(hits.seen & (glass > 0))
    if len(clear):
        behind = through(scene, geometry, hits, directions, clear, glow)
        amount = glass[clear] * (1 - fresnel[clear])
        tint = np.sqrt(color[:, clear])
        radiance[:, clear] = radiance[:, clear] * (1 - amount) + behind * tint * amount
    open_ = np.flatnonzero(~hits.seen)
    radiance[:, open_] = sky(scene, directions[:, open_])
    return fogged(scene, radiance, hits)


def _peak(cosine: Floats, gloss: Floats) -> Floats:
    """A highlight about the half vector (Trowbridge and Reitz): wide and dim when dull, small when glossy."""
    alpha = np.maximum(np.float32(1.05) - gloss, np.float32(0.08)) ** 2
    d = cosine * cosine * (alpha * alpha - 1) + 1
    return alpha * alpha / np.maximum(d * d, np.float32(1e-6)) * np.clip(gloss, 0, 1) / (4 * np.maximum(alpha, 0.1))


def reflect(
    scene: Scene, geometry: Geometry, hits: Hits, normal: Floats, directions: Floats, where: NDArray, glow: Floats
) -> Floats:
    """Radiance (3, M) that arrives at the points `where` from the mirrored direction."""
    n, d = normal[:, where], directions[:, where]
    mirrored: Floats = d - 2 * dot(d, n) * n
    flat = hits.flat[:, where]
    mirrored = unit(mirrored + flat * np.maximum(np.float32(0.02) - dot(mirrored, flat), 0))
    triangle, _ = probe(geometry, hits.point[:, where] + flat * np.float32(EPSILON * 10), mirrored)
    radiance = glow.take(np.maximum(triangle, 0), axis=1)
    free = np.flatnonzero(triangle < 0)
    radiance[:, free] = sky(scene, mirrored[:, free])
    return radiance


def through(scene: Scene, geometry: Geometry, hits: Hits, directions: Floats, where: NDArray, glow: Floats) -> Floats:
    """Radiance (3, M) of what lies straight behind the glass at the points `where`, past the glass itself."""
    d = directions[:, where]
    owner = geometry.surface.take(hits.triangle[where])
    point = hits.point[:, where] + d * np.float32(EPSILON * 5)
    result = sky(scene, d)
    left = np.arange(len(where))
    for _ in range(3):
        triangle, far = probe(geometry, point[:, left], d[:, left])
        free = triangle < 0
        same = ~free & (geometry.surface.take(np.maximum(triangle, 0)) == owner[left])
        done = ~free & ~same
        result[:, left[done]] = glow.take(triangle[done], axis=1)
        left, step = left[same], far[same]
        if not len(left):
            break
        point[:, left] += d[:, left] * (step + np.float32(EPSILON * 5))
    return result


def fogged(scene: Scene, radiance: Floats, hits: Hits) -> Floats:
    """Radiance dimmed by the air between, which has the colour of the horizon."""
    if scene.air.fog <= 0:
        return radiance
    path = np.where(hits.seen, hits.depth, 400.0).astype(np.float32) * np.float32(scene.air.fog)
    clear = 1 / (1 + path + path * path * np.float32(0.5))
    return radiance * clear + np.array(scene.air.horizon, np.float32)[:, None] * (1 - clear)
