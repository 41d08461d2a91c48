"""COCO's JSON with run-length masks: one document for labels, instances and masks alike.

`info.cavendish` is the record; each annotation has `segmentation` {size, counts}, `bbox` [x, y, width, height], `area`,
`score`, `category_id`, counted from 1.
"""

import json
import operator
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import ExportError
from cavendish.files import replacing
from cavendish.formats.arrays import reading
from cavendish.results import Instances, Mask, Result, SemanticMap


def write_labels(result: SemanticMap, path: Path, *, image_id: int | str = 1, file_name: str = "") -> None:
    """One annotation for each class in the map; category i + 1 is class i, with its colour. None for undecided ones."""
    present = [index for index in np.unique(result.labels) if index >= 0]
    masks = ((result.labels == index, index + 1, _mean(result, result.labels == index)) for index in present)
    categories = [
        {"id": index + 1, "name": name, "color": color.tolist()}
        for index, (name, color) in enumerate(zip(result.classes, result.colors))
    ]
    _write(result, path, [_annotation(*mask) for mask in masks], categories, image_id, file_name)


def write_instances(result: Instances, path: Path, *, image_id: int | str = 1, file_name: str = "") -> None:
    """One annotation for each instance; they may overlap."""
    annotations = [_annotation(mask, 1, float(score)) for mask, score in zip(result.masks, result.scores)]
    _write(result, path, annotations, [{"id": 1, "name": result.label}], image_id, file_name)


def write_mask(result: Mask, path: Path, *, image_id: int | str = 1, file_name: str = "") -> None:
    """One annotation, whose category is the expression; none if the mask is empty."""
    annotations = [_annotation(result.mask, 1, _mean(result, result.mask))] if result.mask.any() else []
    _write(result, path, annotations, [{"id": 1, "name": result.expression}], image_id, file_name)


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


def _mean(result: Result, mask: NDArray[np.bool_]) -> float:
    return float(result.confidence[mask].mean())


def _annotation(mask: NDArray[np.bool_], category_id: int, score: float) -> dict[str, Any]:
    encoded = rle.encode(mask)
    return {
        "category_id": int(category_id),
        "segmentation": encoded,
        "bbox": rle.box(encoded),
        "area": float(rle.area(encoded)),
        "iscrowd": 0,
        "score": score,
    }


def _write(
    result: Result,
    path: Path,
    annotations: Sequence[dict[str, Any]],
    categories: Sequence[dict[str, Any]],
    image_id: int | str,
    file_name: str,
) -> None:
    try:
        image_id = image_id if isinstance(image_id, str) else operator.index(image_id)  # JSON knows no NumPy integers
    except TypeError:
        raise ExportError(f"{path.name}: image_id must be a whole number or a text, not {image_id!r}") from None
    height, width = result.shape
    document = {
        "info": {"description": f"{type(result).__name__} by Cavendish", "cavendish": result.record()},
        "images": [{"id": image_id, "width": width, "height": height, "file_name": str(file_name)}],
        "annotations": [{"id": n, "image_id": image_id, **one} for n, one in enumerate(annotations, start=1)],
        "categories": list(categories),
    }
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
