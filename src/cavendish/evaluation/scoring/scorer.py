"""What a scorer is.

A scorer measures one answer into a record: a small dictionary of JSON values with all that the final number needs. The
records of a run make a table, which gives the numbers for any weights of the pictures, so that a bootstrap is one more
call.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Record = dict[str, Any]  # JSON values; {"skipped": True} where the protocol counts no pixel
Kind = Literal["labels", "mask", "masks", "depth", "normals", "picture", "judgement"]  # of the answer


class Scorer(ABC):
    """How one kind of answer is measured."""

    kind: Kind  # of the answer, which decides how stored predictions are read
    claim: str  # what the numbers mean, in words; only numbers of one claim may be averaged
    protocols: tuple[str, ...]  # the first is the default
    quality_name: str  # what `quality` is, without its sign, for people
    lower_is_better = False  # of the headline
    resampled = True  # False for numbers that know no weights, and so have no bootstrap interval

    @abstractmethod
    def measure(self, prediction: Any, truth: Any, protocol: str) -> Record:
        """The record of one answer. Raises MetricError when the two cannot be compared."""

    @abstractmethod
    def quality(self, record: Record, protocol: str) -> float | None:
        """How good one answer is, larger is better, for finding the best and the worst; None if it has no number."""

    def stack(self, records: Sequence[Record]) -> Any:
        """Records, none of them skipped, as `values` and `breakdown` take them: arrays by name."""
        return {name: np.array([record[name] for record in records]) for name in records[0]}

    @abstractmethod
    def values(self, rows: Any, times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        """The numbers by name of stacked records, each counted `times` (n,). NaN where undefined."""

    def breakdown(self, rows: Any, protocol: str) -> dict[str, dict[str, float]]:
        """Finer numbers: {"per class": {"road": 0.97, …}, …}."""
        return {}

    def table(self, records: Sequence[Record], protocol: str) -> "Table":
        """Records put together."""
        return Table(self, records, protocol)


class Table:
    """The records of one run under one protocol."""

    def __init__(self, scorer: Scorer, records: Sequence[Record], protocol: str) -> None:
        self._scorer, self._protocol = scorer, protocol
        self._kept = np.array([not record.get("skipped") for record in records], bool)
        self._rows = scorer.stack([record for record in records if not record.get("skipped")])

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        """The numbers by name; `weights` says how often each record counts, once by default. NaN where undefined."""
        times = np.ones(len(self._kept), np.int64) if weights is None else weights
        return self._scorer.values(self._rows, times[self._kept], self._protocol)

    def breakdown(self) -> dict[str, dict[str, float]]:
        """Finer numbers: {"per class": {"road": 0.97, …}, …}."""
        return self._scorer.breakdown(self._rows, self._protocol)
