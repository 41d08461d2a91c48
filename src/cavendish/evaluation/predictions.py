"""Stored predictions of any model, found by the key of an item and read by what kind of answer it is.

A prediction is a file whose name without suffix is the item's key (with or without folders on the way, "/" being
"__" in the key), or the key followed by "_" and more, as Cityscapes' own script allows. Instances may also be one COCO
result list for all pictures, a `.json` file, or one such list a subset, `<subset>.json`. What a run kept of a model's
answers (answer_cache.py) is read for any kind.
"""

import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish import rle
from cavendish.errors import BenchmarkError
from cavendish.evaluation.answer_cache import read_answer
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.metrics.normals import to_project_frame
from cavendish.evaluation.scoring.scorer import Kind
from cavendish.formats import read_depth, read_labels, read_masks, read_normals
from cavendish.images import read_image
from cavendish.tasks.semantic import in_ids

SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "labels": (".png", ".npy"),
    "mask": (".png", ".npy", ".json"),
    "masks": (".json", ".png", ".npy"),
    "depth": (".npy", ".npz", ".exr", ".png"),
    "normals": (".npy", ".exr", ".png"),
    "picture": (".png", ".jpg", ".jpeg", ".webp"),
    "judgement": (".json",),
}


@dataclass(frozen=True)
class StoredPredictions:
    """Answers from a folder, or from one COCO result file; a callable from an item to its answer.

    `scale` is the units per metre of depth PNGs ("mm", "kitti", a number); None believes the file, and takes
    millimetres if it says nothing. `frame` is that of normals in .npy and .exr files; PNGs are in the colours of the
    paper and of DSINE with `x="left"`, in Marigold's with "right".
    """

    root: Path
    kind: Kind
    scale: str | float | None = None
    frame: str = "opengl"
    x: str | None = None
    _results: dict[Path, dict[int, list[dict[str, Any]]]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.root.exists():
            raise BenchmarkError(f"There are no predictions at {self.root}.")

    def describe(self) -> str:
        """For the report."""
        reading = {"depth": f", PNG scale {self.scale or 'as written'}", "normals": f", frame {self.frame}"}
        return f"stored predictions in {self.root.name}{reading.get(self.kind, '')}"

    def identity(self, item: Item) -> str:
        """What the answer depends on: the file, its size and time, and how it is read."""
        path = self._file(item)
        status = path.stat()
        return f"{path} {status.st_size} {status.st_mtime_ns} {self.scale} {self.frame} {self.x}"

    def __call__(self, item: Item) -> Any:
        """The answer for an item. Raises BenchmarkError if it is missing or there are two."""
        path = self._file(item)
        if (kept := read_answer(path)) is not None:
            return kept.answer
        png = path.suffix.lower() == ".png"
        if self.kind == "picture":
            return read_image(path)
        if self.kind == "depth":
            return read_depth(path, scale=self.scale if png else None)
        if self.kind == "normals":
            return read_normals(path, x=self.x) if png else to_project_frame(read_normals(path), self.frame)
        if self.kind == "labels":
            return _benchmark_ids(path, item)
        if self.kind == "mask":
            return read_masks(path).any(axis=0)
        if self.kind == "masks":
            return self._instances(path, item)
        return self._judgement(path, item)

    def painting(self, item: Item) -> NDArray[np.uint8] | None:
        """What a model painted for the answer, where the file holds it."""
        kept = read_answer(self._file(item))
        return kept.painting if kept else None

    def _judgement(self, path: Path, item: Item) -> dict[str, Any]:
        """A file of one item; or ImgEdit's own file of all, {key: reply}, where a failed call is {"error": …}."""
        data = json.loads(path.read_text(encoding="utf-8"))
        if path != self.root:
            return dict(data)
        if item.key not in data:
            raise BenchmarkError(f"There is no judgement of {item.key} in {path}.")
        reply = data[item.key]
        return {"reply": reply if isinstance(reply, str) else None}

    def _file(self, item: Item) -> Path:
        if self.root.is_file():
            return self.root
        if self.kind == "masks" and item.result_id is not None:
            whole = self.root / f"{item.group}.json"
            if item.group and whole.is_file():
                return whole
        found = self._by_name.get(item.key) or [
            path for name, paths in self._by_name.items() if name.startswith(f"{item.key}_") for path in paths
        ]
        if not found:
            legal = ", ".join(SUFFIXES[self.kind])
            raise BenchmarkError(f"There is no prediction for {item.key} in {self.root} (looked for {legal}).")
        if len(found) > 1:
            raise BenchmarkError(f"There are {len(found)} predictions for {item.key}: {found[0]} and {found[1]}.")
        return found[0]

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        """Files by their path below the root without suffix, and by their bare name."""
        legal = (*SUFFIXES[self.kind], ".npz")
        files = (path for path in sorted(self.root.rglob("*")) if path.suffix.lower() in legal and path.is_file())
        named = ((path, "__".join(path.relative_to(self.root).with_suffix("").parts)) for path in files)
        return grouped((name, path) for path, below in named for name in {below, path.stem})

    def _instances(self, path: Path, item: Item) -> list[dict[str, Any]]:
        rows = self._rows(path) if path.suffix.lower() == ".json" else None
        if rows is None:
            return [{"segmentation": rle.encode(mask), "score": 1.0} for mask in read_masks(path)]
        if item.result_id is None:
            raise BenchmarkError(f"{path} is a COCO result list, and {item.key} has no image id.")
        return rows.get(item.result_id, [])

    def _rows(self, path: Path) -> dict[int, list[dict[str, Any]]] | None:
        """A COCO result list by image id; None for a JSON file of another form."""
        if path not in self._results:
            data = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(data, list):
                return None
            self._results[path] = grouped((row["image_id"], row) for row in data)
        return self._results[path]


def find_predictions(root: Path, benchmark: Benchmark, **reading: Any) -> StoredPredictions:
    """The predictions of one benchmark in a folder: those of a run of ours, a subfolder of its name, or all of it."""
    below = (root / benchmark.name / "predictions", root / benchmark.name, root / "predictions", root)
    found = next((folder for folder in below if folder.exists()), root)
    return StoredPredictions(found, benchmark.scorer.kind, **reading)


def _benchmark_ids(path: Path, item: Item) -> NDArray[np.int32]:
    """A label map in the benchmark's ids. Our own indexed PNGs say what their indices mean; others hold ids already."""
    labels = read_labels(path)
    if path.suffix.lower() != ".png":
        return labels
    with Image.open(path) as picture:
        note = json.loads(picture.info.get("cavendish", "{}"))
    if note.get("format") != "indexed":
        return labels
    return in_ids(labels, note["classes"], dict(zip(item.query, item.ids)))
