"""The heart: one file per task, saying what is asked, how truth is painted, and how a painting is read.

Training, inference and evaluation all go through these. Another task is one file and one line here, or, from another
package, an entry point of the group `cavendish.tasks` that names a `Task` subclass.
"""

import re
from importlib.metadata import entry_points
from typing import Any

from cavendish.errors import TaskError, did_you_mean
from cavendish.tasks.depth import Depth
from cavendish.tasks.instance import Instance
from cavendish.tasks.normals import Normals
from cavendish.tasks.referring import Referring
from cavendish.tasks.semantic import Semantic
from cavendish.tasks.task import Answer, Task

TASKS: dict[str, type[Task[Any]]] = {task.name: task for task in (Depth, Normals, Instance, Semantic, Referring)}

__all__ = [
    "TASKS",
    "Answer",
    "Depth",
    "Instance",
    "Normals",
    "Referring",
    "Semantic",
    "Task",
    "all_tasks",
    "find",
    "parse",
]


def all_tasks() -> dict[str, type[Task[Any]]]:
    """Every task by name: our own, then those that installed packages add."""
    others = {point.name: point for point in entry_points(group="cavendish.tasks") if point.name not in TASKS}
    return TASKS | {name: _loaded(name, point.load()) for name, point in others.items()}


def _loaded(name: str, task: object) -> type[Task[Any]]:
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise TaskError(f"the entry point {name!r} of cavendish.tasks names {task!r}, which is no Task")
    return task


def find(name: str) -> type[Task[Any]]:
    """The task called `name`; TaskError names the nearest if there is none."""
    known = all_tasks()
    if name not in known:
        name = str(name)
        raise TaskError(f"unknown task {name!r}{did_you_mean(name, known)} The tasks are {', '.join(known)}")
    return known[name]


_OF_CLASSES = (
    r"\b(?:semantic|per-pixel|per-class|(?:each|every) pixel|class map|map of classes|by class|into these classes)\b"
)


def parse(text: str) -> Task[Any]:
    """The task that a person's own instruction asks for; TaskError if it asks for none.

    Things with colours are classes where the text speaks of classes or of a semantic map, else regions on a background.
    """
    if not isinstance(text, str):
        raise TaskError(f"an instruction is a text, not {type(text).__name__}")
    for name, task in all_tasks().items():
        if name not in (Semantic.name, Referring.name) and (asked := task.parse(text)):
            return asked
    of_classes = re.search(_OF_CLASSES, text, re.IGNORECASE)
    asked = (Semantic if of_classes else Referring).parse(text)
    if asked is None:
        raise TaskError(
            "the instruction asks for no task: name depth, surface normals, instances of something, "
            "or things with their colours"
        )
    return asked
