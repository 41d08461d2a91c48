"""Drawing for the panels of reports: colour maps, palettes, hits and misses."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]

RIGHT, MISSED, FALSE, IGNORED = (70, 160, 90), (70, 110, 220), (220, 70, 60), (150, 150, 150)
UNKNOWN = (60, 60, 60)
DARK = 20


def colormapped(values: NDArray[np.floating], name: str, known: NDArray[np.bool_] | None = None) -> Rgb:
    """(H, W) in [0, 1] -> (H, W, 3) in a colour map of matplotlib; gray where unknown."""
    from matplotlib import colormaps

    colors: Rgb = (colormaps[name](np.clip(values, 0, 1))[..., :3] * 255).astype(np.uint8)
    if known is not None:
        colors[~known] = UNKNOWN
    return colors


def palette(ids: NDArray[np.integer]) -> Rgb:
    """(H, W) ids -> (H, W, 3): a colour for each id, always the same; 0 is black."""
    colors = np.random.default_rng(3).integers(40, 256, (256, 3)).astype(np.uint8)
    colors[0] = 0
    drawn: Rgb = colors[np.maximum(ids.astype(np.int64), 0) % 256]
    return drawn


def regions(prediction: NDArray[np.bool_], truth: NDArray[Any]) -> dict[str, Rgb]:
    """The three panels of one region; `truth` (H, W) is True or 1 on it, and 255 where it is ignored."""
    target = truth == 1

    def flat(mask: NDArray[np.bool_]) -> Rgb:
        return np.where(mask[..., None], 255, DARK).astype(np.uint8).repeat(3, 2)

    error = np.full((*target.shape, 3), DARK, np.uint8)
    error[prediction & target], error[~prediction & target], error[prediction & ~target] = RIGHT, MISSED, FALSE
    error[truth == 255] = IGNORED
    return {"decoded": flat(prediction), "truth": flat(target), "error": error}
