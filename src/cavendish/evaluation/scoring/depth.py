"""Scoring metric depth."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.depth import DepthScore, mean_depth_score, score_rows
from cavendish.evaluation.metrics.depth_protocols import (
    DEPTH_PROTOCOLS,
    aligned,
    depth_protocol,
    measured,
    protocol_score,
)
from cavendish.evaluation.scoring.scorer import Kind, Record

_RANGES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, float("inf"))  # metres, of the breakdown


@dataclass(frozen=True)
class DepthTruth:
    """(H, W) metres, z-depth; `valid` (H, W) is the data set's own mask, None where it has none."""

    metres: NDArray[np.floating]
    valid: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class DepthScorer:
    """Metric depth of one data set, under the protocols that know it. Predictions are (h, w) metres."""

    dataset: str
    kind: Kind = "depth"
    claim: str = "metric depth, nothing aligned, mean over pictures"
    lower_is_better: bool = False
    quality_name: str = "AbsRel"
    resampled: bool = True

    @property
    def protocols(self) -> tuple[str, ...]:
        return tuple(name for name, sets in DEPTH_PROTOCOLS.items() if self.dataset in sets)

    def measure(self, prediction: NDArray[np.floating], truth: DepthTruth, protocol: str) -> Record:
        rules = depth_protocol(protocol, self.dataset)
        score = protocol_score(prediction, truth.metres, rules, truth.valid)
        if score is None:
            return {"skipped": True}
        mask = measured(truth.metres, rules, truth.valid)
        shape = truth.metres.shape[0], truth.metres.shape[1]
        p, g = aligned(prediction, shape, rules)[mask].astype(float), truth.metres[mask].astype(float)
        bins = np.digitize(g, _RANGES) - 1
        count = len(_RANGES) - 1
        hits = np.maximum(p / g, g / p) < 1.25
        ranges = [
            np.bincount(bins, minlength=count),
            np.bincount(bins, weights=hits, minlength=count),
            np.bincount(bins, weights=np.abs(p - g) / g, minlength=count),
        ]
        return asdict(score) | {"ranges": [row.tolist() for row in ranges]}

    def quality(self, record: Record, protocol: str) -> float | None:
        return None if record.get("skipped") else -record["abs_rel"]

    def table(self, records: Sequence[Record], protocol: str) -> "DepthTable":
        names = [field.name for field in fields(DepthScore)]
        scores = [None if r.get("skipped") else DepthScore(**{name: r[name] for name in names}) for r in records]
        empty = np.zeros((3, len(_RANGES) - 1))
        ranges = np.sum([r.get("ranges", empty) for r in records], axis=0)
        return DepthTable(score_rows(scores), ranges)


@dataclass(frozen=True)
class DepthTable:
    """One row a picture, as `mean_depth_score` takes them."""

    rows: NDArray[np.float64]
    ranges: NDArray[np.float64]  # (3, R): pixels, pixels with r < 1.25, sum of relative errors

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        return asdict(mean_depth_score(self.rows, weights))

    def breakdown(self) -> dict[str, dict[str, float]]:
        names = [f"{low:g} to {high:g} m" for low, high in pairwise(_RANGES)]
        pixels, hits, relative = self.ranges
        seen = pixels > 0
        return {
            "delta1 by true depth, pooled pixels": {n: h / c for n, h, c, s in zip(names, hits, pixels, seen) if s},
            "AbsRel by true depth, pooled pixels": {n: r / c for n, r, c, s in zip(names, relative, pixels, seen) if s},
        }
