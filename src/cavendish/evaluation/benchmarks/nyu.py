"""NYUv2 depth: the labelled .mat with its raw depths, or the PNG export of BTS (`official_splits/test`)."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import optional_import
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth

TITLE = "NYUv2"
HOME = "https://cs.nyu.edu/~fergus/datasets/nyu_depth_v2.html (nyu_depth_v2_labeled.mat and splits.mat)"


def read(root: Path, split: str) -> Iterator[Item]:
    """The 654 test pictures, in the order of `splits.mat` or of the export's file names."""
    export = root / "official_splits" / split
    if export.is_dir() and not (root / "nyu_depth_v2_labeled.mat").exists():
        yield from read_export(export)
        return
    from scipy.io import loadmat

    mat = need(root / "nyu_depth_v2_labeled.mat", TITLE, HOME)
    for number in loadmat(need(root / "splits.mat", TITLE, HOME))["testNdxs"].ravel().tolist():  # counted from 1
        yield Item(f"{number:04d}", partial(read_picture, mat, number - 1), partial(read_truth, mat, number - 1))


def read_truth(mat: Path, index: int) -> DepthTruth:
    """The sensor's own depth: `depths` in the same file is inpainted."""
    return DepthTruth(_read(mat, "rawDepths", index).T)


def read_picture(mat: Path, index: int) -> NDArray[np.uint8]:
    """(480, 640, 3), with the black frame that the rectified pictures have."""
    return np.ascontiguousarray(_read(mat, "images", index).T)


def _read(mat: Path, name: str, index: int) -> NDArray:
    with optional_import("NYUv2's .mat needs h5py", "cavendish[eval]"):
        import h5py
    with h5py.File(mat) as file:
        array: NDArray = file[name][index]  # MATLAB's axes in reverse
    return array


def read_export(folder: Path) -> Iterator[Item]:
    """`<scene>/rgb_00001.jpg` and `<scene>/sync_depth_00001.png` in millimetres."""
    for truth in sorted(folder.glob("*/sync_depth_*.png")):
        number = truth.stem.removeprefix("sync_depth_")
        image = truth.with_name(f"rgb_{number}.jpg")
        yield Item(f"{truth.parent.name}__{number}", image, partial(read_png, truth), group=truth.parent.name)


def read_png(path: Path) -> DepthTruth:
    """Millimetres in 16 bits."""
    return DepthTruth(read_gray(path).astype(np.float32) / 1000)


BENCHMARK = Benchmark(
    name="nyu", title=TITLE, task="depth", scorer=DepthScorer("nyu"), read=read, splits=("test",), home=HOME,
    headline="delta1", paper={"Vision Banana": 0.948, "Depth Anything 3": 0.963}, sets="metric depth",
)  # fmt: skip
