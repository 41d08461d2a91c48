"""DSINE's evaluation package of normals: `dsine_eval/<set>/<scene>/<name>_normal.{png,exr}`, x left, y up, z back."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from cavendish.errors import optional_import
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need
from cavendish.evaluation.metrics.normals import to_project_frame
from cavendish.evaluation.scoring.normals import NormalScorer, NormalTruth
from cavendish.formats import read_normals

HOME = "https://github.com/baegwangbin/DSINE (dsine_eval.zip)"


def read(root: Path, split: str, dataset: str) -> Iterator[Item]:
    """Every picture of the set, scene by scene."""
    title = f"DSINE's {dataset}"
    folder = root / "dsine_eval" / dataset
    folder = need(folder if folder.is_dir() else root / dataset, title, HOME)
    for truth in sorted((*folder.glob("*/*_normal.png"), *folder.glob("*/*_normal.exr"))):
        name = truth.stem.removesuffix("_normal")
        pictures = [truth.with_name(f"{name}_img.{suffix}") for suffix in ("png", "jpg")]
        image = next((path for path in pictures if path.exists()), pictures[0])
        load = read_png if truth.suffix == ".png" else read_exr
        yield Item(
            f"{truth.parent.name}__{name}", need(image, title, HOME), partial(load, truth), group=truth.parent.name
        )


def read_png(path: Path) -> NormalTruth:
    """8 or 16 bits; black is invalid. R = (1 + left)/2, which is the paper's convention as well."""
    vectors = read_normals(path, x="left")
    return NormalTruth(vectors, (vectors != 0).any(2))


def read_exr(path: Path) -> NormalTruth:
    """Floats; a vector counts when it is longer than one half."""
    with optional_import("This set's .exr files need OpenEXR", "cavendish[export]"):
        import OpenEXR
    vectors = np.asarray(OpenEXR.File(str(path)).channels()["RGB"].pixels)
    valid = np.linalg.norm(vectors, axis=2) > 0.5
    return NormalTruth(to_project_frame(vectors, "lub"), valid)


def _benchmark(name: str, dataset: str, title: str, paper: dict[str, float], sets: str = "") -> Benchmark:
    return Benchmark(
        name=name, title=f"{title} normals", task="normals", scorer=NormalScorer(), read=partial(read, dataset=dataset),
        splits=("test",), home=HOME, headline="mean", paper=paper, sets=sets,
    )  # fmt: skip


_INDOOR = "normals, indoor"
BENCHMARKS = (
    _benchmark("nyu-normals", "nyuv2", "NYUv2", {"Vision Banana": 17.778, "DSINE": 16.4}, _INDOOR),
    _benchmark("scannet-normals", "scannet", "ScanNet", {"Vision Banana": 15.052, "DSINE": 16.2}, _INDOOR),
    _benchmark("vkitti-normals", "vkitti", "Virtual KITTI 2", {"Vision Banana": 29.063, "DSINE": 28.9}),
    _benchmark("ibims-normals", "ibims", "iBims-1", {}),
    _benchmark("sintel-normals", "sintel", "Sintel", {}),
)
