"""Scoring by a task's own measures, where no official evaluator rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.scoring.scorer import Kind, Record

if TYPE_CHECKING:
    from cavendish.tasks import Task


@dataclass(frozen=True)
class TaskScorer:
    """The measures that a task takes of its answers, pooled over pictures; both sides are in the form of truth."""

    task: type[Task[Any]]
    lower_is_better: bool = False
    resampled: bool = True
    protocols: tuple[str, ...] = ("task",)

    @property
    def kind(self) -> Kind:
        return cast(Kind, self.task.truth)

    @property
    def headline(self) -> str:
        """The measure that a table shows."""
        return self.task.headline

    @property
    def claim(self) -> str:
        return f"{self.task.name}: {self.headline}"

    @property
    def quality_name(self) -> str:
        return self.headline

    def measure(self, prediction: Any, truth: Any, protocol: str) -> Record:
        return {name: list(parts) for name, parts in self.task.measure(prediction, truth).items()}

    def quality(self, record: Record, protocol: str) -> float | None:
        total, count = record[self.headline]
        return total / count if count else None

    def table(self, records: Sequence[Record], protocol: str) -> TaskTable:
        names = tuple(dict.fromkeys(name for record in records for name in record))
        parts = np.array([[record.get(name, (0, 0)) for name in names] for record in records], float)
        return TaskTable(names, parts)


@dataclass(frozen=True)
class TaskTable:
    """(n, measures, 2) sums and counts."""

    names: tuple[str, ...]
    parts: NDArray[np.float64]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        total = self.parts.sum(0) if weights is None else np.tensordot(weights, self.parts, 1)
        return {name: float(s / n) if n else float("nan") for name, (s, n) in zip(self.names, total)}

    def breakdown(self) -> dict[str, dict[str, float]]:
        return {}
