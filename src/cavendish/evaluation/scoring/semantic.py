"""Scoring label maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.semantic import Matrix, SemanticScore, confusion, semantic_rule
from cavendish.evaluation.scoring.scorer import Kind, Record


@dataclass(frozen=True)
class SemanticScorer:
    """Label maps by summed confusion; the truth is (H, W) integer ids, and so is the prediction.

    A prediction of -1, "undecided", becomes id 0, which no rule counts as a class of the truth it stands on.
    """

    rule: str
    names: tuple[str, ...] = ()  # of the evaluated classes, for rules that do not name them
    kind: Kind = "labels"
    lower_is_better: bool = False
    quality_name: str = "mIoU of the picture"
    resampled: bool = True

    @property
    def claim(self) -> str:
        return f"labels, mIoU of one confusion matrix ({self.rule} rule)"

    @property
    def protocols(self) -> tuple[str, ...]:
        return (self.rule,)

    def measure(self, prediction: NDArray[np.integer], truth: NDArray[np.integer], protocol: str) -> Record:
        return sparse(confusion(decided(prediction), truth, semantic_rule(self.rule).size))

    def quality(self, record: Record, protocol: str) -> float | None:
        value = self.table([record], protocol).values()["mIoU"]
        return None if np.isnan(value) else value

    def table(self, records: Sequence[Record], protocol: str) -> "SemanticTable":
        from scipy.sparse import csr_array

        size = semantic_rule(self.rule).size
        ends = np.cumsum([0] + [len(record["cells"]) for record in records])
        cells = np.concatenate([np.array(record["cells"], np.int64) for record in records])
        pixels = np.concatenate([np.array(record["pixels"], np.int64) for record in records])
        return SemanticTable(self, csr_array((pixels, cells, ends), shape=(len(records), size * size)))


def decided(prediction: NDArray[np.integer]) -> NDArray[np.integer]:
    """Label ids with 0 for -1, "undecided"."""
    return np.maximum(prediction, 0) if np.min(prediction, initial=0) < 0 else prediction


def sparse(matrix: Matrix) -> Record:
    """The record of one picture's confusion."""
    flat = matrix.ravel()
    cells = np.flatnonzero(flat)
    return {"cells": cells.tolist(), "pixels": flat[cells].tolist()}


@dataclass(frozen=True)
class SemanticTable:
    """Sparse confusion matrices, one row a picture."""

    scorer: SemanticScorer
    counts: Any  # csr_array (n, size * size)

    def total(self, weights: NDArray[np.integer] | None = None) -> Matrix:
        """The confusion of all pictures."""
        size = semantic_rule(self.scorer.rule).size
        total = self.counts.sum(0) if weights is None else weights @ self.counts
        return np.asarray(total, np.int64).reshape(size, size)

    def score(self, weights: NDArray[np.integer] | None = None) -> SemanticScore:
        return semantic_rule(self.scorer.rule).score(self.total(weights))

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        score = self.score(weights)
        return {"mIoU": score.miou, "pixel accuracy": score.accuracy}

    def breakdown(self) -> dict[str, dict[str, float]]:
        per_class = self.score().per_class
        return {"IoU per class": dict(zip(self.scorer.names or per_class, per_class.values()))}
