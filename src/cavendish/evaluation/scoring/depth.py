"""Scoring metric depth."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.evaluation.metrics.depth import DepthScore, depth_score
from cavendish.evaluation.metrics.depth_protocols import DEPTH_PROTOCOLS, depth_protocol, protocol_pixels
from cavendish.evaluation.metrics.means import mean
from cavendish.evaluation.scoring.scorer import Record, Scorer

_NAMES = tuple(field.name for field in fields(DepthScore))
_RANGES = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0, float("inf"))  # metres, of the breakdown


@dataclass(frozen=True)
class DepthTruth:
    """(H, W) metres, z-depth; `valid` (H, W) is the data set's own mask, None where it has none."""

    metres: NDArray[np.floating]
    valid: NDArray[np.bool_] | None = None


@dataclass
class DepthScorer(Scorer):
    """Metric depth of one data set, under the protocols that know it. Predictions are (h, w) metres."""

    dataset: str
    kind = "depth"
    claim = "metric depth, nothing aligned, mean over pictures"
    quality_name = "AbsRel"

    def __post_init__(self) -> None:
        self.protocols = tuple(name for name, sets in DEPTH_PROTOCOLS.items() if self.dataset in sets)

    def measure(self, prediction: NDArray[np.floating], truth: DepthTruth, protocol: str) -> Record:
        rules = depth_protocol(protocol, self.dataset)
        pixels = protocol_pixels(prediction, truth.metres, rules, truth.valid)
        if pixels is None or (score := depth_score(*pixels, rules.abs_rel_eps)) is None:
            return {"skipped": True}
        p, g = (metres[pixels[2]].astype(float) for metres in pixels[:2])
        bins = np.digitize(g, _RANGES) - 1
        hits = np.maximum(p / g, g / p) < 1.25
        sums = [np.bincount(bins, each, len(_RANGES) - 1) for each in (np.ones(len(g)), hits, np.abs(p - g) / g)]
        return asdict(score) | {"ranges": [row.tolist() for row in sums]}

    def quality(self, record: Record, protocol: str) -> float | None:
        return None if record.get("skipped") else -record["abs_rel"]

    def stack(self, records: Sequence[Record]) -> Any:
        """(n, 12) errors; (3, R) pixels, pixels with r < 1.25 and summed relative errors by ranges of true depth."""
        errors = np.array([[record[name] for name in _NAMES] for record in records]).reshape(-1, len(_NAMES))
        return errors, sum((np.array(record["ranges"]) for record in records), np.zeros((3, len(_RANGES) - 1)))

    def values(self, rows: Any, times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        return dict(zip(_NAMES, mean(rows[0], times).tolist()))

    def breakdown(self, rows: Any, protocol: str) -> dict[str, dict[str, float]]:
        names = [f"{low:g} to {high:g} m" for low, high in pairwise(_RANGES)]
        seen = [(name, *sums) for name, *sums in zip(names, *rows[1].tolist()) if sums[0]]
        return {
            "delta1 by true depth, pooled pixels": {name: hits / pixels for name, pixels, hits, _ in seen},
            "AbsRel by true depth, pooled pixels": {name: relative / pixels for name, pixels, _, relative in seen},
        }
