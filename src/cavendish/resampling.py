"""Resampling of labels, depth and normals without values between two surfaces.

A target pixel covers an area of the source that is at least one source pixel wide: bilinear weights when the answer is
enlarged, the exact overlap when it shrinks. Labels take the majority of that area. Depth and normals take the mean of
the part of the area that lies on the same surface as its majority, so no point floats between two surfaces.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAME_DEPTH = 0.05  # depths that differ by a larger part of the nearer one lie on different surfaces
SAME_NORMAL = math.cos(math.radians(20))  # normals that differ by more than 20 degrees lie on different surfaces
BLOCK = 1 << 18  # target pixels processed at once, so that the arrays of a block stay in the cache


@dataclass(frozen=True)
class Axis:
    """The source pixels under each of n target pixels along one axis, and the share of the area that each covers."""

    index: NDArray[np.intp]  # (n, t)
    weight: NDArray[np.float32]  # (n, t); rows sum to 1

    @classmethod
    def resample(cls, targets: int, low: float, high: float, size: int) -> Axis:
        """`targets` equal pixels over [low, high] of a source of `size` pixels (pixel i covers [i, i + 1)).

        Source pixels that lie outside [low, high] have no influence.
        """
        step = (high - low) / targets
        centre = low + (np.arange(targets) + 0.5) * step
        half = max(step, 1.0) / 2
        start, stop = centre - half, centre + half
        first = np.floor(start + 1e-6).astype(np.intp)
        taps = int((np.ceil(stop - 1e-6) - first).max())
        index = first[:, None] + np.arange(taps)
        cover = np.minimum(stop[:, None], index + 1) - np.maximum(start[:, None], index)
        weight = np.where(cover > 1e-5, cover, 0)
        index = np.where(weight > 0, index, index[:, :1])  # a pixel without weight must not look like another surface
        inside = max(math.floor(low + 1e-6), 0), min(math.ceil(high - 1e-6), size) - 1
        return cls(index.clip(*inside), (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32))

    def __getitem__(self, targets: slice) -> Axis:
        return Axis(self.index[targets], self.weight[targets])

    def touching(self, sources: NDArray[np.intp]) -> slice:
        """The targets that cover any of these source pixels, which are sorted."""
        hit = (self.index[:, -1] >= sources[0]) & (self.index[:, 0] <= sources[-1])
        return slice(int(hit.argmax()), len(hit) - int(hit[::-1].argmax())) if hit.any() else slice(0, 0)

    @property
    def taps(self) -> int:
        return int(self.index.shape[1])


def resample_labels(labels: NDArray[Any], rows: Axis, columns: Axis) -> NDArray[Any]:
    """(h, w) integers -> (H, W) of the same dtype: the value that covers most of the area under each pixel."""
    answer = np.empty((len(rows.index), len(columns.index)), labels.dtype)
    for part, block in _blocks(answer, rows):
        mixed = np.zeros(block.shape, bool)
        for tap, (value, _) in enumerate(_gather(labels, part, columns)):
            if tap == 0:
                block[:] = value
            else:
                mixed |= value != block
        values, weights = _under(labels, part, columns, mixed)
        block[mixed] = _majority(values, weights)
    return answer


def resample_depth(metres: NDArray[np.float32], rows: Axis, columns: Axis) -> NDArray[np.float32]:
    """(h, w) float32 -> (H, W) float32, without means across depth edges.

    A pixel lies on the surface of the area-weighted median of the depths under it, with inf (sky) as the farthest. Its
    depth is the mean of those within SAME_DEPTH of that median. NaN (unknown) where NaN covers half or more.
    """
    answer = np.empty((len(rows.index), len(columns.index)), np.float32)
    for part, block in _blocks(answer, rows):
        with np.errstate(invalid="ignore"):  # inf - inf and 0 * inf are NaN, compare False and so count as mixed
            for tap, (value, weight) in enumerate(_gather(metres, part, columns)):
                if tap == 0:
                    first, tolerance = value, SAME_DEPTH * value
                    same = first < np.inf
                    np.multiply(value, weight, out=block)
                else:
                    same &= np.abs(value - first) <= tolerance
                    block += value * weight
        mixed = ~same
        values, weights = _under(metres, part, columns, mixed)
        block[mixed] = _median_side(values, weights)
    return answer


def resample_normals(vectors: NDArray[np.float32], rows: Axis, columns: Axis) -> NDArray[np.float32]:
    """(h, w, 3) float32, unit or zeros -> (H, W, 3) float32, without means across edges.

    A pixel lies on the surface of that vector under it which is nearest to their mean. Its normal is the normalised
    mean of those within 20 degrees of that vector. Zeros (unknown) where zeros cover half or more.
    """
    answer = np.empty((len(rows.index), len(columns.index), 3), np.float32)
    for part, block in _blocks(answer, rows):
        same = np.ones(block.shape[:2], bool)
        for tap, (value, weight) in enumerate(_gather(vectors, part, columns)):
            if tap == 0:
                first = value
                np.multiply(value, weight[..., None], out=block)
            else:
                block += value * weight[..., None]
            same &= np.einsum("hwc,hwc->hw", value, first) >= SAME_NORMAL
        mixed = ~same
        values, weights = _under(vectors, part, columns, mixed)
        block[mixed] = _nearest_side(values, weights)
        length = np.sqrt(np.einsum("hwc,hwc->hw", block, block))
        block /= np.maximum(length, np.finfo(np.float32).tiny)[..., None]
    return answer


def _blocks(answer: NDArray[Any], rows: Axis) -> Iterator[tuple[Axis, NDArray[Any]]]:
    """Blocks of rows, each with its view of `answer`."""
    height = max(1, BLOCK // max(1, answer.shape[1]))
    for start in range(0, len(answer), height):
        run = slice(start, start + height)
        yield rows[run], answer[run]


def _gather(source: NDArray[Any], rows: Axis, columns: Axis) -> Iterator[tuple[NDArray[Any], NDArray[np.float32]]]:
    """The source values and the weights of one tap after the other, for all target pixels."""
    for down in range(rows.taps):
        lines = source[rows.index[:, down]]
        for across in range(columns.taps):
            yield (
                lines.take(columns.index[:, across], axis=1),
                np.outer(rows.weight[:, down], columns.weight[:, across]),
            )


def _under(
    source: NDArray[Any], rows: Axis, columns: Axis, pixels: NDArray[np.bool_]
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """All source values (P, T) or (P, T, C) under the chosen target pixels, and their weights (P, T)."""
    y, x = np.nonzero(pixels)
    taps = rows.taps * columns.taps
    values = source[rows.index[y][:, :, None], columns.index[x][:, None, :]]
    weights = rows.weight[y][:, :, None] * columns.weight[x][:, None, :]
    return values.reshape(len(y), taps, *source.shape[2:]), weights.reshape(len(y), taps)


def _majority(values: NDArray[Any], weights: NDArray[np.float32]) -> NDArray[Any]:
    """(P, T) values and weights -> (P,) the value of the largest total weight; the smallest of equals."""
    order = values.argsort(axis=1, kind="stable")
    values, weights = np.take_along_axis(values, order, 1), np.take_along_axis(weights, order, 1)
    # A running sum of weights that restarts where the value changes: the total minus the total before the run.
    total = weights.cumsum(axis=1, dtype=np.float64)
    before = np.where(np.diff(values, axis=1, prepend=values[:, :1]) != 0, total - weights, 0)
    run = np.round(total - np.maximum.accumulate(before, axis=1), 6)
    return np.take_along_axis(values, run.argmax(axis=1)[:, None], 1)[:, 0]


def _median_side(metres: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(P, T) depths and weights -> (P,) mean depth of the surface of the weighted median; of two, the nearer."""
    known = ~np.isnan(metres)
    weights = np.where(known, weights, 0)
    order = metres.argsort(axis=1)  # NaN last
    total = np.take_along_axis(weights, order, 1).cumsum(axis=1)
    half = total[:, -1:] / 2
    middle = np.take_along_axis(order, (total >= half - 1e-6).argmax(axis=1)[:, None], 1)
    median = np.take_along_axis(metres, middle, 1)
    with np.errstate(invalid="ignore"):
        side = (np.abs(metres - median) <= SAME_DEPTH * np.minimum(metres, median)) | (metres == median)
        weights = np.where(side, weights, 0)
        mean = (np.where(side, metres, 0) * weights).sum(axis=1) / weights.sum(axis=1)
    mean = np.where(np.isinf(median[:, 0]), np.inf, mean)
    return np.where(half[:, 0] > 0.25 + 1e-6, mean, np.nan).astype(np.float32)


def _nearest_side(vectors: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(P, T, 3) normals and weights -> (P, 3) sum of those on the surface of the one nearest to their mean."""
    known = vectors.any(axis=2)
    weights = np.where(known, weights, 0)
    mean = np.einsum("ptc,pt->pc", vectors, weights)
    nearness = np.where(weights > 0, np.einsum("ptc,pc->pt", vectors, mean), -np.inf)
    nearest = np.take_along_axis(vectors, nearness.argmax(axis=1)[:, None, None], 1)
    side = np.einsum("ptc,pkc->pt", vectors, nearest) >= SAME_NORMAL
    answer = np.einsum("ptc,pt->pc", vectors, weights * side)
    return np.where(weights.sum(axis=1)[:, None] > 0.5 + 1e-6, answer, 0).astype(np.float32)
