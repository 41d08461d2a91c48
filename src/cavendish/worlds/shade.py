"""Shading of surfaces: texture, bumps, gloss, mirrors, glass, fog."""

import numpy as np
from numpy.typing import NDArray

from cavendish.worlds.light import sky, toward
from cavendish.worlds.scene import Scene
from cavendish.worlds.textures import Atlas, atlas
from cavendish.worlds.trace import EPSILON, Hits, dot, probe, unit
from cavendish.worlds.triangles import Floats, SceneMesh

LANES = np.uint32(0x00FF00FF)


def texels(
    tiles: Atlas, row: NDArray, u: Floats, v: Floats, width: Floats, metres: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Mix, brightness and the slopes along u and v (N,) of the textures in `row` at (u, v), averaged over `width` (all
    in metres)."""
    ratio = np.maximum(width / metres * np.float32(256), np.float32(1))
    level = np.minimum((ratio.view(np.int32) >> 23) - 127, Atlas.LEVELS - 1)  # the exponent: log2, rounded down
    size = np.right_shift(256, level)
    first = tiles.first.ravel().take(row * Atlas.LEVELS + level)
    per_metre = size.astype(np.float32) / metres
    x, y = u * per_metre - np.float32(0.5), v * per_metre - np.float32(0.5)
    fx, fy = np.floor(x), np.floor(y)
    mask = size - 1
    i, j = fx.astype(np.int32) & mask, fy.astype(np.int32) & mask
    top, low = first + j * size, first + ((j + 1) & mask) * size
    i1 = (i + 1) & mask
    # Two channels share a number, 16 bits each: bytes times weights that add up to 256 stay within them.
    s, t = ((x - fx) * np.float32(256)).astype(np.uint32), ((y - fy) * np.float32(256)).astype(np.uint32)
    both = s * t >> 8
    even, odd = np.zeros(len(u), np.uint32), np.zeros(len(u), np.uint32)
    for index, weight in ((top + i, 256 + both - s - t), (top + i1, s - both), (low + i, t - both), (low + i1, both)):
        texel = tiles.packed.take(index)
        even += (texel & LANES) * weight
        odd += (texel >> 8 & LANES) * weight
    mix, bright, slope_u, slope_v = (n.astype(np.float32) for n in (even & 0xFFFF, odd & 0xFFFF, even >> 16, odd >> 16))
    middle = np.float32(128 / 127)
    return (
        mix * np.float32(1 / 65280),
        bright * np.float32(1 / 32640),
        slope_u * np.float32(1 / 32512) - middle,
        slope_v * np.float32(1 / 32512) - middle,
    )


def shade(
    scene: Scene, mesh: SceneMesh, hits: Hits, directions: Floats, light: Floats, glow: Floats, pixel_angle: float
) -> Floats:
    """Radiance (3, N) toward the camera. `directions` are unit (3, N); `light` is what `light.arrive` gives, smoothed;
    `glow` the radiosity of every triangle."""
    lamps, rest = light[:-3], light[-3:]
    surfaces = mesh.surfaces
    chart = mesh.chart.take(np.maximum(hits.triangle, 0))
    surface = chart // 3
    axes = mesh.charts.take(chart, axis=1)
    x, y, z = hits.point
    u = axes[0] * x + axes[1] * y + axes[2] * z + axes[3]
    v = axes[4] * x + axes[5] * y + axes[6] * z + axes[7]
    facing = np.clip(-dot(hits.flat, directions), 0.08, 1)
    width = hits.depth.astype(np.float32) * np.float32(pixel_angle) / np.sqrt(facing)
    metres = surfaces.metres.take(surface)
    mix, bright, slope_u, slope_v = texels(atlas(), surfaces.texture.take(surface), u, v, width, metres)
    a, b = surfaces.a.take(surface, axis=1), surfaces.b.take(surface, axis=1)
    color = np.clip((a + (b - a) * mix) * bright, 0, 1)

    bump = surfaces.bump.take(surface)
    normal = unit(hits.normal - axes[:3] * (slope_u * bump) - axes[4:7] * (slope_v * bump))

    gloss, metal = surfaces.gloss.take(surface), surfaces.metal.take(surface)
    cosine = np.clip(-dot(normal, directions), 0, 1)
    grazing = (1 - cosine) * (1 - cosine)
    fresnel = np.float32(0.04) + np.float32(0.96) * grazing * grazing * (1 - cosine)
    diffuse, shine = rest.copy(), np.zeros_like(color)
    power = gloss * gloss
    for k, lamp in enumerate(scene.lights):
        direction, _, strength = toward(lamp, hits.point)
        arriving = np.array(lamp.color, np.float32)[:, None] * (strength * lamps[k])
        diffuse += arriving * np.clip(dot(normal, direction), 0, 1)
        half = np.clip(dot(normal, unit(direction - directions)), 0, 1)
        shine += arriving * (_peak(half, power) * np.clip(dot(normal, direction) * 4, 0, 1))
    shine_color = fresnel + (color - fresnel) * metal
    radiance = color * diffuse * (1 - metal * np.float32(0.9)) + shine * shine_color
    radiance += color * surfaces.glow.take(surface)

    mirror = np.flatnonzero(hits.seen & (gloss * np.maximum(fresnel * 2, metal) > 0.08))
    if len(mirror):
        seen = reflect(scene, mesh, hits, normal, directions, mirror, glow)
        share = (shine_color * np.clip(gloss * gloss * 1.1, 0, 1))[:, mirror]
        rough = (1 - gloss[mirror]) * np.float32(0.8)
        radiance[:, mirror] += share * (seen * (1 - rough) + rest[:, mirror] * rough)
    glass = surfaces.glass.take(surface)
    clear = np.flatnonzero(hits.seen & (glass > 0))
    if len(clear):
        behind = through(scene, mesh, hits, directions, clear, glow)
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
    scene: Scene, mesh: SceneMesh, hits: Hits, normal: Floats, directions: Floats, where: NDArray, glow: Floats
) -> Floats:
    """Radiance (3, M) that arrives at the points `where` from the mirrored direction."""
    n, d = normal[:, where], directions[:, where]
    mirrored: Floats = d - 2 * dot(d, n) * n
    flat = hits.flat[:, where]
    mirrored = unit(mirrored + flat * np.maximum(np.float32(0.02) - dot(mirrored, flat), 0))
    triangle, _ = probe(mesh, hits.point[:, where] + flat * np.float32(EPSILON * 10), mirrored)
    radiance = glow.take(np.maximum(triangle, 0), axis=1)
    free = np.flatnonzero(triangle < 0)
    radiance[:, free] = sky(scene, mirrored[:, free])
    return radiance


def through(scene: Scene, mesh: SceneMesh, hits: Hits, directions: Floats, where: NDArray, glow: Floats) -> Floats:
    """Radiance (3, M) of what lies straight behind the glass at the points `where`, past the glass itself."""
    d = directions[:, where]
    own = mesh.chart.take(hits.triangle[where]) // 3
    point = hits.point[:, where] + d * np.float32(EPSILON * 5)
    result = sky(scene, d)
    left = np.arange(len(where))
    for _ in range(3):
        triangle, far = probe(mesh, point[:, left], d[:, left])
        free = triangle < 0
        same = ~free & (mesh.chart.take(np.maximum(triangle, 0)) // 3 == own[left])
        done = ~free & ~same
        result[:, left[done]] = glow.take(triangle[done], axis=1)
        left, step = left[same], far[same]
        if not len(left):
            break
        point[:, left] += d[:, left] * (step + np.float32(EPSILON * 5))
    return result


def fogged(scene: Scene, radiance: Floats, hits: Hits) -> Floats:
    """Radiance dimmed by fog in the colour of the horizon."""
    if scene.air.fog <= 0:
        return radiance
    path = np.where(hits.seen, hits.depth, 400.0).astype(np.float32) * np.float32(scene.air.fog)
    clear = 1 / (1 + path + path * path * np.float32(0.5))
    return radiance * clear + np.array(scene.air.horizon, np.float32)[:, None] * (1 - clear)
