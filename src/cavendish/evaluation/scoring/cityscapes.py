"""Scoring Cityscapes: classes, categories, and both by instance where the truth tells instances apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.cityscapes import category_iiou, category_iou, class_iiou, tally
from cavendish.evaluation.metrics.semantic import mean_of_present
from cavendish.evaluation.scoring.scorer import Record
from cavendish.evaluation.scoring.semantic import SemanticScorer, SemanticTable, decided, sparse


@dataclass(frozen=True)
class CityscapesTruth:
    """(H, W) label ids, and (H, W) ids of `*_gtFine_instanceIds.png`, None where there is no such file."""

    labels: NDArray[np.integer]
    instances: NDArray[np.integer] | None = None


@dataclass(frozen=True)
class CityscapesScorer(SemanticScorer):
    """Everything that cityscapesscripts prints; iIoU only if every picture's instances are known."""

    rule: str = "cityscapes"

    def measure(
        self, prediction: NDArray[np.integer], truth: NDArray[np.integer] | CityscapesTruth, protocol: str
    ) -> Record:
        """Measure one answer; plain label ids are a truth without instances."""
        if not isinstance(truth, CityscapesTruth):
            return super().measure(prediction, truth, protocol)
        if truth.instances is None:
            return super().measure(prediction, truth.labels, protocol)
        matrix, sums = tally(decided(prediction), truth.labels, truth.instances)
        return sparse(matrix) | {"instances": sums.ravel().tolist()}

    def table(self, records: Sequence[Record], protocol: str) -> "CityscapesTable":
        counts = super().table(records, protocol).counts
        known = all("instances" in record for record in records)
        return CityscapesTable(self, counts, np.array([r["instances"] for r in records]) if known else None)


@dataclass(frozen=True)
class CityscapesTable(SemanticTable):
    """Sparse confusion matrices and sums over instances, one row a picture."""

    instances: NDArray[np.float64] | None  # (n, 8 * 4)

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        matrix, sums = self.total(weights), self._sums(weights)
        values = super().values(weights) | {"category IoU": mean_of_present(category_iou(matrix).values())}
        if sums is not None:
            values["class iIoU"] = mean_of_present(class_iiou(matrix, sums).values())
            values["category iIoU"] = mean_of_present(category_iiou(matrix, sums).values())
        return values

    def breakdown(self) -> dict[str, dict[str, float]]:
        matrix, sums = self.total(), self._sums()
        rows = super().breakdown()
        if sums is not None:
            rows["iIoU per class"] = class_iiou(matrix, sums)
        rows["IoU per category"] = category_iou(matrix)
        if sums is not None:
            rows["iIoU per category"] = category_iiou(matrix, sums)
        return rows

    def _sums(self, weights: NDArray[np.integer] | None = None) -> NDArray[np.float64] | None:
        if self.instances is None:
            return None
        total = self.instances.sum(0) if weights is None else weights @ self.instances
        return total.reshape(-1, 4)
