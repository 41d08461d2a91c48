"""Scoring pictures by stored replies and probabilities of a judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.rubric import item_score, parse_scores, rubric_score
from cavendish.evaluation.metrics.vqascore import answer_probability, skill_means
from cavendish.evaluation.metrics.winrate import item_points, parse_verdict, win_rate
from cavendish.evaluation.scoring.scorer import Kind, Record


@dataclass(frozen=True)
class JudgedScorer:
    """Judgements by protocol; the prediction is a JSON object and the truth is the item's groups (skills, edit type).

    "win-rate": {"first": reply, "swapped": reply}, where model A was shown first, then second.
    "rubric": {"reply": text of ImgEdit's judge, or null for a failed call}.
    "vqascore": {"tokens": [probability of each token of the answer "Yes"]}.
    """

    protocols: tuple[str, ...]
    kind: Kind = "judgement"
    claim: str = "a judge's opinion"
    lower_is_better: bool = False
    quality_name: str = "points"
    resampled: bool = True

    def measure(self, prediction: dict[str, Any], truth: Sequence[str], protocol: str) -> Record:
        if protocol not in self.protocols:
            raise MetricError(f"There is no protocol {protocol!r} here; choose one of {', '.join(self.protocols)}.")
        fields = {"win-rate": ("first", "swapped"), "rubric": ("reply",), "vqascore": ("tokens",)}[protocol]
        missing = [name for name in fields if name not in prediction]
        if missing:
            raise MetricError(f"The judgement has no {missing[0]!r}, which the protocol {protocol!r} needs.")
        record: Record = {"groups": list(truth)}
        if protocol == "win-rate":
            first, second = parse_verdict(prediction["first"]), parse_verdict(prediction["swapped"], swapped=True)
            return record | {"verdicts": [first, second], "value": item_points((first, second))}
        if protocol == "rubric":
            scores = parse_scores(prediction["reply"] or "")
            return record | {"scores": scores, "value": item_score(scores)}
        return record | {"value": answer_probability(prediction["tokens"])}

    def quality(self, record: Record, protocol: str) -> float | None:
        value: float | None = record["value"]
        return value

    def table(self, records: Sequence[Record], protocol: str) -> "JudgedTable":
        return JudgedTable(protocol, list(records))


@dataclass(frozen=True)
class JudgedTable:
    """One value an item, NaN where the reply could not be read."""

    protocol: str
    records: list[Record]

    def values(self, weights: NDArray[np.integer] | None = None) -> dict[str, float]:
        points = np.array([np.nan if r["value"] is None else r["value"] for r in self.records], float)
        times = np.ones(len(points)) if weights is None else weights.astype(float)
        kept = ~np.isnan(points)
        total = times[kept].sum()
        mean = float(times[kept] @ points[kept] / total) if total else float("nan")
        if self.protocol != "win-rate":
            # ImgEdit rounds each type to 2 decimals and gives no overall; this mean of items is ours.
            return {"score": mean, "unreadable": float(times[~kept].sum())}
        if weights is not None:
            return {"win rate": mean}
        details = win_rate([tuple(record["verdicts"]) for record in self.records])
        return {
            "win rate": details.rate,
            "strict wins": details.strict_a / details.items,
            "strict losses": details.strict_b / details.items,
            "tie rate": details.tie_rate,
            "position bias": details.position_bias,
            "unreadable": float(details.unparsable),
        }

    def breakdown(self) -> dict[str, dict[str, float]]:
        if self.protocol == "rubric":
            means = rubric_score((record["groups"][0], record["scores"]) for record in self.records).by_type
        else:
            groups: dict[str, list[int]] = {}
            for number, record in enumerate(self.records):
                for name in record["groups"]:
                    groups.setdefault(name, []).append(number)
            means = skill_means({n: r["value"] for n, r in enumerate(self.records)}, dict(sorted(groups.items())))
            means.pop("all", None)  # "score" or "win rate", of all prompts
        return {"mean per group": means} if means else {}
