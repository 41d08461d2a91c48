"""Pairwise preference of a judge who saw every pair of pictures in both orders.

A judge tends to prefer a position, so each item is judged twice, the second time swapped. A verdict names the model
that won, already un-swapped. A verdict that could not be read counts as a tie and is reported.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.intervals import Interval, bootstrap, wilson

Verdict = Literal["A", "B", "tie", "unparsable"]
Judged = tuple[Verdict, Verdict]  # A shown first, then B shown first

_POINTS: dict[str, float] = {"A": 1.0, "B": 0.0, "tie": 0.5, "unparsable": 0.5}


def parse_verdict(reply: str, swapped: bool = False) -> Verdict:
    """Read {"winner": "A" | "B" | "tie"} from a judge's reply, where A is the picture shown first.

    Text around the one JSON object is allowed. With `swapped` the first picture was model B's, and the verdict is
    turned back. Anything else, two different objects included, is "unparsable".
    """
    winners: set[str] = set()
    decoder = json.JSONDecoder()
    start = reply.find("{")
    while start != -1:
        try:
            value, length = decoder.raw_decode(reply[start:])
        except json.JSONDecodeError:
            length = 1
        else:
            if isinstance(value, dict) and "winner" in value:
                winners.add(str(value["winner"]).strip().lower())
        start = reply.find("{", start + length)
    if len(winners) != 1:
        return "unparsable"
    shown: dict[str, Verdict] = {"a": "B" if swapped else "A", "b": "A" if swapped else "B", "tie": "tie"}
    return shown.get(winners.pop(), "unparsable")


def item_points(judged: Judged) -> float:
    """Points of model A for one item in [0, 1]: the mean of its two verdicts."""
    return (_POINTS[judged[0]] + _POINTS[judged[1]]) / 2


@dataclass(frozen=True)
class WinRate:
    """Model A against model B over `items` items; the two rates sum to 1 because a tie is split."""

    items: int
    rate: float
    strict_a: int  # items where both orders say A
    strict_b: int
    strict_tie: int  # everything else
    tie_rate: float  # share of verdicts that are "tie"
    position_bias: float  # share of decided verdicts that chose the picture shown first; 0.5 is fair, NaN if none
    unparsable: int  # verdicts
    wilson: Interval
    bootstrap: Interval | None


def win_rate(items: Sequence[Judged]) -> WinRate:
    """Sum up judged items. Raises MetricError without any, or for a verdict other than the four words."""
    if not items:
        raise MetricError("A win rate needs at least one judged item.")
    verdicts = [verdict for judged in items for verdict in judged]
    if strange := set(verdicts) - set(_POINTS):
        raise MetricError(f"{sorted(strange)[0]!r} is not a verdict; use one of {', '.join(_POINTS)}.")
    points = np.array([item_points(judged) for judged in items])
    rate = float(points.mean())
    strict_a, strict_b = items.count(("A", "A")), items.count(("B", "B"))
    decided = sum(verdict in ("A", "B") for verdict in verdicts)
    first = sum((judged[0] == "A") + (judged[1] == "B") for judged in items)
    return WinRate(
        items=len(items),
        rate=rate,
        strict_a=strict_a,
        strict_b=strict_b,
        strict_tie=len(items) - strict_a - strict_b,
        tie_rate=verdicts.count("tie") / len(verdicts),
        position_bias=first / decided if decided else float("nan"),
        unparsable=verdicts.count("unparsable"),
        wilson=wilson(rate, len(items)),
        bootstrap=bootstrap(len(points), lambda times: float(times @ points / times.sum())),
    )
