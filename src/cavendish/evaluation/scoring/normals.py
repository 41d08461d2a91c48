"""Scoring surface normals."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.metrics.normals import (
    STEP,
    THRESHOLDS,
    AngleTotal,
    NormalScore,
    angles,
    image_score,
    mean_image_score,
)
from cavendish.evaluation.scoring.scorer import Kind, Record

_COARSE = 10  # steps of the angle histogram in one of the bootstrap's


@dataclass(frozen=True)
class NormalTruth:
    """(H, W, 3) vectors in this project's frame and (H, W) where they count."""

    vectors: NDArray[np.floating]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class NormalScorer:
    """Angles between normals, (H, W, 3) in this project's frame.

    "pooled" is DSINE's way, "per-image" averages each picture's metrics, "marigold" rounds them to 4 decimals first.
    A prediction of another size is resized as vectors and normalised again.
    """

    kind: Kind = "normals"
    claim: str = "angle between normals in the camera frame, degrees"
    protocols: tuple[str, ...] = ("pooled", "per-image", "marigold")
    lower_is_better: bool = True
    quality_name: str = "mean angle, degrees"
    resampled: bool = True

    def measure(self, prediction: NDArray[np.floating], truth: NormalTruth, protocol: str) -> Record:
        if prediction.shape[:2] != truth.vectors.shape[:2]:
            height, width = truth.vectors.shape[:2]
            prediction = resize_bilinear(prediction, (height, width))
        errors = angles(prediction, truth.vectors, truth.valid)
        score = image_score(errors, decimals=4 if protocol == "marigold" else None)
        if score is None:
            return {"skipped": True}
        total = AngleTotal()
        total.add(errors)
        return {
            "count": total.count,
            "total": total.total,
            "squares": total.squares,
            "below": total.below.tolist(),
            "histogram": _packed(total.histogram),
            "image": list(score.row),
        }

    def quality(self, record: Record, protocol: str) -> float | None:
        return None if record.get("skipped") else -record["image"][0]

    def table(self, records: Sequence[Record], protocol: str) -> "NormalTable":
        if protocol not in self.protocols:
            raise MetricError(
                f"There is no protocol {protocol!r} for normals; choose one of {', '.join(self.protocols)}."
            )
        return NormalTable(protocol, list(records))


def _packed(histogram: NDArray[np.int64]) -> str:
    return base64.b64encode(zlib.compress(histogram.astype("<u4").tobytes())).decode()


def _unpacked(text: str) -> NDArray[np.int64]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u4").astype(np.int64)


class NormalTable:
    """The pooled total, and for the bootstrap one row a picture with its angles counted by hundredths of a degree.

    The pooled median is known to STEP; that of a bootstrap draw to ten times as much, which keeps the rows small.
    """

    def __init__(self, protocol: str, records: list[Record]) -> None:
        from scipy.sparse import csr_array, vstack

        self.protocol = protocol
        self.kept = np.array([not record.get("skipped") for record in records], bool)
        rows = [record for record in records if not record.get("skipped")]
        self.images = np.array([row["image"] for row in rows], float).reshape(len(rows), 3 + len(THRESHOLDS))
        self.sums = np.array([[r["count"], r["total"], r["squares"], *r["below"]] for r in rows], float)
        self.total = AngleTotal()
        coarse = []
        for row in rows:
            histogram = _unpacked(row["histogram"])
            below = np.array(row["below"], np.int64)
            self.total.merge(AngleTotal(row["count"], row["total"], row["squares"], below, histogram))
            coarse.append(csr_array(np.add.reduceat(histogram, np.arange(0, len(histogram), _COARSE))[None]))
        self.histograms: Any = vstack(coarse, format="csr") if coarse else None

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        times = np.ones(len(self.kept), np.int64) if weights is None else weights
        score = self._score(times[self.kept], weights is None)
        return dict(zip(("mean", "median", "rmse", *(f"below {t:g}" for t in THRESHOLDS)), score.row))

    def _score(self, times: NDArray[np.integer], whole: bool) -> NormalScore:
        if self.protocol != "pooled" or not times.sum():
            return mean_image_score(self.images, times)
        if whole:
            return self.total.score()
        count, total, squares, *below = times @ self.sums
        histogram = np.asarray(times @ self.histograms, np.int64)
        return AngleTotal(int(count), total, squares, np.array(below), histogram, STEP * _COARSE).score()

    def breakdown(self) -> dict[str, dict[str, float]]:
        if self.protocol != "pooled" or not self.total.count:
            return {}
        low, high = self.total.median_bracket()
        return {"the pooled median lies certainly between": {"low": low, "high": high}}
