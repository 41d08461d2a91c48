"""The command line: parse, call, print. Each command imports what it needs when it runs, so that help is instant."""

import sys

import typer

from cavendish.cli import decode, encode, models, predict
from cavendish.cli.evaluate import evaluate
from cavendish.cli.tasks import task_group
from cavendish.cli.train import train
from cavendish.cli.worlds import worlds
from cavendish.errors import CavendishError

app = typer.Typer(
    cls=task_group(predict.any_task, "Ask a model for {name}."),
    name="cavendish",
    help="Make an image generator see: exact masks, metric depth and normals, read from pictures it paints.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (*predict.COMMANDS, models.models):
    app.command()(command)
app.add_typer(encode.app, name="encode")
app.add_typer(decode.app, name="decode")
app.command()(worlds)
app.command()(train)
app.command("eval")(evaluate)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True)) -> None:
    if version:
        from cavendish import __version__

        typer.echo(f"cavendish {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the `cavendish` command: an error of the user's is one sentence on standard error and exit code 2."""
    try:
        app()
    except CavendishError as error:
        print(f"cavendish: {error}", file=sys.stderr)
        sys.exit(2)
