"""ADE20K-150: `annotations/<split>/<name>.png`, 0 unlabelled and 1..150; class names from `objectInfo150.txt`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray, read_lines
from cavendish.evaluation.scoring.semantic import SemanticScorer

TITLE, HOME = "ADE20K", "http://sceneparsing.csail.mit.edu (ADEChallengeData2016.zip)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture of the split, in the order of their names."""
    names = class_names(need(root / "objectInfo150.txt", TITLE, HOME))
    pictures = need(root / "images" / split, TITLE, HOME)
    for truth in sorted(need(root / "annotations" / split, TITLE, HOME).glob("*.png")):
        yield Item(truth.stem, pictures / f"{truth.stem}.jpg", partial(read_gray, truth), names, tuple(range(1, 151)))


def class_names(path: Path) -> tuple[str, ...]:
    """The first of each class's names, from the tab-separated table that comes with the data."""
    rows = [line.split("\t") for line in read_lines(path)[1:]]
    if len(rows) != 150:
        raise BenchmarkError(f"{path} lists {len(rows)} classes, not 150.")
    return tuple(row[-1].split(",")[0].strip() for row in rows)


BENCHMARK = Benchmark(
    name="ade20k", title=TITLE, task="semantic", scorer=SemanticScorer("ade20k"), read=read,
    splits=("validation", "training"), home=HOME, headline="mIoU",
)  # fmt: skip
