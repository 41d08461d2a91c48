"""What a task is: something to say to a generator, a way to paint the truth, and a way to read a painting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import generator
from cavendish.results import Provenance, Result

Answer = Result | dict[str, Any]
"""One result, or one for each expression where a painting holds several."""


class Task(ABC):
    """One question put to a generator, colours and conventions settled: "the road in #804080, the sky in #4682B4".

    Instances are frozen dataclasses. Training paints truth with `encode`, inference reads with `decode`, and both say
    the same `instruction`. Another task is another subclass in a file of its own, named in `cavendish.tasks.TASKS` or
    by an entry point of the group `cavendish.tasks`.
    """

    name: ClassVar[str]

    @abstractmethod
    def instruction(self, seed: int | None = None) -> str:
        """What to tell the generator: the canonical sentence, or with a seed one of at least twelve others.

        All of them mean this very task, so that its colours and conventions read what they ask for.
        """

    @abstractmethod
    def encode(self, truth: Any) -> NDArray[np.uint8]:
        """The painting (H, W, 3) uint8 that answers the instruction, from truth as the task's class describes it."""

    @abstractmethod
    def decode(self, rgb: NDArray[np.uint8]) -> Answer:
        """The answer that a painting (H, W, 3) uint8 gives, on the painting's grid, with its confidence."""

    @abstractmethod
    def code(self) -> dict[str, Any]:
        """The parameters of the code, as JSON values: what one must know to read the painting again."""

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self | None:
        """The task that a person's own instruction asks for, or None if it asks for something else."""

    def _about(self, rgb: NDArray[np.uint8]) -> dict[str, Any]:
        """The fields that every result of this task shares."""
        return {
            "painting": rgb,
            "instruction": self.instruction(),
            "provenance": Provenance(task=self.name, code=self.code()),
        }


def pick(templates: tuple[str, ...], seed: int | None) -> tuple[str, np.random.Generator]:
    """The first of `templates`, or with a seed any of the others; and the seed's generator for what is left to draw."""
    rng = generator(seed)
    return (templates[0] if seed is None else templates[1 + int(rng.integers(len(templates) - 1))]), rng
