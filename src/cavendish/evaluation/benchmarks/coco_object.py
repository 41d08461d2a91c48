"""COCO-Object of GroupViT: `annotations/val2017/<id>_instanceTrainIds.png`, 0 background and 1..80 things."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray
from cavendish.evaluation.scoring.semantic import SemanticScorer

TITLE = "COCO-Object"
HOME = "https://cocodataset.org (val2017.zip, stuffthingmaps_trainval2017.zip) with GroupViT's convert_coco_object.py"

CLASSES = tuple(
    """person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign,
    parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella,
    handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard,
    surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange,
    broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv, laptop,
    mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase, scissors,
    teddy bear, hair drier, toothbrush""".replace("\n    ", " ").split(", ")
)


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture of the split, in the order of their names."""
    pictures = need(root / "images" / split, TITLE, HOME)
    for truth in sorted(need(root / "annotations" / split, TITLE, HOME).glob("*_instanceTrainIds.png")):
        key = truth.name.removesuffix("_instanceTrainIds.png")
        yield Item(key, pictures / f"{key}.jpg", partial(read_gray, truth), ("background", *CLASSES), tuple(range(81)))


BENCHMARK = Benchmark(
    name="coco-object", title=TITLE, task="semantic", scorer=SemanticScorer("coco-object", ("background", *CLASSES)),
    read=read, splits=("val2017",), home=HOME, headline="mIoU",
)  # fmt: skip
