"""Confidence intervals: Wilson's for a rate, the percentile bootstrap for anything made of records."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError


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
    count: int,
    statistic: Callable[[NDArray[np.integer]], float],
    rounds: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval | None:
    """The percentile bootstrap of a number made of `count` records (one a picture), drawn with replacement.

    `statistic` takes how many times each record is drawn, (count,). None with fewer than two records, or when no draw
    has a finite value.
    """
    if count < 2:
        return None
    rng, odds = np.random.default_rng(seed), np.full(count, 1 / count)
    draws = (statistic(rng.multinomial(count, odds)) for _ in range(rounds))
    values = [value for value in draws if isfinite(value)]
    return Interval(*np.quantile(values, [(1 - level) / 2, (1 + level) / 2]).tolist()) if values else None
