"""Cityscapes: `gtFine/<split>/<city>/<city>_<seq>_<frame>_gtFine_labelIds.png`, predictions as label ids.

`…_gtFine_instanceIds.png` beside them gives iIoU; without it there is IoU alone, and the report says so.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray
from cavendish.evaluation.metrics.semantic import CITYSCAPES as CLASSES
from cavendish.evaluation.scoring.cityscapes import CityscapesScorer, CityscapesTruth

TITLE, HOME = "Cityscapes", "https://www.cityscapes-dataset.com (gtFine_trainvaltest.zip, leftImg8bit_trainvaltest.zip)"
NO_INSTANCES = "no iIoU, which needs a *_gtFine_instanceIds.png of every picture (gtFine_trainvaltest.zip)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture of every city, in the order of their names."""
    pictures = need(root / "leftImg8bit" / split, TITLE, HOME)
    for truth in sorted(need(root / "gtFine" / split, TITLE, HOME).glob("*/*_gtFine_labelIds.png")):
        key = truth.name.removesuffix("_gtFine_labelIds.png")
        city = truth.parent.name
        image = pictures / city / f"{key}_leftImg8bit.png"
        instances = truth.with_name(f"{key}_gtFine_instanceIds.png")
        known = instances if instances.exists() else None
        yield Item(
            key, image, partial(_truth, truth, known), tuple(CLASSES), tuple(CLASSES.values()), city,
            note="" if known else NO_INSTANCES,
        )  # fmt: skip


def _truth(labels: Path, instances: Path | None) -> CityscapesTruth:
    return CityscapesTruth(read_gray(labels), read_gray(instances) if instances else None)


BENCHMARK = Benchmark(
    name="cityscapes", title=TITLE, task="semantic", scorer=CityscapesScorer(), read=read,
    splits=("val", "train"), home=HOME, headline="mIoU",
    paper={"Vision Banana": 0.699, "SAM 3": 0.652, "X-Decoder": 0.520, "trained on it: SegMan-L": 0.842},
)  # fmt: skip
