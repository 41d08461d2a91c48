"""COCO average precision by faster-coco-eval, which gives pycocotools' numbers several times sooner.

Both have a trap that is repaired here: a true annotation with id 0 counts as never matched, because 0 is also the
mark of "unmatched".
"""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from cavendish import rle
from cavendish.errors import MetricError, optional_import

NAMES = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AR1", "AR10", "AR100", "AR small", "AR medium",
         "AR large")  # fmt: skip


def coco_score(truth: dict[str, Any], predictions: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The twelve numbers of COCOeval by NAMES, of masks; -1 where there is no true object, as there.

    `truth` is a COCO annotation dictionary; each prediction is {"image_id", "category_id", "segmentation" (RLE),
    "score"}. Raises MetricError for one without a score: the order of tied scores decides AP, so give each a score or
    report `concepts.mask_f1`.
    """
    unscored = sum("score" not in prediction for prediction in predictions)
    if unscored:
        raise MetricError(f"{unscored} predictions have no score; average precision needs one to rank them.")
    images = {image["id"] for image in truth["images"]}
    strangers = {prediction["image_id"] for prediction in predictions} - images
    if strangers:
        raise MetricError(f"Predictions name images that the truth does not have, {sorted(strangers)[0]} for one.")
    with optional_import("COCO AP needs faster-coco-eval", "cavendish[eval]"):
        from faster_coco_eval import COCO, COCOeval_faster
    # Copies, because the evaluator writes into what it is given.
    annotations = [annotation | {"id": i} for i, annotation in enumerate(truth["annotations"], start=1)]
    results = [dict(prediction) for prediction in predictions]
    if not results:  # the evaluator raises on an empty list; a mask without a pixel matches nothing
        image = truth["images"][0]
        nothing = rle.encode(np.zeros((image["height"], image["width"]), bool))
        results = [{"image_id": image["id"], "category_id": 0, "segmentation": nothing, "score": 0.0}]
    with contextlib.redirect_stdout(io.StringIO()):  # it prints as it goes
        coco = COCO()
        coco.dataset = {**truth, "annotations": annotations}
        coco.createIndex()
        evaluator = COCOeval_faster(coco, coco.loadRes(results), "segm")
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return dict(zip(NAMES, map(float, evaluator.stats)))
