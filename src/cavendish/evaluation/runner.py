"""Running a benchmark: one small record a picture, written whole or not at all, so a run can be killed and resumed.

What gives the answers is a callable: stored predictions of any model (predictions.py), or a model asked for each item.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cavendish import __version__
from cavendish.errors import BenchmarkError, CostError, MetricError
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.metrics.intervals import Interval
from cavendish.evaluation.scoring.scorer import Record
from cavendish.files import replacing

BATCH = 16  # items answered together where that is faster; a run that is killed may have that many in flight


class Answers(Protocol):
    """Gives the answer to an item, in the form that the benchmark's scorer measures."""

    def describe(self) -> str:
        """What gives the answers, for the report: a folder; a model with its revision, seed and steps."""

    def identity(self, item: Item) -> str:
        """All that the answer depends on, cheaply: a file's name, size and time; a model, its revision and seed."""

    def painting(self, item: Item) -> NDArray[np.uint8] | None:
        """The picture that the answer was read from, (h, w, 3), if there is one."""

    def __call__(self, item: Item) -> Any:
        """The answer. Whatever it raises is recorded for this item, and the run goes on."""


@runtime_checkable
class Preparing(Protocol):
    """Answers that come faster for several items at once."""

    def prepare(self, items: Sequence[Item]) -> None:
        """Have the answers ready for `__call__`; what cannot be answered is left to it."""


@dataclass(frozen=True)
class Scored:
    """One item after the run: its record, or why it has none."""

    key: str
    group: str
    record: Record | None
    error: str | None
    baselines: dict[str, Record] = field(default_factory=dict)  # of the benchmark's baselines
    note: str = ""  # what of its truth was not there


@dataclass(frozen=True)
class RunResult:
    """The numbers of one run, and everything that says what they are."""

    benchmark: Benchmark
    split: str
    protocol: str
    limit: int | None
    answers: str  # what gave them
    values: dict[str, float]
    headline: str
    interval: Interval | None  # of the headline: 95 %, bootstrap over pictures
    breakdown: dict[str, dict[str, float]]
    scored: tuple[Scored, ...]
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)  # what baselines get on the same items

    @property
    def errors(self) -> list[Scored]:
        """Items without a record; they are in none of the numbers."""
        return [item for item in self.scored if item.error is not None]

    @property
    def notes(self) -> list[str]:
        """What was not there of the truth, each said once."""
        return list(dict.fromkeys(item.note for item in self.scored if item.note))

    @property
    def skipped(self) -> int:
        """Pictures in which the protocol counts no pixel."""
        return sum(bool(item.record and item.record.get("skipped")) for item in self.scored)

    def ranked(self) -> list[Scored]:
        """Items that have a number, the best first; ties by key."""
        rated = [
            (self.benchmark.scorer.quality(s.record, self.protocol), s) for s in self.scored if s.record is not None
        ]
        kept = [(-quality, scored.key, scored) for quality, scored in rated if quality is not None]
        return [scored for *_, scored in sorted(kept, key=lambda row: row[:2])]


def run(
    benchmark: Benchmark,
    root: Path,
    answers: Answers,
    out: Path,
    *,
    split: str | None = None,
    protocol: str | None = None,
    limit: int | None = None,
    done: Callable[[Scored], None] | None = None,
) -> RunResult:
    """Measure a benchmark, taking up what an earlier run left in `out / "records"`.

    A record is used again only if nothing it depends on has changed. Items that failed are tried again. The numbers
    are always made of the records as they lie on disk, in the benchmark's order, so a resumed run equals an
    uninterrupted one to the bit. Raises BenchmarkError when no item could be measured.
    """
    split, protocol = _chosen(benchmark, split, protocol)
    scored = []
    for item in score_items(benchmark, root, answers, out, split=split, protocol=protocol, limit=limit):
        scored.append(item)
        if done is not None:
            done(item)
    return summarise(benchmark, split, protocol, limit, answers.describe(), scored)


def score_items(
    benchmark: Benchmark,
    root: Path,
    answers: Answers,
    out: Path,
    *,
    split: str | None = None,
    protocol: str | None = None,
    limit: int | None = None,
    part: tuple[int, int] = (0, 1),
) -> Iterator[Scored]:
    """Answer and measure items and leave their records; of `part` (k, n) every n-th from the k-th on, for n workers."""
    split, protocol = _chosen(benchmark, split, protocol)
    folder = out / "records"
    folder.mkdir(parents=True, exist_ok=True)
    items = islice(benchmark.samples(root, split, limit), part[0], None, part[1])
    while batch := list(islice(items, BATCH if isinstance(answers, Preparing) else 1)):
        if isinstance(answers, Preparing):
            answers.prepare([each for each in batch if _is_waiting(benchmark, each, answers, folder, split, protocol)])
        for item in batch:
            yield _score(benchmark, item, answers, folder, split, protocol)


def _chosen(benchmark: Benchmark, split: str | None, protocol: str | None) -> tuple[str, str]:
    split, protocol = split or benchmark.splits[0], protocol or benchmark.protocols[0]
    if protocol not in benchmark.protocols:
        choices = ", ".join(benchmark.protocols)
        raise MetricError(f"{benchmark.title} has no protocol {protocol!r}; choose one of {choices}.")
    return split, protocol


def summarise(
    benchmark: Benchmark,
    split: str,
    protocol: str,
    limit: int | None,
    answers: str,
    scored: Sequence[Scored],
    rounds: int = 1000,
) -> RunResult:
    """The numbers of scored items."""
    records = [item.record for item in scored if item.record is not None]
    if not records:
        first = next((item.error for item in scored), "there are none")
        raise BenchmarkError(f"{benchmark.title}: none of {len(scored)} items could be measured; the first: {first}")
    table = benchmark.scorer.table(records, protocol)
    values = table.values()
    headline = benchmark.headline_in(values)
    interval = None
    if benchmark.scorer.resampled and len(records) > 1:
        rng = np.random.default_rng(0)
        odds = np.full(len(records), 1 / len(records))
        draws = [table.values(rng.multinomial(len(records), odds))[headline] for _ in range(rounds)]
        draws = [draw for draw in draws if isfinite(draw)]
        if draws:
            low, high = np.quantile(draws, [0.025, 0.975]).tolist()
            interval = Interval(low, high)
    return RunResult(
        benchmark=benchmark,
        split=split,
        protocol=protocol,
        limit=limit,
        answers=answers,
        values=values,
        headline=headline,
        interval=interval,
        breakdown=table.breakdown(),
        scored=tuple(scored),
        baselines={
            name: benchmark.scorer.table([s.baselines[name] for s in scored if s.baselines], protocol).values()
            for name in benchmark.baselines
        },
    )


def average(results: Sequence[RunResult]) -> float:
    """The plain mean of the headlines of several runs, as in the paper's tables.

    Raises MetricError unless all make the same claim with the same headline under the same protocol: metric depth with
    aligned depth, or pooled angles with averaged ones, have no mean.
    """
    if not results:
        raise MetricError("There is nothing to average.")
    kinds = {(result.benchmark.claim, result.headline, result.protocol) for result in results}
    if len(kinds) > 1:
        listed = "; ".join(f"{headline} ({claim}, protocol {protocol})" for claim, headline, protocol in sorted(kinds))
        raise MetricError(f"These numbers mean different things and have no mean: {listed}.")
    return sum(result.values[result.headline] for result in results) / len(results)


def _score(benchmark: Benchmark, item: Item, answers: Answers, folder: Path, split: str, protocol: str) -> Scored:
    path = folder / f"{item.key}.json"
    try:
        made_of = _fingerprint(benchmark, item, split, protocol, answers.identity(item))
        stored = _stored(path, made_of)
        if stored is None:
            truth = item.load_truth()
            record = benchmark.scorer.measure(answers(item), truth, protocol)
            baselines = {
                name: benchmark.scorer.measure(f(truth), truth, protocol) for name, f in benchmark.baselines.items()
            }
            text = json.dumps({"made_of": made_of, "record": record, "baselines": baselines})
            with replacing(path) as temporary:
                temporary.write_text(text)
            stored = json.loads(text)
    except CostError:
        raise
    except Exception as error:  # whatever one picture does must not stop the others
        return Scored(item.key, item.group, None, f"{type(error).__name__}: {error}", note=item.note)
    return Scored(item.key, item.group, stored["record"], None, stored["baselines"], item.note)


def _is_waiting(benchmark: Benchmark, item: Item, answers: Answers, folder: Path, split: str, protocol: str) -> bool:
    """Whether the item is still to be answered; one that cannot be, its score will say why."""
    try:
        made_of = _fingerprint(benchmark, item, split, protocol, answers.identity(item))
    except Exception:
        return False
    return _stored(folder / f"{item.key}.json", made_of) is None


def _fingerprint(benchmark: Benchmark, item: Item, split: str, protocol: str, answer: str) -> str:
    parts = [
        __version__,
        benchmark.name,
        repr(benchmark.scorer),
        split,
        protocol,
        item.key,
        *item.query,
        answer,
        item.note,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stored(path: Path, made_of: str) -> dict[str, Any] | None:
    """What is on disk, if it was made of the same."""
    try:
        stored: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return stored if stored.get("made_of") == made_of else None
