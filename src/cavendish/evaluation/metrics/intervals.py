"""Confidence intervals: Wilson's for a rate, the percentile bootstrap for anything made of records."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import TypeVar

import numpy as np

from cavendish.errors import MetricError

Record = TypeVar("Record")


@dataclass(frozen=True)
class Interval:
    """The two ends of a confidence interval."""

    low: float
    high: float


def wilson(rate: float, n: int, z: float = 1.959963984540054) -> Interval:
    """Wilson's score interval of a rate in [0, 1] seen in `n` trials; `z` is the normal quantile (95 % by default).

    `rate * n` need not be whole, because a tie may count one half.
    """
    if n < 1:
        raise MetricError("A Wilson interval needs at least one trial.")
    if not 0 <= rate <= 1:
        raise MetricError(f"A rate lies in [0, 1], not {rate}.")
    centre = rate + z * z / (2 * n)
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def bootstrap(
    records: Sequence[Record],
    statistic: Callable[[Sequence[Record]], float],
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """The percentile bootstrap of `statistic`, drawing whole records (one a picture) with replacement.

    None with fewer than two records, or when no draw has a finite value.
    """
    if len(records) < 2:
        return None
    rng = np.random.default_rng(seed)
    draws = (statistic([records[i] for i in rng.integers(len(records), size=len(records))]) for _ in range(rounds))
    values = [value for value in draws if isfinite(value)]
    if not values:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))
