"""Lessons: what is said, what is looked at, and the picture that answers, drawn from a sample for one task.

Every task is a function (sample, rng) -> Lesson, or None where the sample has nothing to teach about it. Instructions
and paintings come from `cavendish.tasks`, so that what is taught is what is asked and read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, distinct_colors, named_colors
from cavendish.codes.depth import DepthCode
from cavendish.datasets.sample import Sample
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task

BACKGROUND = "background"
BLACK: RGB = (0, 0, 0)
CLEAR = 0.003  # of the picture: what is smaller is not asked for by name


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
    asks: Task | None = None  # reads a painting


Teach = Callable[[Sample, np.random.Generator], Lesson | None]


def depth(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """Metric depth, mostly in the paper's false colour."""
    if sample.depth is None:
        return None
    maps = ("plasma", "inferno", "viridis", "gray")
    task = Depth(DepthCode("rainbow" if rng.random() < 0.8 else maps[rng.integers(len(maps))]))
    return Lesson(task.name, _said(task, rng), task.encode(sample.depth), _even(~np.isnan(sample.depth)), asks=task)


def normals(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """Surface normals, mostly in the paper's convention."""
    if sample.normals is None:
        return None
    task = Normals("left" if rng.random() < 0.9 else "right")
    return Lesson(task.name, _said(task, rng), task.encode(sample.normals), _even(sample.normals.any(-1)), asks=task)


def semantic(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """Two to eight classes that are there, some that are not, and mostly a background, in any colours."""
    if sample.labels is None:
        return None
    numbers, counts = np.unique(sample.labels, return_counts=True)
    present = numbers[(numbers >= 0) & (counts >= CLEAR * sample.labels.size)]
    if not len(present):
        return None
    chosen = rng.permutation(present)[: rng.integers(2, 9)]
    names = {sample.classes[n]: _names(sample, sample.classes[n]) for n in chosen}
    legend = [str(rng.choice(names[name])) for name in names]
    for other in rng.permutation(len(sample.classes))[: rng.choice(3, p=(0.6, 0.25, 0.15))]:
        if other not in numbers and sample.classes[other] not in legend:
            legend.append(sample.classes[other])
    with_ground = len(chosen) == 1 or rng.random() < 0.85
    if with_ground:
        legend.append(BACKGROUND)
    if len(set(legend)) < len(legend):
        return None
    table = np.full(len(sample.classes) + 1, len(legend) - 1 if with_ground else -1)
    table[chosen] = np.arange(len(chosen))
    table[-1] = -1
    labels = table[sample.labels]
    colors = dict(zip(legend, _colors(len(legend), rng)))
    order = rng.permutation(len(legend))
    task = Semantic({legend[k]: colors[legend[k]] for k in order})
    position = np.empty(len(legend) + 1, int)
    position[order], position[-1] = np.arange(len(legend)), 0
    return Lesson(
        task.name,
        _said(task, rng),
        task.encode(position[labels]),
        _fair(labels),
        legend=tuple(task.palette.items()),
        asks=task,
    )


def instances(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """Every instance of one class in the colour of its place; at times a class that is not there."""
    if sample.instances is None:
        return None
    there = {o.category for o in sample.objects if (sample.instances == o.id).sum() >= CLEAR * sample.instances.size}
    name, ids = "", list[int]()
    if rng.random() < 0.12 or not there:
        absent = [c for c in sample.classes if c not in {o.category for o in sample.objects}]
        name = absent[rng.integers(len(absent))] if absent else ""
    else:
        category = sorted(there)[rng.integers(len(there))]
        ids = [o.id for o in sample.objects if o.category == category]
        name = str(rng.choice(_names(sample, category)))
    if not name:
        return None
    masks = np.array([sample.instances == i for i in ids], bool).reshape(len(ids), *sample.instances.shape)
    task = Instance(name, BLACK if rng.random() < 0.7 else _colors(1, rng)[0], seed=None)
    return Lesson(task.name, _said(task, rng), task.encode(masks), _fair(masks.any(0).astype(int), 0.7), asks=task)


def referring(sample: Sample, rng: np.random.Generator) -> Lesson | None:
    """One to three expressions for things apart from each other; absent ones paint nothing."""
    absent = rng.random() < 0.4 and any(not e.ids for e in sample.expressions)
    known = [e for e in sample.expressions if bool(e.ids) != absent]
    if sample.instances is None or not known:
        return None
    taken, texts, masks = set[int](), list[str](), []
    for k in rng.permutation(len(known))[: rng.choice((1, 2, 3), p=(0.75, 0.15, 0.1))]:
        if not taken & set(known[k].ids):
            taken |= set(known[k].ids)
            texts.append(known[k].text)
            masks.append(np.isin(sample.instances, known[k].ids))
    ground = BLACK if rng.random() < 0.7 else _colors(1, rng)[0]
    if len(texts) == 1 and ground == BLACK and rng.random() < 0.4:
        task = Referring.of(texts)
    else:
        *colors, ground = (*_colors(len(texts), rng, avoid=ground), ground)
        task = Referring(dict(zip(texts, colors)), ground)
    shown = np.sum([(k + 1) * mask for k, mask in enumerate(masks)], axis=0)
    legend = tuple((text, task.code()["targets"][text]) for text in texts)
    return Lesson(
        task.name,
        _said(task, rng),
        task.encode(np.array(masks)),
        _fair(shown),
        legend=tuple((text, (r, g, b)) for text, (r, g, b) in legend),
        asks=task,
    )


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
    return Lesson("edit", made.instruction, made.image, _fair(changed.astype(int)), painted=False)


TEACHERS: dict[str, Teach] = {
    "depth": depth,
    "normals": normals,
    "semantic": semantic,
    "instances": instances,
    "referring": referring,
    "generate": generate,
    "edit": edit,
}


def _said(task: Task, rng: np.random.Generator) -> str:
    """The canonical sentence one time in three, else a paraphrase."""
    return task.instruction(None if rng.random() < 0.35 else int(rng.integers(1 << 31)))


def _names(sample: Sample, category: str) -> list[str]:
    """What people call a class."""
    return [category, *next((o.synonyms for o in sample.objects if o.category == category), ())]


def _colors(count: int, rng: np.random.Generator, avoid: RGB | None = None) -> list[RGB]:
    """Colours that can be told apart: the most distinct ones, words, or any at all."""
    apart = 60.0
    kind = rng.choice(3, p=(0.4, 0.3, 0.3))
    pool = _distinct(count + 1, int(rng.integers(64))) if kind == 0 else _words() if kind == 1 else None
    found: list[RGB] = [] if avoid is None else [avoid]
    wanted = count + len(found)
    while len(found) < wanted:
        row = rng.integers(0, 256, 3) if pool is None else pool[rng.integers(len(pool))]
        color = (int(row[0]), int(row[1]), int(row[2]))
        if all(math.dist(color, other) >= apart for other in found):
            found.append(color)
            continue
        apart *= 0.99
    return found[wanted - count :]


@lru_cache(None)
def _distinct(count: int, seed: int) -> NDArray[np.uint8]:
    return distinct_colors(count, seed)


@lru_cache(1)
def _words() -> NDArray[np.int64]:
    from matplotlib.colors import CSS4_COLORS

    return np.array([rgb for name, rgb in named_colors().items() if " " in name or name in CSS4_COLORS])


def _even(known: NDArray[np.bool_] | np.bool_) -> NDArray[np.float32]:
    """The same weight for all that is known."""
    return (known / max(known.mean(), 1e-6)).astype(np.float32)


def _fair(labels: NDArray[np.integer], power: float = 0.5, most: float = 20.0) -> NDArray[np.float32]:
    """Weights that lift small regions: by a power of how rare a label is, at most `most`; 0 for label -1.

    At power 1 a thing and all that is not it count the same, and whatever may be it is painted. At 1/2 a thing is
    painted where it is likelier than about the root of its share of the picture, which is near what helps intersection
    over union most.
    """
    weight = np.zeros(labels.shape, np.float32)
    for label in np.unique(labels[labels >= 0]):
        here = labels == label
        weight[here] = min(most, here.mean() ** -power)
    return weight / max(weight.mean(), 1e-6)


def draw(sample: Sample, shares: Sequence[tuple[str, float]], count: int, rng: np.random.Generator) -> list[Lesson]:
    """`count` lessons about a sample, tasks drawn by their shares among those that it can teach."""
    open_shares = dict(shares)
    lessons: list[Lesson] = []
    while len(lessons) < count and open_shares:
        names, weights = list(open_shares), np.array(list(open_shares.values()))
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        lesson = TEACHERS[name](sample, rng)
        if lesson is None:
            del open_shares[name]
        else:
            lessons.append(lesson)
    return lessons
