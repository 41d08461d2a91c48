"""COCO instance segmentation: `annotations/instances_<split>.json`, average precision.

A model paints one category at a time, and 80 paintings a picture are too many: it is asked about the categories that
the annotations list for the picture, which is a protocol of its own, "listed-categories".
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself, need
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.scoring.masks import LISTED, CocoScorer, CocoTruth

TITLE, HOME = "COCO", "https://cocodataset.org (val2017.zip, annotations_trainval2017.zip)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture of the annotation file, those without any object included, in the order of the file."""
    pictures = need(root / split, TITLE, HOME)
    data = json.loads(need(root / "annotations" / f"instances_{split}.json", TITLE, HOME).read_text())
    rows = grouped((row["image_id"], row) for row in data["annotations"])
    categories = tuple(data["categories"])
    names = {category["id"]: category["name"] for category in categories}
    for image in data["images"]:
        truth = CocoTruth(image, tuple(rows.get(image["id"], ())), categories)
        listed = tuple(sorted({row["category_id"] for row in truth.annotations}))
        yield Item(
            Path(image["file_name"]).stem, pictures / image["file_name"], partial(itself, truth),
            tuple(names[category] for category in listed), listed, result_id=image["id"],
        )  # fmt: skip


BENCHMARK = Benchmark(
    name="coco-instances", title=TITLE, task="instances", scorer=CocoScorer(), read=read,
    splits=("val2017",), home=HOME, headline="AP", asked_protocol=LISTED,
)  # fmt: skip
