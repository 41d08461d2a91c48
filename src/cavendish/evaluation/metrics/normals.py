"""Surface normals: the angle between two vectors, pooled over all pixels of all pictures or averaged by picture.

DSINE, StableNormal and Lotus-2 pool; Marigold and Metric3D take each metric per picture and average. A report says
which. The pooled median needs all angles at once; instead of keeping them, `AngleTotal` keeps counts of 0.001 degree
steps and gives the median with its bracket (it is never off by more than one step, in practice by far less, since it
interpolates).
"""

from dataclasses import dataclass, field
from math import nan

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError

THRESHOLDS = (5.0, 7.5, 11.25, 22.5, 30.0)  # degrees; an angle counts when it is strictly below
STEP = 0.001  # degrees
_BINS = 180_001
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


@dataclass(frozen=True)
class NormalScore:
    """Angular errors in degrees; `within` is the share of angles strictly below each threshold, in percent."""

    mean: float
    median: float
    rmse: float
    within: dict[float, float]

    @property
    def row(self) -> tuple[float, ...]:
        """Mean, median, rmse and the shares, (8,)."""
        return (self.mean, self.median, self.rmse, *self.within.values())


def image_score(errors: NDArray[np.float64], decimals: int | None = None) -> NormalScore | None:
    """The metrics of one picture from its (n,) angles; None without any.

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
    return NormalScore(values[0], values[1], values[2], dict(zip(THRESHOLDS, values[3:])))


def mean_image_score(rows: NDArray[np.float64], weights: NDArray[np.integer] | None = None) -> NormalScore:
    """The mean over pictures of each metric, so the median is a mean of medians; NaN without any.

    `rows` (n, 8) are `NormalScore.row` of each picture that was not skipped; `weights` (n,) says how many times each
    counts, once by default.
    """
    times = np.ones(len(rows)) if weights is None else weights.astype(float)
    total = times.sum()
    mean, median, rmse, *within = (times @ rows / total if total else np.full(3 + len(THRESHOLDS), nan)).tolist()
    return NormalScore(mean, median, rmse, dict(zip(THRESHOLDS, within)))


@dataclass
class AngleTotal:
    """Sums over any number of angles in constant memory (1.4 MB); totals of two runs add up with `merge`."""

    count: int = 0
    total: float = 0.0  # degrees
    squares: float = 0.0
    below: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(THRESHOLDS), np.int64))
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, np.int64))  # by `step`
    step: float = STEP  # degrees

    def add(self, errors: NDArray[np.float64]) -> None:
        """Add (n,) angles in degrees."""
        self.count += errors.size
        self.total += float(errors.sum())
        self.squares += float(np.einsum("i,i", errors, errors))
        self.below += [np.count_nonzero(errors < t) for t in THRESHOLDS]
        self.histogram += np.bincount((errors / STEP).astype(np.int64), minlength=_BINS)

    def merge(self, other: "AngleTotal") -> None:
        """Add another total to this one."""
        self.count += other.count
        self.total += other.total
        self.squares += other.squares
        self.below += other.below
        self.histogram += other.histogram

    def median_bracket(self) -> tuple[float, float]:
        """Degrees between which the pooled median certainly lies; NaN without angles."""
        if not self.count:
            return nan, nan
        cumulative = np.cumsum(self.histogram)
        bins = [int(np.searchsorted(cumulative, rank, side="right")) for rank in _middle_ranks(self.count)]
        return sum(bins) / 2 * STEP, (sum(bins) / 2 + 1) * STEP

    def score(self) -> NormalScore:
        """Pooled metrics; the median is interpolated inside its bracket. NaN without angles."""
        if not self.count:
            return NormalScore(nan, nan, nan, dict.fromkeys(THRESHOLDS, nan))
        middle = _histogram_median(self.histogram, self.step)
        within = dict(zip(THRESHOLDS, (100 * self.below / self.count).tolist()))
        return NormalScore(self.total / self.count, middle, float(np.sqrt(self.squares / self.count)), within)


def _histogram_median(histogram: NDArray[np.int64], step: float) -> float:
    """The median of counts by bins of `step`, taking those in one bin as evenly spread over it."""
    cumulative = np.cumsum(histogram)
    middle = 0.0
    for rank in _middle_ranks(int(cumulative[-1])):
        bin_ = int(np.searchsorted(cumulative, rank, side="right"))
        before = int(cumulative[bin_ - 1]) if bin_ else 0
        middle += (bin_ + (rank - before + 0.5) / int(histogram[bin_])) * step / 2
    return middle


def _middle_ranks(count: int) -> tuple[int, int]:
    return (count - 1) // 2, count // 2  # 0-based; the same rank twice for an odd count
