"""Pictures that can be registered, sizes of common data sets, and the shift between two pictures."""

from functools import lru_cache

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation

SIZES = [(375, 1242), (1024, 2048), (427, 640), (4032, 3024), (480, 640), (768, 1024)]  # of common data sets
SIZES += [(1, 1000), (37, 53), (4000, 6000)]


@lru_cache(maxsize=2)
def texture(height: int, width: int) -> np.ndarray:
    """A smooth random picture, detailed enough to register and coarse enough to survive any scale used here."""
    rng = np.random.default_rng(height * 10007 + width)
    coarse = rng.normal(size=(min(height, 64) + 4, min(width, 64) + 4))
    zoom = height / coarse.shape[0], width / coarse.shape[1]
    smooth = ndimage.zoom(ndimage.gaussian_filter(coarse, 1.0), zoom, order=1, grid_mode=True, mode="nearest")
    smooth = (smooth - smooth.min()) / np.ptp(smooth) * 255
    return np.repeat(smooth.astype(np.uint8)[..., None], 3, axis=2)


def shift_of(moved: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Sub-pixel shift (down, across) between two gray pictures; axes too short to register are skipped."""
    if min(reference.shape) < 8:
        # One line: match by least squares against the picture's own derivative.
        slope = np.gradient(reference.astype(float), axis=1)
        return np.array([0.0, np.sum((reference.astype(float) - moved) * slope) / np.sum(slope**2)])
    window = np.outer(np.hanning(reference.shape[0]), np.hanning(reference.shape[1]))
    pair = [(picture.astype(float) - picture.mean()) * window for picture in (reference, moved)]
    return phase_cross_correlation(*pair, upsample_factor=100, normalization=None)[0]


def largest_shift(moved: np.ndarray, reference: np.ndarray, side: int = 1000) -> float:
    """The largest shift in pixels over the corners and the middle of two gray pictures, windows of `side` at most.

    At full resolution: of a large picture thinned out to every sixth pixel a shift is known to half a pixel only.
    """
    places = {(y, x) for y in (0, 0.5, 1) for x in (0, 0.5, 1) if (y == 0.5) == (x == 0.5)}
    shifts = []
    for place in places:
        starts = [int(part * max(0, length - side)) for part, length in zip(place, reference.shape)]
        window = tuple(slice(start, start + side) for start in starts)
        shifts.append(np.abs(shift_of(moved[window], reference[window])).max())
    return float(max(shifts))
