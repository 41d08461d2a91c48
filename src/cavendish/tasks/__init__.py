"""The heart: one file per task, saying what is asked, how truth is painted, and how a painting is read.

Training, inference and evaluation all go through these. Another task is one file and one line here, or, from another
package, an entry point of the group `cavendish.tasks` that names a `Task` subclass.
"""

import re
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from cavendish.errors import TaskError, did_you_mean

if TYPE_CHECKING:
    from cavendish.tasks.depth import Depth as Depth
    from cavendish.tasks.edges import Edges as Edges
    from cavendish.tasks.instance import Instance as Instance
    from cavendish.tasks.normals import Normals as Normals
    from cavendish.tasks.referring import Referring as Referring
    from cavendish.tasks.semantic import Semantic as Semantic
    from cavendish.tasks.task import Answer as Answer
    from cavendish.tasks.task import Task as Task

TASKS: dict[str, str] = {  # by name, loaded when they are first asked for
    "depth": "cavendish.tasks.depth:Depth",
    "normals": "cavendish.tasks.normals:Normals",
    "instances": "cavendish.tasks.instance:Instance",
    "semantic": "cavendish.tasks.semantic:Semantic",
    "referring": "cavendish.tasks.referring:Referring",
    "edges": "cavendish.tasks.edges:Edges",
}
GROUP = "cavendish.tasks"


def __getattr__(name: str) -> Any:
    """The class of a task of ours, or a name of `tasks.task`."""
    for place in (*TASKS.values(), "cavendish.tasks.task:Answer", "cavendish.tasks.task:Task"):
        if place.endswith(f":{name}"):
            return EntryPoint(name, place, GROUP).load()
    raise AttributeError(f"module 'cavendish.tasks' has no attribute {name!r}")


@cache
def _registered() -> dict[str, EntryPoint]:
    """Our own tasks by name, then those that installed packages add; `load` gives the class."""
    ours = {name: EntryPoint(name, place, GROUP) for name, place in TASKS.items()}
    return ours | {point.name: point for point in entry_points(group=GROUP) if point.name not in ours}


def names() -> list[str]:
    """The names of all tasks. No task is loaded."""
    return list(_registered())


@cache
def find(name: str) -> "type[Task[Any]]":
    """The task called `name`; TaskError names the nearest if there is none."""
    from cavendish.tasks.task import Task

    if name not in names():
        raise TaskError(f"unknown task {name!r}{did_you_mean(str(name), names())} The tasks are {', '.join(names())}")
    task = _registered()[name].load()
    if not (isinstance(task, type) and issubclass(task, Task)):
        raise TaskError(f"the entry point {name!r} of {GROUP} names {task!r}, which is no Task")
    return task


def all_tasks() -> "dict[str, type[Task[Any]]]":
    """Every task by name."""
    return {name: find(name) for name in names()}


_OF_CLASSES = (
    r"\b(?:semantic|per-pixel|per-class|(?:each|every) pixel|class map|map of classes|by class|into these classes)\b"
)


def parse(text: str) -> "Task[Any]":
    """The task that a person's own instruction asks for; TaskError if it asks for none.

    Things with colours are classes where the text speaks of classes or of a semantic map, else regions on a background.
    """
    if not isinstance(text, str):
        raise TaskError(f"an instruction is a text, not {type(text).__name__}")
    for name, task in all_tasks().items():
        if name not in ("semantic", "referring") and (asked := task.parse(text)):
            return asked
    of_classes = re.search(_OF_CLASSES, text, re.IGNORECASE)
    asked = find("semantic" if of_classes else "referring").parse(text)
    if asked is None:
        raise TaskError(
            "the instruction asks for no task: name depth, surface normals, instances of something, "
            "or things with their colours"
        )
    return asked
