"""`cavendish eval`: a model, or predictions that are on disk, measured by a benchmark's own rules."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

from cavendish.cli import options as opt
from cavendish.cli.predict import SHIPPED, Guidance, MaxCost, Model, Seed, Set, Steps, Votes, open_model
from cavendish.errors import BenchmarkError, CostError

if TYPE_CHECKING:
    from cavendish.assistant import Assistant
    from cavendish.evaluation.benchmarks import Benchmark
    from cavendish.evaluation.model_answers import ModelAnswers
    from cavendish.evaluation.runner import Answers, RunResult, Scored
    from cavendish.model import Options, VisionModel

RETENTION = ("generate", "edit")


def evaluate(
    benchmark: Annotated[str, typer.Argument(help="A benchmark; worlds, which needs no data; or retention.")],
    root: Annotated[Path | None, typer.Option(help="Where the data lies, in its official layout.")] = None,
    model: Model = SHIPPED,
    predictions: Annotated[Path | None, typer.Option(help="Score this folder or file; no model is asked.")] = None,
    base: Annotated[str | None, typer.Option(help="For retention: what --model was tuned from.")] = None,
    judge: Annotated[str | None, typer.Option(help="Model that marks things in generated pictures.")] = None,
    judge_model: Annotated[
        str | None, typer.Option(help="For retention: also judge by this language model, KIND:NAME as --assistant.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for answers, records and report.")] = None,
    tasks: Annotated[str | None, typer.Option(help="Of worlds: depth,normals,semantic,… or generate,edit.")] = None,
    split: Annotated[str | None, typer.Option(help="Default: the benchmark's first.")] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", "--preset", help="Default: the benchmark's first.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many items of each task.")] = None,
    size: Annotated[int, typer.Option(help="Of worlds: pixels of a side.")] = 128,
    seed: Seed = 0,
    steps: Steps = None,
    guidance: Guidance = None,
    votes: Votes = None,
    settings: Set = None,
    max_cost: MaxCost = None,
    scale: opt.Scale = None,
    frame: Annotated[str, typer.Option(help="Of stored normals: opengl, opencv, …")] = "opengl",
    x: Annotated[str | None, typer.Option("--x", help="Of normals in .png: left or right.")] = None,
    ray: Annotated[bool, typer.Option("--ray", help="Ask on a Ray cluster; the numbers are the same.")] = False,
    workers: Annotated[int | None, typer.Option(help="With --ray: models at once. Default: one a GPU.")] = None,
) -> None:
    """Measure a model by a benchmark; what was stopped goes on where it stopped.

    Writes report.html, .json and .md, and one file a picture with what was painted and read; prints the table.
    """
    chosen = _benchmarks(benchmark, tasks, size, root)
    place = root or Path()
    budget = max_cost
    options: Options = {"seed": seed, "steps": steps, "guidance": guidance, "votes": votes}
    asked = {"split": split, "protocol": protocol, "limit": limit}

    def by_model(name: str, folder: Path, marker: str | None) -> tuple[list[RunResult], list[ModelAnswers]]:
        nonlocal budget
        asked["protocol"] = _protocol_of_models(chosen, protocol)
        opened = open_model(name, settings, budget)
        marking = open_model(marker, None, budget) if marker and marker != name else None
        sources = _sources(opened, chosen, folder, options, marking)
        cost = _afford(opened, sources, place, split, limit, budget)
        budget = None if budget is None else budget - cost
        if ray:
            _answer_on_ray(name, settings, max_cost, marker, chosen, folder, options, place, asked, workers)
        measured = _measure(chosen, sources, place, folder, asked)
        _timing(measured, sources, folder)
        return measured, sources

    if judge_model and benchmark != "retention":
        raise BenchmarkError("--judge-model judges the pairs of retention; another benchmark has none.")
    if benchmark == "retention":
        if base is None or predictions is not None:
            raise BenchmarkError("Retention compares two models: --model TUNED --base BASE.")
        folder = out or Path("out/eval/retention") / _slug(model)
        assistant = _language_model(judge_model, folder)
        tuned = by_model(model, folder / "tuned", judge or model)
        _retention(tuned, by_model(base, folder / "base", judge or model), folder, assistant, place)
    elif predictions is not None:
        from cavendish.evaluation.predictions import find_predictions

        folder = out or Path("out/eval") / benchmark / f"{_slug(predictions.name)}-scored"
        stored = [find_predictions(predictions, each, scale=opt.number(scale), frame=frame, x=x) for each in chosen]
        _measure(chosen, stored, place, folder, asked)
    else:
        by_model(model, out or Path("out/eval") / benchmark / _slug(model), judge)


def _benchmarks(name: str, tasks: str | None, size: int, root: Path | None) -> list[Benchmark]:
    """What the command names: several measures for worlds and retention, else one benchmark with its data."""
    from cavendish.evaluation.benchmarks import find_benchmark, find_worlds

    listed = [task.strip() for task in tasks.split(",")] if tasks else None
    if name in ("worlds", "retention"):
        return find_worlds(listed or (RETENTION if name == "retention" else None), size)
    found = find_benchmark(name)
    if found.home and root is None:
        raise BenchmarkError(f"{found.title} needs its data: --root FOLDER. Get it from {found.home}.")
    return [found]


def _protocol_of_models(chosen: list[Benchmark], protocol: str | None) -> str | None:
    """The protocol that a model's answers are measured by: where its questions tell of the truth, one that says so."""
    own = chosen[0].asked_protocol
    if own and protocol not in (None, own):
        raise BenchmarkError(
            f"{chosen[0].title}: a model is asked by the protocol {own!r}; {protocol!r} is for stored predictions."
        )
    return own or protocol


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip("-")


def _sources(
    model: VisionModel, chosen: list[Benchmark], folder: Path, options: Options, judge: VisionModel | None
) -> list[ModelAnswers]:
    from cavendish.evaluation.model_answers import ModelAnswers

    return [ModelAnswers(model, each, folder / each.name / "predictions", options, judge) for each in chosen]


def _afford(
    model: VisionModel,
    sources: Iterable[ModelAnswers],
    root: Path,
    split: str | None,
    limit: int | None,
    budget: float | None,
) -> float:
    """Say what a model that costs money will cost, before it is asked; the dollars, CostError if that is too much."""
    price = model.about.price
    if price <= 0:
        return 0.0
    left = sum(source.paintings_left(source.benchmark.samples(root, split, limit)) for source in sources)
    typer.echo(f"about {left} pictures of {model.about.name} at ${price:g}: ${left * price:.2f}", err=True)
    if budget is not None and left * price > budget + 1e-9:
        raise CostError(f"the run would cost about ${left * price:.2f} of ${budget:.2f} allowed; set a --limit")
    return left * price


def _answer_on_ray(
    name: str,
    settings: list[str] | None,
    max_cost: float | None,
    marker: str | None,
    chosen: list[Benchmark],
    folder: Path,
    options: Options,
    root: Path,
    asked: dict[str, str | int | None],
    workers: int | None,
) -> None:
    from cavendish.evaluation.ray_runner import run_on_ray
    from cavendish.evaluation.runner import score_items

    if max_cost is not None:
        raise CostError("--max-cost is counted in one process; leave out --ray, whose models would each spend it")
    home, data = folder.resolve(), root.resolve()

    def work(part: tuple[int, int]) -> None:
        model = open_model(name, settings, None)
        marking = open_model(marker, None, None) if marker and marker != name else None
        for each, source in zip(chosen, _sources(model, chosen, home, options, marking)):
            for _ in score_items(each, data, source, home / each.name, part=part, **asked):  # type: ignore[arg-type]
                pass

    run_on_ray(work, workers)


def _measure(
    chosen: list[Benchmark],
    sources: Sequence[Answers],
    root: Path,
    folder: Path,
    asked: dict[str, str | int | None],
) -> list[RunResult]:
    """Run each benchmark, write the report, print its table and where it lies."""
    from cavendish.evaluation.report.page import as_markdown, write_report
    from cavendish.evaluation.runner import run

    measured = []
    for each, source in zip(chosen, sources):
        progress = _Progress(each.title)
        measured.append(run(each, root, source, folder / each.name, done=progress, **asked))  # type: ignore[arg-type]
        progress.end()
    page = write_report(measured, folder, {r.benchmark.name: (root, source) for r, source in zip(measured, sources)})
    typer.echo(as_markdown(measured))
    for result in measured:
        for item in result.errors[:1]:
            typer.echo(f"{result.benchmark.title}: {len(result.errors)} without a number, {item.key}: {item.error}")
    typer.echo(str(page))
    return measured


def _timing(measured: list[RunResult], sources: Iterable[ModelAnswers], folder: Path) -> None:
    """Print how long a picture took, and keep it beside the report, which says only what is the same in every run."""
    times = {}
    for result, source in zip(measured, sources):
        seconds = source.seconds(item.key for item in result.scored)
        if seconds:
            times[result.benchmark.name] = {"pictures": len(seconds), "median_seconds": median(seconds)}
            typer.echo(f"{result.benchmark.title}: median {median(seconds):.3g} s a picture")
    _write(folder / "timing.json", json.dumps(times, indent=1))


def _language_model(name: str | None, folder: Path) -> Assistant | None:
    """The language model that judges, whose replies are kept beside the report: none is asked for twice."""
    from cavendish.assistant import open_assistant

    if name is None or name.startswith("replay:"):
        return open_assistant(name) if name else None
    folder.mkdir(parents=True, exist_ok=True)
    return open_assistant(name, record=folder / f"replies-{_slug(name)}.json")


def _retention(
    tuned: tuple[list[RunResult], list[ModelAnswers]],
    base: tuple[list[RunResult], list[ModelAnswers]],
    folder: Path,
    assistant: Assistant | None,
    root: Path,
) -> None:
    from cavendish.evaluation.retention import compare, compare_by

    compared = []
    for ours, theirs, *pictures in zip(tuned[0], base[0], tuned[1], base[1]):
        compared.append(compare(ours, theirs))
        if assistant is not None:
            compared.append(compare_by(assistant, ours, theirs, (pictures[0], pictures[1]), root))
    text = "\n\n".join(each.line() for each in compared) + "\n"
    _write(folder / "retention.json", json.dumps([each.to_json() for each in compared], indent=1))
    _write(folder / "retention.md", text)
    typer.echo(text)


def _write(path: Path, text: str) -> None:
    from cavendish.files import replacing

    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


class _Progress:
    """Counts items on standard error, where a person is looking."""

    def __init__(self, title: str) -> None:
        self.title, self.done, self.failed = title, 0, 0

    def __call__(self, item: Scored) -> None:
        self.done += 1
        self.failed += item.error is not None
        if sys.stderr.isatty():
            failed = f", {self.failed} failed" if self.failed else ""
            print(f"\r{self.title}: {self.done}{failed}  ", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if sys.stderr.isatty():
            print(file=sys.stderr)
