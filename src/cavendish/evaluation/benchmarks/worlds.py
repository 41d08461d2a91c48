"""Our own Worlds benchmark: procedural scenes with exact truth of a split that nothing is trained on.

No data is needed: a scene is rendered when it is asked about. `question` makes the item of one measure from any
sample, so that a trainer can measure samples of its own; what each scene is asked is drawn from its key alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.datasets.sample import Sample
from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself
from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.scoring import (
    AbsentScorer,
    ConceptTruth,
    DepthScorer,
    DepthTruth,
    InstanceScorer,
    NormalScorer,
    NormalTruth,
    ReferringScorer,
    SemanticScorer,
)
from cavendish.evaluation.scoring.scorer import Scorer
from cavendish.tasks import Semantic
from cavendish.worlds.classes import classes
from cavendish.worlds.config import SPLITS
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import VERSION

LEAST = 0.0025  # share of the picture that a class must have to be in a legend
LEAST_INSTANCE = 0.01  # that every instance of a class must have; what is smaller is taken for specks in paintings
SIZE = 128
SCENES = 1000  # of a split

Masks = NDArray[np.bool_]


def _depth(seen: Sample, d: Dice) -> Item | None:
    assert seen.depth is not None
    return _item(seen, DepthTruth(seen.depth))


def _normals(seen: Sample, d: Dice) -> Item | None:
    assert seen.normals is not None
    return _item(seen, NormalTruth(seen.normals, np.any(seen.normals, axis=-1)))


def _semantic(seen: Sample, d: Dice) -> Item | None:
    """A legend of two to eight classes that the picture shows, and "background" for the rest of it."""
    assert seen.labels is not None
    pixels = np.bincount(seen.labels.ravel(), minlength=len(seen.classes))
    shown = np.flatnonzero(pixels >= LEAST * seen.labels.size).tolist()
    if len(shown) < 2:
        return None
    chosen = d.some(shown, d.whole(2, min(8, len(shown))))
    ids = np.zeros(len(seen.classes), np.int32)
    ids[chosen] = np.array(chosen) + 1
    names = (*(seen.classes[k] for k in chosen), "background")
    palette = Semantic.of(names, seed=d.whole(0, 999))
    return _item(seen, ids[seen.labels], names, (*(k + 1 for k in chosen), 0), task=palette)


def _referring(seen: Sample, d: Dice) -> Item | None:
    """A sentence that means one thing."""
    assert seen.instances is not None
    single = [e for e in seen.expressions if len(e.ids) == 1]
    if not single:
        return None
    chosen = d.pick(single)
    truth = (seen.instances == chosen.ids[0]).astype(np.uint8)
    return _item(seen, truth, (chosen.text,), group=chosen.kind)


def _absent(seen: Sample, d: Dice) -> Item | None:
    """A sentence that means nothing in the picture."""
    nothing = [e for e in seen.expressions if not e.ids]
    if not nothing:
        return None
    return _item(seen, np.zeros(seen.image.shape[:2], np.uint8), (d.pick(nothing).text,))


def _instances(seen: Sample, d: Dice) -> Item | None:
    """A class all of whose instances are large enough to see, and whose name means none of another class."""
    assert seen.instances is not None
    area = np.bincount(seen.instances.ravel())
    members: dict[str, list[int]] = {}
    for thing in seen.objects:
        members.setdefault(thing.category, []).append(thing.id)
    wider = {name for thing in seen.objects for name in (*thing.synonyms, *thing.attributes.get("is_a", ()))}
    fit = [
        name for name, ids in members.items()
        if name not in wider and all(area[i] >= LEAST_INSTANCE * seen.instances.size for i in ids)
    ]  # fmt: skip
    if not fit:
        return None
    name = d.pick([each for each in fit if len(members[each]) > 1] or fit)  # one alone says little of telling apart
    masks = np.array([seen.instances == i for i in members[name]])
    truth = ConceptTruth((tuple(encoded(masks)),), masks.shape[1:], seen.meta.get("family", ""))
    return _item(seen, truth, (name,))


def _item(seen: Sample, truth: Any, query: tuple[str, ...] = (), ids: tuple[int, ...] = (), **fields: Any) -> Item:
    return Item(seen.key, partial(itself, seen.image), partial(itself, truth), query, ids, **fields)


QUESTIONS: dict[str, Callable[[Sample, Dice], Item | None]] = {
    "depth": _depth, "normals": _normals, "semantic": _semantic, "referring": _referring, "absent": _absent,
    "instances": _instances,
}  # fmt: skip


def question(measure: str, seen: Sample) -> Item | None:
    """What a measure asks about a sample, with the truth; None if the picture has nothing to ask about."""
    return QUESTIONS[measure](seen, Dice("worlds benchmark", measure, seen.key))


def encoded(masks: Masks) -> list[rle.Rle]:
    """(N, H, W) bool as COCO run lengths."""
    return [rle.encode(mask) for mask in masks]


# --- baselines --------------------------------------------------------------------------------------------------------


@cache
def fixed_pictures(scenes: int = 96, side: int = 32) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What scenes look like on average: median metres (side, side) and mean normals (side, side, 3) of every place.

    They come from scenes of the split that models are trained on, never from those that are measured.
    """
    from cavendish.worlds import sample  # loads the renderer, which scoring does not need

    seen = [sample("train", 10**8 + k, side) for k in range(scenes)]
    depths = np.array([s.depth for s in seen], float)
    depths[~np.isfinite(depths)] = np.nan
    depths[:, np.isnan(depths).all(axis=0)] = np.nanmedian(depths)
    mean = np.mean([s.normals for s in seen if s.normals is not None], axis=0)
    return np.nanmedian(depths, axis=0), mean / np.linalg.norm(mean, axis=-1, keepdims=True)


def _median_depth(truth: DepthTruth) -> NDArray[np.floating]:
    return resize_bilinear(fixed_pictures()[0], truth.metres.shape)


def _mean_normals(truth: NormalTruth) -> NDArray[np.floating]:
    return resize_bilinear(fixed_pictures()[1], truth.valid.shape)


def _largest_class(truth: NDArray[np.integer]) -> NDArray[np.integer]:
    return np.full_like(truth, np.bincount(truth.ravel()).argmax())


def _everything(truth: NDArray[np.integer]) -> Masks:
    return np.ones(truth.shape, bool)


def _nothing(truth: NDArray[np.integer]) -> Masks:
    return np.zeros(truth.shape, bool)


def _one_region(truth: ConceptTruth) -> list[dict[str, Any]]:
    from pycocotools import mask as coco_mask

    return [{"segmentation": coco_mask.merge(list(truth.annotators[0]))}]


def _whole_picture(truth: ConceptTruth) -> list[dict[str, Any]]:
    return [{"segmentation": row} for row in encoded(np.ones((1, *truth.size), bool))]


# --- the benchmarks ---------------------------------------------------------------------------------------------------


def benchmarks(size: int = SIZE) -> dict[str, Benchmark]:
    """One benchmark a measure, over scenes of `size` x `size` pixels."""

    def made(measure: str, title: str, task: str, scorer: Scorer, headline: str, **baselines: Callable) -> Benchmark:
        return Benchmark(
            name=f"worlds-{measure}", title=f"Worlds {title}, {size} px", task=task, scorer=scorer,
            read=partial(read, measure=measure, size=size), splits=("test", *(s for s in SPLITS if s != "test")),
            home="", headline=headline, baselines={name.replace("_", " "): made for name, made in baselines.items()},
            find=partial(find, measure=measure),
        )  # fmt: skip

    names = ("background", *classes())
    return {
        "depth": made("depth", "depth", "depth", DepthScorer("worlds"), "delta1", median_picture=_median_depth),
        "normals": made("normals", "normals", "normals", NormalScorer(), "mean", mean_picture=_mean_normals),
        "semantic": made(
            "semantic", "classes", "segment", SemanticScorer("worlds", names), "mIoU", largest_class=_largest_class
        ),
        "referring": made(
            "referring", "referring", "refer", ReferringScorer(("x-sam",)), "gIoU", whole_picture=_everything
        ),
        "absent": made(
            "absent", "absent things", "refer", AbsentScorer(), "left empty",
            empty_mask=_nothing, whole_picture=_everything,
        ),
        "instances": made(
            "instances", "instances", "instances", InstanceScorer(), "F1 at IoU 0.5",
            the_true_region_as_one_mask=_one_region, whole_picture=_whole_picture,
        ),
    }  # fmt: skip


def read(root: Path, split: str, measure: str, size: int) -> Iterator[Item]:
    """The first SCENES scenes of the split, those that have something to ask about."""
    for number in range(SCENES):
        item = _asked(measure, split, number, size)
        if item is not None:
            yield item


def find(key: str, measure: str) -> Item:
    """The item of a key."""
    item = _asked(measure, *scene_of(key))
    assert item is not None
    return item


def scene(split: str, number: int, size: int, edits: int = 0) -> Sample:
    """A scene under a key that says all it depends on."""
    from cavendish.worlds import sample

    seen = sample(split, number, size, edits=edits)
    return replace(seen, key=f"{seen.key}-{size}-v{VERSION}")


def scene_of(key: str) -> tuple[str, int, int]:
    """(split, number, size) of a scene's key."""
    split, number, size, _ = key.rsplit("-", 3)
    return split, int(number), int(size)


def _asked(measure: str, split: str, number: int, size: int) -> Item | None:
    return question(measure, scene(split, number, size))


BENCHMARKS = tuple(benchmarks().values())
