"""One call for all that `cavendish eval` does: a model or stored predictions, measured, with a report."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

from cavendish.assistant import open_assistant
from cavendish.errors import BenchmarkError, CostError
from cavendish.evaluation.benchmarks import Benchmark, find_benchmark, find_worlds
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.predictions import find_predictions
from cavendish.evaluation.ray_runner import run_on_ray
from cavendish.evaluation.report.page import as_markdown, write_report
from cavendish.evaluation.retention import Retention, compare, compare_by
from cavendish.evaluation.runner import Answers, RunConfig, RunResult, Scored, run_together, score_items
from cavendish.files import write_text
from cavendish.loading import SHIPPED, LicenceNotice, load
from cavendish.model import Options, VisionModel

RETENTION = ("generate", "edit")  # the measures of Worlds that retention compares

Done = Callable[[Scored], None]  # called for every item
Notify = Callable[[str], None]  # takes one sentence


@dataclass(frozen=True, kw_only=True)
class EvalConfig:
    """What is measured, what answers, and where the numbers go."""

    benchmark: str  # a name of `benchmarks.BENCHMARKS`; "worlds" and "retention" are several measures
    root: Path | None = None  # the data, in its official layout
    model: str | VisionModel = SHIPPED
    model_options: Mapping[str, Any] = field(default_factory=dict)  # of `cavendish.load`
    options: Options = field(default_factory=Options)  # of every call: seed, steps, guidance, votes
    predictions: Path | None = None  # a folder or file to score; no model is asked then
    scale: str | float | None = None  # how predictions are read, as for `StoredPredictions`
    frame: str = "opengl"
    x: str | None = None
    base: str | VisionModel | None = None  # of retention: what `model` was tuned from
    judge: str | VisionModel | None = None  # marks things in generated pictures; None is the model itself
    vlm_judge: str | None = None  # of retention: a language model that also judges, KIND:NAME
    tasks: Sequence[str] | None = None  # measures of Worlds; None is all that ask about a picture
    size: int = 128  # pixels of a side of Worlds scenes
    split: str = ""  # the benchmark's first by default, as for `protocol`
    protocol: str = ""
    limit: int | None = None  # items of each benchmark
    max_cost: float | None = None  # US dollars that hosted pictures may cost
    ray: bool = False  # ask on a Ray cluster
    workers: int | None = None  # with ray: models at once; None is one a GPU
    out: Path | None = None  # None is a folder under out/eval

    def __post_init__(self) -> None:
        if self.vlm_judge and self.benchmark != "retention":
            raise BenchmarkError("A language model judges the pairs of retention; another benchmark has none.")
        if self.benchmark == "retention" and (self.base is None or self.predictions is not None):
            raise BenchmarkError("Retention compares two models: --model TUNED --base BASE.")
        if self.ray and self.max_cost is not None:
            raise CostError("max_cost is counted in one process; leave out ray, whose models would each spend it")
        if self.ray and any(isinstance(model, VisionModel) for model in (self.model, self.base, self.judge)):
            raise BenchmarkError("On a Ray cluster every worker opens its own model; give a model by its name.")

    def benchmarks(self) -> list[Benchmark]:
        """The benchmarks to measure. Raises BenchmarkError for one that is not there or needs its data."""
        if self.benchmark == "worlds":
            return find_worlds(self.tasks, self.size)
        found = find_benchmark(self.benchmark)
        if found.home and self.root is None:
            raise BenchmarkError(f"{found.title} needs its data: --root FOLDER. Get it from {found.home}.")
        return [found]

    def folder(self) -> Path:
        """Where everything is written."""
        name = self.model if isinstance(self.model, str) else self.model.about.name
        if self.predictions is not None:
            name = f"{self.predictions.name}-scored"
        return self.out or Path("out/eval") / self.benchmark / _slug(name)

    def run(self, benchmark: Benchmark, answers: Answers) -> RunConfig:
        """The run of one benchmark; BenchmarkError for a protocol by which a model cannot be asked."""
        own = benchmark.asked_protocol if self.predictions is None else ""
        if own and self.protocol not in ("", own):
            refused = f"{self.protocol!r} is for stored predictions."
            raise BenchmarkError(f"{benchmark.title}: a model is asked by the protocol {own!r}; {refused}")
        return RunConfig(
            benchmark=benchmark,
            root=self.root or Path(),
            answers=answers,
            out=self.folder() / benchmark.name,
            split=self.split,
            protocol=own or self.protocol,
            limit=self.limit,
        )


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What was measured, and the report of it."""

    results: list[RunResult]
    page: Path  # report.html; report.json and report.md lie beside it
    seconds: dict[str, float] = field(default_factory=dict)  # median of a picture, by the benchmark's name
    cost: float = 0.0  # US dollars, an estimate
    base: Evaluation | None = None  # of retention: the model that the tuned one is compared with
    retention: list[Retention] = field(default_factory=list)

    def summary(self) -> str:
        """The table, the first error of each benchmark, where the report lies, how long a picture took."""
        lines = [as_markdown(self.results)]
        for result in self.results:
            for item in result.errors[:1]:
                without = f"{len(result.errors)} without a number"
                lines.append(f"{result.benchmark.title}: {without}, {item.key}: {item.error}")
        lines.append(str(self.page))
        titles = {result.benchmark.name: result.benchmark.title for result in self.results}
        lines += [f"{titles[name]}: median {seconds:.3g} s a picture" for name, seconds in self.seconds.items()]
        if self.base is not None:
            lines += [self.base.summary(), *(each.line() for each in self.retention)]
        return "\n".join(lines)


def evaluate(config: EvalConfig, done: Done | None = None, notify: Notify = lambda sentence: None) -> Evaluation:
    """Measure a model or stored predictions; what an earlier call left in the folder is taken up.

    `done` is called for every item. `notify` is given the licence of a model when it is opened and, before a model that
    costs money is asked, what that costs.

    Raises BenchmarkError for a benchmark, data or predictions that are not there, MetricError for a protocol that the
    benchmark does not have, CostError where the run would cost more than `max_cost`, and what `cavendish.load` raises.
    """
    if config.benchmark == "retention":
        return _retention(config, done, notify)
    if config.predictions is not None:
        reading = {"scale": config.scale, "frame": config.frame, "x": config.x}
        found = [(each, find_predictions(config.predictions, each, **reading)) for each in config.benchmarks()]
        results = run_together([config.run(*pair) for pair in found], done)
        return Evaluation(results=results, page=write_report(results, config.folder()))
    sources = _sources(config, notify)
    runs = [config.run(source.benchmark, source) for source in sources]
    cost = _cost(config, sources, runs, notify)
    if config.ray:
        _ask_on_ray(config)
    results = run_together(runs, done)
    page = write_report(results, config.folder())
    return Evaluation(results=results, page=page, seconds=_timing(config, results, sources), cost=cost)


def _sources(config: EvalConfig, notify: Notify) -> list[ModelAnswers]:
    """The answers to each benchmark, of one opened model."""
    limits = {} if config.max_cost is None else {"max_cost": config.max_cost}
    model = _opened(config.model, {**config.model_options, **limits}, notify)
    judge = None if config.judge in (None, config.model) else _opened(config.judge, limits, notify)
    return [
        ModelAnswers(model, each, config.folder() / each.name / "predictions", config.options, judge)
        for each in config.benchmarks()
    ]


def _opened(model: str | VisionModel, options: Mapping[str, Any], notify: Notify) -> VisionModel:
    if isinstance(model, VisionModel):
        return model
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LicenceNotice)
        opened = load(model, **options)
    notify(f"{opened.about.name}, licence: {opened.about.licence}")
    return opened


def _cost(config: EvalConfig, sources: Sequence[ModelAnswers], runs: Sequence[RunConfig], notify: Notify) -> float:
    """About what the model will cost, in dollars; CostError if that is too much."""
    about = sources[0].model.about
    if about.price <= 0:
        return 0.0
    left = sum(source.paintings_left(run.items()) for source, run in zip(sources, runs))
    cost = left * about.price
    notify(f"about {left} pictures of {about.name} at ${about.price:g}: ${cost:.2f}")
    if config.max_cost is not None and cost > config.max_cost + 1e-9:
        raise CostError(f"the run would cost about ${cost:.2f} of ${config.max_cost:.2f} allowed; set a --limit")
    return cost


def _ask_on_ray(config: EvalConfig) -> None:
    """Leave all answers and records, by models that the cluster's workers open."""
    asked = replace(config, root=config.root and config.root.resolve(), out=config.folder().resolve())

    def work(part: tuple[int, int]) -> None:
        runs = [asked.run(source.benchmark, source) for source in _sources(asked, lambda sentence: None)]
        for _ in score_items(runs, part):
            pass

    run_on_ray(work, config.workers)


def _timing(config: EvalConfig, results: Sequence[RunResult], sources: Sequence[ModelAnswers]) -> dict[str, float]:
    """The median seconds of a picture, also kept beside the report, which says only what is the same in every run."""
    times = {}
    for result, source in zip(results, sources):
        seconds = source.seconds(item.key for item in result.scored)
        if seconds:
            times[result.benchmark.name] = {"pictures": len(seconds), "median_seconds": median(seconds)}
    write_text(config.folder() / "timing.json", json.dumps(times, indent=1))
    return {name: row["median_seconds"] for name, row in times.items()}


def _retention(config: EvalConfig, done: Done | None, notify: Notify) -> Evaluation:
    """Two evaluations of Worlds, compared by the automatic checker, and by the language model if there is one."""
    assert config.base is not None
    folder, name = config.folder(), config.vlm_judge
    assistant = None
    if name is not None:  # replies are kept beside the report, so that none is asked for twice
        record = None if name.startswith("replay:") else folder / f"replies-{_slug(name)}.json"
        assistant = open_assistant(name, record=record)
    asked = replace(
        config,
        benchmark="worlds",
        tasks=config.tasks or RETENTION,
        judge=config.judge or config.model,
        vlm_judge=None,
        out=folder / "tuned",
    )
    tuned = evaluate(asked, done, notify)
    left = None if config.max_cost is None else config.max_cost - tuned.cost
    base = evaluate(replace(asked, model=config.base, max_cost=left, out=folder / "base"), done, notify)
    compared = []
    for ours, theirs in zip(tuned.results, base.results):
        compared.append(compare(ours, theirs))
        if assistant is not None:
            compared.append(compare_by(assistant, ours, theirs))
    write_text(folder / "retention.json", json.dumps([each.to_json() for each in compared], indent=1))
    write_text(folder / "retention.md", "\n\n".join(each.line() for each in compared) + "\n")
    return replace(tuned, base=base, retention=compared)


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-")
