"""Promptable concept segmentation: pmF1, IL_MCC and cgF1 of SA-Co/Gold, with its oracle over several annotators.

A pair is one picture and one noun phrase. All its detections are matched to all its true masks at once, by the
assignment that maximises total IoU. Most pairs are negatives: the phrase names nothing in the picture.

`positive_macro_F1` of the official script is left out: it divides by the positives with at least one detection,
where its paper says all positives.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import MetricError
from cavendish.rle import Rle

THRESHOLDS = np.linspace(0.5, 0.95, 10)
SCORE_THRESHOLD = 0.5  # a detection with at least this score is kept
_EPS = 1e-4

Counts = NDArray[np.int64]  # (12,) of one pair or of several: matches at each of THRESHOLDS, detections, true masks


def pair_counts(iou: NDArray[np.floating]) -> Counts:
    """What one pair adds to the score, from a (D, G) IoU matrix; both D and G may be 0.

    The matches are those of the one-to-one assignment with the greatest total IoU.
    """
    from scipy.optimize import linear_sum_assignment

    counts = np.array([0] * len(THRESHOLDS) + [*iou.shape])
    if iou.size:
        counts[:-2] = (iou[linear_sum_assignment(-iou)] >= THRESHOLDS[:, None]).sum(1)
    return counts


def f1_at(counts: Counts) -> NDArray[np.float64]:
    """(..., 10) F1 at each of THRESHOLDS with the official epsilons, of counts (..., 12)."""
    hits = counts[..., :-2]
    precision, recall = hits / (counts[..., -2, None] + _EPS), hits / (counts[..., -1, None] + _EPS)
    return np.asarray(2 * precision * recall / (precision + recall + _EPS))


def mean_f1(counts: Counts) -> float | None:
    """The F1 of one pair averaged over the thresholds; None for a true negative."""
    return float(f1_at(counts).mean()) if counts[-2:].any() else None


def rle_iou(detections: Sequence[Rle], truths: Sequence[Rle]) -> NDArray[np.float64]:
    """(D, G) mask IoU by pycocotools; the IoU of two empty masks is 0.

    Raises MetricError when a size differs, where the official script takes -1 for the IoU without a word.
    """
    sizes = {tuple(rle["size"]) for rle in (*detections, *truths)}
    if len(sizes) > 1:
        raise MetricError(f"Masks of one pair have different sizes: {sorted(sizes)}; predict at the true size.")
    return rle.iou(detections, truths)


def score_pair(detections: Sequence[Rle], annotators: Sequence[Sequence[Rle]]) -> Counts:
    """The counts of one pair: those of the kindest of its annotators, as the official oracle picks.

    The first annotator is the start; a later one replaces it if its mean local F1 is strictly greater, and one for
    whom the pair is a true negative always does. `detections` are those kept after `SCORE_THRESHOLD`; crowd truths
    must have been dropped.
    """
    if not annotators:
        raise MetricError("A pair needs the masks of at least one annotator (an empty list for a negative).")
    if not len(detections) and not any(map(len, annotators)):  # as most pairs are
        return np.zeros(len(THRESHOLDS) + 2, np.int64)
    # One call for the masks of all annotators: decoding them is what takes the time.
    iou = rle_iou(detections, [truth for truths in annotators for truth in truths])
    ends = np.cumsum([0, *map(len, annotators)]).tolist()
    counts = np.array([pair_counts(iou[:, start:end]) for start, end in pairwise(ends)])
    f1 = f1_at(counts).mean(-1).tolist()
    negative = np.logical_not(counts[:, -2:].any(1)).tolist()
    best = 0
    for k in range(1, len(counts)):
        if negative[k] or (not negative[best] and f1[k] > f1[best]):
            best = k
    return np.asarray(counts[best])


def concept_score(counts: NDArray[np.int64], times: NDArray[np.integer]) -> dict[str, float]:
    """The official numbers of (n, 12) pairs, each counted `times` (n,): pmF1, IL_MCC and cgF1.

    The benchmark's number is the unweighted mean over subsets. False positives on negative pairs are not in pmF1.
    """
    found, positive = (counts[:, -2:] > 0).T
    pmf1_at = f1_at((times * positive) @ counts)
    il_tp, il_fn = int(times @ (positive & found)), int(times @ (positive & ~found))
    il_fp, il_tn = int(times @ (~positive & found)), int(times @ ~(positive | found))
    # Floats, because the product of the four margins of 85 000 pairs does not fit into 64 bits.
    margins = float(il_tp + il_fp) * float(il_tp + il_fn) * float(il_tn + il_fp) * float(il_tn + il_fn)
    mcc = float(il_tp * il_tn - il_fp * il_fn) / (margins**0.5 + 1e-6)
    return {"pmF1": float(np.mean(pmf1_at)), "IL_MCC": mcc, "cgF1": float(np.mean(pmf1_at * mcc))}


def mask_f1(counts: Counts) -> NDArray[np.float64]:
    """(10,) micro F1 at each of THRESHOLDS without epsilons, for masks that have no score; NaN when nothing is there.

    A pair may then be one class of one picture. This is what to report for a generator that cannot rank its masks:
    average precision of tied scores depends on their order.
    """
    total = counts[-2:].sum()
    return np.asarray(2 * counts[:-2] / total) if total else np.full(len(THRESHOLDS), np.nan)
