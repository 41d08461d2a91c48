"""What every reader of paint needs: is it a picture, and in which blocks is it worked through."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.errors import CodeError

_BLOCK_PIXELS = 15_000  # temporaries of a block stay in a core's cache, and under what malloc asks the system for


def as_array(values: ArrayLike, name: str) -> NDArray[Any]:
    """`values` as an array; CodeError that says `name` for lists of uneven lengths, of which NumPy makes none."""
    try:
        return np.asarray(values)
    except ValueError:
        raise CodeError(f"{name} must be an array, not lists of different lengths") from None


def as_masks(masks: ArrayLike) -> NDArray[np.bool_]:
    """`masks` as an array if they are (N, H, W) bool; CodeError if they are anything else."""
    regions = as_array(masks, "masks")
    if regions.ndim != 3 or regions.dtype != bool:
        raise CodeError(f"masks must be an (N, H, W) bool array, not {regions.shape} {regions.dtype}")
    return regions


def as_rgb(rgb: ArrayLike) -> NDArray[Any]:
    """`rgb` as an array if it is (H, W, 3) uint8, or float in [0, 1]; CodeError if it is anything else."""
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
    """Slices of rows that cover an (H, W) array, each of about 16 thousand pixels."""
    height, width = shape[:2]
    step = max(1, _BLOCK_PIXELS // max(1, width))
    for top in range(0, height, step):
        yield slice(top, top + step)


_CLEAN = 24.0  # levels: about as far off as JPEG and a latent decoder put flat paint


def confidence(distance: NDArray[np.float32]) -> NDArray[np.float32]:
    """How sure a reading is, in [0, 1], from its distance to the code in levels: exp(-(distance / 24)^2 / 2)."""
    return np.exp(np.square(distance / np.float32(_CLEAN)) * np.float32(-0.5))
