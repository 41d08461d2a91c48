"""`cavendish train`: teach a generator to see."""

from pathlib import Path
from typing import Annotated

import typer

from cavendish.errors import TrainingError


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
    import json
    from dataclasses import asdict

    from cavendish.training.recipes import changed, find
    from cavendish.training.trainer import say
    from cavendish.training.trainer import train as run

    values = {}
    for setting in settings or ():
        name, equals, text = setting.partition("=")
        if not equals:
            raise TrainingError(f"--set takes NAME=VALUE, not {setting!r}")
        values[name] = text
    found = find(recipe)
    if data:
        values["source"] = json.dumps({**asdict(found.source), "folders": data})
    if start is not None:
        values["start"] = json.dumps(start)
    if minutes is not None or steps is not None:
        values["minutes"], values["steps"] = json.dumps(minutes or 0.0), json.dumps(steps or 0)
    typer.echo(run(changed(found, values), out, say))
