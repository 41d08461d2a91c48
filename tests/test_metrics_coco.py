"""COCO AP against pycocotools, and the two traps of score-less and zero-numbered masks."""

import contextlib
import copy
import io

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.coco import coco_score


def rle(mask):
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def square(top, left, side=10, width=None, size=(60, 60)):
    mask = np.zeros(size, bool)
    mask[top : top + side, left : left + (width or side)] = True
    return mask


def truth_of(masks, first_id=1, crowd=()):
    return {
        "images": [{"id": 1, "height": 60, "width": 60}],
        "categories": [{"id": 1, "name": "thing"}],
        "annotations": [
            {"id": first_id + i, "image_id": 1, "category_id": 1, "segmentation": rle(mask), "area": int(mask.sum()),
             "bbox": coco_mask.toBbox(rle(mask)).tolist(), "iscrowd": int(i in crowd)}
            for i, mask in enumerate(masks)
        ],
    }  # fmt: skip


def detection(mask, score, image=1, category=1):
    return {"image_id": image, "category_id": category, "segmentation": rle(mask), "score": score}


def official(truth, predictions):
    """pycocotools as in its own demo."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(truth)
        coco.createIndex()
        evaluator = COCOeval(coco, coco.loadRes(copy.deepcopy(predictions)), "segm")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return evaluator.stats


TWO = [square(0, 0), square(30, 30)]
DETECTIONS = [
    detection(square(0, 0), 0.9),
    detection(square(0, 40), 0.8),
    detection(square(30, 30, width=6), 0.7),  # IoU .6 with the second
]


def test_worked_example():
    score = coco_score(truth_of(TWO), DETECTIONS)
    assert score["AP"] == pytest.approx(0.603960, abs=5e-7)
    assert score["AP50"] == pytest.approx((51 + 50 * 2 / 3) / 101, abs=1e-9)
    assert score["AP75"] == pytest.approx(51 / 101, abs=1e-9)
    assert score["AR100"] == pytest.approx(0.65)


def test_a_true_annotation_with_id_zero():
    zero = truth_of(TWO, first_id=0)
    assert coco_score(zero, DETECTIONS)["AP"] == pytest.approx(0.603960, abs=5e-7)  # repaired
    assert official(zero, DETECTIONS)[0] == pytest.approx(0.050495, abs=5e-7)


def test_tied_scores_are_decided_by_their_order_and_missing_ones_are_refused():
    true1, false, true2 = (dict(d, score=1.0) for d in DETECTIONS)
    assert coco_score(truth_of(TWO), [true1, false, true2])["AP"] == pytest.approx(0.603960, abs=5e-7)
    assert coco_score(truth_of(TWO), [false, true1, true2])["AP"] == pytest.approx(0.376733, abs=5e-7)
    del true1["score"]
    with pytest.raises(MetricError, match="1 predictions have no score"):
        coco_score(truth_of(TWO), [true1, false])


def test_no_prediction_at_all():
    score = coco_score(truth_of(TWO), [])
    assert [score[name] for name in ("AP", "AP small", "AP large", "AR100")] == [0, 0, -1, 0]
    assert coco_score(truth_of([]), [])["AP"] == -1


def test_an_unknown_image_is_refused():
    with pytest.raises(MetricError, match="7 for one"):
        coco_score(truth_of(TWO), [detection(TWO[0], 1.0, image=7)])


def test_the_arguments_are_left_as_they_were():
    truth, predictions = truth_of(TWO, first_id=0), copy.deepcopy(DETECTIONS)
    before = copy.deepcopy((truth, predictions))
    coco_score(truth, predictions)
    assert (truth, predictions) == before


@pytest.mark.parametrize("seed", range(10))
def test_random_sets_equal_pycocotools(seed):
    rng = np.random.default_rng(seed)
    size = (120, 140)
    images = [{"id": int(i), "height": size[0], "width": size[1]} for i in range(1, 6)]
    categories = [{"id": int(c), "name": str(c)} for c in (1, 3, 90)]
    annotations, predictions = [], []
    for image in images:
        for _ in range(rng.integers(0, 6)):
            side, width = rng.integers(1, 110, 2)
            top, left = rng.integers(0, size[0] - 1), rng.integers(0, size[1] - 1)
            mask = square(top, left, side, width, size)
            category = int(rng.choice([1, 3, 90]))
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image["id"], "category_id": category,
                 "segmentation": rle(mask), "area": int(mask.sum()), "bbox": coco_mask.toBbox(rle(mask)).tolist(),
                 "iscrowd": int(rng.random() < 0.2)}
            )  # fmt: skip
            for _ in range(rng.integers(0, 3)):
                shifted = np.roll(mask, rng.integers(-3, 4, 2), (0, 1))
                predictions.append(detection(shifted, float(rng.choice([0.3, 0.5, 0.5, 0.9])), image["id"], category))
        predictions.append(detection(np.zeros(size, bool), 0.5, image["id"], 1))
    truth = {"images": images, "categories": categories, "annotations": annotations}
    assert list(coco_score(truth, predictions).values()) == pytest.approx(official(truth, predictions), abs=1e-9)
