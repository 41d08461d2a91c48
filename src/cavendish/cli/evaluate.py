"""`cavendish eval`: a model, or predictions that are on disk, measured by a benchmark's own rules."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cavendish.cli import options as opt
from cavendish.cli.predict import SHIPPED, Guidance, MaxCost, Model, Seed, Set, Steps, Votes, model_options

if TYPE_CHECKING:
    from cavendish.evaluation.runner import Scored


@dataclass(kw_only=True)
class Asked:
    """The options of every question."""

    seed: Seed = 0
    steps: Steps = None
    guidance: Guidance = None
    votes: Votes = None


@dataclass(kw_only=True)
class Stored:
    """Predictions that are scored instead of a model, and how they are read."""

    predictions: Annotated[Path | None, typer.Option(help="Score this folder or file; no model is asked.")] = None
    scale: opt.Scale = None
    frame: Annotated[str, typer.Option(help="Of stored normals: opengl, opencv, …")] = "opengl"
    x: Annotated[str | None, typer.Option("--x", help="Of normals in .png: left or right.")] = None


@opt.expanded
def evaluate(
    benchmark: Annotated[str, typer.Argument(help="A benchmark; worlds, which needs no data; or retention.")],
    root: Annotated[Path | None, typer.Option(help="Where the data lies, in its official layout.")] = None,
    model: Model = SHIPPED,
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
    settings: Set = None,
    max_cost: MaxCost = None,
    ray: Annotated[bool, typer.Option("--ray", help="Ask on a Ray cluster; the numbers are the same.")] = False,
    workers: Annotated[int | None, typer.Option(help="With --ray: models at once. Default: one a GPU.")] = None,
    *,
    asked: Asked,
    stored: Stored,
) -> None:
    """Measure a model by a benchmark; what was stopped goes on where it stopped.

    Writes report.html, .json and .md, and one file a picture with what was painted and read; prints the table.
    """
    from cavendish.evaluation import EvalConfig
    from cavendish.evaluation import evaluate as measure

    config = EvalConfig(
        benchmark=benchmark,
        root=root,
        model=model,
        model_options=model_options(settings),
        options=vars(asked),  # type: ignore[arg-type]
        predictions=stored.predictions,
        scale=opt.number(stored.scale),
        frame=stored.frame,
        x=stored.x,
        base=base,
        judge=judge,
        vlm_judge=judge_model,
        tasks=[task.strip() for task in tasks.split(",")] if tasks else None,
        size=size,
        split=split or "",
        protocol=protocol or "",
        limit=limit,
        max_cost=max_cost,
        ray=ray,
        workers=workers,
        out=out,
    )
    progress = _Progress(benchmark)
    measured = measure(config, progress, lambda sentence: typer.echo(sentence, err=True))
    progress.end()
    typer.echo(measured.summary())


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
