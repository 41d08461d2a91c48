"""The textures themselves: how each kind of surface is painted on its tile."""

import numpy as np

from cavendish.worlds.textures import FLAT, ONE, SIZE, Layers, X, Y, cells, courses, noise, step, texture


@texture(1.0, 0)
def plain(rng: np.random.Generator) -> Layers:
    return FLAT, 1 + 0.02 * noise(rng, 1, 8), FLAT


@texture(0.5, 0.5)
def wood(rng: np.random.Generator) -> Layers:
    warp = noise(rng, 1, 4, 6)
    rings = np.sin(2 * np.pi * (X * 6 + 0.5 * warp)) * 0.5 + 0.5
    grain = noise(rng, 20, 120, 14, 0.5)
    return np.clip(rings * 0.7 + 0.12 * grain, 0, 1), 1 + 0.07 * grain + 0.04 * warp, grain * 0.2


@texture(1.6, 0.8)
def planks(rng: np.random.Generator) -> Layers:
    row = np.floor(X * 10).astype(int)
    shift = rng.random(10)[row]
    ends = (Y + shift) % 1
    fx = X * 10 % 1
    inside = step(np.minimum(fx, 1 - fx), 0.03, 0.06) * step(np.minimum(ends, 1 - ends), 0.004, 0.008)
    level = rng.uniform(-1, 1, 10)[row]
    grain = noise(rng, 16, 120, 14, 0.6)
    mix = np.clip(0.45 + 0.35 * level + 0.15 * grain, 0, 1)
    return mix, (1 + 0.08 * grain + 0.08 * level) * (0.45 + 0.55 * inside), inside * 2 + grain * 0.15


@texture(1.2, 0.6)
def parquet(rng: np.random.Generator) -> Layers:
    block = (np.floor(X * 4) + np.floor(Y * 4)).astype(int) % 2
    u, v = X * 4 % 1, Y * 4 % 1
    across = np.where(block, u, v) * 4
    grain = np.where(block, noise(rng, 20, 120, 12, 0.6), noise(rng, 20, 120, 12, 0.6).T)
    level = rng.uniform(-1, 1, (4, 4, 4))[(X * 4).astype(int), (Y * 4).astype(int), across.astype(int) % 4]
    inside = step(np.minimum(across % 1, 1 - across % 1), 0.03, 0.06)
    inside = inside * step(np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v)), 0.01, 0.02)
    return np.clip(0.5 + 0.4 * level + 0.1 * grain, 0, 1), (1 + 0.07 * grain) * (0.5 + 0.5 * inside), inside * 1.5


@texture(1.0, 1.6)
def brick(rng: np.random.Generator) -> Layers:
    inside, level = courses(rng, 14, 4, 0.5, 0.012)
    rough = noise(rng, 8, 100, 1, 0.6)
    return 1 - inside, 1 + inside * (0.16 * level + 0.07 * rough), inside * 3 + rough * 0.3


@texture(1.2, 1.0)
def tiles(rng: np.random.Generator) -> Layers:
    inside, level = courses(rng, 4, 4, 0, 0.012)
    return 1 - inside, 1 + 0.03 * level * inside, inside * 2


@texture(0.9, 1.0)
def subway_tiles(rng: np.random.Generator) -> Layers:
    inside, level = courses(rng, 12, 6, 0.5, 0.008)
    return 1 - inside, 1 + 0.03 * level * inside, inside * 2


@texture(1.2, 0.4)
def checkered_tiles(rng: np.random.Generator) -> Layers:
    inside, _ = courses(rng, 4, 4, 0, 0.008)
    board = (np.floor(X * 4) + np.floor(Y * 4)) % 2
    return board, (1 + 0.02 * noise(rng, 2, 20)) * (0.6 + 0.4 * inside), inside


@texture(1.5, 0.2)
def marble(rng: np.random.Generator) -> Layers:
    vein = np.abs(np.sin(2 * np.pi * (X + 2 * Y) + 1.7 * noise(rng, 1, 24, 1, 1.6)))
    fine = np.abs(noise(rng, 3, 40, 1, 1.4))
    veins = np.clip(1 - vein * 5, 0, 1) * 0.8 + np.clip(0.35 - fine, 0, 1) * 0.7
    return np.clip(veins, 0, 1), 1 + 0.04 * noise(rng, 1, 10), FLAT


@texture(0.6, 0.3)
def granite(rng: np.random.Generator) -> Layers:
    speckle = noise(rng, 20, 127, 1, 0.3)
    return step(speckle, 0.7, 1.0), 1 + 0.12 * speckle, speckle * 0.1


@texture(0.12, 1.0)
def weave(rng: np.random.Generator) -> Layers:
    n = 24
    over = (np.floor(X * n) + np.floor(Y * n)) % 2
    thread = np.where(over, np.sin(np.pi * (X * n % 1)), np.sin(np.pi * (Y * n % 1)))
    return over * 0.5, 0.82 + 0.22 * thread + 0.04 * noise(rng, 2, 60), thread * 1.5


@texture(0.5, 1.2)
def knit(rng: np.random.Generator) -> Layers:
    stitch = np.abs(np.sin(np.pi * (X * 16 + 0.25 * np.abs(Y * 24 % 1 - 0.5) * 4)))
    return FLAT, 0.75 + 0.35 * stitch + 0.03 * noise(rng, 4, 60), stitch * 2


@texture(0.6, 1.0)
def carpet(rng: np.random.Generator) -> Layers:
    pile = noise(rng, 30, 127, 1, 0.2)
    return np.clip(0.3 + 0.2 * noise(rng, 2, 12), 0, 1), 1 + 0.1 * pile, pile * 0.7


@texture(1.4, 0.4)
def rug_pattern(rng: np.random.Generator) -> Layers:
    n = int(rng.integers(3, 6))
    d = np.abs(X * n % 1 - 0.5) + np.abs(Y * n % 1 - 0.5)
    rings = (np.floor(d * 6) % 2 == 0) * 1.0
    return rings, 1 + 0.08 * noise(rng, 30, 127, 1, 0.2), noise(rng, 40, 127) * 0.3


@texture(1.5, 1.5)
def grass(rng: np.random.Generator) -> Layers:
    blades = noise(rng, 24, 127, 2.5, 0.4)
    patch = noise(rng, 1, 10)
    return np.clip(0.4 + 0.2 * patch + 0.16 * blades, 0, 1), 1 + 0.2 * blades + 0.08 * patch, blades * 0.9


@texture(1.0, 1.6)
def gravel(rng: np.random.Generator) -> Layers:
    near, second, which = cells(rng, 700)
    stone = np.clip((second - near) * 40, 0, 1)
    level = rng.uniform(-1, 1, 700)[which]
    return np.clip(0.5 + 0.5 * level, 0, 1), (0.5 + 0.5 * stone) * (1 + 0.2 * level), stone * 3


@texture(2.0, 0.8)
def asphalt(rng: np.random.Generator) -> Layers:
    grain = noise(rng, 40, 127, 1, 0.1)
    stain = noise(rng, 1, 6)
    crack = np.clip(0.05 - np.abs(noise(rng, 1, 14, 1, 1.5)), 0, 1) * 8
    return np.clip(0.35 + 0.2 * stain, 0, 1), (1 + 0.1 * grain + 0.06 * stain) * (1 - 0.35 * crack), grain * 0.5


@texture(3.0, 0.5)
def concrete(rng: np.random.Generator) -> Layers:
    stain, grain = noise(rng, 1, 30, 1, 1.3), noise(rng, 40, 127, 1, 0.3)
    return np.clip(0.4 + 0.2 * stain, 0, 1), 1 + 0.07 * stain + 0.04 * grain, grain * 0.2


@texture(2.0, 0.25)
def plaster(rng: np.random.Generator) -> Layers:
    lump = noise(rng, 10, 90, 1, 0.8)
    return np.clip(0.2 + 0.1 * noise(rng, 1, 6), 0, 1), 1 + 0.02 * lump, lump * 0.4


@texture(1.6, 1.0)
def paving(rng: np.random.Generator) -> Layers:
    inside, level = courses(rng, 4, 4, 0.5, 0.01)
    grain = noise(rng, 10, 127, 1, 0.4)
    return np.clip(0.4 + 0.3 * level, 0, 1), (1 + 0.1 * level + 0.05 * grain) * (0.55 + 0.45 * inside), inside * 2


@texture(1.2, 1.8)
def cobbles(rng: np.random.Generator) -> Layers:
    near, second, which = cells(rng, 90)
    stone = np.clip((second - near) * 18, 0, 1)
    level = rng.uniform(-1, 1, 90)[which]
    return np.clip(0.5 + 0.4 * level, 0, 1), (0.4 + 0.6 * stone) * (1 + 0.12 * level), stone * 5


@texture(0.25, 0.8)
def leather(rng: np.random.Generator) -> Layers:
    near, second, _ = cells(rng, 500)
    crease = np.clip((second - near) * 35, 0, 1)
    return 1 - crease, 0.85 + 0.15 * crease + 0.04 * noise(rng, 1, 8), crease * 1.2


@texture(0.4, 0.3)
def brushed(rng: np.random.Generator) -> Layers:
    scratch = noise(rng, 30, 127, 30, 0.1)
    return FLAT, 1 + 0.05 * scratch, scratch * 0.1


@texture(0.8, 2.5)
def leaves(rng: np.random.Generator) -> Layers:
    near, second, which = cells(rng, 260)
    level = rng.uniform(-1, 1, 260)[which]
    leaf = np.clip((second - near) * 25, 0, 1)
    return np.clip(0.45 + 0.45 * level, 0, 1), (0.45 + 0.6 * leaf) * (1 + 0.2 * level), leaf * 4 + level * 2


@texture(1.0, 0.8)
def sand(rng: np.random.Generator) -> Layers:
    ripple = np.sin(2 * np.pi * (Y * 9 + 0.35 * noise(rng, 1, 5)))
    grain = noise(rng, 60, 127, 1, 0.1)
    return np.clip(0.4 + 0.15 * ripple, 0, 1), 1 + 0.06 * grain + 0.03 * ripple, ripple * 1.0 + grain * 0.2


@texture(2.0, 1.2)
def dirt(rng: np.random.Generator) -> Layers:
    lump, grain = noise(rng, 2, 40, 1, 1.2), noise(rng, 40, 127, 1, 0.2)
    return np.clip(0.45 + 0.2 * lump, 0, 1), 1 + 0.12 * lump + 0.1 * grain, lump * 1.5 + grain * 0.4


@texture(3.0, 0.6)
def snow(rng: np.random.Generator) -> Layers:
    drift = noise(rng, 1, 20, 1, 1.4)
    return np.clip(0.2 + 0.15 * drift, 0, 1), 1 + 0.02 * noise(rng, 60, 127), drift * 1.5


@texture(4.0, 1.0)
def ripples(rng: np.random.Generator) -> Layers:
    wave = noise(rng, 3, 40, 0.5, 1.2)
    return np.clip(0.4 + 0.15 * wave, 0, 1), 1 + 0.05 * wave, wave * 2


@texture(0.5, 1.4)
def bark(rng: np.random.Generator) -> Layers:
    ridge = np.abs(noise(rng, 3, 60, 5, 1.0))
    return np.clip(ridge * 0.5, 0, 1), 0.7 + 0.35 * np.clip(ridge, 0, 2), ridge * 3


@texture(1.2, 2.0)
def roof_tiles(rng: np.random.Generator) -> Layers:
    row = np.floor(Y * 6)
    fx, fy = (X * 6 + row * 0.5) % 1, Y * 6 % 1
    level = rng.uniform(-1, 1, (6, 12))[row.astype(int), (np.floor(X * 6 + row * 0.5) % 6).astype(int)]
    arch = np.sqrt(np.clip(1 - (2 * fx - 1) ** 2, 0, 1))
    return np.clip(0.5 + 0.4 * level, 0, 1), (0.6 + 0.4 * arch) * (0.6 + 0.4 * step(fy, 0.1, 0.15)), arch * 3 + fy * 4


@texture(0.3, 1.0)
def fur(rng: np.random.Generator) -> Layers:
    hair = noise(rng, 12, 120, 6, 0.5)
    return np.clip(0.3 + 0.25 * noise(rng, 1, 5), 0, 1), 1 + 0.14 * hair, hair * 0.8


@texture(0.6, 0.5)
def patches(rng: np.random.Generator) -> Layers:
    return step(noise(rng, 1, 5, 1, 1.2), 0.3, 0.15), 1 + 0.06 * noise(rng, 20, 120, 4), FLAT


@texture(0.3, 0)
def stripes(rng: np.random.Generator) -> Layers:
    n = int(rng.integers(3, 7))
    return step(np.abs(X * n % 1 - 0.5), 0.25, 0.03), 1 + 0.03 * noise(rng, 30, 127), FLAT


@texture(0.3, 0)
def checks(rng: np.random.Generator) -> Layers:
    n = int(rng.integers(3, 6))
    bands = ((X * n % 1 > 0.5) * 0.5) + ((Y * n % 1 > 0.5) * 0.5)
    return bands, 1 + 0.04 * noise(rng, 30, 127), FLAT


@texture(0.4, 0)
def dots(rng: np.random.Generator) -> Layers:
    n = int(rng.integers(4, 8))
    row = np.floor(Y * n * 2)
    fx, fy = (X * n + row * 0.5) % 1 - 0.5, (Y * n * 2 % 1 - 0.5) / 2
    return 1 - step(np.sqrt(fx**2 + fy**2), 0.17, 0.05), 1 + 0.03 * noise(rng, 30, 127), FLAT


@texture(0.8, 0)
def floral(rng: np.random.Generator) -> Layers:
    mix = FLAT.copy()
    for cx, cy in rng.random((26, 2)):
        dx, dy = (X - cx + 0.5) % 1 - 0.5, (Y - cy + 0.5) % 1 - 0.5
        r, angle = np.sqrt(dx**2 + dy**2), np.arctan2(dy, dx)
        size = rng.uniform(0.04, 0.09)
        mix = np.maximum(mix, step(-r / size, -0.65 - 0.3 * np.cos(5 * angle + rng.uniform(0, 6)), 0.15))
    return mix, 1 + 0.03 * noise(rng, 30, 127), FLAT


@texture(1.0, 0)
def damask(rng: np.random.Generator) -> Layers:
    n = int(rng.integers(3, 6))
    u, v = X * n % 1 - 0.5, Y * n % 1 - 0.5
    motif = np.cos(6 * np.pi * u) * np.cos(4 * np.pi * v) + np.cos(2 * np.pi * (u + v)) * np.cos(2 * np.pi * (u - v))
    return step(motif, 0.35, 0.2), 1 + 0.02 * noise(rng, 30, 127), FLAT


@texture(0.5, 0)
def abstract(rng: np.random.Generator) -> Layers:
    blobs = noise(rng, 1, 5, 1, 1.5)
    return np.floor((np.sin(blobs * 3) + 1) * 2.49) / 4, 1 + 0.1 * noise(rng, 10, 80), FLAT


@texture(0.3, 0)
def writing(rng: np.random.Generator) -> Layers:
    row = np.floor(Y * 12).astype(int)
    ink = rng.random((12, SIZE // 4))[row, (X * SIZE).astype(int) // 4] > 0.35
    line = (np.abs(Y * 12 % 1 - 0.5) < 0.22) & (X > 0.08) & (rng.uniform(0.6, 0.92, 12)[row] > X)
    return (ink & line) * 0.85, ONE, FLAT


@texture(1.0, 0)
def label(rng: np.random.Generator) -> Layers:
    band = (np.abs(Y * 8 % 1 - 0.5) < 0.3) & (X * 8 % 1 < 0.8)
    return band * 1.0, 1 + 0.02 * noise(rng, 2, 20), FLAT


@texture(0.4, 1.2)
def straw(rng: np.random.Generator) -> Layers:
    stalk = noise(rng, 8, 127, 0.12, 0.5) + noise(rng, 8, 127, 6, 0.5) * 0.7
    return np.clip(0.4 + 0.2 * stalk, 0, 1), 1 + 0.16 * stalk, stalk


@texture(0.5, 0.6)
def rust(rng: np.random.Generator) -> Layers:
    spot = noise(rng, 2, 60, 1, 1.2)
    return step(spot, 0.5, 0.8), 1 + 0.08 * spot, spot * 0.4


@texture(0.18, 2.0)
def peel(rng: np.random.Generator) -> Layers:
    near, _, _ = cells(rng, 350)
    return np.clip(0.2 + 0.2 * noise(rng, 1, 4), 0, 1), 0.95 + 0.05 * np.clip(near * 30, 0, 1), near * 30


@texture(0.3, 1.5)
def wicker(rng: np.random.Generator) -> Layers:
    n = 10
    over = (np.floor(X * n) + np.floor(Y * n * 2)) % 2
    bulge = np.where(over, np.sin(np.pi * (Y * n * 2 % 1)), np.sin(np.pi * (X * n % 1)) * 0.6)
    return 1 - bulge, 0.6 + 0.45 * bulge + 0.04 * noise(rng, 10, 100), bulge * 4
