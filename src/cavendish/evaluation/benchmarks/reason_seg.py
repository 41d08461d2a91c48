"""ReasonSeg: `<split>/<name>.jpg` with a `.json` of queries and polygons, as LISA reads it."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from cavendish.errors import optional_import
from cavendish.evaluation.benchmarks.base import Benchmark, Item, need
from cavendish.evaluation.scoring.masks import ReferringScorer

TITLE, HOME = "ReasonSeg", "https://github.com/dvlab-research/LISA (ReasonSeg, in the Google Drive folder it names)"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every picture with its first query only: the other texts of training files are not the protocol."""
    folder = root / "ReasonSeg" / split
    folder = need(folder if folder.is_dir() else root / split, TITLE, HOME)
    for image in sorted(folder.glob("*.jpg")):
        data = read_json(need(image.with_suffix(".json"), TITLE, HOME))
        yield Item(
            key=image.stem,
            image=image,
            load_truth=partial(read_mask, image, data["shapes"]),
            query=(data["text"][0],),
            group="sentence" if data["is_sentence"] else "phrase",
        )


def read_json(path: Path) -> dict[str, Any]:
    """UTF-8, or cp1252, which some of the files are in."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        text = path.read_text(encoding="cp1252")
    data: dict[str, Any] = json.loads(text)
    return data


def read_mask(image: Path, shapes: list[dict[str, Any]]) -> NDArray[np.uint8]:
    """(H, W) with 1 target, 255 ignored, 0 neither; smaller polygons are painted over larger ones."""
    with optional_import("ReasonSeg's polygons need OpenCV", "cavendish[eval]"):
        import cv2
    with Image.open(image) as picture:
        width, height = ImageOps.exif_transpose(picture).size  # OpenCV, which LISA reads with, turns pictures upright
    painted = []
    for shape in shapes:
        label = shape["label"].lower()
        if label == "flag":  # marks a picture for its annotators, not a region
            continue
        points = [np.array(shape["points"]).astype(np.int32)]  # truncated, not rounded
        area = np.zeros((height, width), np.uint8)
        cv2.polylines(area, points, True, 1, 1)
        cv2.fillPoly(area, points, 1)
        painted.append((int(area.sum()), area, 255 if "ignore" in label else 1))
    mask = np.zeros((height, width), np.uint8)
    for _, area, value in sorted(painted, key=lambda row: row[0])[::-1]:  # of equal ones the first is painted last
        mask[area == 1] = value
    return mask


BENCHMARK = Benchmark(
    name="reason-seg", title=TITLE, task="referring", scorer=ReferringScorer(("lisa", "x-sam", "seg-zero")), read=read,
    splits=("val", "test", "train"), home=HOME, headline="gIoU",
    paper={"Vision Banana + Gemini 2.5 Pro": 0.793, "SAM 3 Agent": 0.770, "RSVP": 0.647, "SegZero": 0.626,
           "trained on it: LISA-13B": 0.650},
)  # fmt: skip
