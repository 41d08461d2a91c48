"""What tasks draw from a sample: examples to learn from, and the questions of the Worlds benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, distinct_colors, named_colors

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.worlds.rng import Dice

BLACK: RGB = (0, 0, 0)
CLEAR = 0.003  # share of the picture; what is smaller is not asked for by name


@dataclass(frozen=True, eq=False)
class Example:
    """A task with its truth. `weight` says how much each pixel matters: 0 where truth is unknown, 1 on average."""

    task: Any  # a Task
    truth: Any  # as the task's class describes it
    weight: NDArray[np.float32]  # (H, W)
    legend: tuple[tuple[str, RGB], ...] = ()  # names and colours that the instruction binds


@dataclass(frozen=True, eq=False)
class Question:
    """What a benchmark asks about a sample, with the truth as the task's class describes it."""

    truth: Any
    query: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()  # of label maps: what each class of `query` is in the truth
    task: Any = None  # where the question fixes colours too; None leaves them to who asks
    group: str = ""


Ask = Callable[["Sample", "Dice"], "Question | None"]
"""What to ask about a sample, drawn with dice that fall the same on every machine."""


def synonym(sample: Sample, category: str, rng: np.random.Generator) -> str:
    """One of the names that people have for a class, its own among them."""
    return str(rng.choice([category, *next((o.synonyms for o in sample.objects if o.category == category), ())]))


def even_weight(known: NDArray[np.bool_] | np.bool_) -> NDArray[np.float32]:
    """The same weight for every pixel that is known."""
    return np.asarray(known / max(known.mean(), 1e-6), np.float32)


def balanced_weight(labels: NDArray[np.integer], power: float = 0.5, most: float = 20.0) -> NDArray[np.float32]:
    """Weights that lift small regions: by a power of how rare a label is, at most `most`; 0 for label -1.

    At power 1 a thing and all that is not it count the same, and whatever may be it is painted. At 1/2 a thing is
    painted where it is likelier than about the root of its share of the picture, which is near what helps intersection
    over union most.
    """
    weight = np.zeros(labels.shape, np.float32)
    for label in np.unique(labels[labels >= 0]):
        here = labels == label
        weight[here] = min(most, here.mean() ** -power)
    return np.asarray(weight / max(weight.mean(), 1e-6), np.float32)


_distinct = lru_cache(None)(distinct_colors)


def random_colors(count: int, rng: np.random.Generator, avoid: Sequence[RGB] = ()) -> list[RGB]:
    """Distinguishable colours: the most distinct ones, words, or any at all."""
    apart = 60.0
    kind = rng.choice(3, p=(0.4, 0.3, 0.3))
    pool = _distinct(count + 1, int(rng.integers(64))) if kind == 0 else _words() if kind == 1 else None
    found = list(avoid)
    while len(found) < len(avoid) + count:
        row = rng.integers(0, 256, 3) if pool is None else pool[rng.integers(len(pool))]
        color = (int(row[0]), int(row[1]), int(row[2]))
        if all(math.dist(color, other) >= apart for other in found):
            found.append(color)
        else:
            apart *= 0.99
    return found[len(avoid) :]


@lru_cache(1)
def _words() -> NDArray[np.int64]:
    from matplotlib.colors import CSS4_COLORS

    return np.array([rgb for name, rgb in named_colors().items() if " " in name or name in CSS4_COLORS])
