"""ETH3D training scenes: `<scene>/ground_truth_depth/dslr_images/<name>.JPG`, which is raw float32 despite its name."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth

TITLE, HOME = "ETH3D", "https://www.eth3d.net/datasets (training, high-res: <scene>_dslr_jpg.7z, <scene>_dslr_depth.7z)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture that has a truth, scene by scene."""
    for truth in sorted(root.glob("*/ground_truth_depth/dslr_images/*.JPG")):
        scene = truth.parents[2].name
        image = need(root / scene / "images" / "dslr_images" / truth.name, TITLE, HOME)
        yield Item(f"{scene}__{truth.stem}", image, partial(read_truth, truth, image), group=scene)


def read_truth(path: Path, image: Path) -> DepthTruth:
    """Little-endian float32 metres, row by row, of the size of the (distorted) picture; inf is no measurement."""
    with Image.open(image) as picture:
        width, height = picture.size
    values = np.fromfile(path, "<f4")
    if values.size != width * height:
        raise BenchmarkError(f"{path} holds {values.size} depths, and its picture has {width} x {height} pixels.")
    return DepthTruth(values.reshape(height, width))


BENCHMARK = Benchmark(
    name="eth3d", title=TITLE, task="depth", scorer=DepthScorer("eth3d"), read=read, splits=("training",), home=HOME,
    headline="delta1", paper={"Vision Banana": 0.935, "Depth Anything 3": 0.917}, sets="metric depth",
)  # fmt: skip
