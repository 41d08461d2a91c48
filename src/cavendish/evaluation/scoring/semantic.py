"""Scoring label maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.semantic import Matrix, SemanticScore, confusion, semantic_rule, semantic_score
from cavendish.evaluation.scoring.scorer import Record, Scorer


@dataclass
class SemanticScorer(Scorer):
    """Label maps by summed confusion; the truth is (H, W) integer ids, and so is the prediction.

    A prediction of -1, "undecided", becomes id 0, which no rule counts as a class of the truth it stands on.
    """

    rule: str
    names: tuple[str, ...] = ()  # of the evaluated classes, for rules that do not name them
    kind = "labels"
    quality_name = "mIoU of the picture"

    def __post_init__(self) -> None:
        self.claim = f"labels, mIoU of one confusion matrix ({self.rule} rule)"
        self.protocols = (self.rule,)

    def measure(self, prediction: NDArray[np.integer], truth: Any, protocol: str) -> Record:
        return sparse(confusion(decided(prediction), truth, semantic_rule(self.rule).size))

    def quality(self, record: Record, protocol: str) -> float | None:
        value = self.table([record], protocol).values()["mIoU"]
        return None if np.isnan(value) else value

    def stack(self, records: Sequence[Record]) -> Any:
        """Sparse confusion matrices, csr_array (n, size * size)."""
        from scipy.sparse import csr_array

        ends = np.cumsum([0] + [len(record["cells"]) for record in records])
        cells = np.concatenate([np.array(record["cells"], np.int64) for record in records])
        pixels = np.concatenate([np.array(record["pixels"], np.int64) for record in records])
        return csr_array((pixels, cells, ends), shape=(len(records), semantic_rule(self.rule).size ** 2))

    def values(self, rows: Any, times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        score = self._score(times @ rows)
        return {"mIoU": score.miou, "pixel accuracy": score.accuracy}

    def breakdown(self, rows: Any, protocol: str) -> dict[str, dict[str, float]]:
        per_class = self._score(rows.sum(0)).per_class
        return {"IoU per class": dict(zip(self.names or per_class, per_class.values()))}

    def _score(self, cells: NDArray[np.int64]) -> SemanticScore:
        rule = semantic_rule(self.rule)
        return semantic_score(cells.reshape(rule.size, rule.size), rule)


def decided(prediction: NDArray[np.integer]) -> NDArray[np.integer]:
    """Label ids with 0 for -1, "undecided"."""
    return np.maximum(prediction, 0) if np.min(prediction, initial=0) < 0 else prediction


def sparse(matrix: Matrix) -> Record:
    """The record of one picture's confusion."""
    flat = matrix.ravel()
    cells = np.flatnonzero(flat)
    return {"cells": cells.tolist(), "pixels": flat[cells].tolist()}
