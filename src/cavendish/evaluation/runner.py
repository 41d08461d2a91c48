"""Running benchmarks: one small record a picture, written whole or not at all, so a run can be killed and resumed.

The answers come from a callable: stored predictions of any model (predictions.py), or a model asked for each item
(model_answers.py).
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import chain, groupby, islice, repeat
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import BenchmarkError, CostError, MetricError
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.code_digest import score_code
from cavendish.evaluation.metrics.intervals import Interval, bootstrap
from cavendish.evaluation.scoring.scorer import Record
from cavendish.files import write_text

WINDOW = 96  # items whose answers are asked for together


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
class Batched(Protocol):
    """Answers that come faster when many are asked for at once."""

    @classmethod
    def answer_all(cls, asked: Sequence[tuple[Self, Item]]) -> Iterator[Any]:
        """The answers to items in their order, or the exceptions that stand for them."""


@dataclass(eq=False)
class RunConfig:
    """One benchmark to measure; MetricError for a protocol that it does not have."""

    benchmark: Benchmark
    root: Path  # of its data
    answers: Answers
    out: Path  # records are kept in out / "records"
    split: str = ""  # the benchmark's first by default, as for `protocol`
    protocol: str = ""
    limit: int | None = None  # items, from the first on

    def __post_init__(self) -> None:
        self.split = self.split or self.benchmark.splits[0]
        self.protocol = self.protocol or self.benchmark.protocols[0]
        if self.protocol not in self.benchmark.protocols:
            choices = ", ".join(self.benchmark.protocols)
            raise MetricError(f"{self.benchmark.title} has no protocol {self.protocol!r}; choose one of {choices}.")

    def items(self) -> Iterator[Item]:
        """The items to measure."""
        return self.benchmark.samples(self.root, self.split, self.limit)


@dataclass(frozen=True)
class Scored:
    """One item after the run: its record, or why it has none."""

    key: str
    record: Record | None
    error: str | None
    baselines: dict[str, Record] = field(default_factory=dict)  # of the benchmark's baselines
    note: str = ""  # what of its truth was not there


@dataclass(frozen=True)
class RunResult:
    """The numbers of one run, and everything that says what they are."""

    config: RunConfig
    values: dict[str, float]
    headline: str
    interval: Interval | None  # of the headline: 95 %, bootstrap over pictures
    breakdown: dict[str, dict[str, float]]
    scored: tuple[Scored, ...]
    baselines: dict[str, dict[str, float]]  # what baselines get on the same items

    @property
    def benchmark(self) -> Benchmark:
        return self.config.benchmark

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

    def quality(self, scored: Scored) -> float | None:
        """How good one answer is, larger is better; None if it has no number."""
        return None if scored.record is None else self.benchmark.scorer.quality(scored.record, self.config.protocol)

    def ranked(self) -> list[Scored]:
        """Items that have a number, the best first; ties by key."""
        rated = [(self.quality(scored), scored) for scored in self.scored]
        kept = [(-quality, scored.key, scored) for quality, scored in rated if quality is not None]
        return [scored for *_, scored in sorted(kept, key=lambda row: row[:2])]


def run(config: RunConfig, done: Callable[[Scored], None] | None = None) -> RunResult:
    """The numbers of one benchmark; see `run_together`."""
    return run_together([config], done)[0]


def run_together(configs: Sequence[RunConfig], done: Callable[[Scored], None] | None = None) -> list[RunResult]:
    """The numbers of each benchmark, taking up what an earlier run left in their folders.

    A record is used again only if nothing it depends on has changed. Items that failed are tried again. The numbers
    are always made of the records as they lie on disk, in the benchmark's order, so a resumed run equals an
    uninterrupted one to the bit. Raises BenchmarkError when no item of a benchmark could be measured.
    """
    scored: dict[RunConfig, list[Scored]] = {config: [] for config in configs}
    for config, item in score_items(configs):
        scored[config].append(item)
        if done is not None:
            done(item)
    return [summarise(*pair) for pair in scored.items()]


def score_items(configs: Sequence[RunConfig], part: tuple[int, int] = (0, 1)) -> Iterator[tuple[RunConfig, Scored]]:
    """Answer and measure items and leave their records.

    Several benchmarks, whose keys must then ascend, are gone through key by key, so that all questions about one
    picture are asked together. Of `part` (k, n) every n-th key from the k-th on, for n workers.
    """
    for config in configs:
        (config.out / "records").mkdir(parents=True, exist_ok=True)
    items = merge(*(zip(repeat(config), config.items()) for config in configs), key=lambda pair: pair[1].key)
    by_key = (list(group) for _, group in groupby(items, key=lambda pair: pair[1].key))
    chosen = chain.from_iterable(islice(by_key, part[0], None, part[1]))
    while window := list(islice(chosen, WINDOW)):
        found = [_look_up(config, item) for config, item in window]
        pairs = [(config.answers, item) for (config, item), known in zip(window, found) if isinstance(known, str)]
        answers = _answers(pairs)
        for (config, item), known in zip(window, found):
            yield config, _measured(config, item, known, next(answers)) if isinstance(known, str) else known


def _look_up(config: RunConfig, item: Item) -> Scored | str:
    """An item as the disk has it, or why it has no answer; else the digest of all that its record will depend on."""
    try:
        answer = config.answers.identity(item)
    except Exception as error:  # whatever one picture does must not stop the others
        return _failed(item, error)
    scorer = config.benchmark.scorer
    about = (config.benchmark.name, repr(scorer), config.split, config.protocol, item.key, *item.query, item.note)
    made_of = hashlib.sha256("\0".join((score_code(), *about, answer)).encode()).hexdigest()
    try:
        stored = json.loads(_record(config, item).read_text())
    except (FileNotFoundError, ValueError):
        return made_of
    known = isinstance(stored, dict) and stored.get("made_of") == made_of
    return _scored(item, stored) if known else made_of


def _answers(pairs: Sequence[tuple[Any, Item]]) -> Iterator[Any]:
    """The answers to items, or the exceptions that stand for them; CostError ends the run."""
    for kind, group in groupby(pairs, lambda pair: type(pair[0])):
        if issubclass(kind, Batched):
            yield from kind.answer_all(list(group))
            continue
        for source, item in group:
            try:
                yield source(item)
            except CostError:
                raise
            except Exception as error:
                yield error


def _measured(config: RunConfig, item: Item, made_of: str, answer: Any) -> Scored:
    """The record of an answer, left on the disk and read as it lies there."""
    if isinstance(answer, Exception):
        return _failed(item, answer)
    measure, protocol, baselines = config.benchmark.scorer.measure, config.protocol, config.benchmark.baselines
    try:
        truth = item.load_truth()
        record = measure(answer, truth, protocol)
        made = {name: measure(baseline(truth), truth, protocol) for name, baseline in baselines.items()}
        text = json.dumps({"made_of": made_of, "record": record, "baselines": made})
        write_text(_record(config, item), text)
    except Exception as error:
        return _failed(item, error)
    return _scored(item, json.loads(text))


def _scored(item: Item, stored: dict[str, Any]) -> Scored:
    return Scored(item.key, stored["record"], None, stored["baselines"], item.note)


def _failed(item: Item, error: Exception) -> Scored:
    return Scored(item.key, None, f"{type(error).__name__}: {error}", note=item.note)


def _record(config: RunConfig, item: Item) -> Path:
    return config.out / "records" / f"{item.key}.json"


def summarise(config: RunConfig, scored: Sequence[Scored]) -> RunResult:
    """The numbers of scored items."""
    benchmark = config.benchmark
    measured = [(item.record, item.baselines) for item in scored if item.record is not None]
    if not measured:
        first = next((item.error for item in scored), "there are none")
        raise BenchmarkError(f"{benchmark.title}: none of {len(scored)} items could be measured; the first: {first}")
    table = benchmark.scorer.table([record for record, _ in measured], config.protocol)
    values = table.values()
    headline = benchmark.headline_in(values)
    interval = None
    if benchmark.scorer.resampled:
        interval = bootstrap(len(measured), lambda times: table.values(times)[headline])
    baselines = {
        name: benchmark.scorer.table([made[name] for _, made in measured], config.protocol).values()
        for name in benchmark.baselines
    }
    return RunResult(
        config=config,
        values=values,
        headline=headline,
        interval=interval,
        breakdown=table.breakdown(),
        scored=tuple(scored),
        baselines=baselines,
    )


def average(results: Sequence[RunResult]) -> float:
    """The plain mean of the headlines of several runs, as in the paper's tables.

    Raises MetricError unless all make the same claim with the same headline under the same protocol: metric depth with
    aligned depth, or pooled angles with averaged ones, have no mean.
    """
    if not results:
        raise MetricError("There is nothing to average.")
    kinds = {(result.benchmark.scorer.claim, result.headline, result.config.protocol) for result in results}
    if len(kinds) > 1:
        listed = "; ".join(f"{headline} ({claim}, protocol {protocol})" for claim, headline, protocol in sorted(kinds))
        raise MetricError(f"These numbers mean different things and have no mean: {listed}.")
    return sum(result.values[result.headline] for result in results) / len(results)
