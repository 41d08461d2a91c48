"""`cavendish train`: teach a generator to see."""

from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    recipe: Annotated[
        str, typer.Argument(help="nano-base, nano, flux2-lora, kontext-lora, qwen-lora, or an installed package's.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run; a run that was cut off goes on.")],
    data: Annotated[
        list[str] | None,
        typer.Option(help="Folder of shards; may be repeated. Without any, worlds are rendered on the fly."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="Checkpoint whose weights the run starts from; the one to tune, for flux2-lora.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Length of the run in minutes.")] = None,
    steps: Annotated[int | None, typer.Option(help="Length of the run in steps.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Another value of the recipe, NAME=VALUE; may be repeated.")
    ] = None,
) -> None:
    """Train nano or tune a checkpoint, or go on with a run; leaves a model that `cavendish.load` reads in OUT/model."""
    from dataclasses import asdict

    from cavendish.training import trainer
    from cavendish.training.recipes import find, overridden

    made = find(recipe)
    values: dict[str, Any] = {}
    if data:
        values["source"] = {**asdict(made.source), "folders": data}
    if start is not None:
        values["start"] = start
    if minutes is not None or steps is not None:
        values |= {"minutes": minutes or 0.0, "steps": steps or 0}
    typer.echo(trainer.train(overridden(made, settings or (), **values), out, trainer.say))
