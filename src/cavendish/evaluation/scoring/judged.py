"""Scoring pictures by stored replies of a judge: verdicts on pairs, ImgEdit's scores, the "Yes" of VQAScore."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.means import group_means, mean
from cavendish.evaluation.metrics.winrate import item_points, parse_verdict, win_rate
from cavendish.evaluation.scoring.scorer import Record, Scorer

_SCORE = re.compile(r"(?:(?!: ).)*: ([0-9]+)")  # one ": " in the line, and digits alone after it
_FIELDS = {"win-rate": ("first", "swapped"), "rubric": ("reply",), "vqascore": ("tokens",)}


@dataclass(frozen=True)
class JudgedScorer(Scorer):
    """Judgements by protocol; the prediction is a JSON object and the truth is the item's groups (skills, edit type).

    "win-rate": {"first": reply, "swapped": reply}, where model A was shown first, then second.
    "rubric": {"reply": text of ImgEdit's judge, or null for a failed call}.
    "vqascore": {"tokens": [probability of each token of the answer "Yes"]}.
    """

    protocols: tuple[str, ...]
    kind = "judgement"
    claim = "a judge's opinion"
    quality_name = "points"

    def measure(self, prediction: dict[str, Any], truth: Sequence[str], protocol: str) -> Record:
        missing = [name for name in _FIELDS[protocol] if name not in prediction]
        if missing:
            raise MetricError(f"The judgement has no {missing[0]!r}, which the protocol {protocol!r} needs.")
        record: Record = {"groups": list(truth)}
        if protocol == "win-rate":
            judged = parse_verdict(prediction["first"]), parse_verdict(prediction["swapped"], swapped=True)
            return record | {"verdicts": list(judged), "value": item_points(judged)}
        if protocol == "rubric":
            return record | {"value": item_score(parse_scores(prediction["reply"] or ""))}
        return record | {"value": answer_probability(prediction["tokens"])}

    def quality(self, record: Record, protocol: str) -> float | None:
        value: float | None = record["value"]
        return value

    def stack(self, records: Sequence[Record]) -> Sequence[Record]:
        return records

    def values(self, rows: Sequence[Record], times: NDArray[np.integer], protocol: str) -> dict[str, float]:
        values = np.array([row["value"] for row in rows], float)  # NaN where the reply could not be read
        read = ~np.isnan(values)
        average = float(mean(values[read], times[read]))
        if protocol != "win-rate":
            # ImgEdit rounds each type to 2 decimals and gives no overall; this mean of items is ours.
            return {"score": average, "unreadable": float(times[~read].sum())}
        if (times != 1).any():
            return {"win rate": average}
        details = win_rate([tuple(row["verdicts"]) for row in rows])
        return {
            "win rate": details.rate,
            "strict wins": details.strict_a / details.items,
            "strict losses": details.strict_b / details.items,
            "tie rate": details.tie_rate,
            "position bias": details.position_bias,
            "unreadable": float(details.unparsable),
        }

    def breakdown(self, rows: Sequence[Record], protocol: str) -> dict[str, dict[str, float]]:
        means = group_means((name, row["value"]) for row in rows if row["value"] is not None for name in row["groups"])
        if protocol == "rubric":
            means = {name: round(value, 2) for name, value in means.items()}  # as ImgEdit does
        return {"mean per group": means} if means else {}


def parse_scores(reply: str) -> list[int]:
    """The scores of the lines that are exactly "Name: digits", in order, as ImgEdit's parser reads them.

    "4.", "4/5" and "**4**" are not digits and are dropped without a word there.
    """
    matches = (_SCORE.fullmatch(line.strip()) for line in reply.splitlines())
    return [int(match[1]) for match in matches if match]


def item_score(scores: Sequence[int]) -> float | None:
    """The mean of an item's scores rounded to 2 decimals, as ImgEdit's scripts do; None without any.

    The rubric asks the judge that the second and third score never exceed the first, and nothing enforces it.
    """
    return round(sum(scores) / len(scores), 2) if scores else None


def answer_probability(tokens: Sequence[float]) -> float:
    """Geometric mean of the probabilities of the answer's tokens; of one token, its probability."""
    if not tokens or not all(0 <= p <= 1 for p in tokens):
        raise MetricError("The answer needs at least one token, each with a probability in [0, 1].")
    return exp(sum(log(p) for p in tokens) / len(tokens)) if all(tokens) else 0.0
