"""Which pixels count in each data set, and how a prediction is brought to them: each project's rules by name.

Numbers of different protocols are not comparable to about a point; a report always says which one it used.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

Window = tuple[int, int, int, int]  # rows top:bottom, columns left:right
Crop = Callable[[int, int], Window]  # of a map's height and width


def whole(height: int, width: int) -> Window:
    """No crop."""
    return 0, height, 0, width


def nyu_eigen(height: int, width: int) -> Window:
    """Rows 45:471 and columns 41:601, made for 480 x 640; ZoeDepth uses it on other sizes too."""
    return 45, min(471, height), 41, min(601, width)


def garg(height: int, width: int) -> Window:
    """Garg's crop of KITTI, as fractions of the map."""
    return int(0.40810811 * height), int(0.99189189 * height), int(0.03594771 * width), int(0.96405229 * width)


def kitti_eigen(height: int, width: int) -> Window:
    """Eigen's crop of KITTI, as fractions of the map."""
    return int(0.3324324 * height), int(0.91351351 * height), int(0.0359477 * width), int(0.96405229 * width)


def kb(height: int, width: int) -> Window:
    """The 352 x 1216 window of KITTI's depth benchmark: bottom, centred."""
    if height < 352 or width < 1216:
        raise MetricError(f"The KB crop needs at least 352 x 1216 pixels, and the map has {height} x {width}.")
    top, left = height - 352, int((width - 1216) / 2)
    return top, top + 352, left, left + 1216


def kb_then_garg(height: int, width: int) -> Window:
    """UniK3D's order: Garg's fractions of the KB window, rows 166:372 of 375 where BTS has 153:371."""
    top, _, left, _ = kb(height, width)
    inner = garg(352, 1216)
    return top + inner[0], top + inner[1], left + inner[2], left + inner[3]


def metric3d_kitti(height: int, width: int) -> Window:
    """Metric3D: Eigen's rows with columns 43:1197 of the full frame."""
    top, bottom, _, _ = kitti_eigen(height, width)
    return top, bottom, 43, min(1197, width)


@dataclass(frozen=True)
class DepthProtocol:
    """How one picture of one data set is measured."""

    low: float  # metres; a true depth counts when low < g < high
    high: float
    crop: Crop = whole
    clamp: tuple[float, float] = (1e-3, 1e3)  # metres; the prediction is brought into it
    align_corners: bool = False  # of the bilinear resize of a prediction of another size
    inclusive: bool = False  # low <= g <= high
    min_pixels: int = 1  # a picture with fewer is skipped
    quantile_cap: float | None = None  # keep only g <= cap * (1 % quantile of g)
    abs_rel_eps: float = 0.0
    use_mask: bool = True  # the data set's own validity mask


def _clamped(low: float, high: float, crop: Crop = whole, use_mask: bool = True) -> DepthProtocol:
    """BTS and ZoeDepth clamp the prediction to the range itself and resize with aligned corners."""
    return DepthProtocol(low, high, crop, clamp=(low, high), align_corners=True, use_mask=use_mask)


_MOGE = DepthProtocol(0.0, np.inf, clamp=(1e-6, 1e6), quantile_cap=1000.0, abs_rel_eps=1e-6)

# name -> data set -> protocol. "unik3d" is the headline: the only ranges that cover all six sets. UniK3D itself does
# not clamp; 1 mm to 1 km keeps the logarithms finite and changes no ratio near the truth.
DEPTH_PROTOCOLS: dict[str, dict[str, DepthProtocol]] = {
    "unik3d": {
        "nyu": DepthProtocol(0, 10, nyu_eigen),
        "kitti": DepthProtocol(0, 80, kb_then_garg),
        "ibims": DepthProtocol(0, 25),
        "eth3d": DepthProtocol(0, 50),
        "diode": DepthProtocol(0, 25),
        "nuscenes": DepthProtocol(0, 80),
    },
    "bts": {"nyu": _clamped(1e-3, 10, nyu_eigen), "kitti": _clamped(1e-3, 80, garg)},
    "zoe": {
        "nyu": _clamped(1e-3, 10, nyu_eigen),
        "kitti": _clamped(1e-3, 80, garg),
        "ibims": replace(_clamped(1e-3, 10, nyu_eigen), low=0.0),
        "diode": _clamped(1e-3, 10, nyu_eigen, use_mask=False),  # its mask is loaded and not applied
    },
    "metric3d": {
        "nyu": DepthProtocol(0.1, 10, nyu_eigen),
        "kitti": DepthProtocol(0.1, 80, metric3d_kitti),
        "ibims": DepthProtocol(0.1, 10),
        "eth3d": DepthProtocol(0.1, 100),  # its range is .1 to 200 m, and truth beyond 100 m is dropped on loading
        "diode": DepthProtocol(0.1, 150),
        "nuscenes": DepthProtocol(0.1, 200),
    },
    # MoGe's filter without its re-rendering of the pictures, hence "like": close, not its published numbers.
    "moge-like": dict.fromkeys(("nyu", "kitti", "ibims", "eth3d", "diode"), _MOGE),
    "dav2": {"kitti": DepthProtocol(1e-3, 80, align_corners=True, inclusive=True, min_pixels=10)},
    "worlds": {"worlds": DepthProtocol(0, 80)},  # our own; sky is inf and so out of the range
}


def depth_protocol(name: str, dataset: str) -> DepthProtocol:
    """The rules of that name for a data set; raises MetricError with the choices there are."""
    if name not in DEPTH_PROTOCOLS:
        raise MetricError(f"There is no depth protocol {name!r}; choose one of {', '.join(DEPTH_PROTOCOLS)}.")
    if dataset not in DEPTH_PROTOCOLS[name]:
        choices = ", ".join(known for known, sets in DEPTH_PROTOCOLS.items() if dataset in sets)
        raise MetricError(f"The depth protocol {name!r} says nothing about {dataset!r}; choose one of {choices}.")
    return DEPTH_PROTOCOLS[name][dataset]


def counted(
    truth: NDArray[np.floating], protocol: DepthProtocol, valid: NDArray[np.bool_] | None = None
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The crop of a protocol, and which of its pixels count; `valid` (H, W) is the data set's own mask."""
    top, bottom, left, right = protocol.crop(*truth.shape)
    window = slice(top, bottom), slice(left, right)
    metres = truth[window]
    if protocol.inclusive:
        inside = (metres >= protocol.low) & (metres <= protocol.high)
    else:
        inside = (metres > protocol.low) & (metres < protocol.high)
    if protocol.quantile_cap is not None and inside.any():
        inside &= metres <= protocol.quantile_cap * np.quantile(metres[inside], 0.01)
    if valid is not None and protocol.use_mask:
        inside &= valid[window]
    return window, inside


def aligned(prediction: NDArray[np.floating], shape: tuple[int, ...], protocol: DepthProtocol) -> NDArray[np.floating]:
    """Clamp a prediction and bring it to the truth's grid, bilinearly, if it is of another size.

    NaN becomes the lower end and inf the upper one, as in ZoeDepth: an answer that is not there is a miss, not a
    pixel left out. The clamp comes before the resize, so that inf (sky) does not turn its neighbours into NaN.
    """
    low, high = protocol.clamp
    if not np.isfinite(prediction).all():
        prediction = np.nan_to_num(prediction, nan=low, posinf=high, neginf=low)
    if prediction.min() < low or prediction.max() > high:
        prediction = np.clip(prediction, low, high)
    return prediction if prediction.shape == shape else resize_bilinear(prediction, shape, protocol.align_corners)


def resize_bilinear(array: NDArray, shape: tuple[int, ...], align_corners: bool = False) -> NDArray:
    """Bilinear (H, W) or (H, W, C) to (h, w), without anti-aliasing, as torch's `interpolate` does."""
    from scipy.ndimage import zoom

    factors = [new / old for new, old in zip(shape, array.shape)] + [1] * (array.ndim - 2)
    return zoom(array, factors, order=1, mode="nearest", grid_mode=not align_corners)


def protocol_pixels(
    prediction: NDArray[np.floating],
    truth: NDArray[np.floating],
    protocol: DepthProtocol,
    valid: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.bool_]] | None:
    """Prediction and truth in the crop of a protocol, and which of their pixels count; None when too few do.

    `prediction` is (h, w) metres of any size, `truth` (H, W) metres.
    """
    window, inside = counted(truth, protocol, valid)
    if np.count_nonzero(inside) < protocol.min_pixels:
        return None
    if prediction.shape == truth.shape:  # then nothing outside of the window matters
        at_truth = aligned(prediction[window], inside.shape, protocol)
    else:
        at_truth = aligned(prediction, truth.shape, protocol)[window]
    return at_truth, truth[window], inside
