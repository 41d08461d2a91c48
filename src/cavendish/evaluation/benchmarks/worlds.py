"""Our own Worlds benchmark: procedural scenes with exact truth of a split that nothing is trained on.

No data is needed: a scene is rendered when it is asked about. `question` makes the item of one measure from any
sample, so that a trainer can measure samples of its own; what each scene is asked is drawn from its key alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.datasets.sample import Sample
from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself
from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth
from cavendish.evaluation.scoring.masks import ConceptTruth, ReferringScorer
from cavendish.evaluation.scoring.normals import NormalScorer, NormalTruth
from cavendish.evaluation.scoring.regions import AbsentScorer, InstanceScorer
from cavendish.evaluation.scoring.scorer import Scorer
from cavendish.evaluation.scoring.semantic import SemanticScorer
from cavendish.evaluation.scoring.task import TaskScorer
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task, all_tasks
from cavendish.tasks.example import Question
from cavendish.worlds.classes import classes
from cavendish.worlds.config import SPLITS
from cavendish.worlds.rng import Dice
from cavendish.worlds.scene import VERSION

SIZE = 128
SCENES = 1000  # of a split
MEAN_PICTURES = Path(__file__).with_suffix(".npz")
USUAL = ("depth", "normals", "semantic", "referring", "absent", "instances")  # measured unless others are named


@cache
def mean_pictures() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What scenes look like on average: median metres (h, w) and mean normals (h, w, 3) of every place.

    They were made of scenes of the split that models are trained on, never of those that are measured.
    """
    with np.load(MEAN_PICTURES) as file:
        return file["metres"], file["vectors"]


def _of_masks(baseline: Callable[[Any], Any]) -> Callable[[ConceptTruth], list[dict[str, Any]]]:
    """A baseline of masks (N, H, W), on run lengths."""

    def predict(truth: ConceptTruth) -> list[dict[str, Any]]:
        masks = np.array([rle.decode(row) for row in truth.annotators[0]])
        return [{"segmentation": rle.encode(mask)} for mask in baseline(masks)]

    return predict


@dataclass(frozen=True)
class Measure:
    """One of the numbers of the benchmark: which task is asked, and how its answers are scored."""

    task: type[Task[Any]]
    title: str
    scorer: Scorer
    headline: str
    truth: Callable[[Question], Any] = lambda asked: asked.truth  # as the scorer takes it
    baselines: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)  # predictions from that truth


@cache
def measures() -> dict[str, Measure]:
    """Every measure by name: those with a scorer of their own, then those that other tasks bring along."""
    known = {
        "depth": Measure(
            Depth, "depth", DepthScorer("worlds"), "delta1",
            lambda asked: DepthTruth(asked.truth),
            {"median picture": lambda truth: resize_bilinear(mean_pictures()[0], truth.metres.shape)},
        ),
        "normals": Measure(
            Normals, "normals", NormalScorer(), "mean",
            lambda asked: NormalTruth(asked.truth, asked.truth.any(axis=-1)),
            {"mean picture": lambda truth: resize_bilinear(mean_pictures()[1], truth.valid.shape)},
        ),
        "semantic": Measure(
            Semantic, "classes", SemanticScorer("worlds", ("background", *classes())), "mIoU",
            baselines=Semantic.baselines(),
        ),
        "referring": Measure(
            Referring, "referring", ReferringScorer(("x-sam",)), "gIoU",
            baselines={"whole picture": Referring.baselines()["whole picture"]},
        ),
        "absent": Measure(
            Referring, "absent things", AbsentScorer(), "left empty", baselines=Referring.baselines(),
        ),
        "instances": Measure(
            Instance, "instances", InstanceScorer(), "F1 at IoU 0.5",
            lambda asked: ConceptTruth((tuple(map(rle.encode, asked.truth)),), asked.truth.shape[1:], ""),
            {name: _of_masks(baseline) for name, baseline in Instance.baselines().items()},
        ),
    }  # fmt: skip
    others = {
        name: Measure(task, name, TaskScorer(task), task.headline, baselines=task.baselines())
        for task in all_tasks().values()
        for name in task.questions()
        if name not in known
    }
    return known | others


def benchmarks(size: int = SIZE) -> dict[str, Benchmark]:
    """One benchmark a measure, over scenes of `size` x `size` pixels."""
    return {
        name: Benchmark(
            name=f"worlds-{name}",
            title=f"Worlds {measure.title}, {size} px",
            task=measure.task.name,
            scorer=measure.scorer,
            read=partial(read, ask=partial(question, name), size=size),
            splits=("test", *(split for split in SPLITS if split != "test")),
            home="",
            headline=measure.headline,
            baselines=dict(measure.baselines),
            find=partial(find, ask=partial(question, name)),
        )
        for name, measure in measures().items()
    }


def question(name: str, seen: Sample) -> Item | None:
    """What a measure asks about a sample, with the truth; None if the picture has nothing to ask about."""
    measure = measures()[name]
    asked = measure.task.questions()[name](seen, Dice("worlds benchmark", name, seen.key))
    if asked is None:
        return None
    truth = measure.truth(asked)
    image = partial(itself, seen.image)
    return Item(seen.key, image, partial(itself, truth), asked.query, asked.ids, group=asked.group, task=asked.task)


def read(root: Path, split: str, ask: Callable[[Sample], Item | None], size: int, edits: int = 0) -> Iterator[Item]:
    """Items of the first SCENES scenes of the split, those that `ask` has a question about."""
    items = (ask(scene(split, number, size, edits)) for number in range(SCENES))
    return (item for item in items if item is not None)


def find(key: str, ask: Callable[[Sample], Item | None], edits: int = 0) -> Item:
    """The item of a scene's key."""
    split, number, size, _ = key.rsplit("-", 3)
    item = ask(scene(split, int(number), int(size), edits))
    assert item is not None
    return item


@lru_cache(maxsize=16)  # each measure asks about the same scenes, some a few ahead of others
def scene(split: str, number: int, size: int, edits: int = 0) -> Sample:
    """A scene under a key that says all it depends on."""
    from cavendish.worlds import sample

    seen = sample(split, number, size, edits=edits)
    return replace(seen, key=f"{seen.key}-{size}-v{VERSION}")


BENCHMARKS = tuple(benchmarks().values())
