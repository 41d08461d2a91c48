"""Boundary F1 of two masks: how well the outlines agree, whatever the area (Csurka et al. 2013; DAVIS' F)."""

from dataclasses import dataclass
from math import hypot

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

TOLERANCE = 0.0075  # of the picture's diagonal, as in Csurka et al. and MATLAB's bfscore


@dataclass(frozen=True)
class BoundaryScore:
    """`precision` is the share of the predicted outline near the true one, `recall` the other way round."""

    f1: float
    precision: float
    recall: float


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(H, W) bool: pixels of the mask with a 4-neighbour outside of it; the picture's edge is not an outline."""
    from scipy.ndimage import binary_erosion

    return mask & ~binary_erosion(mask, border_value=1)


def boundary_score(
    prediction: NDArray[np.bool_], truth: NDArray[np.bool_], tolerance: float | None = None
) -> BoundaryScore:
    """Boundary F1 of two (H, W) masks; `tolerance` in pixels (Euclidean, inclusive), by default TOLERANCE.

    Two masks without an outline agree (1); one without and one with do not (0).
    """
    from scipy.ndimage import distance_transform_edt

    if prediction.shape != truth.shape:
        raise MetricError(f"The mask is {prediction.shape} but the truth is {truth.shape}.")
    reach = TOLERANCE * hypot(*truth.shape) if tolerance is None else tolerance
    predicted, true = outline(prediction.astype(bool)), outline(truth.astype(bool))
    if not predicted.any() or not true.any():
        same = float(predicted.any() == true.any())
        return BoundaryScore(same, same, same)
    precision = float(np.mean(distance_transform_edt(~true)[predicted] <= reach))
    recall = float(np.mean(distance_transform_edt(~predicted)[true] <= reach))
    both = precision + recall
    return BoundaryScore(2 * precision * recall / both if both else 0.0, precision, recall)
