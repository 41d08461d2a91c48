"""COCO average precision, by faster-coco-eval or by pycocotools itself.

faster-coco-eval gives pycocotools' numbers several times sooner. Both have a trap that is repaired by default: a
true annotation with id 0 counts as never matched, because 0 is also the mark of "unmatched".
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cavendish.errors import MetricError, optional_import

Engine = Literal["faster-coco-eval", "pycocotools"]


@dataclass(frozen=True)
class CocoScore:
    """The twelve numbers of COCOeval; -1 where there is no true object, as there."""

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar1: float
    ar10: float
    ar100: float
    ar_small: float
    ar_medium: float
    ar_large: float


def coco_score(
    truth: dict[str, Any],
    predictions: Sequence[dict[str, Any]],
    iou_type: Literal["segm", "bbox"] = "segm",
    engine: Engine = "faster-coco-eval",
    renumber: bool = True,
) -> CocoScore:
    """AP and AR of a COCO result list against a COCO annotation dictionary.

    Each prediction is {"image_id", "category_id", "segmentation" (RLE) or "bbox", "score"}. Raises MetricError for one
    without a score: the order of tied scores decides AP, so give each a score or report `concepts.mask_f1`. With
    `renumber=False` true annotation ids are used as they are, 0 included, as in the official script.
    """
    unscored = sum("score" not in prediction for prediction in predictions)
    if unscored:
        raise MetricError(f"{unscored} predictions have no score; average precision needs one to rank them.")
    images = {image["id"] for image in truth["images"]}
    strangers = {prediction["image_id"] for prediction in predictions} - images
    if strangers:
        raise MetricError(f"Predictions name images that the truth does not have, {sorted(strangers)[0]} for one.")
    if not predictions:
        return _nothing_predicted(truth)
    # Copies, because both evaluators write into what they are given.
    annotations = [dict(annotation) for annotation in truth["annotations"]]
    if renumber:
        annotations = [annotation | {"id": i} for i, annotation in enumerate(annotations, start=1)]
    dataset = {**truth, "annotations": annotations}
    results = [dict(prediction) for prediction in predictions]
    coco_class, eval_class = _evaluator(engine)
    with contextlib.redirect_stdout(io.StringIO()):  # both print as they go
        coco = coco_class()
        coco.dataset = dataset
        coco.createIndex()
        evaluator = eval_class(coco, coco.loadRes(results), iou_type)
        evaluator.evaluate()
        evaluator.accumulate()
        evaluator.summarize()
    return CocoScore(*(float(value) for value in evaluator.stats[:12]))


def _evaluator(engine: Engine) -> tuple[Any, Any]:
    if engine == "pycocotools":
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval

        return COCO, COCOeval
    with optional_import("COCO AP needs faster-coco-eval", "cavendish[eval]"):
        from faster_coco_eval import COCO as FasterCOCO
        from faster_coco_eval import COCOeval_faster
    return FasterCOCO, COCOeval_faster


def _nothing_predicted(truth: dict[str, Any]) -> CocoScore:
    """Zeros where there is something to find and -1 where not; both evaluators raise on an empty list instead."""
    areas = [a["area"] for a in truth["annotations"] if not a.get("iscrowd", 0)]
    ranges = [(0, 1e10), (0, 32**2), (32**2, 96**2), (96**2, 1e10)]
    all_, small, medium, large = (0.0 if any(low <= a <= high for a in areas) else -1.0 for low, high in ranges)
    return CocoScore(all_, all_, all_, small, medium, large, all_, all_, all_, small, medium, large)
