"""RefCOCO, RefCOCO+ and RefCOCOg: `<set>/refs(<by>).p` and `<set>/instances.json`, one sample a sentence."""

import json
import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need
from cavendish.evaluation.scoring.masks import ReferringScorer

HOME = "https://github.com/lichengunc/refer (refcoco, refcoco+, refcocog) and https://cocodataset.org (train2014.zip)"


class _PlainUnpickler(pickle.Unpickler):
    """Reads lists, dictionaries, numbers and texts, which is all there is; a pickle could otherwise run any code."""

    def find_class(self, module: str, name: str) -> Any:
        raise pickle.UnpicklingError(f"it wants to load {module}.{name}")


def read(root: Path, split: str, dataset: str, by: str) -> Iterator[Item]:
    """Every sentence of every reference of the split, in the order of the file."""
    title = f"{dataset} ({by})"
    refs = load_refs(need(root / dataset / f"refs({by}).p", title, HOME))
    data = json.loads(need(root / dataset / "instances.json", title, HOME).read_text())
    pictures = need(root / "images" / "mscoco" / "images" / "train2014", title, HOME)
    images = {image["id"]: image for image in data["images"]}
    annotations = {row["id"]: row for row in data["annotations"]}
    for ref in refs:
        if ref["split"] != split:
            continue
        image, row = images[ref["image_id"]], annotations[ref["ann_id"]]  # the file name of a ref is not reliable
        for sentence in ref["sentences"]:
            yield Item(
                key=f"{ref['ref_id']}_{sentence['sent_id']}",
                image=pictures / image["file_name"],
                load_truth=partial(polygon_counts, row["segmentation"], image["height"], image["width"]),
                query=(sentence["sent"].strip().lower(),),
            )


def load_refs(path: Path) -> list[dict[str, Any]]:
    """The references, written by Python 2."""
    try:
        with path.open("rb") as file:
            refs: list[dict[str, Any]] = _PlainUnpickler(file, encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise BenchmarkError(f"{path} is not a list of references ({error}).") from error
    return refs


def polygon_counts(segmentation: Any, height: int, width: int) -> NDArray[np.uint8]:
    """(H, W) how many of the object's polygons cover a pixel; protocols differ on what 2 means."""
    shapes = [[polygon] for polygon in segmentation] if isinstance(segmentation, list) else [segmentation]
    masks = [rle.decode(rle.from_segmentation(shape, (height, width))) for shape in shapes]
    return np.sum(masks, axis=0, dtype=np.uint8)


def _benchmark(name: str, dataset: str, by: str, splits: tuple[str, ...], paper: dict[str, float]) -> Benchmark:
    return Benchmark(
        name=name, title=f"{dataset} ({by})", task="referring",
        scorer=ReferringScorer(("lisa", "lisa-overlap", "lavt")),
        read=partial(read, dataset=dataset, by=by), splits=splits, home=HOME, headline="cIoU", paper=paper,
    )  # fmt: skip


_PAPER = {"Vision Banana": 0.738, "SAM 3 + Gemini 2.5 Pro": 0.734, "HybridGL": 0.513, "trained on it: X-SAM": 0.838}
_UNC, _GOOGLE = ("val", "testA", "testB"), ("val", "test")

BENCHMARKS = (
    _benchmark("refcocog", "refcocog", "umd", ("val", "test"), _PAPER),
    _benchmark("refcocog-google", "refcocog", "google", ("val",), {}),
    _benchmark("refcoco", "refcoco", "unc", _UNC, {}),
    _benchmark("refcoco-google", "refcoco", "google", _GOOGLE, {}),
    _benchmark("refcoco+", "refcoco+", "unc", _UNC, {}),
)
