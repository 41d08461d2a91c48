"""`cavendish depth|normals|segment|instances|refer|ask|generate|edit`: pictures in, answers out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.inputs import check_place, picture_format, save_picture, shots, write_answers
from cavendish.errors import ExportError, LegendError

if TYPE_CHECKING:
    from cavendish.model import VisionModel

Pictures = Annotated[list[Path], typer.Argument(help="The pictures to ask about.", metavar="PICTURE...")]
Assistant = Annotated[str | None, typer.Option(help="Language model that helps: gemini:MODEL, openai:MODEL, …")]
Votes = Annotated[int | None, typer.Option(help="Paintings that vote on each answer. Default: what suits it.")]
AT_ONCE = 16  # pictures that are asked about together, and whose answers are written before the next


@dataclass(kw_only=True)
class ModelChoice:
    """Which model is asked, and the options of the call."""

    model: Annotated[
        str, typer.Option("--model", "-m", help="Preset, folder, owner/name of the hub, or KIND:NAME.")
    ] = "nano"
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="An option of the model, as in --set device=cpu --set max_cost=2.")
    ] = None
    seed: Annotated[int, typer.Option(help="The same seed gives the same painting.")] = 0
    steps: Annotated[int | None, typer.Option(help="Steps of the generator. Default: what suits it.")] = None
    guidance: Annotated[float | None, typer.Option(help="Guidance of the generator. Default: what suits it.")] = None
    max_cost: Annotated[float | None, typer.Option(help="US dollars that hosted pictures may cost.")] = None

    @property
    def said(self) -> dict[str, Any]:
        return {"seed": self.seed, "steps": self.steps, "guidance": self.guidance}

    @property
    def options(self) -> dict[str, Any]:
        """The options of the model that --set gives."""
        return dict(_setting(each) for each in self.settings or [])

    def open(self, assistant: str | None = None) -> VisionModel:
        """The model; its licence goes to standard error."""
        from cavendish.loading import LicenceNotice, load

        options = self.options
        if self.max_cost is not None:
            options["max_cost"] = self.max_cost
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LicenceNotice)
            model = load(self.model, assistant=assistant, **options)
        typer.echo(f"{model.about.name}, licence: {model.about.licence}", err=True)
        return model


@dataclass(kw_only=True)
class Asking(ModelChoice):
    """The same, with the file that the answer goes to."""

    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="File to write; several go to a pattern with {name}, {index} or {frame} in it."
        ),
    ]


@dataclass(kw_only=True)
class Answering(Asking):
    """The same, with the pictures whose answers are read from paintings."""

    pictures: Pictures
    votes: Votes = None
    overlay: Annotated[Path | None, typer.Option(help="Also draw the answer over the picture, to this file.")] = None

    @property
    def said(self) -> dict[str, Any]:
        return {**super().said, "votes": self.votes}

    def answer(
        self,
        kind: str | None,  # of the results; None where the instruction decides
        ask: Callable[[VisionModel, list[Any]], list[Any]],
        assistant: str | None = None,
        **options: Any,
    ) -> None:
        """Ask, and write each answer with the options that are given; where to is settled before painting."""
        from cavendish import results
        from cavendish.formats import find_writer

        found = shots(self.pictures, *(p for p in (self.out, self.overlay) if p is not None))
        if kind is not None:
            find_writer(getattr(results, kind), self.out.suffix.lower())
        if self.overlay is not None:
            picture_format(self.overlay)
        model = self.open(assistant)
        while some := list(islice(found, AT_ONCE)):
            for (picture, places), answer in zip(some, ask(model, [picture for picture, _ in some])):
                write_answers(answer, "part", places, picture, options)


def any_task(task: Any, asked: Answering) -> None:
    asked.answer(None, lambda model, images: model.run(task, images, **asked.said))


@opt.expanded
def depth(asked: Answering, scale: opt.Scale = None, fov: opt.Fov = None) -> None:
    """Metric depth: .npy, .npz, .exr, 16-bit .png, or a point cloud as .ply or .glb."""
    asked.answer("DepthMap", lambda model, images: model.depth(images, **asked.said), scale=scale, fov_degrees=fov)


@opt.expanded
def normals(asked: Answering) -> None:
    """Surface normals: .npy, .exr or .png."""
    asked.answer("NormalMap", lambda model, images: model.normals(images, **asked.said))


@opt.expanded
def segment(
    asked: Answering,
    classes: Annotated[str, typer.Option("--classes", "-c", help="Comma-separated, or a file with one a line.")],
    cityscapes: Annotated[bool, typer.Option("--cityscapes", help="Write Cityscapes label ids.")] = False,
) -> None:
    """A class for every pixel: indexed .png, Cityscapes labelIds .png, or .json with COCO run lengths."""
    names, form = _names(classes), "cityscapes" if cityscapes else None
    asked.answer("SemanticMap", lambda model, images: model.segment(images, names, **asked.said), format=form)


@opt.expanded
def instances(
    asked: Answering,
    label: Annotated[str, typer.Option("--label", "-l", help="The one class whose instances to find.")],
    check_presence: Annotated[bool, typer.Option(help="Ask the assistant first whether there are any.")] = False,
    assistant: Assistant = None,
) -> None:
    """Every instance of a class: COCO .json, or an id .png."""
    said = {**asked.said, "check_presence": check_presence}
    asked.answer("Instances", lambda model, images: model.instances(images, label, **said), assistant)


@opt.expanded
def refer(
    asked: Answering,
    expression: Annotated[str, typer.Option("--expression", "-e", help="The sentence that says what to mark.")],
    reason: Annotated[bool, typer.Option(help="Let the assistant turn a question into a description.")] = False,
    assistant: Assistant = None,
) -> None:
    """The region that a sentence refers to: .png, .npy or .json."""
    said = {**asked.said, "reason": reason}
    asked.answer("Mask", lambda model, images: model.refer(images, expression, **said), assistant)


@opt.expanded
def ask(
    asked: Answering,
    instruction: Annotated[str, typer.Option("--instruction", "-i", help="Your own words to the generator.")],
) -> None:
    """The answer to your own instruction; several regions go to a pattern with {part} in it."""
    asked.answer(None, lambda model, images: model.ask(images, instruction, **asked.said))


@opt.expanded
def generate(
    asked: Asking,
    prompt: Annotated[str, typer.Argument(help="What to paint.")],
    width: Annotated[int | None, typer.Option(help="Pixels. Default: the generator's own.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels. Default: the generator's own.")] = None,
) -> None:
    """A new picture."""
    check_place(asked.out)
    picture_format(asked.out)
    save_picture(asked.open().generate(prompt, height=height, width=width, **asked.said), asked.out)


@opt.expanded
def edit(
    asked: Asking,
    pictures: Pictures,
    instruction: Annotated[str, typer.Option("--instruction", "-i", help="What to change.")],
) -> None:
    """Pictures edited by an instruction, in their own size."""
    found = shots(pictures, asked.out)
    picture_format(asked.out)
    model = asked.open()
    for picture, (place,) in found:
        save_picture(model.edit(picture, instruction, **asked.said), place)


def _setting(text: str) -> tuple[str, Any]:
    """NAME=VALUE; a value that is JSON (3, true, null) is taken as that, any other as text."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ExportError(f"--set takes NAME=VALUE, not {text!r}")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _names(text: str) -> list[str]:
    file = opt.file_named(text)
    try:
        listed = text.split(",") if file is None else file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LegendError(f"{text}: the classes cannot be read ({error})") from None
    return [name.strip() for name in listed if name.strip()]


COMMANDS = (depth, normals, segment, instances, refer, ask, generate, edit)
