"""Referring segmentation: cIoU (one ratio of summed areas), gIoU (mean IoU), in each project's rules.

Projects disagree on four things: what an ignored pixel (255) is, what an empty target is worth, whether pixels under
two overlapping polygons of one object are target, and the canvas. Each combination has a name; a number without the
name means little.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.errors import MetricError

IGNORE = 255


@dataclass(frozen=True)
class ReferringProtocol:
    """One project's rules; see PROTOCOLS."""

    ignore: Literal["exclude", "target"]  # pixels of value 255
    empty_iou: float  # of a sample where truth and prediction are both empty
    sample_eps: float = 0.0  # added to the union of a sample
    count_eps: float = 0.0  # added to the number of samples in the mean
    union_eps: float = 0.0  # added to the summed union
    canvas: int | None = None  # side of the square both masks are resized to; None is the picture's own size
    overlap_is_target: bool = True  # False: only a polygon count of exactly 1 is target


PROTOCOLS: dict[str, ReferringProtocol] = {
    # LISA's validate(): ignored pixels leave both masks; an empty target met by an empty mask is worth 1.
    "lisa": ReferringProtocol("exclude", 1.0, sample_eps=1e-5, count_eps=1e-5, union_eps=1e-10),
    # The same, with the loss of pixels under two polygons that LISA's histogram has: a perfect mask gets below 1.
    "lisa-overlap": ReferringProtocol(
        "exclude", 1.0, sample_eps=1e-5, count_eps=1e-5, union_eps=1e-10, overlap_is_target=False
    ),
    # X-SAM: as LISA without the epsilons.
    "x-sam": ReferringProtocol("exclude", 1.0),
    # LAVT: both masks at 480 x 480, overlaps lost, empty counts 0.
    "lavt": ReferringProtocol("exclude", 0.0, canvas=480, overlap_is_target=False),
    # Seg-Zero and VisionReasoner: their copy of ReasonSeg turned ignored pixels into target; empty counts 0.
    "seg-zero": ReferringProtocol("target", 0.0),
}


def referring_protocol(name: str) -> ReferringProtocol:
    """The protocol of that name; raises MetricError with the names there are."""
    if name not in PROTOCOLS:
        raise MetricError(f"There is no referring protocol {name!r}; choose one of {', '.join(PROTOCOLS)}.")
    return PROTOCOLS[name]


def pixel_areas(prediction: NDArray, truth: NDArray[np.integer], protocol: str) -> tuple[int, int]:
    """Intersection and union of a (H, W) boolean prediction and a (H, W) truth, in pixels of the protocol's canvas.

    Truth values: 0 background, 255 ignored, others the number of the object's polygons over that pixel (1 nearly
    everywhere). Nothing predicted (an unparsable answer) is an all-False mask.
    """
    rules = referring_protocol(protocol)
    if prediction.shape != truth.shape:
        raise MetricError(f"The mask is {prediction.shape} but the truth is {truth.shape}; predict at the true size.")
    mask = prediction != 0
    if rules.canvas is not None:
        mask, truth = _resize_nearest(mask, rules.canvas) != 0, _resize_nearest(truth, rules.canvas)
    ignored = truth == IGNORE
    target = (truth > 0) if rules.overlap_is_target else (truth == 1)
    if rules.ignore == "exclude":
        mask, target = mask & ~ignored, target & ~ignored
    else:
        target = target | ignored
    return int(np.count_nonzero(mask & target)), int(np.count_nonzero(mask | target))


def _resize_nearest(array: NDArray, side: int) -> NDArray:
    return np.asarray(Image.fromarray(array.astype(np.uint8)).resize((side, side), Image.Resampling.NEAREST))


def sample_ious(areas: NDArray[np.integer], protocol: str) -> NDArray[np.float64]:
    """(n,): IoU of each sample under a protocol, from (n, 2) areas."""
    rules = referring_protocol(protocol)
    intersection, union = areas.T
    empty = np.full(len(areas), rules.empty_iou)
    return np.divide(intersection, union + rules.sample_eps, out=empty, where=union > 0)


def referring_score(areas: NDArray[np.integer], protocol: str, times: NDArray[np.integer]) -> tuple[float, float]:
    """(cIoU, gIoU) of (n, 2) areas, each counted `times` (n,); NaN without any sample.

    cIoU is summed intersection over summed union, in which large objects dominate, and 0 when nothing is target or
    predicted. gIoU is the mean of sample IoUs, which the RefCOCO papers call mIoU.
    """
    rules = referring_protocol(protocol)
    count = int(times.sum())
    if not count:
        return float("nan"), float("nan")
    intersection, union = (times @ areas).tolist()
    ciou = intersection / (union + rules.union_eps) if union else 0.0
    return ciou, float(times @ sample_ious(areas, protocol)) / (count + rules.count_eps)
