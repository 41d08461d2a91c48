"""Scoring pictures that were generated or edited, without a person: by a named colour, and by the one true edit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import rgb_to_oklab
from cavendish.errors import MetricError
from cavendish.evaluation.color_check import LEAST_REGION, named_color, standing_out
from cavendish.evaluation.scoring.scorer import Kind, Record


@dataclass(frozen=True)
class ColorTruth:
    """What a prompt asked for: a thing and its colour, one of the seven vivid ones."""

    noun: str
    color: str


@dataclass(frozen=True)
class ColorScorer:
    """Whether the thing of the prompt has the colour of the prompt, by `checker`.

    A prediction is (h, w, 3) uint8, or (h, w, 4) where alpha marks the region of the thing; a region that is nearly
    nothing, or none, is replaced by what stands out near the middle.
    """

    kind: Kind = "picture"
    claim: str = "the named thing in the named colour, by an automatic checker"
    protocols: tuple[str, ...] = ("checker",)
    lower_is_better: bool = False
    quality_name: str = "right colour"
    resampled: bool = True

    def measure(self, prediction: NDArray[np.uint8], truth: ColorTruth, protocol: str) -> Record:
        rgb = prediction[..., :3]
        region = region_of(prediction)
        marked = region is not None
        found = named_color(rgb[standing_out(rgb) if region is None else region])
        return {"asked": truth.color, "found": found, "noun": truth.noun, "marked": marked}

    def quality(self, record: Record, protocol: str) -> float | None:
        return float(record["asked"] == record["found"])

    def table(self, records: Sequence[Record], protocol: str) -> "ColorTable":
        return ColorTable(list(records))


def region_of(prediction: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """(H, W) bool: the region that alpha marks; None where there is none to speak of."""
    if prediction.shape[-1] == 3 or np.mean(prediction[..., 3] > 0) < LEAST_REGION:
        return None
    return np.asarray(prediction[..., 3] > 0)


@dataclass(frozen=True)
class ColorTable:
    """What was asked for and what was found."""

    records: list[Record]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        times = np.ones(len(self.records)) if weights is None else weights.astype(float)
        asked = np.array([record["asked"] for record in self.records])
        found = np.array([record["found"] for record in self.records])
        total = times.sum()
        names = set(asked.tolist())
        # What the same pictures would get if their prompts were dealt out anew.
        chance = sum(float(times @ (asked == name)) * float(times @ (found == name)) for name in names) / total**2
        return {
            "right colour": float(times @ (asked == found) / total),
            "by chance": chance,
            "region marked by a model": float(times @ [record["marked"] for record in self.records] / total),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        def shares(field: str) -> dict[str, float]:
            groups: dict[str, list[bool]] = {}
            for record in self.records:
                groups.setdefault(record[field], []).append(record["asked"] == record["found"])
            return {name: sum(rows) / len(rows) for name, rows in sorted(groups.items())}

        return {"right colour by the colour asked for": shares("asked"), "right colour by the thing": shares("noun")}


@dataclass(frozen=True, eq=False)
class EditTruth:
    """The picture before and after the edit, (H, W, 3) uint8 each, equal wherever the edit changes nothing."""

    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    kind: str = ""


@dataclass(frozen=True)
class EditScorer:
    """How near an edited picture, (H, W, 3) uint8, comes to the one true edit, as mean distance in OKLab x 100.

    "change made" is 1 for the truth itself, 0 for the picture left as it was, below 0 for one that is farther off.
    An edit with several right outcomes ("add a mug") is measured against the one that was rendered.
    """

    kind: Kind = "picture"
    claim: str = "edited pictures, distance to the one rendered truth"
    protocols: tuple[str, ...] = ("rendered",)
    lower_is_better: bool = False
    quality_name: str = "distance to the truth"
    resampled: bool = True

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

    def table(self, records: Sequence[Record], protocol: str) -> "EditTable":
        return EditTable(list(records))


@dataclass(frozen=True)
class EditTable:
    """Distances to the truth, one record a picture."""

    records: list[Record]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        times = np.ones(len(self.records)) if weights is None else weights.astype(float)

        def mean(values: list[float | None]) -> float:
            known = np.array([value is not None for value in values])
            kept = np.array([value or 0.0 for value in values])
            return float(times @ kept / (times @ known)) if times @ known else float("nan")

        return {
            "change made": mean([_made(record) for record in self.records]),
            "distance": mean([record["distance"] for record in self.records]),
            "distance where it should change": mean([record["inside"] for record in self.records]),
            "distance where it should stay": mean([record["outside"] for record in self.records]),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        groups: dict[str, list[float]] = {}
        for record in self.records:
            groups.setdefault(record["kind"], []).append(_made(record))
        return {"change made by the kind of edit": {k: sum(v) / len(v) for k, v in sorted(groups.items())}}


def _made(record: Record) -> float:
    """The share of the way from the picture before to the truth, no worse than -1."""
    if not record["before"]:
        return 0.0
    return max(-1.0, 1.0 - float(record["distance"]) / float(record["before"]))
