"""Procedural textures: square tiles painted once, then sampled at any scale without aliasing.

A tile holds four numbers a texel: how much of the second colour shows (0 to 1), how bright the detail is
(a factor 0 to 2), and the two slopes of the surface for bumps. Tiles repeat without a seam and have
mipmaps (half-sized copies), so that a distant texture fades into its mean instead of flickering.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Layers = tuple[Floats, Floats, Floats]  # mix 0 to 1, brightness about 1, height in texels
SIZE = 256
VARIANTS = 2


@dataclass(frozen=True)
class Texture:
    """A way to paint a tile that is `metres` wide on the thing."""

    name: str
    metres: float
    bump: float
    paint: Callable[[np.random.Generator], Layers]


TEXTURES: dict[str, Texture] = {}


def texture(metres: float, bump: float = 1.0) -> Callable[[Callable[[np.random.Generator], Layers]], Texture]:
    """Register the function's name as a texture whose tile is `metres` wide."""

    def register(paint: Callable[[np.random.Generator], Layers]) -> Texture:
        name = paint.__name__.strip("_")
        TEXTURES[name] = Texture(name, metres, bump, paint)
        return TEXTURES[name]

    return register


Y, X = np.mgrid[0:SIZE, 0:SIZE] / SIZE
FLAT = np.zeros((SIZE, SIZE))
ONE = np.ones((SIZE, SIZE))


def noise(rng: np.random.Generator, low: float, high: float, stretch: float = 1.0, slope: float = 1.0) -> Floats:
    """Periodic noise between `low` and `high` waves a tile (`stretch` times fewer along y); mean 0, deviation 1."""
    fy, fx = np.fft.fftfreq(SIZE)[:, None] * SIZE * stretch, np.fft.rfftfreq(SIZE)[None] * SIZE
    radius = np.sqrt(fx**2 + fy**2)
    power = np.where((radius >= low) & (radius <= high), 1 / np.maximum(radius, 1) ** slope, 0)
    field = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(SIZE, SIZE))) * power, s=(SIZE, SIZE))
    return field / field.std()


def step(x: Floats, edge: float, soft: float) -> Floats:
    """0 below `edge`, 1 above, smooth over `soft`."""
    return np.clip((x - edge) / soft + 0.5, 0, 1)


def cells(rng: np.random.Generator, count: int) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Distance to the nearest and second nearest of `count` random points on the tile, and which point is nearest."""
    from scipy.spatial import cKDTree

    points = rng.random((count, 2))
    distance, index = cKDTree(points, boxsize=1).query(np.stack([X.ravel(), Y.ravel()], 1), k=2)
    shape = (SIZE, SIZE)
    return distance[:, 0].reshape(shape), distance[:, 1].reshape(shape), index[:, 0].reshape(shape)


def courses(rng: np.random.Generator, rows: int, columns: int, shift: float, joint: float) -> tuple[Floats, Floats]:
    """Bricks, tiles or boards: (1 inside and 0 in the joint, a random level for each stone in [-1, 1])."""
    row = np.floor(Y * rows).astype(int)
    along = X * columns + (row * shift) % 1
    column = np.floor(along).astype(int) % columns
    fx, fy = along % 1, Y * rows % 1
    gap_x, gap_y = joint * columns, joint * rows
    inside = step(np.minimum(fx, 1 - fx), gap_x / 2, gap_x) * step(np.minimum(fy, 1 - fy), gap_y / 2, gap_y)
    level = rng.uniform(-1, 1, (rows, columns))[row, column]
    return inside, level


class Atlas:
    """Tiles with their mipmaps in one array, so that one lookup serves many textures at once.

    `texels` is (n, 4) uint8; `first` (rows, levels) is where a level of a tile starts, `metres` the width of a tile,
    `mean` its mean mix and brightness, `bump` how deep its relief is. A tile is painted when it is first asked for.
    """

    LEVELS = 9
    TEXELS = sum(4**k for k in range(9))  # of one tile with its mipmaps

    def __init__(self) -> None:
        self.names = [(name, variant) for name in TEXTURES for variant in range(VARIANTS)]
        self.index = {key: row for row, key in enumerate(self.names)}
        self.metres = np.array([TEXTURES[name].metres for name, _ in self.names], np.float32)
        self.bump = np.array([TEXTURES[name].bump for name, _ in self.names], np.float32)
        self.mean = np.zeros((len(self.names), 2))
        self.texels = np.empty((len(self.names) * self.TEXELS, 4), np.uint8)
        self.packed = self.texels.view("<u4").ravel()  # the same memory, one number a texel
        sizes = np.array([4**k for k in range(8, -1, -1)])
        self.first = np.arange(len(self.names))[:, None] * self.TEXELS + (np.cumsum(sizes) - sizes)
        self.painted: set[int] = set()

    def row(self, name: str, variant: int) -> int:
        """The row of a texture, which is painted when it is first asked for."""
        row = self.index[name, variant % VARIANTS]
        if row not in self.painted:
            level = _tile(TEXTURES[name], variant % VARIANTS)
            self.mean[row] = level[..., 0].mean(), level[..., 1].mean()
            for start in self.first[row]:
                data = np.clip(np.round(level * [255, 127.5, 127, 127] + [0, 0, 128, 128]), 0, 255)
                self.texels[start : start + data.size // 4] = data.reshape(-1, 4)
                if len(level) > 1:
                    level = (level[::2, ::2] + level[1::2, ::2] + level[::2, 1::2] + level[1::2, 1::2]) / 4
            self.painted.add(row)
        return row


def _tile(kind: Texture, variant: int) -> Floats:
    """(256, 256, 4): mix, brightness, slopes along u and v in [-1, 1]."""
    seed = np.frombuffer(kind.name.encode().ljust(16, b" ")[:16], np.uint8).astype(int).tolist()
    mix, bright, height = kind.paint(np.random.default_rng([variant, *seed]))
    slope_u = (np.roll(height, -1, 1) - np.roll(height, 1, 1)) / 4
    slope_v = (np.roll(height, -1, 0) - np.roll(height, 1, 0)) / 4
    bright = bright / bright.mean()
    return np.stack([mix, bright, np.clip(slope_u, -1, 1), np.clip(slope_v, -1, 1)], -1)


@cache
def atlas() -> Atlas:
    """The atlas of this process; it grows to 31 MB."""
    from cavendish.worlds import patterns  # noqa: F401  (fills TEXTURES)

    return Atlas()
