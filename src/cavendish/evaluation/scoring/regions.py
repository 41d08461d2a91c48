"""Scoring regions without an official evaluator: instances pooled at one IoU, and masks where nothing is meant."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.concepts import PairArrays, mask_f1, score_pair
from cavendish.evaluation.scoring.masks import ConceptTruth, pair_of
from cavendish.evaluation.scoring.scorer import Kind, Record

EMPTY = 0.001  # share of the picture that may be painted where nothing is meant


@dataclass(frozen=True)
class InstanceScorer:
    """All instances of one class, as masks without ranks: hits, false alarms and misses of all pictures pooled.

    A prediction is a list of {"segmentation": RLE}; the truth a `ConceptTruth`. Masks are matched one to one.
    """

    kind: Kind = "masks"
    claim: str = "instances of one class, F1 of pooled masks"
    protocols: tuple[str, ...] = ("pooled",)
    lower_is_better: bool = False
    quality_name: str = "F1 at IoU 0.5"
    resampled: bool = True

    def measure(self, prediction: Sequence[dict[str, Any]], truth: ConceptTruth, protocol: str) -> Record:
        return asdict(score_pair([row["segmentation"] for row in prediction], truth.annotators))

    def quality(self, record: Record, protocol: str) -> float | None:
        f1 = float(mask_f1([pair_of(record)])[0])
        return None if np.isnan(f1) else f1

    def table(self, records: Sequence[Record], protocol: str) -> "InstanceTable":
        return InstanceTable(PairArrays(pair_of(record) for record in records))


@dataclass(frozen=True)
class InstanceTable:
    """Masks painted, masks true and hits of each picture."""

    pairs: PairArrays

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        pairs, f1 = self.pairs, mask_f1(self.pairs, weights)
        times = np.ones(len(pairs), np.int64) if weights is None else weights
        hits, painted, true = times @ pairs.hits[:, 0], times @ pairs.detections, times @ pairs.truths
        return {
            "F1 at IoU 0.5": float(f1[0]),
            "precision": float(hits / painted) if painted else float("nan"),
            "recall": float(hits / true) if true else float("nan"),
            "F1 at IoU 0.75": float(f1[5]),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        counts = {
            "hits": self.pairs.hits[:, 0].sum(),
            "painted": self.pairs.detections.sum(),
            "true": self.pairs.truths.sum(),
        }
        return {"masks at IoU 0.5": {name: float(count) for name, count in counts.items()}}


@dataclass(frozen=True)
class AbsentScorer:
    """What is painted for a sentence that means nothing in the picture; the prediction is a (H, W) bool mask.

    The truth is the (H, W) uint8 map of `ReferringScorer`, zeros. A picture counts as left empty with at most EMPTY of
    its pixels painted in.
    """

    kind: Kind = "mask"
    claim: str = f"nothing is there: share of pictures with at most {EMPTY:.1%} painted in"
    protocols: tuple[str, ...] = ("absent",)
    lower_is_better: bool = False
    quality_name: str = "share of the picture left empty"
    resampled: bool = True

    def measure(self, prediction: NDArray[np.bool_], truth: NDArray[np.integer], protocol: str) -> Record:
        if prediction.shape != truth.shape:
            raise MetricError(f"The mask is {prediction.shape} but the truth is {truth.shape}.")
        return {"painted": float(np.mean(prediction != 0))}

    def quality(self, record: Record, protocol: str) -> float | None:
        return 1 - float(record["painted"])

    def table(self, records: Sequence[Record], protocol: str) -> "AbsentTable":
        return AbsentTable(np.array([record["painted"] for record in records], float))


@dataclass(frozen=True)
class AbsentTable:
    """(n,) share of each picture that was painted in."""

    painted: NDArray[np.float64]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        times = np.ones(len(self.painted)) if weights is None else weights.astype(float)
        empty = self.painted <= EMPTY
        return {
            "left empty": float(times @ empty / times.sum()),
            "mean share painted": float(times @ self.painted / times.sum()),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        return {}
