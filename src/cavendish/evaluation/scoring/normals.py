"""Scoring surface normals."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.depth_protocols import resize_bilinear
from cavendish.evaluation.metrics.means import mean
from cavendish.evaluation.metrics.normals import (
    BINS,
    NAMES,
    STEP,
    angle_histogram,
    angle_sums,
    angles,
    image_score,
    median_bracket,
    pooled_score,
)
from cavendish.evaluation.scoring.scorer import Record, Scorer

_COARSE = 10  # steps of the angle histogram in one of the bootstrap's


@dataclass(frozen=True)
class NormalTruth:
    """(H, W, 3) vectors in this project's frame and (H, W) where they count."""

    vectors: NDArray[np.floating]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class NormalScorer(Scorer):
    """Angles between normals, (H, W, 3) in this project's frame.

    "pooled" is DSINE's way, "per-image" averages each picture's metrics, "marigold" rounds them to 4 decimals first.
    A prediction of another size is resized as vectors and normalised again.
    """

    kind = "normals"
    claim = "angle between normals in the camera frame, degrees"
    protocols = ("pooled", "per-image", "marigold")
    quality_name = "mean angle, degrees"
    lower_is_better = True

    def measure(self, prediction: NDArray[np.floating], truth: NormalTruth, protocol: str) -> Record:
        if prediction.shape[:2] != truth.vectors.shape[:2]:
            prediction = resize_bilinear(prediction, truth.vectors.shape[:2])
        errors = angles(prediction, truth.vectors, truth.valid)
        score = image_score(errors, decimals=4 if protocol == "marigold" else None)
        if score is None:
            return {"skipped": True}
        packed = zlib.compress(angle_histogram(errors).astype("<u4").tobytes())
        return {
            "image": list(score.values()),
            "sums": angle_sums(errors).tolist(),
            "histogram": base64.b64encode(packed).decode(),
        }

    def quality(self, record: Record, protocol: str) -> float | None:
        return None if record.get("skipped") else -record["image"][0]

    def stack(self, records: Sequence[Record]) -> dict[str, Any]:
        """(n, 8) metrics and (n, 8) sums of each picture; its angles counted in coarse steps, and those of all in STEP.

        So the pooled median of all pictures is known to STEP, and that of a bootstrap draw to ten times as much.
        """
        from scipy.sparse import csr_array, vstack

        histogram = np.zeros(BINS, np.int64)
        coarse = []
        for record in records:
            counts = np.frombuffer(zlib.decompress(base64.b64decode(record["histogram"])), "<u4").astype(np.int64)
            histogram += counts
            coarse.append(csr_array(np.add.reduceat(counts, np.arange(0, len(counts), _COARSE))[None]))
        return {
            "images": np.array([record["image"] for record in records], float).reshape(-1, len(NAMES)),
            "sums": np.array([record["sums"] for record in records]),
            "histogram": histogram,
            "coarse": vstack(coarse, format="csr") if coarse else None,
        }

    def values(self, rows: dict[str, Any], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        if protocol != "pooled" or not times.any():
            return dict(zip(NAMES, mean(rows["images"], times).tolist()))
        if (times == 1).all():
            return pooled_score(rows["sums"].sum(0), rows["histogram"])
        return pooled_score(times @ rows["sums"], times @ rows["coarse"], STEP * _COARSE)

    def breakdown(self, rows: dict[str, Any], protocol: str) -> dict[str, dict[str, float]]:
        if protocol != "pooled" or not len(rows["images"]):
            return {}
        low, high = median_bracket(rows["histogram"])
        return {"the pooled median lies certainly between": {"low": low, "high": high}}
