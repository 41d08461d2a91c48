"""Measuring metric depth and surface normals."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.depth import DepthScore
from cavendish.evaluation.metrics.depth_protocols import (
    PRESETS,
    aligned,
    depth_protocol,
    measured,
    protocol_score,
    resize_bilinear,
)
from cavendish.evaluation.metrics.normals import STEP, THRESHOLDS, AngleTotal, angles, histogram_median, image_score
from cavendish.evaluation.scoring.scorer import Kind, Record

_RANGES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, float("inf"))  # metres, of the breakdown
_COARSE = 10  # steps of the angle histogram in one of the bootstrap's


@dataclass(frozen=True)
class DepthTruth:
    """(H, W) metres, z-depth; `valid` (H, W) is the data set's own mask, None where it has none."""

    metres: NDArray[np.floating]
    valid: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class DepthRuler:
    """Metric depth of one data set, under the presets that know it. Predictions are (h, w) metres."""

    dataset: str
    kind: Kind = "depth"
    claim: str = "metric depth, nothing aligned, mean over pictures"
    lower_is_better: bool = False
    quality_name: str = "AbsRel"
    resampled: bool = True

    @property
    def presets(self) -> tuple[str, ...]:
        return tuple(name for name, sets in PRESETS.items() if self.dataset in sets)

    def measure(self, prediction: NDArray[np.floating], truth: DepthTruth, preset: str) -> Record:
        protocol = depth_protocol(preset, self.dataset)
        score = protocol_score(prediction, truth.metres, protocol, truth.valid)
        if score is None:
            return {"skipped": True}
        mask = measured(truth.metres, protocol, truth.valid)
        shape = truth.metres.shape[0], truth.metres.shape[1]
        p, g = aligned(prediction, shape, protocol)[mask].astype(float), truth.metres[mask].astype(float)
        bins = np.digitize(g, _RANGES) - 1
        count = len(_RANGES) - 1
        hits = np.maximum(p / g, g / p) < 1.25
        ranges = [
            np.bincount(bins, minlength=count),
            np.bincount(bins, weights=hits, minlength=count),
            np.bincount(bins, weights=np.abs(p - g) / g, minlength=count),
        ]
        return asdict(score) | {"ranges": [row.tolist() for row in ranges]}

    def quality(self, record: Record, preset: str) -> float | None:
        return None if record.get("skipped") else -record["abs_rel"]

    def table(self, records: Sequence[Record], preset: str) -> "DepthTable":
        names = [field.name for field in fields(DepthScore)]
        rows = [[np.nan] * len(names) if r.get("skipped") else [r[name] for name in names] for r in records]
        empty = np.zeros((3, len(_RANGES) - 1))
        ranges = np.sum([r.get("ranges", empty) for r in records], axis=0)
        return DepthTable(names, np.array(rows, float).reshape(-1, len(names)), ranges)


@dataclass(frozen=True)
class DepthTable:
    """One row a picture; a skipped picture is a row of NaN."""

    names: list[str]
    rows: NDArray[np.float64]
    ranges: NDArray[np.float64]  # (3, R): pixels, pixels with r < 1.25, sum of relative errors

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        times = np.ones(len(self.rows)) if weights is None else weights.astype(float)
        kept = ~np.isnan(self.rows[:, 0])
        if not times[kept].sum():
            return dict.fromkeys(self.names, float("nan"))
        return dict(zip(self.names, (times[kept] @ self.rows[kept] / times[kept].sum()).tolist()))

    def breakdown(self) -> dict[str, dict[str, float]]:
        names = [f"{low:g} to {high:g} m" for low, high in pairwise(_RANGES)]
        pixels, hits, relative = self.ranges
        seen = pixels > 0
        return {
            "delta1 by true depth, pooled pixels": {n: h / c for n, h, c, s in zip(names, hits, pixels, seen) if s},
            "AbsRel by true depth, pooled pixels": {n: r / c for n, r, c, s in zip(names, relative, pixels, seen) if s},
        }


@dataclass(frozen=True)
class NormalTruth:
    """(H, W, 3) vectors in this project's frame and (H, W) where they count."""

    vectors: NDArray[np.floating]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class NormalRuler:
    """Angles between normals, (H, W, 3) in this project's frame.

    "pooled" is DSINE's way, "per-image" averages each picture's metrics, "marigold" rounds them to 4 decimals first.
    A prediction of another size is resized as vectors and normalised again.
    """

    kind: Kind = "normals"
    claim: str = "angle between normals in the camera frame, degrees"
    presets: tuple[str, ...] = ("pooled", "per-image", "marigold")
    lower_is_better: bool = True
    quality_name: str = "mean angle, degrees"
    resampled: bool = True

    def measure(self, prediction: NDArray[np.floating], truth: NormalTruth, preset: str) -> Record:
        if prediction.shape[:2] != truth.vectors.shape[:2]:
            height, width = truth.vectors.shape[:2]
            prediction = resize_bilinear(prediction, (height, width))
        errors = angles(prediction, truth.vectors, truth.valid)
        score = image_score(errors, decimals=4 if preset == "marigold" else None)
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
            "image": [score.mean, score.median, score.rmse, *score.within.values()],
        }

    def quality(self, record: Record, preset: str) -> float | None:
        return None if record.get("skipped") else -record["image"][0]

    def table(self, records: Sequence[Record], preset: str) -> "NormalTable":
        if preset not in self.presets:
            raise MetricError(f"There is no preset {preset!r} for normals; choose one of {', '.join(self.presets)}.")
        return NormalTable(preset, list(records))


def _packed(histogram: NDArray[np.int64]) -> str:
    return base64.b64encode(zlib.compress(histogram.astype("<u4").tobytes())).decode()


def _unpacked(text: str) -> NDArray[np.int64]:
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), "<u4").astype(np.int64)


class NormalTable:
    """The pooled total, and for the bootstrap one row a picture with its angles counted by hundredths of a degree.

    The pooled median is known to STEP; that of a bootstrap draw to ten times as much, which keeps the rows small.
    """

    def __init__(self, preset: str, records: list[Record]) -> None:
        from scipy.sparse import csr_array, vstack

        self.preset = preset
        self.kept = np.array([not record.get("skipped") for record in records], bool)
        rows = [record for record in records if not record.get("skipped")]
        self.images = np.array([row["image"] for row in rows], float).reshape(len(rows), -1)
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
        names = ["mean", "median", "rmse", *(f"below {t:g}" for t in THRESHOLDS)]
        times = np.ones(len(self.kept), np.int64) if weights is None else weights
        times = times[self.kept]
        if not times.sum():
            return dict.fromkeys(names, float("nan"))
        if self.preset != "pooled":
            return dict(zip(names, (times @ self.images / times.sum()).tolist()))
        if weights is None:
            pooled = self.total.score()
            return dict(zip(names, [pooled.mean, pooled.median, pooled.rmse, *pooled.within.values()]))
        count, total, squares, *below = (times @ self.sums).tolist()
        median = histogram_median(np.asarray(times @ self.histograms, np.int64), STEP * _COARSE)
        return dict(
            zip(names, [total / count, median, float(np.sqrt(squares / count)), *(100 * b / count for b in below)])
        )

    def breakdown(self) -> dict[str, dict[str, float]]:
        if self.preset != "pooled" or not self.total.count:
            return {}
        low, high = self.total.median_bracket()
        return {"the pooled median lies certainly between": {"low": low, "high": high}}
