"""One region in a named colour on a background, painted and read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.colors import parse_color
from cavendish.codes.labels import labels_to_rgb, rgb_to_labels
from cavendish.errors import CodeError

Color = str | Sequence[int]


def mask_to_rgb(mask: ArrayLike, color: Color = "white", background: Color = "black") -> NDArray[np.uint8]:
    """Paint an (H, W) bool mask as (H, W, 3) uint8. CodeError for another array, LegendError for like colours."""
    region = np.asarray(mask)
    if region.ndim != 2 or region.dtype != bool:
        raise CodeError(f"a mask must be an (H, W) bool array, not {region.shape} {region.dtype}")
    return labels_to_rgb(region.astype(np.uint8), {"background": background, "mask": color})


def rgb_to_mask(
    rgb: ArrayLike, color: Color = "white", background: Color = "black"
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], as the region painted in `color`.

    Returns the mask (H, W) bool, and each pixel's distance to the nearer of the two colours (H, W) float32 in levels.
    A pixel belongs to the region if it is nearer to its colour than to the background's and no farther from it than
    half the way between them, so that a picture left showing through is not taken for the region.
    """
    labels, distance = rgb_to_labels(rgb, {"background": background, "mask": color})
    half = np.linalg.norm(np.subtract(parse_color(color), parse_color(background))) / 2
    return (labels == 1) & (distance <= half), distance
