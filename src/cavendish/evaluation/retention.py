"""What tuning a generator to see has cost it: its pictures against its base's, on the same prompts and seeds.

The judge is automatic (rulers/pictures.py): of two pictures of one prompt the one with the right colour wins, of two
edits of one scene the one that is nearer to the rendered truth by more than MARGIN. It has no favourite position, so
both orders of showing the two give one verdict, and the strict rate is the rate of decided items.
"""

from dataclasses import asdict, dataclass
from typing import Any

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.winrate import Judged, Verdict, WinRate, win_rate
from cavendish.evaluation.run import RunResult

MARGIN = 0.05  # of the larger of two distances; what differs by less is a tie


@dataclass(frozen=True)
class Retention:
    """The tuned model (A) against its base (B) on the items of one benchmark that both have answered."""

    benchmark: str
    tuned: str
    base: str
    score: WinRate

    def line(self) -> str:
        """One sentence with the rate, its interval and what it is made of."""
        s = self.score
        return (
            f"{self.benchmark}: win rate {s.rate:.3f} ({s.wilson.low:.3f} to {s.wilson.high:.3f}) over "
            f"{s.items} items; strict wins {s.strict_a}, strict losses {s.strict_b}, ties {s.strict_tie}"
        )

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        score = asdict(self.score)
        score["position_bias"] = None  # this judge sees no position
        return {"benchmark": self.benchmark, "tuned": self.tuned, "base": self.base, **score}


def compare(tuned: RunResult, base: RunResult) -> Retention:
    """The win rate of one run over another of the same benchmark, split and preset. MetricError for others."""
    same = [(r.benchmark.name, r.split, r.preset) for r in (tuned, base)]
    if same[0] != same[1]:
        raise MetricError(f"Runs of {' '.join(same[0])} and of {' '.join(same[1])} cannot be compared.")
    others = {item.key: item.record for item in base.scored if item.record is not None}
    ruler, preset = tuned.benchmark.ruler, tuned.preset
    judged: list[Judged] = []
    for item in tuned.scored:
        if item.record is not None and item.key in others:
            verdict = _verdict(ruler.quality(item.record, preset), ruler.quality(others[item.key], preset))
            judged.append((verdict, verdict))
    return Retention(tuned.benchmark.title, tuned.answers, base.answers, win_rate(judged))


def _verdict(a: float | None, b: float | None) -> Verdict:
    """Of two qualities, larger is better."""
    if a is None or b is None or abs(a - b) <= MARGIN * max(abs(a), abs(b)):
        return "tie"
    return "A" if a > b else "B"
