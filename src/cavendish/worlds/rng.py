"""Reproducible random choices: the same numbers on every machine and with every version of NumPy."""

from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

import numpy as np

T = TypeVar("T")


class Dice:
    """A random generator seeded by integers and words: `Dice(7, "camera")` always gives the same choices.

    It uses only uniform 53-bit numbers of NumPy's Philox generator, so that no change to NumPy's distributions can
    change a scene.
    """

    BLOCK = 256

    def __init__(self, *name: int | str) -> None:
        key = [crc32(part.encode()) if isinstance(part, str) else part for part in name]
        self._source = np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
        self._left: list[float] = []

    def unit(self) -> float:
        """A uniform number in [0, 1)."""
        if not self._left:
            self._left = self._source.random(self.BLOCK).tolist()
        return self._left.pop()

    def between(self, low: float, high: float) -> float:
        """A uniform number between `low` and `high`."""
        return low + (high - low) * self.unit()

    def near(self, value: float, tolerance: float) -> float:
        """`value` times a factor within 1 ± `tolerance`, with a triangular distribution."""
        return value * (1 + tolerance * (self.unit() + self.unit() - 1))

    def whole(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + int(self.unit() * (high - low + 1))

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self.unit() < share

    def pick(self, options: Sequence[T]) -> T:
        """One of the options, all equally likely."""
        return options[int(self.unit() * len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different options in random order, all of them if there are fewer."""
        left = list(options)
        return [left.pop(int(self.unit() * len(left))) for _ in range(min(count, len(left)))]
