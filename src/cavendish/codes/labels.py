"""Class maps to colours and back by a legend, {class: colour}."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.colors import RGB, parse_color
from cavendish.codes.paint import as_array, as_levels, blocks
from cavendish.codes.repair import renew_distance, repair_labels
from cavendish.errors import CodeError, LegendError

Legend = Mapping[str, str | Sequence[int]]
"""Class name -> colour, in any form that `parse_color` reads; the order is the order of the labels."""

MIN_DISTANCE = 16.0
"""Levels: two colours of a legend that are nearer cannot be distinguished in a noisy painting."""


def check_legend(legend: Legend) -> dict[str, RGB]:
    """`legend` with parsed colours; LegendError if it is not a mapping, empty, too long or has confusable colours."""
    if not isinstance(legend, Mapping):
        raise LegendError(f"a legend is a mapping, {{class: colour}}, not {type(legend).__name__}")
    if not legend:
        raise LegendError("the legend is empty; give at least one class with its colour")
    if len(legend) > 256:
        raise LegendError(f"a legend holds at most 256 classes, not {len(legend)}; split it over several paintings")
    colors = {str(name): parse_color(color) for name, color in legend.items()}
    if blank := [name for name in colors if not name.strip()]:
        raise LegendError(f"a class of the legend has no name: {blank[0]!r}")
    names = list(colors)
    palette = np.array([colors[name] for name in names], dtype=np.float64)
    gaps = np.linalg.norm(palette[:, None] - palette[None], axis=-1)
    gaps[np.diag_indices(len(names))] = np.inf
    i, j = np.unravel_index(int(gaps.argmin()), gaps.shape)
    if gaps[i, j] < MIN_DISTANCE:
        same = "have the same colour" if gaps[i, j] == 0 else "have colours that are too similar:"
        raise LegendError(f"{names[i]!r} and {names[j]!r} {same} {colors[names[i]]} and {colors[names[j]]}")
    return colors


def labels_to_rgb(labels: ArrayLike, legend: Legend, valid: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """Paint (H, W) integer labels, indices into `legend`, as (H, W, 3) uint8. CodeError for any other label.

    Pixels where `valid` (H, W) is False are painted black.
    """
    palette = np.array(list(check_legend(legend).values()), dtype=np.uint8)
    indices = as_array(labels, "labels")
    if indices.ndim != 2 or indices.dtype.kind not in "iu":
        raise CodeError(f"labels must be an (H, W) array of integers, not {indices.shape} {indices.dtype}")
    if valid is not None:
        if np.shape(valid) != indices.shape:
            raise CodeError(f"valid must have the labels' shape {indices.shape}, not {np.shape(valid)}")
        indices = np.where(valid, indices, 0)
    if indices.size and not (indices.min() >= 0 and indices.max() < len(palette)):
        raise CodeError(
            f"labels run from {indices.min()} to {indices.max()}, but the legend has classes 0 to {len(palette) - 1}"
        )
    rgb: NDArray[np.uint8] = palette[indices]
    if valid is not None:
        rgb[~np.asarray(valid)] = 0
    return rgb


def rgb_to_labels(rgb: ArrayLike, legend: Legend, repair: bool = True) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], by the nearest colour of `legend`.

    Returns the labels (H, W) int32, indices into `legend` (the first of two equally near colours), and the Euclidean
    distance of each pixel to the colour of its label in 8-bit levels, (H, W) float32. With `repair`, pixels blended
    between two classes do not become a third, and thin lines keep their class (see `cavendish.codes.repair`). It
    changes nothing in a painting whose regions do not touch or in a picture without flat regions.
    Raises CodeError for other arrays, LegendError for a legend that is empty or has confusable colours.
    """
    palette = np.array(list(check_legend(legend).values()), dtype=np.uint8)
    return read_labels(as_levels(rgb), palette, repair)


def read_labels(
    image: NDArray[np.uint8], palette: NDArray[np.uint8], repair: bool = True
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """`rgb_to_labels` for checked levels (H, W, 3) and parsed colours (K, 3)."""
    labels, distance = nearest_color(image, palette)
    if repair:
        doubtful = repair_labels(image, labels, distance, palette)
        renew_distance(distance, doubtful, image, labels, palette)
    return labels, distance


def nearest_color(
    image: NDArray[np.uint8], palette: NDArray[np.uint8]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The index of the colour of `palette` (K, 3) nearest to each pixel of (H, W, 3), and its distance in levels.

    A table over 32 x 32 x 32 cells of the colour cube gives the answer where one colour is nearest to the whole cell;
    only the pixels of other cells are compared with every colour.
    """
    owner = _cells(palette.tobytes())
    labels = np.empty(image.shape[:2], dtype=np.int32)
    distance = np.zeros(image.shape[:2], dtype=np.float32)
    levels = np.ascontiguousarray(palette.T, dtype=np.float32)
    for rows in blocks(image.shape):
        part, squared = image[rows], distance[rows]
        planes = [np.ascontiguousarray(part[..., c]) for c in range(3)]
        r, g, b = (plane >> 3 for plane in planes)
        found = owner.take(r.astype(np.uint16) << 10 | g.astype(np.uint16) << 5 | b)
        for level, plane in zip(levels, planes):
            gap = level.take(found)
            gap -= plane.astype(np.float32)
            gap *= gap
            squared += gap
        labels[rows] = found
        np.sqrt(squared, out=squared)
    shared = np.flatnonzero(labels < 0)
    labels.reshape(-1)[shared] = _compare(image.reshape(-1, 3).take(shared, axis=0), palette)
    renew_distance(distance, shared, image, labels, palette)
    return labels, distance


def _compare(colors: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The index of the nearest of `palette` (K, 3) to each of `colors` (n, 3), the first of equals."""
    r, g, b = np.ascontiguousarray(colors.T, dtype=np.float32)
    nearest, best = np.zeros(len(colors), dtype=np.int32), np.full(len(colors), np.inf, dtype=np.float32)
    for k, (x, y, z) in enumerate(palette.astype(np.float32)):
        squared = np.square(r - x)
        squared += np.square(g - y)
        squared += np.square(b - z)
        nearer = squared < best
        np.putmask(nearest, nearer, k)
        np.minimum(best, squared, out=best)
    return nearest


@lru_cache(maxsize=16)
def _cells(palette_bytes: bytes) -> NDArray[np.intp]:
    """(32768,) the index of the colour that is nearest to all 8 x 8 x 8 colours of a cell, or -1."""
    palette = np.frombuffer(palette_bytes, dtype=np.uint8).reshape(-1, 3).astype(np.float32)
    if len(palette) == 1:
        return np.zeros(32768, dtype=np.intp)
    center = np.stack(np.meshgrid(*3 * [np.arange(32) * 8 + 3.5], indexing="ij"), axis=-1).reshape(-1, 3)
    center = center.astype(np.float32)
    squared = (palette * palette).sum(axis=1) - 2.0 * center @ palette.T  # without |center|^2, the same for all
    nearest = squared.argmin(axis=1)
    # A colour of the cell is at most half the diagonal from its centre, and its nearest colour changes only beyond the
    # plane midway to another, at (difference of the squared distances) / (2 x gap of the two colours) from the centre.
    gap = np.linalg.norm(palette[:, None] - palette[None], axis=-1)
    np.fill_diagonal(gap, 1e-9)
    to_plane = (squared - squared.min(axis=1, keepdims=True)) / (2.0 * gap[nearest])
    to_plane[np.arange(len(center)), nearest] = np.inf
    half_diagonal = 3.5 * np.sqrt(3.0) + 0.01
    return np.where(to_plane.min(axis=1) > half_diagonal, nearest, -1)
