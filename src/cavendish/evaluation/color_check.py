"""An automatic judge of generated pictures: is the thing that was named in the colour that was named?

It sees a region of the picture, the thing's as some model marked it, or what stands out near the middle where none
did. The colour of the region is named by the hue of its median in OKLab, because light and shade move lightness and
saturation far more than hue. Only the seven vivid colours are distinguished; nearly gray is none of them.
"""

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import rgb_to_oklab
from cavendish.errors import optional_import
from cavendish.worlds.materials import COLORS, VIVID

GRAY = 0.08  # chroma over lightness below which a region has no colour
LEAST_REGION = 0.01  # share of the picture; a smaller region is not taken for the thing


def named_color(rgb: NDArray[np.uint8]) -> str:
    """The vivid colour of (N, 3) pixels, or "" where they are nearly gray or there are none."""
    if not len(rgb):
        return ""
    lightness, a, b = np.median(rgb_to_oklab(rgb), axis=0)
    if np.hypot(a, b) < GRAY * lightness:
        return ""
    names = [name for name in VIVID for _ in COLORS[name]]
    anchors = rgb_to_oklab(np.array([anchor for name in VIVID for anchor in COLORS[name]]) * 255)
    turn = np.arctan2(anchors[:, 2], anchors[:, 1]) - np.arctan2(b, a)
    return names[int(np.abs(np.angle(np.exp(1j * turn))).argmin())]


def standing_out(rgb: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(H, W) bool: the connected region near the middle that differs most from the border of the picture.

    Each pixel's least distance to 64 pixels of the border, weighted toward the middle, is split at Otsu's
    threshold; of the pieces above it the one with the most weight is taken.
    """
    from scipy import ndimage

    with optional_import("Judging generated pictures needs scikit-image", "cavendish[eval]"):
        from skimage.filters import threshold_otsu

    height, width = rgb.shape[:2]
    lab = ndimage.uniform_filter(rgb_to_oklab(rgb), (max(1, height // 64), max(1, width // 64), 0))
    rim = max(1, min(height, width) // 16)
    border = np.concatenate([lab[:rim].reshape(-1, 3), lab[-rim:].reshape(-1, 3), lab[:, :rim].reshape(-1, 3),
                             lab[:, -rim:].reshape(-1, 3)])  # fmt: skip
    known = border[np.linspace(0, len(border) - 1, 64).astype(int)]
    distance = np.min([np.linalg.norm(lab - color, axis=-1) for color in known], axis=0)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weight = distance * np.exp(-1.5 * (x**2 + y**2))
    pieces, count = ndimage.label(weight > threshold_otsu(weight))
    if not count:
        return np.zeros((height, width), bool)
    totals = ndimage.sum_labels(weight, pieces, np.arange(1, count + 1))
    return np.asarray(pieces == 1 + int(np.argmax(totals)))
