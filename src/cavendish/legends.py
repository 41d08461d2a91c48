"""Questions about more things than one painting can tell apart: split over several paintings, and merged again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from cavendish.errors import PromptError
from cavendish.results import Mask, SemanticMap
from cavendish.tasks import Answer, Referring, Semantic, Task

GROUND = "background"


def split(task: Task, limit: int, fits: Callable[[Task], bool], palette: int = 0) -> list[Task]:
    """The fewest tasks of equal length that each name at most `limit` colours and fit, in order of their names.

    Parts have colours of their own, other ones for another `palette`. Each part of a semantic task has the class
    "background" for all that belongs to other parts. Raises PromptError where even a single name does not fit.
    """
    if not isinstance(task, (Semantic, Referring)):
        return [task]
    names = list(task.legend if isinstance(task, Semantic) else task.targets)
    if len(names) <= limit and fits(task):
        return [task]
    things = [name for name in names if name != GROUND]
    for count in range(-(-len(things) // max(1, limit - 1)), len(things) + 1):
        parts = [_part(task, [str(name) for name in chunk], palette) for chunk in np.array_split(things, count)]
        if all(fits(part) for part in parts):
            return parts
    raise PromptError(f"the generator cannot read an instruction as long as this one: {max(names, key=len)[:60]!r} …")


def _part(task: Semantic | Referring, names: Sequence[str], palette: int) -> Task:
    if isinstance(task, Semantic):
        return Semantic.of([*names, GROUND], seed=palette)
    return Referring.of(names, seed=palette)


def merge(task: Task, answers: Sequence[Answer]) -> Answer:
    """The answer to `task` from those to its parts.

    A pixel that several parts claim goes to the surest; one that none claims is background if that is a class of the
    task, and otherwise undecided: label -1, confidence 0.
    """
    if len(answers) == 1:
        return answers[0]
    if isinstance(task, Referring):
        return {name: mask for answer in answers if isinstance(answer, dict) for name, mask in answer.items()}
    assert isinstance(task, Semantic)
    maps = [answer for answer in answers if isinstance(answer, SemanticMap)]
    first, classes = maps[0], list(task.palette)
    ground = classes.index(GROUND) if GROUND in classes else -1
    labels = np.full(first.shape, ground, np.int32)
    claim = np.zeros(first.shape, np.float32)  # how sure the painting is that a thing is here
    empty = np.ones(first.shape, np.float32)  # how sure all are that nothing is
    for each in maps:
        here = np.array([classes.index(name) if name in classes else -1 for name in each.classes], np.int32)[
            each.labels
        ]
        thing = each.labels != each.classes.index(GROUND)
        stronger = thing & (each.confidence > claim)
        labels[stronger], claim[stronger] = here[stronger], each.confidence[stronger]
        np.minimum(empty, each.confidence, out=empty, where=~thing)
    unclaimed = claim == 0
    confidence = np.where(unclaimed, empty if ground >= 0 else np.float32(0), claim)
    provenance = replace(first.provenance, code={"legends": [each.provenance.code["legend"] for each in maps]})
    return replace(
        first,
        labels=labels,
        classes=tuple(classes),
        colors=np.array(list(task.palette.values()), np.uint8),
        confidence=confidence,
        instruction="\n".join(each.instruction for each in maps),
        provenance=provenance,
    )


def empty_mask(shape: tuple[int, int], expression: str) -> Mask:
    """(H, W) The answer that nothing is there, given without a painting."""
    return Mask(mask=np.zeros(shape, bool), confidence=np.ones(shape, np.float32), expression=expression)
