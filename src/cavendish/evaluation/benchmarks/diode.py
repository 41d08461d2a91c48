"""DIODE: `val/{indoors,outdoor}/scene_*/scan_*/<stem>.png`, `<stem>_depth.npy`, `_depth_mask.npy`, `_normal.npy`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need
from cavendish.evaluation.metrics.normals import to_project_frame
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth
from cavendish.evaluation.scoring.normals import NormalScorer, NormalTruth

TITLE, HOME = "DIODE", "https://diode-dataset.org (val.tar.gz, val_normals.tar.gz)"


def read(root: Path, split: str, suffix: str) -> Iterator[Item]:
    """Every picture of one half, scan by scan."""
    for image in sorted(need(root / "val" / split, TITLE, HOME).glob("scene_*/scan_*/*.png")):
        truth = need(image.with_name(f"{image.stem}_{suffix}.npy"), TITLE, HOME)
        load = read_depth if suffix == "depth" else read_normals
        yield Item(image.stem, image, partial(load, truth), group=image.parents[1].name)


def read_depth(path: Path) -> DepthTruth:
    """(H, W, 1) float32 metres and a mask, which the devkit's own metric forgets to apply."""
    mask = need(path.with_name(path.name.replace("_depth.npy", "_depth_mask.npy")), TITLE, HOME)
    metres = np.load(path)
    return DepthTruth(metres.reshape(metres.shape[:2]), np.load(mask).reshape(metres.shape[:2]) == 1)


def read_normals(path: Path) -> NormalTruth:
    """(H, W, 3): x right, y up, z back; zero where there is none."""
    vectors = to_project_frame(np.load(path), "opengl")
    return NormalTruth(vectors, (vectors != 0).any(2))


BENCHMARKS = (
    Benchmark(
        name="diode", title="DIODE depth", task="depth", scorer=DepthScorer("diode"),
        read=partial(read, suffix="depth"), splits=("indoors", "outdoor"), home=HOME, headline="delta1",
        paper={"Vision Banana": 0.917, "Depth Anything 3": 0.838}, sets="metric depth",
    ),
    Benchmark(
        name="diode-normals", title="DIODE normals", task="normals", scorer=NormalScorer(),
        read=partial(read, suffix="normal"), splits=("indoors", "outdoor"), home=HOME, headline="mean",
        paper={"Vision Banana": 13.818}, sets="normals, indoor",
    ),
)  # fmt: skip
