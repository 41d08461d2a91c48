"""Surface normals: the angle between two vectors, pooled over all pixels of all pictures or averaged by picture.

DSINE, StableNormal and Lotus-2 pool; Marigold and Metric3D take each metric per picture and average. A report says
which. The pooled median needs all angles at once; instead of keeping them, a histogram counts them in 0.001 degree
steps and gives the median with its bracket (it is never off by more than one step, in practice by far less, since it
interpolates).
"""

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

THRESHOLDS = (5.0, 7.5, 11.25, 22.5, 30.0)  # degrees; an angle counts when it is strictly below
NAMES = ("mean", "median", "rmse", *(f"below {t:g}" for t in THRESHOLDS))  # degrees; shares below in percent
STEP = 0.001  # degrees
BINS = 180_001
_BLOCK = 1 << 14

# From the frame of a file to this project's (+x right, +y up, +z toward the viewer): multiply by these signs.
FRAMES: dict[str, tuple[int, int, int]] = {
    "opengl": (1, 1, 1),  # Marigold's .npy; DIODE's files
    "opencv": (1, -1, -1),
    "lub": (-1, 1, 1),  # DSINE's files: x left, y up, z back. Paintings in the paper's colours decode to this frame
}


def to_project_frame(vectors: NDArray[np.floating], frame: str) -> NDArray[np.floating]:
    """(…, 3) vectors of a named frame in this project's frame."""
    if frame not in FRAMES:
        raise MetricError(f"There is no normal frame {frame!r}; choose one of {', '.join(FRAMES)}.")
    return vectors * np.array(FRAMES[frame], vectors.dtype)


def angles(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], valid: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Angles in degrees at the valid pixels, (n,): acos of the cosine clamped to [-1, 1].

    `prediction` and `truth` are (H, W, 3) in one frame, of any length; `valid` is (H, W), by default where the truth is
    not zero. A zero prediction is off by 90 degrees (its cosine is taken as 0). Raises MetricError for a prediction
    that is not finite where the truth is valid: one NaN would swallow the mean.
    """
    if prediction.shape != truth.shape or truth.shape[-1] != 3:
        raise MetricError(f"Normals must both be (H, W, 3), not {prediction.shape} and {truth.shape}.")
    p, t = prediction.reshape(-1, 3), truth.reshape(-1, 3)
    mask = (t != 0).any(1) if valid is None else valid.reshape(-1)
    if not mask.all():
        p, t = p[mask], t[mask]
    result = np.empty(len(p))
    buffers = np.empty((2, 3, min(_BLOCK, len(p))))
    for start in range(0, len(p), _BLOCK):
        block = slice(start, start + _BLOCK)
        cosine = result[block]
        a, b = buffers[:, :, : len(cosine)]
        a[...], b[...] = p[block].T, t[block].T
        np.einsum("cn,cn->n", a, b, out=cosine)
        lengths = np.sqrt(np.einsum("cn,cn->n", a, a) * np.einsum("cn,cn->n", b, b))
        cosine /= np.maximum(lengths, np.finfo(float).tiny, out=lengths)  # a zero vector has cosine 0
        np.clip(cosine, -1, 1, out=cosine)
        np.arccos(cosine, out=cosine)
        cosine *= 180 / np.pi
    if not np.isfinite(result).all():
        raise MetricError("The predicted normals are not finite at some pixels that count.")
    return result


def image_score(errors: NDArray[np.float64], decimals: int | None = None) -> dict[str, float] | None:
    """The metrics of one picture by NAMES, from its (n,) angles; None without any.

    With `decimals=4` each is rounded first, as Marigold's script does before it averages over pictures.
    """
    if not errors.size:
        return None
    n = errors.size
    upper = np.partition(errors, n // 2)  # np.median, without its slow search for NaN
    median = float(upper[n // 2] if n % 2 else (upper[: n // 2].max() + upper[n // 2]) / 2)
    values = [float(errors.mean()), median, float(np.sqrt(np.einsum("i,i", errors, errors) / n))]
    values += [100 * np.count_nonzero(errors < t) / n for t in THRESHOLDS]
    if decimals is not None:
        values = [round(value, decimals) for value in values]
    return dict(zip(NAMES, values))


def angle_sums(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8,) of (n,) angles: their number, their sum, the sum of their squares, and how many lie below each threshold."""
    below = [np.count_nonzero(errors < t) for t in THRESHOLDS]
    return np.array([errors.size, errors.sum(), np.einsum("i,i", errors, errors), *below])


def angle_histogram(errors: NDArray[np.float64]) -> NDArray[np.int64]:
    """(180001,) how many of (n,) angles lie in each STEP."""
    return np.bincount((errors / STEP).astype(np.int64), minlength=BINS)


def pooled_score(sums: NDArray[np.float64], histogram: NDArray[np.int64], step: float = STEP) -> dict[str, float]:
    """The metrics of all pixels by NAMES, from summed `angle_sums` and histograms; NaN without angles.

    The median takes the angles of one bin of `step` degrees as evenly spread over it.
    """
    count, total, squares, *below = sums.tolist()
    if not count:
        return dict.fromkeys(NAMES, float("nan"))
    cumulative = np.cumsum(histogram)
    median = 0.0
    for rank, bin_ in zip(_middle_ranks(cumulative), _middle_bins(cumulative)):
        before = int(cumulative[bin_ - 1]) if bin_ else 0
        median += (bin_ + (rank - before + 0.5) / int(histogram[bin_])) * step / 2
    within = (100 * n / count for n in below)
    return dict(zip(NAMES, (total / count, median, float(np.sqrt(squares / count)), *within)))


def median_bracket(histogram: NDArray[np.int64]) -> tuple[float, float]:
    """Degrees between which the pooled median certainly lies."""
    middle = sum(_middle_bins(np.cumsum(histogram))) / 2
    return middle * STEP, (middle + 1) * STEP


def _middle_ranks(cumulative: NDArray[np.int64]) -> tuple[int, int]:
    """Of cumulative counts, the ranks from 0 that make the median; the same twice for an odd number."""
    count = int(cumulative[-1])
    return (count - 1) // 2, count // 2


def _middle_bins(cumulative: NDArray[np.int64]) -> list[int]:
    return np.searchsorted(cumulative, _middle_ranks(cumulative), side="right").tolist()
