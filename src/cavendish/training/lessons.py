"""Training examples drawn from samples: instruction, reference image and target.

Instructions and paintings of vision tasks come from `cavendish.tasks`, so that what is trained is what is asked and
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import tasks
from cavendish.codes.colors import RGB
from cavendish.datasets.sample import Sample
from cavendish.tasks.example import balanced_weight


@dataclass(frozen=True, eq=False)
class Lesson:
    """One training example. `weight` says how much each pixel matters: 0 where truth is unknown, 1 on average."""

    task: str
    instruction: str
    target: NDArray[np.uint8]  # (H, W, 3)
    weight: NDArray[np.float32]  # (H, W)
    has_image: bool = True  # False: there is no reference image
    legend: tuple[tuple[str, RGB], ...] = ()  # names and colours that the instruction binds
    task_object: tasks.Task[Any] | None = None  # of a vision task: reads a painting

    @property
    def is_vision(self) -> bool:
        """Whether the target is paint to be read exactly, not an image to look at."""
        return self.task_object is not None


def make_lesson(task: str, sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """A training example of a task; None where the sample has none."""
    if task in GENERATION:
        return GENERATION[task](sample, rng)
    example = tasks.find(task).example(sample, rng)
    if example is None:
        return None
    asked: tasks.Task[Any] = example.task
    instruction = asked.instruction(None if rng.random() < 0.35 else int(rng.integers(1 << 31)))  # None: canonical
    target = asked.encode(example.truth)
    return Lesson(asked.name, instruction, target, example.weight, legend=example.legend, task_object=asked)


def generate(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """An image from its caption; one time in ten from no text at all, for guidance."""
    if not sample.captions:
        return None
    text = "" if rng.random() < 0.1 else sample.captions[rng.integers(len(sample.captions))]
    return Lesson("generate", text, sample.image, np.ones(sample.image.shape[:2], np.float32), has_image=False)


def edit(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """The image after an edit; what changed matters more."""
    if not sample.edits:
        return None
    made = sample.edits[rng.integers(len(sample.edits))]
    changed = np.abs(made.image.astype(int) - sample.image).max(-1) > 12
    if not changed.any():
        return None
    return Lesson("edit", made.instruction, made.image, balanced_weight(changed.astype(int)))


GENERATION = {"generate": generate, "edit": edit}


def task_names() -> list[str]:
    """What a mixture may hold: the vision tasks, then generating and editing."""
    return [*tasks.names(), *GENERATION]


def draw(sample: Sample, shares: Sequence[tuple[str, float]], count: int, rng: np.random.Generator) -> list[Lesson]:
    """`count` training examples about a sample, tasks drawn by their shares among those that it has an example of."""
    open_shares = dict(shares)
    lessons: list[Lesson] = []
    while len(lessons) < count and open_shares:
        names, weights = list(open_shares), np.array(list(open_shares.values()))
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        lesson = make_lesson(name, sample, rng)
        if lesson is None:
            del open_shares[name]
        else:
            lessons.append(lesson)
    return lessons
