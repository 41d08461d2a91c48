"""`cavendish eval`: a model, or predictions that are on disk, measured by a benchmark's own rules."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.predict import ModelChoice, Votes

if TYPE_CHECKING:
    from cavendish.evaluation.runner import Scored


def _listed(text: str | None) -> Any:
    """The names in a comma-separated text."""
    return [name.strip() for name in text.split(",")] if text else None


@dataclass(kw_only=True)
class Measuring:
    """What is measured and how: fields of `EvalConfig`."""

    benchmark: Annotated[str, typer.Argument(help="A benchmark; worlds, which needs no data; or retention.")]
    root: Annotated[Path | None, typer.Option(help="Where the data lies, in its official layout.")] = None
    predictions: Annotated[Path | None, typer.Option(help="Score this folder or file; no model is asked.")] = None
    base: Annotated[str | None, typer.Option(help="For retention: what --model was tuned from.")] = None
    judge: Annotated[str | None, typer.Option(help="Model that marks things in generated pictures.")] = None
    vlm_judge: Annotated[
        str | None,
        typer.Option(
            "--judge-model", help="For retention: also judge by this language model, KIND:NAME as --assistant."
        ),
    ] = None
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for answers, records and report.")] = None
    tasks: Annotated[
        str | None, typer.Option(help="Of worlds: depth,normals,semantic,… or generate,edit.", callback=_listed)
    ] = None
    split: Annotated[str, typer.Option(help="Default: the benchmark's first.")] = ""
    protocol: Annotated[str, typer.Option("--protocol", "--preset", help="Default: the benchmark's first.")] = ""
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many items of each task.")] = None
    size: Annotated[int, typer.Option(help="Of worlds: pixels of a side.")] = 128
    scale: opt.Scale = None
    frame: Annotated[str, typer.Option(help="Of stored normals: opengl, opencv, …")] = "opengl"
    x: Annotated[str | None, typer.Option("--x", help="Of normals in .png: left or right.")] = None
    ray: Annotated[bool, typer.Option("--ray", help="Ask on a Ray cluster; the numbers are the same.")] = False
    workers: Annotated[int | None, typer.Option(help="With --ray: models at once. Default: one a GPU.")] = None


@opt.expanded
def evaluate(measuring: Measuring, chosen: ModelChoice, votes: Votes = None) -> None:
    """Measure a model by a benchmark; what was stopped goes on where it stopped.

    Writes report.html, .json and .md, and one file a picture with what was painted and read; prints the table.
    """
    from cavendish.evaluation import EvalConfig
    from cavendish.evaluation import evaluate as measure

    config = EvalConfig(
        model=chosen.model,
        model_options=chosen.options,
        options={**chosen.said, "votes": votes},  # type: ignore[typeddict-item]
        max_cost=chosen.max_cost,
        **asdict(measuring),
    )
    count: Counter[bool] = Counter()  # of items, by whether they failed

    def show(item: Scored) -> None:
        count[item.error is not None] += 1
        if sys.stderr.isatty():
            failed = f", {count[True]} failed" if count[True] else ""
            print(f"\r{config.benchmark}: {count.total()}{failed}  ", end="", file=sys.stderr, flush=True)

    measured = measure(config, show, lambda sentence: typer.echo(sentence, err=True))
    if sys.stderr.isatty():
        print(file=sys.stderr)
    typer.echo(measured.summary())
