"""Masks to colours and back: regions in given colours on a background."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.instances import instances_to_rgb
from cavendish.codes.labels import check_legend, read_labels
from cavendish.codes.paint import as_levels, as_masks
from cavendish.errors import CodeError

Color = str | Sequence[int]


def masks_to_rgb(masks: ArrayLike, colors: Sequence[Color], background: Color = "black") -> NDArray[np.uint8]:
    """Paint (N, H, W) bool masks in their N colours as (H, W, 3) uint8; later masks cover earlier ones.

    CodeError for another array or number of colours, LegendError for colours that are too similar.
    """
    regions, legend = as_masks(masks), _legend(colors, background)
    if len(regions) != len(legend) - 1:
        raise CodeError(f"{len(regions)} masks need {len(regions)} colours, not {len(legend) - 1}")
    ground, *own = check_legend(legend).values()
    return instances_to_rgb(regions, ground, own)


def rgb_to_masks(
    rgb: ArrayLike, colors: Sequence[Color], background: Color = "black"
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], as the regions painted in `colors`.

    Returns masks (N, H, W) bool that do not overlap, and the distance of each pixel to the nearest of all colours in
    levels, (H, W) float32. A pixel belongs to a region if the region's colour is nearest to it, and at most half
    the way to the background's away, so that a photo that shows through does not count as a region.
    """
    palette = np.array(list(check_legend(_legend(colors, background)).values()), dtype=np.uint8)
    labels, distance = read_labels(as_levels(rgb), palette)
    half = np.linalg.norm(palette[1:] - palette[0].astype(np.float64), axis=1) / 2
    masks = np.zeros((len(half), *labels.shape), dtype=bool)
    for k, mask in enumerate(masks):
        np.logical_and(labels == k + 1, distance <= half[k], out=mask)
    return masks, distance


def _legend(colors: Sequence[Color], background: Color) -> dict[str, Color]:
    if not isinstance(colors, (Sequence, np.ndarray)) or isinstance(colors, str):
        raise CodeError(f"colors must be a list of colours, not {colors!r}")
    return {"background": background} | {f"region {k}": color for k, color in enumerate(colors, start=1)}
