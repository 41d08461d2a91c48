"""Scoring masks: one region a sentence means, all instances of a phrase, COCO's scored instances."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import MetricError
from cavendish.evaluation.metrics.coco import coco_score
from cavendish.evaluation.metrics.concepts import SCORE_THRESHOLD, concept_score, mean_f1, score_pair
from cavendish.evaluation.metrics.referring import PROTOCOLS, pixel_areas, referring_score, sample_ious
from cavendish.evaluation.scoring.scorer import Record, Scorer
from cavendish.rle import Rle

LISTED = "listed-categories"
_SHOWN = ("AP", "AP50", "AP75", "AP small", "AP medium", "AP large", "AR100")


@dataclass(frozen=True)
class ReferringScorer(Scorer):
    """One (H, W) mask a sentence; the truth is (H, W) uint8, 255 ignored, else the number of polygons over a pixel."""

    protocols: tuple[str, ...] = tuple(PROTOCOLS)
    kind = "mask"
    claim = "one region a sentence, IoU"
    quality_name = "IoU"

    def measure(self, prediction: NDArray[np.bool_], truth: NDArray[np.integer], protocol: str) -> Record:
        intersection, union = pixel_areas(prediction, truth, protocol)
        return {"intersection": intersection, "union": union}

    def quality(self, record: Record, protocol: str) -> float | None:
        return float(sample_ious(self.stack([record]), protocol)[0])

    def stack(self, records: Sequence[Record]) -> NDArray[np.int64]:
        """(n, 2) intersections and unions."""
        return np.array([(record["intersection"], record["union"]) for record in records])

    def values(self, rows: NDArray[np.int64], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        ciou, giou = referring_score(rows, protocol, times)
        return {"cIoU": ciou, "gIoU": giou}

    def breakdown(self, rows: NDArray[np.int64], protocol: str) -> dict[str, dict[str, float]]:
        ious = sample_ious(rows, protocol)
        return {"share of samples with IoU above": {f"{t:.1f}": float(np.mean(ious > t)) for t in (0.5, 0.7, 0.9)}}


@dataclass(frozen=True)
class ConceptTruth:
    """The masks of one pair by annotator (crowds dropped) and the picture's (H, W)."""

    annotators: tuple[tuple[Rle, ...], ...]
    size: tuple[int, int]
    subset: str


@dataclass(frozen=True)
class ConceptScorer(Scorer):
    """All instances of a phrase. A prediction is a list of {"segmentation": RLE, "score"}; no score is 1.

    Masks without a pixel are dropped first: the official script counts one as a detection. "subset-mean" averages the
    numbers of the subsets without weights; "pooled" takes all pairs as one set.
    """

    kind = "masks"
    claim = "instances of a phrase, F1 with one-to-one matching"
    protocols = ("subset-mean", "pooled")
    quality_name = "mean F1"

    def measure(self, prediction: Sequence[dict[str, Any]], truth: ConceptTruth, protocol: str) -> Record:
        kept = [p["segmentation"] for p in prediction if p.get("score", 1.0) >= SCORE_THRESHOLD]
        wrong = [mask["size"] for mask in kept if tuple(mask["size"]) != truth.size]
        if wrong:
            raise MetricError(f"A mask has size {wrong[0]} where the picture has {list(truth.size)}.")
        kept = [mask for mask in kept if rle.area(mask) > 0]
        subset = "all" if protocol == "pooled" else truth.subset
        return {"counts": score_pair(kept, truth.annotators).tolist(), "subset": subset}

    def quality(self, record: Record, protocol: str) -> float | None:
        return mean_f1(np.array(record["counts"]))

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        scores = list(self._scores(rows, times).values())
        return {name: float(np.mean([score[name] for score in scores])) for name in ("pmF1", "IL_MCC", "cgF1")}

    def breakdown(self, rows: dict[str, NDArray], protocol: str) -> dict[str, dict[str, float]]:
        scores = self._scores(rows, np.ones(len(rows["subset"]), np.int64))
        return {f"{name} per subset": {s: score[name] for s, score in scores.items()} for name in ("pmF1", "cgF1")}

    def _scores(self, rows: dict[str, NDArray], times: NDArray[np.integer]) -> dict[str, dict[str, float]]:
        """The numbers of each subset with any pair that counts."""
        members = {name: rows["subset"] == name for name in np.unique(rows["subset"][times > 0]).tolist()}
        return {name: concept_score(rows["counts"][those], times[those]) for name, those in members.items()}


@dataclass(frozen=True)
class CocoTruth:
    """One picture's COCO rows: its `images` entry, its annotations, and all categories."""

    image: dict[str, Any]
    annotations: tuple[dict[str, Any], ...]
    categories: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class CocoScorer(Scorer):
    """COCO average precision; a prediction is a list of {"category_id", "segmentation": RLE, "score"}.

    "coco" is the official protocol. "listed-categories" is for models that are asked only about the categories that the
    annotations list for a picture: they cannot find what is not there, so its numbers are higher and no other's equal.
    Rows with "listed" are from such questions and are measured under no other name.
    """

    kind = "masks"
    claim = "scored instances, average precision"
    protocols = ("coco", LISTED)
    quality_name = "AP of the picture"
    resampled = False  # the evaluator ranks all detections of the set together

    def measure(self, prediction: Sequence[dict[str, Any]], truth: CocoTruth, protocol: str) -> Record:
        image_id = truth.image["id"]
        keys = ("category_id", "segmentation", "score")
        unscored = [p for p in prediction if "score" not in p]
        if unscored:
            raise MetricError(f"{len(unscored)} masks of image {image_id} have no score; AP needs one to rank them.")
        if protocol != LISTED and any(p.get("listed") for p in prediction):
            raise MetricError(
                f"The model was given the categories that image {image_id} shows; use the protocol {LISTED!r}."
            )
        return {
            "image": {key: truth.image[key] for key in ("id", "height", "width")},
            "annotations": list(truth.annotations),
            "categories": [{"id": c["id"], "name": c["name"]} for c in truth.categories],
            "results": [{key: p[key] for key in keys} | {"image_id": image_id} for p in prediction],
        }

    def quality(self, record: Record, protocol: str) -> float | None:
        value = self.table([record], protocol).values()["AP"]
        return None if np.isnan(value) else value

    def stack(self, records: Sequence[Record]) -> Sequence[Record]:
        return records

    def values(self, rows: Sequence[Record], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        truth = {
            "images": [row["image"] for row in rows],
            "annotations": [annotation for row in rows for annotation in row["annotations"]],
            "categories": rows[0]["categories"],
        }
        score = coco_score(truth, [result for row in rows for result in row["results"]])
        return {name: score[name] if score[name] >= 0 else float("nan") for name in _SHOWN}
