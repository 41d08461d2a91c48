"""Scoring regions without an official evaluator: instances pooled at one IoU, and masks where nothing is meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.concepts import mask_f1, score_pair
from cavendish.evaluation.metrics.means import mean
from cavendish.evaluation.scoring.masks import ConceptTruth
from cavendish.evaluation.scoring.scorer import Record, Scorer

EMPTY = 0.001  # share of the picture that may be painted where nothing is meant


@dataclass(frozen=True)
class InstanceScorer(Scorer):
    """All instances of one class, as masks without ranks: hits, false alarms and misses of all pictures pooled.

    A prediction is a list of {"segmentation": RLE}; the truth a `ConceptTruth`. Masks are matched one to one.
    """

    kind = "masks"
    claim = "instances of one class, F1 of pooled masks"
    protocols = ("pooled",)
    quality_name = "F1 at IoU 0.5"

    def measure(self, prediction: Sequence[dict[str, Any]], truth: ConceptTruth, protocol: str) -> Record:
        return {"counts": score_pair([row["segmentation"] for row in prediction], truth.annotators).tolist()}

    def quality(self, record: Record, protocol: str) -> float | None:
        f1 = float(mask_f1(np.array(record["counts"]))[0])
        return None if np.isnan(f1) else f1

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        total = times @ rows["counts"]
        f1 = mask_f1(total)
        hits, painted, true = total[[0, -2, -1]].tolist()
        return {
            "F1 at IoU 0.5": float(f1[0]),
            "precision": hits / painted if painted else float("nan"),
            "recall": hits / true if true else float("nan"),
            "F1 at IoU 0.75": float(f1[5]),
        }

    def breakdown(self, rows: dict[str, NDArray], protocol: str) -> dict[str, dict[str, float]]:
        hits, painted, true = rows["counts"].sum(0)[[0, -2, -1]].astype(float).tolist()
        return {"masks at IoU 0.5": {"hits": hits, "painted": painted, "true": true}}


@dataclass(frozen=True)
class AbsentScorer(Scorer):
    """What is painted for a sentence that means nothing in the picture; the prediction is a (H, W) bool mask.

    The truth is the (H, W) uint8 map of `ReferringScorer`, zeros. A picture counts as left empty with at most EMPTY of
    its pixels painted in.
    """

    kind = "mask"
    claim = f"nothing is there: share of pictures with at most {EMPTY:.1%} painted in"
    protocols = ("absent",)
    quality_name = "share of the picture left empty"

    def measure(self, prediction: NDArray[np.bool_], truth: NDArray[np.integer], protocol: str) -> Record:
        if prediction.shape != truth.shape:
            raise MetricError(f"The mask is {prediction.shape} but the truth is {truth.shape}.")
        return {"painted": float(np.mean(prediction != 0))}

    def quality(self, record: Record, protocol: str) -> float | None:
        return 1 - float(record["painted"])

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        painted = rows["painted"]
        return {"left empty": float(mean(painted <= EMPTY, times)), "mean share painted": float(mean(painted, times))}
