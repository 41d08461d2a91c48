"""iBims-1 depth: `ibims1_core_raw/{rgb,depth,mask_invalid,mask_transp}/<name>.png` and `imagelist.txt`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray, read_lines
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth

TITLE, HOME = "iBims-1", "https://mediatum.ub.tum.de/1455541 (ibims1_core_raw.zip)"


def read(root: Path, split: str) -> Iterator[Item]:
    """The pictures of the list."""
    folder = root / "ibims1_core_raw"
    folder = folder if folder.is_dir() else root
    names = need(folder / "imagelist.txt", TITLE, HOME)
    for name in read_lines(names):
        need(folder / "depth" / f"{name}.png", TITLE, HOME)
        yield Item(name, folder / "rgb" / f"{name}.png", partial(read_truth, folder, name))


def read_truth(folder: Path, name: str) -> DepthTruth:
    """16 bits over 50 m; pixels that are invalid or transparent do not count."""
    metres = read_gray(folder / "depth" / f"{name}.png").astype(np.float32) * (50 / 65535)
    masks = [read_gray(need(folder / kind / f"{name}.png", TITLE, HOME)) for kind in ("mask_invalid", "mask_transp")]
    return DepthTruth(metres, (masks[0] != 0) & (masks[1] != 0))


BENCHMARK = Benchmark(
    name="ibims", title=TITLE, task="depth", scorer=DepthScorer("ibims"), read=read, splits=("core",), home=HOME,
    headline="delta1", paper={"Vision Banana": 0.934}, sets="metric depth",
)  # fmt: skip
