"""Run lengths of masks, against counts made by hand and plain NumPy."""

import json

import numpy as np
import pytest
from pycocotools import mask as coco

from cavendish import rle

SIZE = (5, 6)
SQUARE = np.zeros(SIZE, bool)
SQUARE[1:3, 1:4] = True


def masks(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(count).random((count, 9, 7)) > 0.6)


def test_a_mask_comes_back_through_json() -> None:
    for mask in (*masks(5), np.zeros(SIZE, bool), np.ones((1, 1), bool)):
        encoded = json.loads(json.dumps(rle.encode(mask)))
        assert encoded["size"] == list(mask.shape)
        np.testing.assert_array_equal(rle.decode(encoded), mask)
        assert rle.area(encoded) == mask.sum()


def test_the_text_is_that_of_pycocotools() -> None:
    for mask in masks(3):
        assert rle.encode(mask)["counts"] == coco.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()


@pytest.mark.parametrize(
    "segmentation",
    [
        [[1, 1, 4, 1, 4, 3, 1, 3]],
        [[1, 1, 4, 1, 4, 2, 1, 2], [1, 2, 4, 2, 4, 3, 1, 3]],  # two polygons are united
        {"size": [5, 6], "counts": [6, 2, 3, 2, 3, 2, 12]},  # down the columns, zeros first
        rle.encode(SQUARE),
    ],
)
def test_segmentations_in_every_form(segmentation) -> None:
    np.testing.assert_array_equal(rle.decode(rle.from_segmentation(segmentation, SIZE)), SQUARE)


def test_box_and_iou() -> None:
    assert rle.box(rle.encode(SQUARE)) == [1, 1, 3, 2]
    ours, theirs = masks(4), masks(3)
    encoded = [rle.encode(mask) for mask in ours], [rle.encode(mask) for mask in theirs]
    expected = [[(a & b).sum() / (a | b).sum() for b in theirs] for a in ours]
    np.testing.assert_allclose(rle.iou(*encoded), expected)
    assert rle.iou([], encoded[1]).shape == (0, 3)
    assert rle.iou([rle.encode(SQUARE)], encoded[1][:1]).item() == -1
