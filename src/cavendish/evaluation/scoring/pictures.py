"""Scoring pictures that were generated or edited, without a person: by a named colour, and by the one true edit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import rgb_to_oklab
from cavendish.errors import MetricError
from cavendish.evaluation.color_check import LEAST_REGION, named_color, standing_out
from cavendish.evaluation.metrics.means import group_means, mean
from cavendish.evaluation.scoring.scorer import Record, Scorer


@dataclass(frozen=True)
class ColorTruth:
    """What a prompt asked for: a thing and its colour, one of the seven vivid ones."""

    noun: str
    color: str


@dataclass(frozen=True)
class ColorScorer(Scorer):
    """Whether the thing of the prompt has the colour of the prompt, by `checker`.

    A prediction is (h, w, 3) uint8, or (h, w, 4) where alpha marks the region of the thing; a region that is nearly
    nothing, or none, is replaced by what stands out near the middle.
    """

    kind = "picture"
    claim = "the named thing in the named colour, by an automatic checker"
    protocols = ("checker",)
    quality_name = "right colour"

    def measure(self, prediction: NDArray[np.uint8], truth: ColorTruth, protocol: str) -> Record:
        rgb = prediction[..., :3]
        region = region_of(prediction)
        marked = region is not None
        found = named_color(rgb[standing_out(rgb) if region is None else region])
        return {"asked": truth.color, "found": found, "noun": truth.noun, "marked": marked}

    def quality(self, record: Record, protocol: str) -> float | None:
        return float(record["asked"] == record["found"])

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        asked, found = rows["asked"], rows["found"]
        # What the same pictures would get if their prompts were dealt out anew.
        chance = sum(mean(asked == name, times) * mean(found == name, times) for name in np.unique(asked))
        return {
            "right colour": float(mean(asked == found, times)),
            "by chance": float(chance),
            "region marked by a model": float(mean(rows["marked"], times)),
        }

    def breakdown(self, rows: dict[str, NDArray], protocol: str) -> dict[str, dict[str, float]]:
        right = (rows["asked"] == rows["found"]).tolist()
        return {
            "right colour by the colour asked for": group_means(zip(rows["asked"].tolist(), right)),
            "right colour by the thing": group_means(zip(rows["noun"].tolist(), right)),
        }


def region_of(prediction: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """(H, W) bool: the region that alpha marks; None where there is none to speak of."""
    if prediction.shape[-1] == 3 or np.mean(prediction[..., 3] > 0) < LEAST_REGION:
        return None
    return np.asarray(prediction[..., 3] > 0)


@dataclass(frozen=True, eq=False)
class EditTruth:
    """The picture before and after the edit, (H, W, 3) uint8 each, equal wherever the edit changes nothing."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    kind: str = ""


@dataclass(frozen=True)
class EditScorer(Scorer):
    """How near an edited picture, (H, W, 3) uint8, comes to the one true edit, as mean distance in OKLab x 100.

    "change made" is 1 for the truth itself, 0 for the picture left as it was, below 0 for one that is farther off.
    An edit with several right outcomes ("add a mug") is measured against the one that was rendered.
    """

    kind = "picture"
    claim = "edited pictures, distance to the one rendered truth"
    protocols = ("rendered",)
    quality_name = "distance to the truth"

    def measure(self, prediction: NDArray[np.uint8], truth: EditTruth, protocol: str) -> Record:
        if prediction.shape[:2] != truth.after.shape[:2]:
            raise MetricError(f"The picture is {prediction.shape[:2]} but the truth is {truth.after.shape[:2]}.")
        target, changed = rgb_to_oklab(truth.after), (truth.before != truth.after).any(axis=-1)

        def off(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
            return 100 * np.linalg.norm(rgb_to_oklab(picture) - target, axis=-1)

        error, before = off(prediction[..., :3]), off(truth.before)
        inside, outside = error[changed], error[~changed]
        return {
            "distance": float(error.mean()),
            "before": float(before.mean()),
            "inside": float(inside.mean()) if inside.size else None,
            "outside": float(outside.mean()) if outside.size else None,
            "kind": truth.kind,
        }

    def quality(self, record: Record, protocol: str) -> float | None:
        return -float(record["distance"])

    def stack(self, records: Sequence[Record]) -> dict[str, NDArray]:
        return super().stack(records) | {"made": np.array([_made(record) for record in records])}

    def values(self, rows: dict[str, NDArray], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        def known_mean(values: NDArray) -> float:
            values = values.astype(float)  # None becomes NaN
            known = ~np.isnan(values)
            return float(mean(values[known], times[known]))

        return {
            "change made": float(mean(rows["made"], times)),
            "distance": float(mean(rows["distance"], times)),
            "distance where it should change": known_mean(rows["inside"]),
            "distance where it should stay": known_mean(rows["outside"]),
        }

    def breakdown(self, rows: dict[str, NDArray], protocol: str) -> dict[str, dict[str, float]]:
        return {"change made by the kind of edit": group_means(zip(rows["kind"].tolist(), rows["made"].tolist()))}


def _made(record: Record) -> float:
    """The share of the way from the picture before to the truth, no worse than -1."""
    if not record["before"]:
        return 0.0
    return max(-1.0, 1.0 - float(record["distance"]) / float(record["before"]))
