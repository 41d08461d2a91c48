"""Means over pictures, which may count several times, and over groups."""

from collections.abc import Iterable
from math import isnan
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K")
V = TypeVar("V")


def mean(rows: NDArray, times: NDArray) -> NDArray[np.float64]:
    """The mean over the first axis of (n, …), each row counted `times` (n,); NaN without any."""
    total = times.sum()
    return np.asarray(times @ rows / total if total else np.full(rows.shape[1:], np.nan))


def mean_of_present(scores: Iterable[float]) -> float:
    """The mean of those that are not NaN, added from left to right as Cityscapes' script does; NaN without any."""
    present = [score for score in scores if not isnan(score)]
    return sum(present) / len(present) if present else float("nan")


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """The values of each group, from (group, value) pairs, in their order."""
    groups: dict[K, list[V]] = {}
    for group, value in pairs:
        groups.setdefault(group, []).append(value)
    return groups


def group_means(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean of each group's values, from (group, value) pairs, by name."""
    return {name: sum(values) / len(values) for name, values in sorted(grouped(pairs).items())}
