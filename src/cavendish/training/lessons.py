"""Lessons: what is said, what is looked at, and the picture that answers, drawn from a sample for one task.

Every task is a function (sample, rng) -> Lesson, or None where the sample has nothing to teach about it. Instructions
and paintings come from `cavendish.tasks`, so that what is taught is what is asked and read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB
from cavendish.datasets.sample import Sample
from cavendish.tasks import Task, all_tasks
from cavendish.tasks.example import balanced_weight


@dataclass(frozen=True, eq=False)
class Lesson:
    """One thing to teach. `weight` says how much each pixel matters: 0 where truth is unknown, 1 on average."""

    task: str
    instruction: str
    target: NDArray[np.uint8]  # (H, W, 3)
    weight: NDArray[np.float32]  # (H, W)
    looks: bool = True  # whether there is a picture to look at
    painted: bool = True  # the answer is paint to be read exactly, not a picture to look at
    legend: tuple[tuple[str, RGB], ...] = ()  # names and colours that the instruction binds
    asks: Task[Any] | None = None  # reads a painting


Teach = Callable[[Sample, np.random.Generator], Lesson | None]


def taught(task: type[Task[Any]]) -> Teach:
    """Lessons about a task, from the examples that it draws; the canonical sentence one time in three."""

    def teach(sample: Sample, rng: np.random.Generator) -> Lesson | None:
        example = task.example(sample, rng)
        if example is None:
            return None
        asked: Task[Any] = example.task
        said = asked.instruction(None if rng.random() < 0.35 else int(rng.integers(1 << 31)))
        target = asked.encode(example.truth)
        return Lesson(asked.name, said, target, example.weight, legend=example.legend, asks=asked)

    return teach


def generate(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """A picture from its caption; one time in ten from nothing at all, for guidance."""
    if not sample.captions:
        return None
    text = "" if rng.random() < 0.1 else sample.captions[rng.integers(len(sample.captions))]
    every = np.ones(sample.image.shape[:2], np.float32)
    return Lesson("generate", text, sample.image, every, looks=False, painted=False)


def edit(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """The picture after an edit; what changed matters more."""
    if not sample.edits:
        return None
    made = sample.edits[rng.integers(len(sample.edits))]
    changed = np.abs(made.image.astype(int) - sample.image).max(-1) > 12
    if not changed.any():
        return None
    return Lesson("edit", made.instruction, made.image, balanced_weight(changed.astype(int)), painted=False)


@cache
def teachers() -> dict[str, Teach]:
    """What can be taught: every task, then drawing and editing."""
    return {name: taught(task) for name, task in all_tasks().items()} | {"generate": generate, "edit": edit}


def draw(sample: Sample, shares: Sequence[tuple[str, float]], count: int, rng: np.random.Generator) -> list[Lesson]:
    """`count` lessons about a sample, tasks drawn by their shares among those that it can teach."""
    open_shares = dict(shares)
    lessons: list[Lesson] = []
    while len(lessons) < count and open_shares:
        names, weights = list(open_shares), np.array(list(open_shares.values()))
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        lesson = teachers()[name](sample, rng)
        if lesson is None:
            del open_shares[name]
        else:
            lessons.append(lesson)
    return lessons
