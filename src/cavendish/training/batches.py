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
from cavendish.training.sources import ENDLESS, Source
from cavendish.worker_pool import ordered

ASPECTS = ((0.87, 1.15), (1.15, 0.87), (0.75, 4 / 3), (4 / 3, 0.75), (0.6, 1.6), (1.6, 0.6))  # of a square's sides
UNCROPPED_SHARE = 0.85  # of square images; only these have expressions


@dataclass(frozen=True, kw_only=True)
class BatchConfig:
    """All that decides the batches of a run."""

    source: Source
    mixture: tuple[tuple[str, float], ...]  # (task, share)
    size: int  # pixels a side of a square image; others have about its area
    scenes: int  # reference images in a batch
    lessons: int  # for each of them
    seed: int = 0
    multiple: int = 16
    portrait_generate_share: float = 0.0  # least share of `generate` among lessons about portraits
    square_share: float = 0.85  # of the batches; the images of one have one size
    jitter_share: float = 0.8  # of the reference images


class Batch(NamedTuple):
    """S scenes with K lessons each, in order. Images are uint8; maps lie on the images' grid."""

    images: NDArray[np.uint8]  # (S, H, W, 3) reference images
    depth: NDArray[np.float32]  # (S, H, W) metres, inf is sky, NaN unknown
    normals: NDArray[np.float32]  # (S, H, W, 3); zeros where unknown
    labels: NDArray[np.int32]  # (S, H, W) index into `classes`, -1 unknown
    instances: NDArray[np.int32]  # (S, H, W) number of the instance, 0 for none
    classes: tuple[str, ...]
    lessons: tuple[Lesson, ...]  # S * K


Seed = tuple[int, ...]
Prepare = Callable[[Batch, Seed], Any]


def make_batch(config: BatchConfig, number: int) -> Batch:
    """The batch of a number."""
    samples = config.source.open()
    rng = np.random.default_rng((config.seed, number))
    square = rng.random() < config.square_share
    aspect = (1.0, 1.0) if square else ASPECTS[rng.integers(len(ASPECTS))]
    height, width = (max(1, round(config.size * side / config.multiple)) * config.multiple for side in aspect)
    size = (height, width)
    chosen: list[Sample] = []
    lessons: list[Lesson] = []
    numbers = _numbers(len(samples), config, number, rng)
    for _ in range(20 * config.scenes):
        sample = _augmented(samples[next(numbers)], size, square, rng)
        mixture = config.mixture
        if is_portrait(sample):
            mixture = _portrait_mixture(mixture, config.portrait_generate_share)
        drawn = draw(sample, mixture, config.lessons, rng)
        if len(drawn) == config.lessons:
            chosen.append(sample)
            lessons += drawn
        if len(chosen) == config.scenes:
            break
    else:
        raise DatasetError(f"The samples teach none of {', '.join(task for task, _ in config.mixture)}.")
    images = [
        augment.jitter(sample.image, rng) if rng.random() < config.jitter_share else sample.image for sample in chosen
    ]
    return collate(chosen, images, lessons)


def collate(samples: Sequence[Sample], images: Sequence[NDArray[np.uint8]], lessons: Sequence[Lesson]) -> Batch:
    """A batch of samples of one size, with the reference images; truth that a sample lacks is marked unknown."""
    blank = np.zeros(samples[0].image.shape[:2], np.float32)
    return Batch(
        images=np.stack(images),
        depth=np.stack([blank + np.nan if s.depth is None else s.depth for s in samples]),
        normals=np.stack([np.stack(3 * [blank], -1) if s.normals is None else s.normals for s in samples]),
        labels=np.stack([(blank - 1).astype(np.int32) if s.labels is None else s.labels for s in samples]),
        instances=np.stack([blank.astype(np.int32) if s.instances is None else s.instances for s in samples]),
        classes=samples[0].classes,
        lessons=tuple(lessons),
    )


def with_seed(batch: Batch, seed: Seed) -> tuple[Batch, Seed]:
    """A batch and the seed of all else about it that is random."""
    return batch, seed


def batches(
    config: BatchConfig, start: int = 0, workers: int = 1, step: int = 1, prepare: Prepare = with_seed
) -> Iterator[Any]:
    """`prepare(batch, seed)` of every `step`-th batch from number `start` on, ahead of time in worker processes."""
    return ordered(_made, ((config, number, prepare) for number in count(start, step)), workers)


def _made(config: BatchConfig, number: int, prepare: Prepare) -> Any:
    return prepare(make_batch(config, number), (config.seed, 3, number))


def _numbers(total: int, config: BatchConfig, batch: int, rng: np.random.Generator) -> Iterator[int]:
    """Numbers of samples for a batch: every sample once before any comes again, then any to replace unfit ones."""
    for position in range(batch * config.scenes, (batch + 1) * config.scenes):
        epoch, place = divmod(position, total)
        yield place if total >= ENDLESS else int(_permutation(total, config.seed, epoch)[place])
    while True:
        yield int(rng.integers(total))


def _augmented(sample: Sample, size: tuple[int, int], square: bool, rng: np.random.Generator) -> Sample:
    """The sample at `size` (h, w), half of them flipped: mostly uncropped if it is square, else a crop of that aspect.

    Portraits get the largest crop there is, since their captions name what is in it.
    """
    height, width = sample.image.shape[:2]
    portrait = is_portrait(sample)
    if square and height == width and (portrait or rng.random() < UNCROPPED_SHARE):
        top = left = 0
        part = (height, width)
    else:
        scale = min(height / size[0], width / size[1]) * (1.0 if portrait else rng.uniform(0.6, 1.0))
        part = (round(size[0] * scale), round(size[1] * scale))
        top, left = (int(rng.integers(0, side - inner + 1)) for side, inner in zip((height, width), part))
    cropped = augment.crop(sample, top, left, *part, size)
    return augment.flip(cropped) if rng.random() < 0.5 else cropped


def is_portrait(sample: Sample) -> bool:
    """Whether it shows one thing from close by."""
    return "portrait" in sample.meta.get("scene", {}).get("notes", {})


def _portrait_mixture(mixture: tuple[tuple[str, float], ...], least: float) -> tuple[tuple[str, float], ...]:
    """The mixture with the share of `generate`, if it holds any, raised to `least`; the others keep their ratios."""
    total = sum(share for _, share in mixture)
    now = sum(share for task, share in mixture if task == "generate") / total
    if not 0 < now < least:
        return mixture
    return tuple(
        (task, share * (least / now if task == "generate" else (1 - least) / (1 - now))) for task, share in mixture
    )


@lru_cache(2)
def _permutation(total: int, seed: int, epoch: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, 1, epoch)).permutation(total)
