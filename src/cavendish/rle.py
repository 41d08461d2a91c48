"""Masks as run lengths in COCO's form, a size and a text of counts, by pycocotools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray


class Rle(TypedDict):
    """One mask. As JSON it is what the field calls a compressed RLE."""

    size: list[int]  # height, width
    counts: str


def encode(mask: NDArray[np.bool_]) -> Rle:
    """The run lengths of a mask (H, W)."""
    return _plain(_coco().encode(np.asfortranarray(mask, np.uint8)))


def decode(rle: Rle) -> NDArray[np.bool_]:
    """The mask (H, W) of run lengths."""
    mask: NDArray[np.bool_] = _coco().decode(rle).astype(bool)
    return mask


def from_segmentation(segmentation: Any, size: tuple[int, int]) -> Rle:
    """The `segmentation` of a COCO annotation: run lengths as text or as a list of numbers, or polygons, united.

    `size` is the picture's (height, width). Anything else raises what pycocotools raises, even a bare Exception.
    """
    if not isinstance(segmentation, dict) or isinstance(segmentation["counts"], list):
        segmentation = _coco().frPyObjects(segmentation, *size)
    return _plain(_coco().merge(segmentation) if isinstance(segmentation, list) else segmentation)


def area(rle: Rle) -> int:
    """The number of pixels inside."""
    return int(_coco().area(rle))


def box(rle: Rle) -> list[float]:
    """[x, y, width, height] of the smallest box around the mask."""
    sides: list[float] = _coco().toBbox(rle).tolist()
    return sides


def iou(ours: Sequence[Rle], theirs: Sequence[Rle]) -> NDArray[np.float64]:
    """(N, M) intersection over union; that of two empty masks is 0, that of masks of different sizes -1."""
    if not len(ours) or not len(theirs):
        return np.zeros((len(ours), len(theirs)))
    return np.asarray(_coco().iou(list(ours), list(theirs), [0] * len(theirs)))


def _coco() -> Any:
    from pycocotools import mask  # imported at the first mask, not with this module

    return mask


def _plain(row: dict[str, Any]) -> Rle:
    counts = row["counts"]
    return {"size": list(row["size"]), "counts": counts.decode("ascii") if isinstance(counts, bytes) else counts}
