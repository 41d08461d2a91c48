"""Promptable concept segmentation: pmF1, IL_MCC and cgF1 of SA-Co/Gold, with its oracle over several annotators.

A pair is one picture and one noun phrase. All its detections are matched to all its true masks at once, by the
assignment that maximises total IoU. Most pairs are negatives: the phrase names nothing in the picture.

`positive_macro_F1` of the official script is left out: it divides by the positives with at least one detection,
where its paper says all positives.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import MetricError
from cavendish.rle import Rle

THRESHOLDS = np.linspace(0.5, 0.95, 10)
SCORE_THRESHOLD = 0.5  # a detection with at least this score is kept
_EPS = 1e-4

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class PairRecord:
    """What one (picture, phrase) pair adds to the score, against one annotator."""

    tp: tuple[int, ...]  # matches with IoU >= each of THRESHOLDS
    detections: int
    truths: int

    @property
    def mean_f1(self) -> float | None:
        """Local F1 averaged over the thresholds, with the official epsilons; None for a true negative."""
        if not self.detections and not self.truths:
            return None
        f1 = []
        for tp in self.tp:
            precision, recall = tp / (self.detections + _EPS), tp / (self.truths + _EPS)
            f1.append(2 * precision * recall / (precision + recall + _EPS))
        # NumPy's order of addition, because ties between annotators hang on the last bit.
        return float(np.add.reduce(np.array(f1)) / len(f1))


def match(iou: NDArray[np.floating]) -> NDArray[np.floating]:
    """IoU of the matched couples under the one-to-one assignment of (D, G) `iou` with the greatest total."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(-iou)
    return iou[rows, columns]


def pair_record(iou: NDArray[np.floating]) -> PairRecord:
    """Match a (D, G) IoU matrix; both D and G may be 0."""
    if not iou.size:
        return PairRecord((0,) * len(THRESHOLDS), *iou.shape)
    tp = (match(iou) >= THRESHOLDS[:, None]).sum(1)
    return PairRecord(tuple(tp.tolist()), *iou.shape)


def rle_iou(detections: Sequence[Rle], truths: Sequence[Rle]) -> NDArray[np.float64]:
    """(D, G) mask IoU by pycocotools; the IoU of two empty masks is 0.

    Raises MetricError when a size differs, where the official script takes -1 for the IoU without a word.
    """
    sizes = {tuple(rle["size"]) for rle in (*detections, *truths)}
    if len(sizes) > 1:
        raise MetricError(f"Masks of one pair have different sizes: {sorted(sizes)}; predict at the true size.")
    return rle.iou(detections, truths)


def score_pair(detections: Sequence[Rle], annotators: Sequence[Sequence[Rle]]) -> PairRecord:
    """The record of one pair: the kindest of its annotators, as the official oracle picks.

    The first annotator is the start; a later one replaces it if its mean local F1 is strictly greater, and one for
    whom the pair is a true negative always does. `detections` are those kept after `SCORE_THRESHOLD`; crowd truths
    must have been dropped.
    """
    if not annotators:
        raise MetricError("A pair needs the masks of at least one annotator (an empty list for a negative).")
    # One call for the masks of all annotators: decoding them is what takes the time.
    iou = rle_iou(detections, [truth for truths in annotators for truth in truths])
    best: PairRecord | None = None
    best_f1: float | None = None
    end = 0
    for truths in annotators:
        start, end = end, end + len(truths)
        record = pair_record(iou[:, start:end])
        f1 = record.mean_f1
        if best is None or f1 is None or (best_f1 is not None and f1 > best_f1):
            best, best_f1 = record, f1
    assert best is not None
    return best


@dataclass(frozen=True)
class ConceptScore:
    """The numbers of one subset; arrays follow THRESHOLDS."""

    cgf1: float
    pmf1: float
    il_mcc: float
    pmf1_at: tuple[float, ...]
    f1: float  # false positives on negative pairs count too
    il_tp: int
    il_tn: int
    il_fp: int
    il_fn: int
    tp: tuple[int, ...]
    fp_positive: tuple[int, ...]  # false positives on positive pairs, the only ones in pmF1
    fn: tuple[int, ...]


class PairArrays:
    """Pair records side by side, to be summed up many times."""

    def __init__(self, records: Iterable[PairRecord]) -> None:
        records = list(records)
        self.hits = np.array([record.tp for record in records], np.int64).reshape(-1, len(THRESHOLDS))
        self.detections = np.array([record.detections for record in records], np.int64)
        self.truths = np.array([record.truths for record in records], np.int64)

    def __len__(self) -> int:
        return len(self.truths)


def concept_score(
    records: Iterable[PairRecord] | PairArrays, weights: NDArray[np.integer] | None = None
) -> ConceptScore:
    """Sum pair records into the official numbers; the benchmark's number is the unweighted mean over subsets.

    `weights` says how many times each record counts (a bootstrap draw); once by default.
    """
    pairs = records if isinstance(records, PairArrays) else PairArrays(records)
    times = np.ones(len(pairs), np.int64) if weights is None else np.asarray(weights, np.int64)
    hits, detections, truths = pairs.hits, pairs.detections, pairs.truths
    positive = truths > 0
    found = detections > 0
    tp = times @ hits
    fp = times @ detections - tp
    fp_positive = (times * positive) @ detections - tp  # a negative pair has no match
    fn = times @ truths - tp
    il_tp, il_fn = int(times @ (positive & found)), int(times @ (positive & ~found))
    il_fp, il_tn = int(times @ (~positive & found)), int(times @ ~(positive | found))
    pmf1_at = _f1(tp, fp_positive, fn)
    # Floats, because the product of the four margins of 85 000 pairs does not fit into 64 bits.
    margins = float(il_tp + il_fp) * float(il_tp + il_fn) * float(il_tn + il_fp) * float(il_tn + il_fn)
    mcc = float(il_tp * il_tn - il_fp * il_fn) / (margins**0.5 + 1e-6)
    return ConceptScore(
        cgf1=float(np.mean(pmf1_at * mcc)),
        pmf1=float(np.mean(pmf1_at)),
        il_mcc=mcc,
        pmf1_at=tuple(pmf1_at.tolist()),
        f1=float(np.mean(_f1(tp, fp, fn))),
        il_tp=il_tp,
        il_tn=il_tn,
        il_fp=il_fp,
        il_fn=il_fn,
        tp=tuple(tp.tolist()),
        fp_positive=tuple(fp_positive.tolist()),
        fn=tuple(fn.tolist()),
    )


def _f1(tp: Counts, fp: Counts, fn: Counts) -> NDArray[np.float64]:
    precision, recall = tp / (tp + fp + _EPS), tp / (tp + fn + _EPS)
    return 2 * precision * recall / (precision + recall + _EPS)


def mask_f1(
    records: Iterable[PairRecord] | PairArrays, weights: NDArray[np.integer] | None = None
) -> NDArray[np.float64]:
    """Micro F1 at each of THRESHOLDS without epsilons, for masks that have no score; NaN when nothing is there.

    A pair may then be one class of one picture. This is what to report for a generator that cannot rank its masks:
    average precision of tied scores depends on their order. `weights` as in `concept_score`.
    """
    pairs = records if isinstance(records, PairArrays) else PairArrays(records)
    times = np.ones(len(pairs), np.int64) if weights is None else np.asarray(weights, np.int64)
    total = times @ (pairs.detections + pairs.truths)
    return 2 * (times @ pairs.hits) / total if total else np.full(len(THRESHOLDS), np.nan)
