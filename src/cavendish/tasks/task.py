"""What a task is: something to say to a generator, a way to paint the truth, and a way to read a painting."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, generator
from cavendish.codes.legend import parse_legend
from cavendish.errors import LegendError, PromptError, TaskError
from cavendish.results import Provenance, Result

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.tasks.example import Ask, Example

Answer = Result | dict[str, Any]
"""One result, or one for each expression where a painting holds several."""

A = TypeVar("A", bound=Answer)

Measures = dict[str, tuple[float, float]]
"""Measures of one picture by name, each a (sum, count); for many pictures both are added up and divided."""

Known = NDArray[np.bool_] | bool
"""Where truth is known: (H, W), or True for everywhere."""


class Task(ABC, Generic[A]):
    """One question put to a generator, colours and conventions settled: "the road in #804080, the sky in #4682B4".

    Instances are frozen dataclasses. Training paints truth with `encode`, inference reads with `decode`, and both say
    the same `instruction`. Another task is another subclass in a file of its own, named in `cavendish.tasks.TASKS` or
    by an entry point of the group `cavendish.tasks`. Only the first part below must be written; each method of the
    others makes the task able to do one thing more, and says so where it is missing.
    """

    name: ClassVar[str]
    truth: ClassVar[str] = ""  # how truth is read from files: "depth", "normals", "labels", "mask" or "masks"
    headline: ClassVar[str] = ""  # the measure that a table shows
    error_caption: ClassVar[str] = ""  # what the third panel of a report shows

    # --- what must be there -------------------------------------------------------------------------------------------

    @abstractmethod
    def instruction(self, seed: int | None = None) -> str:
        """What to tell the generator: the canonical sentence, or with a seed one of at least twelve others.

        All of them mean this very task, so that its colours and conventions read what they ask for.
        """

    @abstractmethod
    def encode(self, truth: Any) -> NDArray[np.uint8]:
        """The painting (H, W, 3) uint8 that answers the instruction, from truth as the task's class describes it."""

    @abstractmethod
    def decode(self, rgb: NDArray[np.uint8]) -> A:
        """The answer that a painting (H, W, 3) uint8 gives, on the painting's grid, with its confidence."""

    @abstractmethod
    def code(self) -> dict[str, Any]:
        """The parameters of the code, as JSON values: what one must know to read the painting again."""

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self | None:
        """The task that a person's own instruction asks for, or None if it asks for something else."""

    @classmethod
    def from_query(cls, query: Sequence[str], **code: Any) -> Self:
        """The task for what a user or a benchmark names, in the code of a generator; most tasks need no names."""
        if query:
            raise TaskError(f"{cls.name} is asked of the whole picture; it takes no {query[0]!r}")
        return cls(**code)

    def unwrapped(self, answer: A) -> Any:
        """The answer as a person means it: a single result where the answer is a dict of one."""
        return answer

    # --- one question as several paintings ----------------------------------------------------------------------------

    @property
    def mirrors(self) -> bool:
        """Whether the answer to a mirrored picture is the mirrored answer: not where left or right is spoken of."""
        return False

    def split(self, limit: int, fits: Callable[[Any], bool], palette: int = 0) -> list[Any]:
        """The fewest tasks that each name at most `limit` colours and fit, in order of their names.

        Parts have colours of their own, other ones for another `palette`. Raises PromptError where even a single name
        does not fit.
        """
        return [self]

    def merge(self, answers: Sequence[A]) -> A:
        """The answer to this task from those to its parts."""
        (answer,) = answers
        return answer

    def recolored(self, k: int) -> Self:
        """The task in the k-th other set of colours, where they are the task's to choose."""
        return self

    def combine(self, answers: Sequence[A]) -> A:
        """The answer that several answers to this question give together; painting and instruction are the first's."""
        first = answers[0]
        if len(answers) == 1:
            return first

        def voted(results: Sequence[Any]) -> Any:
            return replace(self.vote(results), provenance=replace(results[0].provenance, votes=len(results)))

        parts: Sequence[Any] = answers
        return cast(
            A, {k: voted([each[k] for each in parts]) for k in first} if isinstance(first, dict) else voted(parts)
        )

    def vote(self, answers: Sequence[Any]) -> Any:
        """One result of several of the same kind and size: what most of them say, and how sure that makes it."""
        raise TaskError(f"answers to {self.name} cannot be combined; ask with votes=1")

    def empty(self, shape: tuple[int, int]) -> A:
        """The answer that nothing is there, of (H, W) pixels, given without a painting."""
        raise TaskError(f"{self.name} has an answer for every picture; it cannot be empty")

    # --- training, evaluation -----------------------------------------------------------------------------------------

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """A task with its truth, drawn from a sample to learn from; None where the sample has nothing to teach."""
        return None

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        """The measures of the Worlds benchmark that ask this task: name -> what it asks about a sample."""
        return {}

    def as_truth(self, answer: A) -> Any:
        """The arrays of an answer in the form that `encode` takes as truth."""
        raise TaskError(f"{self.name} does not say how its answers are truth")

    def prediction(self, answer: A, ids: Mapping[str, int]) -> Any:
        """An answer as scorers take it; `ids` are the benchmark's label ids by class, where it has any."""
        return self.as_truth(answer)

    @classmethod
    def measure(cls, prediction: Any, truth: Any, known: Known = True) -> Measures:
        """How good a prediction is where truth is known, both in the form of truth."""
        raise TaskError(f"{cls.name} has no measure")

    @classmethod
    def baselines(cls) -> Mapping[str, Callable[[Any], Any]]:
        """Predictions that need no skill, by name: functions of the truth as a scorer takes it."""
        return {}

    @classmethod
    def panels(cls, prediction: Any, truth: Any) -> dict[str, NDArray[np.uint8]]:
        """The panels of a report, each (H, W, 3): "decoded", "truth" and "error"."""
        return {}

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


def colors_named(text: str) -> dict[str, RGB]:
    """The colours that a text gives to things, by name; none where it is no legend."""
    try:
        return parse_legend(text)
    except LegendError:
        return {}


def mirrored(answer: Answer) -> Answer:
    """An answer about a mirrored picture as one about the picture itself."""
    if isinstance(answer, dict):
        return {name: each.mirrored() for name, each in answer.items()}
    return answer.mirrored()


def agreement(answers: Sequence[Result], agreements: Sequence[NDArray[Any]]) -> NDArray[np.float32]:
    """(H, W) The confidence of a combination: the mean of each vote's own confidence times how far it agrees."""
    weighted = [answer.confidence * agrees for answer, agrees in zip(answers, agreements)]
    return np.clip(np.mean(weighted, axis=0, dtype=np.float32), 0, 1)


def split_names(
    names: Sequence[str], most: int, fits: Callable[[Any], bool], part: Callable[[list[str]], Any]
) -> list[Any]:
    """The fewest parts of about equal length that have at most `most` names each and fit."""
    for count in range(max(1, -(-len(names) // max(1, most))), len(names) + 1):
        parts = [part([str(name) for name in chunk]) for chunk in np.array_split(list(names), count)]
        if all(fits(each) for each in parts):
            return parts
    raise PromptError(f"the generator cannot read an instruction as long as this one: {max(names, key=len)[:60]!r} …")
