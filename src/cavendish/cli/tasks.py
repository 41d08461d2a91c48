"""Commands of tasks that have none written for them, ours or of installed packages: their options are their fields."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from cavendish.cli import options as opt

WRITTEN = {"semantic": "segment", "referring": "refer"}  # tasks whose commands have other names


def task_group(command: Callable[..., None], doc: str) -> type[TyperGroup]:
    """The class of a group of commands that has one more, `command(task, …)`, for each task not among them."""

    class TaskGroup(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:
            from cavendish.tasks import names

            written = super().list_commands(ctx)
            return [*written, *(name for name in names() if WRITTEN.get(name, name) not in written)]

        def get_command(self, ctx: Any, cmd_name: str) -> Any:
            from cavendish.tasks import names

            written = super().get_command(ctx, cmd_name)
            if written or cmd_name in WRITTEN or cmd_name not in names():
                return written
            return _Lazy(cmd_name, command, doc.format(name=cmd_name))

    return TaskGroup


class _Lazy(TyperCommand):
    """A command that is built when it is called, so that a listing loads no task."""

    def __init__(self, name: str, command: Callable[..., None], doc: str) -> None:
        super().__init__(name, help=doc)
        self._command = command

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        from cavendish.tasks import find

        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(self.name, help=self.help)(opt.expanded(self._command, find(str(self.name))))
        return typer.main.get_command(app).make_context(info_name, args, parent, **extra)
