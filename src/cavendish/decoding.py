"""A painting to an answer, without a generator."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar, overload

from cavendish import tasks
from cavendish.geometry import Geometry
from cavendish.images import ImageInput, read_image
from cavendish.tasks import Answer, Task

A = TypeVar("A", bound=Answer)


@overload
def decode(task: Task[A], painting: ImageInput, *, like: ImageInput | None = None) -> A: ...
@overload
def decode(task: str, painting: ImageInput, *, like: ImageInput | None = None) -> Answer: ...
def decode(task: Any, painting: ImageInput, *, like: ImageInput | None = None) -> Any:
    """The answer that a painting of any generator gives to a task, or to an instruction whose task is read from it.

    With `like`, the picture that was asked about, the answer has its height and width; the painting must show the whole
    of it. Raises TaskError for an instruction that asks for no task, ImageError for what is no picture or a painting of
    another aspect.
    """
    rgb = read_image(painting)
    asked = tasks.parse(task) if isinstance(task, str) else task
    answer = asked.decode(rgb)
    geometry = None if like is None else Geometry.of_painting(read_image(like).shape[:2], rgb.shape[:2])

    def finish(one: Any) -> Any:
        one = replace(one, instruction=task) if isinstance(task, str) else one
        return one if geometry is None else one.to_input(geometry)

    answer = {name: finish(one) for name, one in answer.items()} if isinstance(answer, dict) else finish(answer)
    return asked.unwrapped(answer) if isinstance(task, str) else answer
