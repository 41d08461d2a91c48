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


def wilson(rate: float, n: int) -> Interval:
    """Wilson's 95 % score interval of a rate in [0, 1] seen in `n` trials.

    `rate * n` need not be whole, because a tie may count one half.
    """
    if n < 1:
        raise MetricError("A Wilson interval needs at least one trial.")
    if not 0 <= rate <= 1:
        raise MetricError(f"A rate lies in [0, 1], not {rate}.")
    z = 1.959963984540054  # the normal quantile of 97.5 %
    centre = rate + z * z / (2 * n)
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale))


def bootstrap(count: int, statistic: Callable[[NDArray[np.integer]], float]) -> Interval | None:
    """The 95 % percentile bootstrap of a number made of `count` records (one a picture), drawn with replacement.

    `statistic` takes how many times each record is drawn, (count,). None with fewer than two records, or when no draw
    has a finite value.
    """
    if count < 2:
        return None
    rng, odds = np.random.default_rng(0), np.full(count, 1 / count)
    draws = (statistic(rng.multinomial(count, odds)) for _ in range(1000))
    values = [value for value in draws if isfinite(value)]
    return Interval(*np.quantile(values, [0.025, 0.975]).tolist()) if values else None
