"""The lower level of every question: the paintings it needs, and how its answer is read from them.

A question becomes several paintings where it is put to the vote, where its legend is longer than one painting can tell
apart, or where an assistant first says what to look for. All of that is settled when the plan is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Generic, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import GeneratorError, ImageError, NoPictureError
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.geometry import Geometry, check_aspect
from cavendish.prompts import PromptTemplates
from cavendish.results import Provenance, Result
from cavendish.tasks import Answer, Task
from cavendish.tasks.task import mirrored

A = TypeVar("A", bound=Any)


class Settings(TypedDict, total=False):
    """Settings of a generator beside the instruction; None is its default."""

    seed: int  # the same seed gives the same painting, where the generator is seeded
    steps: int | None
    guidance: float | None


@dataclass(frozen=True)
class Plan(Generic[A]):
    """The requests that a question makes, and how their paintings become its answer."""

    requests: tuple[Request, ...]
    _read: Callable[[Sequence[Painting]], A]

    def read(self, paintings: Sequence[Painting | NDArray[np.uint8]]) -> A:
        """The answer, from one painting for each request in order: `Painting`s, or (h, w, 3) uint8 RGB arrays.

        Raises NoPictureError for a painting that does not show the whole canvas, and for a wrong number of them.
        """
        if len(paintings) != len(self.requests):
            raise NoPictureError(f"the plan has {len(self.requests)} requests and was given {len(paintings)} paintings")
        return self._read([each if isinstance(each, Painting) else Painting(rgb=each) for each in paintings])


def joined(plans: Sequence[Plan[Any]], combine: Callable[[list[Any]], A]) -> Plan[A]:
    """One plan of several, whose answer is `combine` of theirs."""

    def read(paintings: Sequence[Painting]) -> A:
        rest = iter(paintings)
        return combine([plan.read([next(rest) for _ in plan.requests]) for plan in plans])

    return Plan(tuple(request for plan in plans for request in plan.requests), read)


class Picture:
    """A picture to ask about, laid on a generator's canvas, mirrored too where that is wanted."""

    def __init__(self, rgb: NDArray[np.uint8], about: About) -> None:
        self.rgb = rgb  # (H, W, 3)
        self._canvas = about.canvas

    @cached_property
    def upright(self) -> tuple[NDArray[np.uint8], Geometry]:
        """The canvas (h, w, 3), and where the picture lies on it."""
        return self._canvas.lay(self.rgb)

    @cached_property
    def mirrored(self) -> tuple[NDArray[np.uint8], Geometry]:
        """The same for the picture with left and right swapped."""
        return self._canvas.lay(np.ascontiguousarray(self.rgb[:, ::-1]))


def plan_task(
    task: Task[A],
    picture: Picture,
    generator: Generator,
    prompts: PromptTemplates,
    *,
    votes: int,
    instruction: str | None,
    settings: Settings,
) -> Plan[A]:
    """The plan of a task: the first vote as asked; then other seeds, other colours, every second picture mirrored.

    `instruction` is said instead of the task's own; its colours then stay the same in every vote.
    """

    def fits(part: Task[Any]) -> bool:
        return generator.fits(prompts.instruction(part))

    def vote(k: int) -> Plan[Any]:
        asked = task if instruction or k == 0 else task.recolored(k)
        parts = [asked] if instruction else asked.split(generator.about.max_classes, fits, k)
        flipped = task.mirrors and k % 2 == 1
        canvas, geometry = picture.mirrored if flipped else picture.upright
        seeded: Settings = {**settings, "seed": settings.get("seed", 0) + k}

        def merge(answers: list[Any]) -> Any:
            merged = asked.merge(answers)
            return mirrored(merged) if flipped else merged

        said = [instruction or prompts.instruction(part) for part in parts]
        requests = [_request(words, canvas, geometry, seeded) for words in said]
        plans = [_plan_part(part, request, geometry, generator.about) for part, request in zip(parts, requests)]
        return joined(plans, merge)

    return joined([vote(k) for k in range(votes)], task.combine)


def _plan_part(task: Task[Any], request: Request, geometry: Geometry, about: About) -> Plan[Answer]:
    """The plan of what one painting answers, on the picture's grid."""

    def read(paintings: Sequence[Painting]) -> Answer:
        (painting,) = paintings
        seen = _whole(geometry, painting)
        made = provenance(task.name, painting, about)

        def finish(answer: Result) -> Result:
            record = replace(made, code=answer.provenance.code)
            return replace(answer, instruction=request.instruction, provenance=record).to_input(seen)

        answer = task.decode(painting.rgb)
        return {name: finish(each) for name, each in answer.items()} if isinstance(answer, dict) else finish(answer)

    return Plan((request,), read)


def plan_edit(picture: Picture, instruction: str, about: About, settings: Settings) -> Plan[Any]:
    """The plan of an edit; its answer is a PIL image of the picture's size."""
    canvas, geometry = picture.upright

    def read(paintings: Sequence[Painting]) -> Any:
        (painting,) = paintings
        seen = _whole(geometry, painting)
        record = replace(provenance("edit", painting, about), geometry=seen.to_dict())
        return as_image(seen.rgb(painting.rgb), instruction, record)

    return Plan((_request(instruction, canvas, geometry, settings),), read)


def _request(instruction: str, canvas: NDArray[np.uint8], geometry: Geometry, settings: Settings) -> Request:
    return Request(instruction=instruction, images=(canvas,), size=geometry.canvas_size, **settings)


def provenance(task: str, painting: Painting, about: About) -> Provenance:
    """Where an answer comes from that was read from this painting."""
    plain = Provenance(task=task)
    return replace(
        plain,
        generator=about.name,
        revision=about.revision,
        seed=painting.seed,
        steps=painting.steps,
        guidance=painting.guidance,
        versions=plain.versions | about.versions,
    )


def _whole(geometry: Geometry, painting: Painting) -> Geometry:
    """The geometry of a painting that shows the whole canvas. NoPictureError if its shape says that it does not."""
    rgb = painting.rgb
    if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
        given = f"{rgb.dtype} {rgb.shape}" if isinstance(rgb, np.ndarray) else type(rgb).__name__
        raise NoPictureError(f"the generator's painting is {given}, not uint8 (h, w, 3)")
    try:
        check_aspect(rgb.shape[:2], geometry.canvas_size)
    except ImageError:
        (height, width), (h, w) = rgb.shape[:2], geometry.canvas_size
        raise NoPictureError(
            f"the generator answered a {w} x {h} canvas with {width} x {height} pixels, another aspect, "
            "so that no pixel can be traced back to the picture"
        ) from None
    return geometry.for_painting(*rgb.shape[:2])


def as_image(rgb: NDArray[np.uint8], instruction: str, record: Provenance) -> Any:
    """A PIL image that carries its record as JSON in `.info["cavendish"]`."""
    import json

    from PIL import Image

    picture = Image.fromarray(rgb)
    picture.info["cavendish"] = json.dumps({"instruction": instruction, "provenance": record.to_dict()})
    return picture


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings of the generator among the options of a call. GeneratorError for what cannot be meant."""
    seed, steps, guidance, votes = (options.get(name) for name in ("seed", "steps", "guidance", "votes"))
    if seed is not None and not 0 <= seed < 2**63:
        raise GeneratorError(f"seed lies between 0 and 2^63 - 1, not {seed}")
    for name, number in (("steps", steps), ("votes", votes)):
        if number is not None and number < 1:
            raise GeneratorError(f"{name} must be at least 1, not {number}")
    if guidance is not None and not math.isfinite(guidance):
        raise GeneratorError(f"guidance is a finite number, not {guidance}")
    return {"seed": seed or 0, "steps": steps, "guidance": guidance}
