"""Scoring Cityscapes: classes, categories, and both by instance where the truth tells instances apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.cityscapes import SIZE, category_iiou, category_iou, class_iiou, tally
from cavendish.evaluation.metrics.means import mean_of_present
from cavendish.evaluation.scoring.scorer import Record
from cavendish.evaluation.scoring.semantic import SemanticScorer, decided, sparse


@dataclass(frozen=True)
class CityscapesTruth:
    """(H, W) label ids, and (H, W) ids of `*_gtFine_instanceIds.png`, None where there is no such file."""

    labels: NDArray[np.integer]
    instances: NDArray[np.integer] | None = None


@dataclass
class CityscapesScorer(SemanticScorer):
    """Everything that cityscapesscripts prints; iIoU only if every picture's instances are known."""

    rule: str = "cityscapes"

    def measure(self, prediction: NDArray[np.integer], truth: CityscapesTruth, protocol: str) -> Record:
        if truth.instances is None:
            return super().measure(prediction, truth.labels, protocol)
        matrix, sums = tally(decided(prediction), truth.labels, truth.instances)
        return sparse(matrix) | {"instances": sums.tolist()}

    def stack(self, records: Sequence[Record]) -> Any:
        """Sparse confusion matrices, and (n, 8, 2, 2) sums over instances or None."""
        known = all("instances" in record for record in records)
        return super().stack(records), np.array([record["instances"] for record in records]) if known else None

    def values(self, rows: Any, times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        counts, instances = rows
        matrix = (times @ counts).reshape(SIZE, SIZE)
        values = super().values(counts, times, protocol)
        values["category IoU"] = mean_of_present(category_iou(matrix).values())
        if instances is not None:
            sums = np.tensordot(times, instances, 1)
            values["class iIoU"] = mean_of_present(class_iiou(matrix, sums).values())
            values["category iIoU"] = mean_of_present(category_iiou(matrix, sums).values())
        return values

    def breakdown(self, rows: Any, protocol: str) -> dict[str, dict[str, float]]:
        counts, instances = rows
        matrix = counts.sum(0).reshape(SIZE, SIZE)
        named = super().breakdown(counts, protocol)
        if instances is not None:
            named["iIoU per class"] = class_iiou(matrix, instances.sum(0))
        named["IoU per category"] = category_iou(matrix)
        if instances is not None:
            named["iIoU per category"] = category_iiou(matrix, instances.sum(0))
        return named
