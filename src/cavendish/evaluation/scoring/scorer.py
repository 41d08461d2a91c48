"""The interface of a scorer.

A scorer measures one answer into a record: a small dictionary of JSON values with all that the final number needs. The
records of a run make a table, which gives the numbers for any weights of the pictures, so that a bootstrap is one more
call.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Record = dict[str, Any]  # JSON values
Kind = Literal["labels", "mask", "masks", "depth", "normals", "picture", "judgement"]  # of the answer


class Table(Protocol):
    """The records of one run under one protocol."""

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        """The numbers by name; `weights` says how often each record counts, once by default. NaN where undefined."""

    def breakdown(self) -> dict[str, dict[str, float]]:
        """Finer numbers: {"per class": {"road": 0.97, …}, …}."""


class Scorer(Protocol):
    """How one kind of answer is measured."""

    @property
    def kind(self) -> Kind:
        """Of the answer, which decides how stored predictions are read."""

    @property
    def claim(self) -> str:
        """What the numbers mean, in words; only numbers of one claim may be averaged."""

    @property
    def protocols(self) -> tuple[str, ...]:
        """Names of protocols; the first is the default."""

    @property
    def lower_is_better(self) -> bool:
        """Whether a smaller headline is better."""

    @property
    def resampled(self) -> bool:
        """Whether a table takes weights; one that does not has no bootstrap interval."""

    def measure(self, prediction: Any, truth: Any, protocol: str) -> Record:
        """Measure one answer. Raises MetricError when the two cannot be compared."""

    @property
    def quality_name(self) -> str:
        """What `quality` is, without its sign, for people."""

    def quality(self, record: Record, protocol: str) -> float | None:
        """How good one answer is, larger is better, for finding the best and the worst; None if it has no number."""

    def table(self, records: Sequence[Record], protocol: str) -> Table:
        """Put records together."""
