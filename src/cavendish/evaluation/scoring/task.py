"""Scoring by a task's own measures, where no official evaluator rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.scoring.scorer import Kind, Record, Scorer

if TYPE_CHECKING:
    from cavendish.tasks import Task


@dataclass
class TaskScorer(Scorer):
    """The measures that a task takes of its answers, pooled over pictures; both sides are in the form of truth."""

    task: type[Task[Any]]
    protocols = ("task",)

    def __post_init__(self) -> None:
        self.kind = cast(Kind, self.task.truth)
        self.claim = f"{self.task.name}: {self.task.headline}"
        self.quality_name = self.task.headline

    def measure(self, prediction: Any, truth: Any, protocol: str) -> Record:
        return {name: list(parts) for name, parts in self.task.measure(prediction, truth).items()}

    def quality(self, record: Record, protocol: str) -> float | None:
        total, count = record[self.task.headline]
        return total / count if count else None

    def stack(self, records: Sequence[Record]) -> dict[str, NDArray]:
        """(n, 2) sums and counts of each measure."""
        names = dict.fromkeys(name for record in records for name in record)
        return {name: np.array([record.get(name, (0, 0)) for record in records], float) for name in names}

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        totals = {name: times @ parts for name, parts in rows.items()}
        return {name: float(total / count) if count else float("nan") for name, (total, count) in totals.items()}
