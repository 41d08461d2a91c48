"""Depth in metres to colours and back: a power transform, then a path of colours.

The path of the paper ("rainbow") follows seven edges of the RGB cube from black to white, one iteration of a 3D Hilbert
curve. The sequential colour maps and gray are other paths with the same transform. "inverse" is relative inverse depth
in gray, near bright, as several open models paint it; it is metric only with `near` and `far`.
"""

from dataclasses import dataclass
from functools import cache, cached_property
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.paint import as_array, as_rgb, blocks
from cavendish.codes.repair import renew_distance, repair_depth
from cavendish.errors import CodeError

RAINBOW = np.array(
    [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1), (1, 1, 1)], dtype=np.uint8
)
"""(8, 3) corners of the RGB cube in the order of the path; neighbours differ in one channel."""

COLORMAPS = ("rainbow", "plasma", "inferno", "viridis", "gray", "inverse")


@dataclass(frozen=True)
class DepthCode:
    """The mapping from metres to colours.

    `lam` and `c` are lambda and c of the transform f(d) = 1 - (1 - d / (lam c))^(lam + 1), d in metres, f in [0, 1);
    lam < -1 and c > 0. `near` and `far` (metres) are for "inverse" only: f = (1/d - 1/far) / (1/near - 1/far). By
    default the nearest paint is one unit and black is infinitely far, which is relative depth, not metric.
    """

    colormap: str = "rainbow"
    lam: float = -3.0
    c: float = 10.0 / 3.0
    near: float = 1.0
    far: float = np.inf

    def __post_init__(self) -> None:
        if self.colormap not in COLORMAPS:
            raise CodeError(f"unknown depth colour map {self.colormap!r}; use one of {', '.join(COLORMAPS)}")
        values = (self.lam, self.c, self.near, self.far)
        if not all(isinstance(value, Real) for value in values):
            raise CodeError(f"the parameters of a depth code are numbers, not lam, c, near, far = {values}")
        idle = ("lam", "c") if self.colormap == "inverse" else ("near", "far")
        if any(getattr(self, name) != getattr(DepthCode, name) for name in idle):
            raise CodeError(f"the {self.colormap!r} depth code does not use {' and '.join(idle)}; leave them out")
        if not (np.isfinite(self.lam) and self.lam < -1 and np.isfinite(self.c) and self.c > 0):
            raise CodeError(f"the depth transform needs lam < -1 and c > 0, not lam={self.lam}, c={self.c}")
        if not 0 < self.near < self.far:
            raise CodeError(f"near and far must satisfy 0 < near < far, not near={self.near}, far={self.far}")

    @property
    def metric(self) -> bool:
        """Whether a painting in this code holds metres, not only depth up to a scale."""
        return self.colormap != "inverse" or (self.near, self.far) != (1.0, np.inf)

    @cached_property
    def path(self) -> NDArray[np.uint8]:
        """(N, 3) uint8: all 8-bit colours of the path, in order of increasing depth."""
        return _path(self.colormap)

    def position(
        self, metres: NDArray[np.floating], length: float = 1.0, out: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """f(d) of depth in metres times `length`; inf gives `length` (for "inverse", the gray value reversed).

        The result is written to `out`, if given: a new array costs more than the arithmetic.
        """
        x = np.empty(np.shape(metres)) if out is None else out
        if self.colormap == "inverse":
            with np.errstate(divide="ignore"):
                np.divide(1.0, metres, out=x, dtype=np.float64)
            x -= 1.0 / self.far
            x *= -length / (1.0 / self.near - 1.0 / self.far)
            x += length
            return np.clip(x, 0.0, length, out=x)
        np.multiply(metres, -1.0 / (self.lam * self.c), out=x, dtype=np.float64)
        x += 1.0
        if self.lam == -3.0:  # the paper's exponent, -2: a square is 20 times faster than a power
            x *= x
            np.divide(-length, x, out=x)
        else:
            np.power(x, self.lam + 1.0, out=x)
            x *= -length
        x += length
        return x

    def metres(self, position: ArrayLike) -> NDArray[np.float64]:
        """The inverse of `position`: metres of f in [0, 1]; f = 1 is inf."""
        f = np.clip(np.asarray(position, dtype=np.float64), 0.0, 1.0)
        with np.errstate(divide="ignore"):
            if self.colormap == "inverse":
                return 1.0 / ((1.0 - f) * (1.0 / self.near - 1.0 / self.far) + 1.0 / self.far)
            return self.lam * self.c * (1.0 - (1.0 - f) ** (1.0 / (self.lam + 1.0))) + 0.0  # no -0

    def to_json(self) -> dict[str, Any]:
        """The parameters that this code uses, as JSON values."""
        keep = ("near", "far") if self.colormap == "inverse" else ("lam", "c")
        values = {name: getattr(self, name) for name in keep}
        return {"colormap": self.colormap, **{name: v if np.isfinite(v) else "inf" for name, v in values.items()}}


@cache
def _path(colormap: str) -> NDArray[np.uint8]:
    if colormap == "rainbow":
        steps = np.arange(255)[:, None]
        start, end = RAINBOW[:-1].astype(np.int64), RAINBOW[1:].astype(np.int64)
        edges = [255 * a + steps * (b - a) for a, b in zip(start, end)]
        return np.vstack([*edges, [(255, 255, 255)]]).astype(np.uint8)
    if colormap == "gray":
        return np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    if colormap == "inverse":
        return _path("gray")[::-1]
    from matplotlib import colormaps

    return colormaps[colormap](np.arange(256), bytes=True)[:, :3].copy()


def _named(code: DepthCode | str) -> DepthCode:
    return code if isinstance(code, DepthCode) else DepthCode(code)


def depth_to_rgb(
    metres: ArrayLike, code: DepthCode | str = "rainbow", valid: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Paint (H, W) depth in metres as (H, W, 3) uint8 RGB; 0 is the first colour of the path, inf the last.

    Pixels where `valid` (H, W) is False are painted as 0. Raises CodeError for NaN or negative depth elsewhere, and
    for anything but a two-dimensional array of numbers.
    """
    code = _named(code)
    d = as_array(metres, "depth")
    if d.ndim != 2 or d.dtype.kind not in "fiu":
        raise CodeError(f"depth must be an (H, W) array of numbers in metres, not {d.shape} {d.dtype}")
    if valid is not None:
        if np.shape(valid) != d.shape:
            raise CodeError(f"valid must have the depth's shape {d.shape}, not {np.shape(valid)}")
        d = np.where(valid, d, 0)
    last = len(code.path) - 1
    packed = np.zeros((last + 1, 4), dtype=np.uint8)  # a colour in one word: one look-up per pixel, not three
    packed[:, :3] = code.path
    words = packed.view(np.uint32).reshape(-1)
    rgb = np.empty((*d.shape, 3), dtype=np.uint8)
    most = d[next(blocks(d.shape), slice(0))].shape  # of a block; its arrays are allocated once, a fifth faster
    places, steps = np.empty(most), np.empty(most, dtype=np.intp)
    colors = np.empty((*most, 4), dtype=np.uint8)
    for rows in blocks(d.shape):
        part = d[rows]
        low = part.min() if part.size else 0.0
        if not low >= 0:  # also true for NaN, which min() returns
            bad = "NaN" if np.isnan(low) else "negative"
            count = int(np.isnan(d).sum() if bad == "NaN" else (d < 0).sum())
            raise CodeError(f"depth has {count} {bad} pixels; mark them with valid=False or repair them")
        place, step, color = places[: len(part)], steps[: len(part)], colors[: len(part)]
        code.position(part, last, out=place)
        place += 0.5
        step[...] = place
        words.take(step, out=color.view(np.uint32)[..., 0], mode="clip")  # "clip" writes without a buffer
        for channel in range(3):
            rgb[rows][..., channel] = color[..., channel]
    return rgb


def rgb_to_depth(
    rgb: ArrayLike, code: DepthCode | str = "rainbow", repair: bool = False
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], as depth: the nearest point of the code's path.

    Returns metres (H, W) float32, where the last colour of the path is inf, and the Euclidean distance of every pixel
    to the path in 8-bit levels, (H, W) float32. Of two equally near points the one with the smaller depth counts. With
    `repair`, pixels blended between two regions take the reading of the nearer region instead of a depth that neither
    has, and their distance is that to its colour (see `cavendish.codes.repair`).
    Raises CodeError for other arrays.
    """
    code = _named(code)
    image = as_rgb(rgb)
    if image.dtype != np.uint8:
        if repair:
            raise CodeError("repair needs a uint8 painting; scale the picture to 0..255 and round it first")
        position, exact_distance = _project(image, code)
        return code.metres(position).astype(np.float32), exact_distance
    nearest = _cube_walk_step if code.colormap == "rainbow" else _nearest_step
    step = np.empty(image.shape[:2], dtype=np.int16)
    distance = np.empty(image.shape[:2], dtype=np.float32)
    for rows in blocks(image.shape):
        step[rows], distance[rows] = nearest(image[rows], code)
    if repair:
        doubtful = repair_depth(image, step, distance, code.path)
        renew_distance(distance, doubtful, image, step, code.path)
    last = len(code.path) - 1
    of_step = code.metres(np.arange(last + 1) / last).astype(np.float32)
    metres = np.empty(step.shape, dtype=np.float32)
    for rows in blocks(step.shape):  # each block in a core's cache
        metres[rows] = of_step.take(step[rows])
    return metres, distance


def _cube_walk_step(image: NDArray[np.uint8], code: DepthCode) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    # A colour lies inside the cube, so its projection on an edge keeps the one channel that varies there, and its
    # squared distance is the sum over the other two of v^2 or (255 - v)^2. The low 11 bits of each key hold the step on
    # the path and the 17 bits above them the squared distance, so that one minimum over the edges finds both: the terms
    # r1, g1 and b1 add the step at which an edge begins, and the channel that varies counts up or down from it.
    red, green, blue = (image[..., c].astype(np.int32) for c in range(3))
    r0, g0, b0 = ((v * v) << 11 for v in (red, green, blue))
    r1, g1, b1 = (_from_255(v, begin) for v, begin in ((red, 255), (green, 3 * 255), (blue, 5 * 255)))
    either = np.minimum(b0, b1)
    best = g0 + either  # black to red, and blue to magenta
    best += red
    key = np.empty_like(best)
    for a, b, along, channel in (
        (r1, either, np.add, green),  # red to yellow, and magenta to white
        (g1, b0, np.subtract, red),  # yellow to green
        (r0, g1, np.add, blue),  # green to cyan
        (r0, b1, np.subtract, green),  # cyan to blue
    ):
        np.add(a, b, out=key)
        along(key, channel, out=key)
        np.minimum(best, key, out=best)
    return best & 2047, np.sqrt((best >> 11).astype(np.float32))


def _from_255(value: NDArray[np.int32], begin: int) -> NDArray[np.int32]:
    gap = 255 - value
    gap *= gap
    gap <<= 11
    gap += begin
    return gap


def _nearest_step(image: NDArray[np.uint8], code: DepthCode) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    from scipy.spatial import KDTree

    distance, step = KDTree(code.path).query(image)
    return step, distance.astype(np.float32)


def _project(image: NDArray[np.floating], code: DepthCode) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
    """For floats in [0, 1]: the position in [0, 1] of the nearest point on the path, and its distance in levels."""
    corners = RAINBOW.astype(np.float64) if code.colormap == "rainbow" else code.path / 255.0
    position = np.zeros(image.shape[:2])
    best = np.full(image.shape[:2], np.inf)
    for k, (start, edge) in enumerate(zip(corners[:-1], np.diff(corners, axis=0))):
        if not edge.any():  # a colour map can repeat a colour in 8 bits
            continue
        t = np.clip((image - start) @ edge / (edge @ edge), 0.0, 1.0)
        squared = np.square(image - start - t[..., None] * edge).sum(axis=-1)
        nearer = squared < best
        best[nearer] = squared[nearer]
        position[nearer] = (k + t[nearer]) / (len(corners) - 1)
    return position, (255.0 * np.sqrt(best)).astype(np.float32)
