"""Batches as a function of their number: the same step gives the same batch, after a kill and with any workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cavendish.datasets.sample import Sample
from cavendish.errors import DatasetError
from cavendish.training import augment
from cavendish.training.lessons import Lesson, draw
from cavendish.training.sources import ENDLESS, Samples, Source
from cavendish.worker_pool import ordered

ASPECTS = ((0.87, 1.15), (1.15, 0.87), (0.75, 4 / 3), (4 / 3, 0.75), (0.6, 1.6), (1.6, 0.6))  # of a square's sides
WHOLE = 0.85  # share of square pictures that are whole samples, so that words about them hold


@dataclass(frozen=True)
class Plan:
    """All that decides the batches of a run."""

    source: Source
    shares: tuple[tuple[str, float], ...]  # (task, share)
    size: int  # pixels a side of a square picture; others have about its area
    scenes: int  # pictures looked at in a batch
    lessons: int  # for each of them
    seed: int = 0
    multiple: int = 16
    drawn: float = 0.0  # at least this share of the lessons about a portrait draws it
    square: float = 0.85  # share of batches of square pictures
    photographed: float = 0.8  # share of pictures looked at through another camera


class Batch(NamedTuple):
    """S scenes with K lessons each, in order. Pictures are uint8, maps lie on the pictures' grid."""

    pictures: NDArray[np.uint8]  # (S, H, W, 3) to look at
    depth: NDArray[np.float32]  # (S, H, W) metres, inf is sky, NaN unknown
    normals: NDArray[np.float32]  # (S, H, W, 3); zeros where unknown
    labels: NDArray[np.int32]  # (S, H, W) index into `classes`, -1 unknown
    instances: NDArray[np.int32]  # (S, H, W) number of the thing, 0 for none
    classes: tuple[str, ...]
    lessons: tuple[Lesson, ...]  # S * K


Seed = tuple[int, ...]
Ready = Callable[[Batch, Seed], Any]


def make_batch(plan: Plan, number: int) -> Batch:
    """The batch of a number."""
    samples = _opened(plan.source)
    rng = np.random.default_rng((plan.seed, number))
    square = rng.random() < plan.square
    aspect = (1.0, 1.0) if square else ASPECTS[rng.integers(len(ASPECTS))]
    height, width = (max(1, round(plan.size * side / plan.multiple)) * plan.multiple for side in aspect)
    size = (height, width)
    chosen: list[Sample] = []
    lessons: list[Lesson] = []
    numbers = _numbers(len(samples), plan, number, rng)
    for _ in range(20 * plan.scenes):
        sample = _varied(samples[next(numbers)], size, square, rng)
        shares = _for_portraits(plan.shares, plan.drawn) if is_portrait(sample) else plan.shares
        taught = draw(sample, shares, plan.lessons, rng)
        if len(taught) == plan.lessons:
            chosen.append(sample)
            lessons += taught
        if len(chosen) == plan.scenes:
            break
    else:
        raise DatasetError(f"The samples teach none of {', '.join(task for task, _ in plan.shares)}.")
    seen = [
        augment.photographed(sample.image, rng) if rng.random() < plan.photographed else sample.image
        for sample in chosen
    ]
    return gather(chosen, seen, lessons)


def gather(samples: Sequence[Sample], pictures: Sequence[NDArray[np.uint8]], lessons: Sequence[Lesson]) -> Batch:
    """A batch of samples of one size, with the pictures to look at; what a sample does not know is marked unknown."""
    blank = np.zeros(samples[0].image.shape[:2], np.float32)
    return Batch(
        pictures=np.stack(pictures),
        depth=np.stack([blank + np.nan if s.depth is None else s.depth for s in samples]),
        normals=np.stack([np.stack(3 * [blank], -1) if s.normals is None else s.normals for s in samples]),
        labels=np.stack([(blank - 1).astype(np.int32) if s.labels is None else s.labels for s in samples]),
        instances=np.stack([blank.astype(np.int32) if s.instances is None else s.instances for s in samples]),
        classes=samples[0].classes,
        lessons=tuple(lessons),
    )


def seeded(batch: Batch, seed: Seed) -> tuple[Batch, Seed]:
    """A batch, and the seed for all else about it that is left to chance."""
    return batch, seed


def batches(plan: Plan, start: int = 0, workers: int = 1, step: int = 1, ready: Ready = seeded) -> Iterator[Any]:
    """What `ready` makes of the batches from number `start` on, every `step`-th, ahead of time in worker processes."""
    return ordered(_made, ((plan, number, ready) for number in count(start, step)), workers)


def _made(plan: Plan, number: int, ready: Ready) -> Any:
    return ready(make_batch(plan, number), (plan.seed, 3, number))


@lru_cache(1)
def _opened(source: Source) -> Samples:
    return source.open()


def _numbers(total: int, plan: Plan, batch: int, rng: np.random.Generator) -> Iterator[int]:
    """Numbers of samples for a batch: every sample once before any comes again, then any to replace unfit ones."""
    for position in range(batch * plan.scenes, (batch + 1) * plan.scenes):
        round_, place = divmod(position, total)
        yield place if total >= ENDLESS else int(_permutation(total, plan.seed, round_)[place])
    while True:
        yield int(rng.integers(total))


def _varied(sample: Sample, size: tuple[int, int], square: bool, rng: np.random.Generator) -> Sample:
    """The sample at `size` (h, w), half of them mirrored: mostly whole if it is square, else through a window of that
    aspect; portraits through as large a one as there is, since their captions name what is in it."""
    height, width = sample.image.shape[:2]
    near = is_portrait(sample)
    if square and height == width and (near or rng.random() < WHOLE):
        top = left = 0
        part = (height, width)
    else:
        scale = min(height / size[0], width / size[1]) * (1.0 if near else rng.uniform(0.6, 1.0))
        part = (round(size[0] * scale), round(size[1] * scale))
        top, left = (int(rng.integers(0, side - inner + 1)) for side, inner in zip((height, width), part))
    return _mirrored(augment.window(sample, top, left, *part, size), rng)


def is_portrait(sample: Sample) -> bool:
    """Whether it shows one thing from close by."""
    return "portrait" in sample.meta.get("scene", {}).get("notes", {})


def _for_portraits(shares: tuple[tuple[str, float], ...], drawn: float) -> tuple[tuple[str, float], ...]:
    """The shares with that of drawing raised to `drawn`, if the mixture draws at all; the others keep their ratios."""
    total = sum(share for _, share in shares)
    now = sum(share for task, share in shares if task == "generate") / total
    if not 0 < now < drawn:
        return shares
    return tuple(
        (task, share * (drawn / now if task == "generate" else (1 - drawn) / (1 - now))) for task, share in shares
    )


def _mirrored(sample: Sample, rng: np.random.Generator) -> Sample:
    return augment.mirror(sample) if rng.random() < 0.5 else sample


@lru_cache(2)
def _permutation(total: int, seed: int, round_: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, 1, round_)).permutation(total)
