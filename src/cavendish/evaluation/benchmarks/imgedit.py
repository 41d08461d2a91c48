"""ImgEdit Basic: `basic_edit.json` and its pictures; what is measured are stored judgements of edited pictures."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself, need
from cavendish.evaluation.scoring.judged import JudgedScorer

TITLE, HOME = "ImgEdit", "https://huggingface.co/datasets/sysuyy/ImgEdit (Benchmark.tar, Basic)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every edit, in the order of the file."""
    for key, row in json.loads(need(root / "basic_edit.json", TITLE, HOME).read_text()).items():
        groups = (row["edit_type"],)
        yield Item(key, root / row["id"], partial(itself, groups), (row["prompt"],), group=row["edit_type"])


BENCHMARK = Benchmark(
    name="imgedit", title=TITLE, task="edit", scorer=JudgedScorer(("win-rate", "rubric")), read=read, splits=("basic",),
    home=HOME, headline="win rate", paper={"Vision Banana against its base, by people": 0.478},
)  # fmt: skip
