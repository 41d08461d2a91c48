"""Checks of input arrays, blocks of rows, and confidence: what all codes share."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.errors import CodeError

_BLOCK_PIXELS = 15_000  # temporaries of a block stay in a core's cache, and in memory that malloc reuses


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """`values` as an array; CodeError, which says `name`, for nested lists of different lengths."""
    try:
        return np.asarray(values)
    except ValueError:
        raise CodeError(f"{name} must be an array, not lists of different lengths") from None


def as_masks(masks: ArrayLike) -> NDArray[np.bool_]:
    """`masks` as an array if they are (N, H, W) bool, else CodeError."""
    regions = as_array(masks, "masks")
    if regions.ndim != 3 or regions.dtype != bool:
        raise CodeError(f"masks must be an (N, H, W) bool array, not {regions.shape} {regions.dtype}")
    return regions


def as_rgb(rgb: ArrayLike) -> NDArray[Any]:
    """`rgb` as an array if it is (H, W, 3) uint8, or float in [0, 1], else CodeError."""
    image = as_array(rgb, "a painting")
    if image.ndim != 3 or image.shape[2] != 3:
        raise CodeError(f"a painting must be an (H, W, 3) RGB array, not {image.shape}")
    if image.dtype == np.uint8:
        return image
    if image.dtype.kind != "f":
        raise CodeError(f"a painting must be uint8 or float in [0, 1], not {image.dtype}")
    if image.size and not (image.min() >= 0 and image.max() <= 1):
        raise CodeError("a float painting must hold finite values in [0, 1]; divide levels by 255")
    return image


def as_levels(rgb: ArrayLike) -> NDArray[np.uint8]:
    """`rgb` as (H, W, 3) uint8 levels; a float picture in [0, 1] is rounded to them."""
    image = as_rgb(rgb)
    return image if image.dtype == np.uint8 else np.rint(image * 255).astype(np.uint8)


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows that cover an (H, W) array, each of about 15 thousand pixels."""
    height, width = shape[:2]
    step = max(1, _BLOCK_PIXELS // max(1, width))
    for top in range(0, height, step):
        yield slice(top, top + step)


_CLEAN = 24.0  # levels: about the error of JPEG or a latent decoder on flat paint


def confidence(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """The confidence of a reading, in [0, 1], at a distance from the code in levels: exp(-(distance / 24)^2 / 2)."""
    sure: NDArray[np.float32] = np.exp(np.square(distance / np.float32(_CLEAN)) * np.float32(-0.5))
    return sure
