"""KITTI depth: the Eigen test list on the improved truth (652 pictures), and the benchmark's own selection (1000)."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from cavendish.evaluation.benchmarks.base import Benchmark, Item, need, read_gray, read_lines
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth

TITLE = "KITTI"
HOME = "https://www.cvlibs.net/datasets/kitti (raw data; data_depth_annotated.zip; data_depth_selection.zip)"
LIST_HOME = "https://github.com/cleinc/bts (train_test_inputs/eigen_test_files_with_gt.txt)"


def read(root: Path, split: str) -> Iterator[Item]:
    """The pictures of one of the two lists."""
    yield from read_eigen(root) if split == "eigen" else read_selection(root)


def read_eigen(root: Path) -> Iterator[Item]:
    """The 697 lines less the 45 whose improved truth is "None"."""
    for line in read_lines(need(root / "eigen_test_files_with_gt.txt", TITLE, LIST_HOME)):
        picture, depth, *_ = line.split()
        if depth == "None":
            continue
        places = [root / "data_depth_annotated" / part / depth for part in ("val", "train")]
        truth = next((place for place in places if place.exists()), places[0])
        parts = Path(picture).parts
        yield Item(
            key="__".join((parts[-4], parts[-1].removesuffix(".png"))),
            image=root / "raw" / picture,
            load_truth=partial(read_truth, need(truth, TITLE, HOME)),
            group=parts[0],
        )


def read_selection(root: Path) -> Iterator[Item]:
    """1000 pictures of 352 x 1216."""
    folder = root / "depth_selection" / "val_selection_cropped"
    for truth in sorted(need(folder / "groundtruth_depth", TITLE, HOME).glob("*.png")):
        image = folder / "image" / truth.name.replace("groundtruth_depth", "image")
        yield Item(truth.stem, image, partial(read_truth, truth), group=truth.name[:10])


def read_truth(path: Path) -> DepthTruth:
    """Metres x 256 in 16 bits, 0 where there is none."""
    return DepthTruth(read_gray(path).astype(np.float32) / 256)


BENCHMARK = Benchmark(
    name="kitti", title=TITLE, task="depth", scorer=DepthScorer("kitti"), read=read, splits=("eigen", "selection"),
    home=HOME, headline="delta1", paper={"Vision Banana": 0.915, "Depth Anything 3": 0.953}, sets="metric depth",
)  # fmt: skip
