"""Commands of tasks that have none written for them, ours or of installed packages: their options are their fields.

Annotations are evaluated here, for typer reads those of functions that are made when they are asked for.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from cavendish.cli import options as opt

WRITTEN = {"semantic": "segment", "referring": "refer"}  # tasks whose commands have other names
Build = Callable[[str], Callable[..., None]]


class TaskGroup(TyperGroup):
    """The commands of a group, and one more for each task that is not among them."""

    build: Build
    shown: str  # what a listing says of such a command

    def list_commands(self, ctx: Any) -> list[str]:
        from cavendish.tasks import names

        written = super().list_commands(ctx)
        return [*written, *(name for name in names() if WRITTEN.get(name, name) not in written)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        from cavendish.tasks import names

        command = super().get_command(ctx, cmd_name)
        return command or (_Lazy(cmd_name, type(self)) if cmd_name in names() and cmd_name not in WRITTEN else None)


class _Lazy(TyperCommand):
    """A command that is built when it is called, so that a listing loads no task."""

    def __init__(self, name: str, group: type[TaskGroup]) -> None:
        super().__init__(name, help=group.shown.format(name=name))
        self._group = group

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name)(self._group.build(str(self.name)))
        return typer.main.get_command(app).make_context(info_name, args, parent, **extra)


def _with_fields(name: str, command: Callable[..., None], doc: str) -> Callable[..., None]:
    """`command(task, …)` with the fields of the task's class as options; those of other types keep their defaults."""
    from cavendish.tasks import find

    task = find(name)
    hints = get_type_hints(task)
    options = {
        field.name: (
            Annotated[hints[field.name], typer.Option()],
            opt.REQUIRED if field.default is MISSING else field.default,
        )
        for field in fields(task)  # type: ignore[arg-type]  # tasks are dataclasses
        if hints[field.name] in (str, int, float, bool)
    }

    def run(**given: Any) -> None:
        chosen = {option: given.pop(option) for option in options}
        command(task(**chosen), **given)

    run.__doc__ = doc
    return opt.expanded(run, command, options)


def ask_command(name: str) -> Callable[..., None]:
    """`cavendish NAME PICTURE...`"""
    from cavendish.cli.predict import Answering

    def ask(task: Any, asked: Answering) -> None:
        asked.answer(None, lambda model, pictures: model.run(task, pictures, **asked.said))

    return _with_fields(name, ask, f"Ask a model for {name}.")


def decode_command(name: str) -> Callable[..., None]:
    """`cavendish decode NAME PAINTING`"""
    from cavendish.cli.decode import Reading

    def decode(task: Any, asked: Reading) -> None:
        asked.read(task)

    return _with_fields(name, decode, f"Read a painting of {name}.")


def encode_command(name: str) -> Callable[..., None]:
    """`cavendish encode NAME TRUTH`"""
    from cavendish.cli.encode import Truth, paint

    def encode(task: Any, truth: Truth, out: opt.Out) -> None:
        from cavendish.formats import read_truth

        paint(task, read_truth(task.truth, truth), out)

    return _with_fields(name, encode, f"Paint the truth of {name}.")


class AskGroup(TaskGroup):
    build, shown = staticmethod(ask_command), "The task {name}."


class DecodeGroup(TaskGroup):
    build, shown = staticmethod(decode_command), "A painting of the task {name}."


class EncodeGroup(TaskGroup):
    build, shown = staticmethod(encode_command), "The truth of the task {name}."
