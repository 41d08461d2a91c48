"""Scoring masks: one region a sentence means, all instances of a phrase, COCO's scored instances."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish import rle
from cavendish.errors import MetricError
from cavendish.evaluation.metrics.coco import coco_score
from cavendish.evaluation.metrics.concepts import (
    SCORE_THRESHOLD,
    ConceptScore,
    PairArrays,
    PairRecord,
    concept_score,
    score_pair,
)
from cavendish.evaluation.metrics.referring import (
    PROTOCOLS,
    ReferringRecord,
    pixel_areas,
    referring_record,
    referring_score,
    sample_ious,
)
from cavendish.evaluation.scoring.scorer import Kind, Record
from cavendish.rle import Rle

LISTED = "listed-categories"


@dataclass(frozen=True)
class ReferringScorer:
    """One (H, W) mask a sentence; the truth is (H, W) uint8, 255 ignored, else the number of polygons over a pixel."""

    protocols: tuple[str, ...] = tuple(PROTOCOLS)
    kind: Kind = "mask"
    claim: str = "one region a sentence, IoU"
    lower_is_better: bool = False
    quality_name: str = "IoU"
    resampled: bool = True

    def measure(self, prediction: NDArray[np.bool_], truth: NDArray[np.integer], protocol: str) -> Record:
        return asdict(referring_record(prediction, truth, protocol))

    def quality(self, record: Record, protocol: str) -> float | None:
        return float(sample_ious(_areas([record]), protocol)[0])

    def table(self, records: Sequence[Record], protocol: str) -> "ReferringTable":
        return ReferringTable(protocol, _areas(records))


def _areas(records: Sequence[Record]) -> NDArray[np.int64]:
    return pixel_areas(ReferringRecord(**record) for record in records)


@dataclass(frozen=True)
class ReferringTable:
    """Intersections and unions (n, 2)."""

    protocol: str
    areas: NDArray[np.int64]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        score = referring_score(self.areas, self.protocol, weights)
        return {"cIoU": score.ciou, "gIoU": score.giou}

    def breakdown(self) -> dict[str, dict[str, float]]:
        ious = sample_ious(self.areas, self.protocol)
        return {"share of samples with IoU above": {f"{t:.1f}": float(np.mean(ious > t)) for t in (0.5, 0.7, 0.9)}}


@dataclass(frozen=True)
class ConceptTruth:
    """The masks of one pair by annotator (crowds dropped) and the picture's (H, W)."""

    annotators: tuple[tuple[Rle, ...], ...]
    size: tuple[int, int]
    subset: str


@dataclass(frozen=True)
class ConceptScorer:
    """All instances of a phrase. A prediction is a list of {"segmentation": RLE, "score"}; no score is 1.

    Masks without a pixel are dropped first: the official script counts one as a detection.
    """

    kind: Kind = "masks"
    claim: str = "instances of a phrase, F1 with one-to-one matching"
    protocols: tuple[str, ...] = ("subset-mean", "pooled")
    lower_is_better: bool = False
    quality_name: str = "mean F1"
    resampled: bool = True

    def measure(self, prediction: Sequence[dict[str, Any]], truth: ConceptTruth, protocol: str) -> Record:
        kept = [p["segmentation"] for p in prediction if p.get("score", 1.0) >= SCORE_THRESHOLD]
        wrong = [mask["size"] for mask in kept if tuple(mask["size"]) != truth.size]
        if wrong:
            raise MetricError(f"A mask has size {wrong[0]} where the picture has {list(truth.size)}.")
        kept = [mask for mask in kept if rle.area(mask) > 0]
        return asdict(score_pair(kept, truth.annotators)) | {"subset": truth.subset}

    def quality(self, record: Record, protocol: str) -> float | None:
        return pair_of(record).mean_f1

    def table(self, records: Sequence[Record], protocol: str) -> "ConceptTable":
        members: dict[str, list[int]] = {}
        for i, record in enumerate(records):
            members.setdefault("all" if protocol == "pooled" else record["subset"], []).append(i)
        arrays = {name: PairArrays(pair_of(records[i]) for i in rows) for name, rows in sorted(members.items())}
        return ConceptTable({name: np.array(rows) for name, rows in sorted(members.items())}, arrays)


def pair_of(record: Record) -> PairRecord:
    """The matched masks of one picture, as they were recorded."""
    return PairRecord(tuple(record["tp"]), record["detections"], record["truths"])


@dataclass(frozen=True)
class ConceptTable:
    """Pair records by subset; the numbers of the subsets are averaged without weights. "pooled" has one of all."""

    members: dict[str, NDArray[np.intp]]  # rows of the run
    pairs: dict[str, PairArrays]

    def _scores(self, weights: NDArray[np.integer] | None) -> dict[str, ConceptScore]:
        if weights is None:
            return {name: concept_score(pairs) for name, pairs in self.pairs.items()}
        drawn = {name: weights[rows] for name, rows in self.members.items()}
        return {name: concept_score(self.pairs[name], times) for name, times in drawn.items() if times.any()}

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        scores = list(self._scores(weights).values())
        return {
            "pmF1": float(np.mean([score.pmf1 for score in scores])),
            "IL_MCC": float(np.mean([score.il_mcc for score in scores])),
            "cgF1": float(np.mean([score.cgf1 for score in scores])),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        scores = self._scores(None)
        return {
            "pmF1 per subset": {name: score.pmf1 for name, score in scores.items()},
            "cgF1 per subset": {name: score.cgf1 for name, score in scores.items()},
        }


@dataclass(frozen=True)
class CocoTruth:
    """One picture's COCO rows: its `images` entry, its annotations, and all categories."""

    image: dict[str, Any]
    annotations: tuple[dict[str, Any], ...]
    categories: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class CocoScorer:
    """COCO average precision; a prediction is a list of {"category_id", "segmentation": RLE, "score"}.

    "coco" is the official protocol. "listed-categories" is for models that are asked only about the categories that the
    annotations list for a picture: they cannot find what is not there, so its numbers are higher and no other's equal.
    Rows with "listed" are from such questions and are measured under no other name.
    """

    kind: Kind = "masks"
    claim: str = "scored instances, average precision"
    protocols: tuple[str, ...] = ("coco", LISTED)
    lower_is_better: bool = False
    quality_name: str = "AP of the picture"
    resampled: bool = False  # the evaluator ranks all detections of the set together

    def measure(self, prediction: Sequence[dict[str, Any]], truth: CocoTruth, protocol: str) -> Record:
        image_id = truth.image["id"]
        keys = ("category_id", "segmentation", "score")
        unscored = [p for p in prediction if "score" not in p]
        if unscored:
            raise MetricError(f"{len(unscored)} masks of image {image_id} have no score; AP needs one to rank them.")
        if protocol != LISTED and any(p.get("listed") for p in prediction):
            raise MetricError(
                f"The model was told which categories image {image_id} shows; use the protocol {LISTED!r}."
            )
        results = [{key: p[key] for key in keys} | {"image_id": image_id} for p in prediction]
        return {
            "image": {key: truth.image[key] for key in ("id", "height", "width")},
            "annotations": list(truth.annotations),
            "categories": [{"id": c["id"], "name": c["name"]} for c in truth.categories],
            "results": results,
        }

    def quality(self, record: Record, protocol: str) -> float | None:
        value = self.table([record], protocol).values()["AP"]
        return None if np.isnan(value) else value

    def table(self, records: Sequence[Record], protocol: str) -> "CocoTable":
        return CocoTable(list(records))


@dataclass(frozen=True)
class CocoTable:
    """All rows of the set."""

    records: list[Record]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        if weights is not None:
            raise MetricError("Average precision is not resampled here.")
        truth = {
            "images": [record["image"] for record in self.records],
            "annotations": [row for record in self.records for row in record["annotations"]],
            "categories": self.records[0]["categories"],
        }
        score = coco_score(truth, [row for record in self.records for row in record["results"]])
        names = {"AP": score.ap, "AP50": score.ap50, "AP75": score.ap75, "AP small": score.ap_small,
                 "AP medium": score.ap_medium, "AP large": score.ap_large, "AR100": score.ar100}  # fmt: skip
        return {name: value if value >= 0 else float("nan") for name, value in names.items()}

    def breakdown(self) -> dict[str, dict[str, float]]:
        return {}
