"""What tuning a generator to see has cost it: its pictures against its base's, on the same prompts and seeds.

One judge is automatic (scoring/pictures.py): of two pictures of one prompt the one with the right colour wins, of two
edits of one scene the one that is nearer to the rendered truth by more than MARGIN. It has no favourite position, so
both orders of showing the two give one verdict, and the strict rate is the rate of decided items. The other judge is
a multimodal language model (vlm_judge.py), which has one, and says how far.
"""

from dataclasses import asdict, dataclass, field
from math import isnan
from typing import Any

import numpy as np

from cavendish.assistant import Assistant
from cavendish.errors import GeneratorError, MetricError
from cavendish.evaluation.metrics.winrate import Judged, Verdict, WinRate, win_rate
from cavendish.evaluation.runner import RunResult, Scored
from cavendish.evaluation.vlm_judge import judged

CHECKER = "automatic checker"
MARGIN = 0.05  # of the larger of two distances; what differs by less is a tie


@dataclass(frozen=True)
class Retention:
    """The tuned model (A) against its base (B) on the items of one benchmark that both have answered."""

    benchmark: str
    tuned: str
    base: str
    score: WinRate
    judge: str = CHECKER
    errors: dict[str, str] = field(default_factory=dict)  # items that the judge could not be asked about, and why

    def line(self) -> str:
        """One sentence with the rate, its interval and what it is made of."""
        s = self.score
        line = (
            f"{self.benchmark}, {self.judge}: win rate {s.rate:.3f} ({s.wilson.low:.3f} to {s.wilson.high:.3f}) over "
            f"{s.items} items; strict wins {s.strict_a}, strict losses {s.strict_b}, ties {s.strict_tie}"
        )
        if self.judge != CHECKER:
            line += f"; the picture shown first wins {s.position_bias:.3f}"
        if s.unparsable:
            line += f"; {s.unparsable} verdicts unreadable"
        if self.errors:
            line += f"; {len(self.errors)} items not judged, the first: {next(iter(self.errors.values()))}"
        return line

    def to_json(self) -> dict[str, Any]:
        """JSON values."""
        score = asdict(self.score)
        if self.judge == CHECKER or isnan(self.score.position_bias):  # one sees no position, the other decided nothing
            score["position_bias"] = None
        about = {"benchmark": self.benchmark, "judge": self.judge, "tuned": self.tuned, "base": self.base}
        return {**about, **score, "errors": self.errors}


def compare(tuned: RunResult, base: RunResult) -> Retention:
    """The win rate of one run over another of the same benchmark, split and protocol. MetricError for others."""
    verdicts = [_verdict(tuned.quality(ours), base.quality(theirs)) for ours, theirs in _both(tuned, base)]
    return _retention(tuned, base, [(verdict, verdict) for verdict in verdicts])


def compare_by(assistant: Assistant, tuned: RunResult, base: RunResult) -> Retention:
    """The same by a multimodal language model, over the pictures that both runs have kept.

    An item that the judge cannot be asked about is left out and named. Raises MetricError for runs that cannot be
    compared, and where nothing could be judged.
    """
    both = [ours.key for ours, _ in _both(tuned, base)]
    items = tuned.benchmark.items(set(both), tuned.config.root, tuned.config.split)
    pictures = (tuned.config.answers, base.config.answers)
    verdicts: list[Judged] = []
    errors: dict[str, str] = {}
    for key in both:
        item = items[key]
        ours, theirs = (np.ascontiguousarray(source(item)[..., :3]) for source in pictures)
        try:
            verdicts.append(judged(assistant, item.query[0], ours, theirs, item.read_image()))
        except GeneratorError as error:
            errors[key] = str(error)
    if not verdicts:
        first = next(iter(errors.values()), "there are none that both models have painted")
        raise MetricError(f"{tuned.benchmark.title}: {assistant.name} judged none of {len(both)} items; {first}")
    return _retention(tuned, base, verdicts, assistant.name, errors)


def _retention(tuned: RunResult, base: RunResult, verdicts: list[Judged], *judge: Any) -> Retention:
    ours, theirs = (run.config.answers.describe() for run in (tuned, base))
    return Retention(tuned.benchmark.title, ours, theirs, win_rate(verdicts), *judge)


def _both(tuned: RunResult, base: RunResult) -> list[tuple[Scored, Scored]]:
    """The items that both runs have measured; MetricError for runs that are not of the same questions."""
    same = [(r.benchmark.name, r.config.split, r.config.protocol) for r in (tuned, base)]
    if same[0] != same[1]:
        raise MetricError(f"Runs of {' '.join(same[0])} and of {' '.join(same[1])} cannot be compared.")
    theirs = {item.key: item for item in base.scored if item.record is not None}
    return [(item, theirs[item.key]) for item in tuned.scored if item.record is not None and item.key in theirs]


def _verdict(a: float | None, b: float | None) -> Verdict:
    """Of two qualities, larger is better."""
    if a is None or b is None or abs(a - b) <= MARGIN * max(abs(a), abs(b)):
        return "tie"
    return "A" if a > b else "B"
