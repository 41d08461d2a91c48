"""COCO's JSON with run-length masks: one document for labels, instances and masks alike.

`info.cavendish` is the record; each annotation has `segmentation` {size, counts}, `bbox` [x, y, width, height], `area`,
`score`, `category_id`, counted from 1.
"""

import json
import operator
from collections.abc import Iterable
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import ExportError
from cavendish.files import write_text
from cavendish.formats.arrays import reading
from cavendish.results import Instances, Mask, SemanticMap


def write(result: SemanticMap | Instances | Mask, path: Path, *, image_id: int | str = 1, file_name: str = "") -> None:
    """One annotation for each class in a map, each instance (they may overlap), or a mask that is not empty.

    Category i + 1 is class i of a map, with its colour; the category of a mask is its expression.
    """
    try:
        image_id = image_id if isinstance(image_id, str) else operator.index(image_id)  # JSON knows no NumPy integers
    except TypeError:
        raise ExportError(f"{path.name}: image_id must be a whole number or a text, not {image_id!r}") from None
    height, width = result.shape
    regions, categories = _content(result)
    document = {
        "info": {"description": f"{type(result).__name__} by Cavendish", "cavendish": result.record()},
        "images": [{"id": image_id, "width": width, "height": height, "file_name": str(file_name)}],
        "annotations": [
            {"id": n, "image_id": image_id, **_annotation(*region)} for n, region in enumerate(regions, start=1)
        ],
        "categories": categories,
    }
    write_text(path, json.dumps(document, ensure_ascii=False) + "\n")


def read_masks(path: Path) -> NDArray[np.bool_]:
    """(N, H, W) bool: one mask for each annotation of the only image."""
    with reading(path, "this is not a COCO file of one image"):
        document = json.loads(path.read_text(encoding="utf-8"))
        if len(document["images"]) != 1:
            raise ValueError(f"it has {len(document['images'])}")
        size = document["images"][0]["height"], document["images"][0]["width"]
        masks = np.zeros((len(document["annotations"]), *size), bool)
        for mask, annotation in zip(masks, document["annotations"]):
            mask[:] = rle.decode(rle.from_segmentation(annotation["segmentation"], size))
        return masks


def _content(
    result: SemanticMap | Instances | Mask,
) -> tuple[Iterable[tuple[NDArray[np.bool_], int, float]], list[dict[str, Any]]]:
    """Masks with the numbers of their categories and their scores, and all categories."""
    if isinstance(result, Instances):
        instances = zip(result.masks, repeat(1), result.scores.tolist())
        return instances, [{"id": 1, "name": result.label}]
    if isinstance(result, Mask):
        masks: Iterable[tuple[NDArray[np.bool_], int]] = [(result.mask, 1)] if result.mask.any() else []
        categories: list[dict[str, Any]] = [{"id": 1, "name": result.expression}]
    else:
        present = np.unique(result.labels).tolist()
        masks = ((result.labels == index, index + 1) for index in present if index >= 0)
        named = enumerate(zip(result.classes, result.colors.tolist()), start=1)
        categories = [{"id": number, "name": name, "color": color} for number, (name, color) in named]
    return ((mask, category, float(result.confidence[mask].mean())) for mask, category in masks), categories


def _annotation(mask: NDArray[np.bool_], category: int, score: float) -> dict[str, Any]:
    encoded = rle.encode(mask)
    return {
        "category_id": category,
        "segmentation": encoded,
        "bbox": rle.box(encoded),
        "area": float(rle.area(encoded)),
        "iscrowd": 0,
        "score": score,
    }
