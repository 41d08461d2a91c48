"""Means over pictures, each of which may count several times, and over groups."""

from collections.abc import Iterable
from math import isnan

import numpy as np
from numpy.typing import NDArray


def mean(rows: NDArray, times: NDArray) -> NDArray[np.float64]:
    """The mean over the first axis of (n, …), each row counted `times` (n,); NaN without any."""
    total = times.sum()
    return np.asarray(times @ rows / total if total else np.full(rows.shape[1:], np.nan))


def mean_of_present(scores: Iterable[float]) -> float:
    """The mean of those that are not NaN, added from left to right as Cityscapes' script does; NaN without any."""
    present = [score for score in scores if not isnan(score)]
    return sum(present) / len(present) if present else float("nan")


def group_means(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The mean of each group's values, from (group, value) pairs, by name."""
    groups: dict[str, list[float]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return {name: sum(values) / len(values) for name, values in sorted(groups.items())}
