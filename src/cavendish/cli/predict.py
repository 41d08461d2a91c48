"""`cavendish depth|normals|segment|instances|refer|ask|generate|edit`: pictures in, answers out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.errors import ExportError, ImageError, LegendError

if TYPE_CHECKING:
    from PIL.Image import Image

    from cavendish.model import VisionModel
    from cavendish.results import Result

Pictures = Annotated[list[Path], typer.Argument(help="The pictures to ask about.", metavar="PICTURE...")]
Out = Annotated[
    Path, typer.Option("--out", "-o", help="File to write; several go to a pattern with {name} or {index} in it.")
]
Model = Annotated[str, typer.Option("--model", "-m", help="Preset, folder, owner/name of the hub, or KIND:NAME.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="An option of the model, as in --set device=cpu --set max_cost=2.")
]
Assistant = Annotated[str | None, typer.Option(help="Language model that helps: gemini:MODEL, openai:MODEL, …")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same painting.")]
Steps = Annotated[int | None, typer.Option(help="Steps of the generator. Default: what suits it.")]
Guidance = Annotated[float | None, typer.Option(help="Guidance of the generator. Default: what suits it.")]
Votes = Annotated[int, typer.Option(help="Paintings that vote on each answer.")]
Overlay = Annotated[Path | None, typer.Option(help="Also draw the answer over the picture, to this file.")]
MaxCost = Annotated[float | None, typer.Option(help="US dollars that hosted pictures may cost.")]
SHIPPED = "nano"


def open_model(
    name: str, settings: list[str] | None, max_cost: float | None, assistant: str | None = None
) -> VisionModel:
    """The model that --model, --set and --max-cost ask for; its licence goes to standard error."""
    from cavendish.loading import LicenceNotice, load

    options = dict(_setting(each) for each in settings or [])
    if max_cost is not None:
        options["max_cost"] = max_cost
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LicenceNotice)
        model = load(name, assistant=assistant, **options)
    typer.echo(f"{model.about.name}, licence: {model.about.licence}", err=True)
    return model


@dataclass(kw_only=True)
class Asking:
    """Which model is asked, and what it is told beside the question."""

    out: Out
    model: Model = SHIPPED
    settings: Set = None
    seed: Seed = 0
    steps: Steps = None
    guidance: Guidance = None
    max_cost: MaxCost = None

    @property
    def said(self) -> dict[str, Any]:
        return {"seed": self.seed, "steps": self.steps, "guidance": self.guidance}

    def open(self, assistant: str | None = None) -> VisionModel:
        return open_model(self.model, self.settings, self.max_cost, assistant)


@dataclass(kw_only=True)
class AskingAbout(Asking):
    """The same, with the pictures that are asked about."""

    pictures: Pictures


@dataclass(kw_only=True)
class Answering(AskingAbout):
    """The same, where the answer is read from paintings."""

    votes: Votes = 1
    overlay: Overlay = None

    @property
    def said(self) -> dict[str, Any]:
        return {**super().said, "votes": self.votes}

    def answer(
        self,
        kind: str | None,  # of the results; None where the instruction decides
        ask: Callable[[VisionModel], list[Any]],
        assistant: str | None = None,
        **options: Any,
    ) -> None:
        """Ask, and write each answer with the options that are given; where to is settled before painting."""
        from cavendish import results
        from cavendish.export import find_writer

        given = {name: value for name, value in options.items() if value is not None}
        places = _places(self.pictures, self.out)
        if kind is not None:
            find_writer(getattr(results, kind), self.out.suffix.lower())
        drawings = [None] * len(self.pictures) if self.overlay is None else _places(self.pictures, self.overlay)
        if self.overlay is not None:
            _picture_format(self.overlay)
        answers = ask(self.open(assistant))
        for picture, answer, place, drawing in zip(self.pictures, answers, places, drawings):
            parts: dict[str, Result] = answer if isinstance(answer, dict) else {"": answer}
            if len(parts) > 1 and "{part}" not in str(place):
                raise ExportError(f"{place}: {len(parts)} answers need a pattern such as {{part}}{place.suffix}")
            for k, part in enumerate(parts.values()):
                typer.echo(f"{part.save(str(place).replace('{part}', str(k)), **given)}: {part!r}")
                if drawing:
                    from cavendish.images import read_image

                    save_picture(part.overlay(read_image(picture)), Path(str(drawing).replace("{part}", str(k))))


@opt.spread
def depth(asked: Answering, scale: opt.Scale = None, fov: opt.Fov = None) -> None:
    """Metric depth: .npy, .npz, .exr, 16-bit .png, or a point cloud as .ply or .glb."""
    asked.answer(
        "DepthMap",
        lambda model: model.depth(asked.pictures, **asked.said),
        scale=opt.number(scale),
        fov_degrees=fov,
    )


@opt.spread
def normals(asked: Answering) -> None:
    """Surface normals: .npy, .exr or .png."""
    asked.answer("NormalMap", lambda model: model.normals(asked.pictures, **asked.said))


@opt.spread
def segment(
    asked: Answering,
    classes: Annotated[str, typer.Option("--classes", "-c", help="Comma-separated, or a file with one a line.")],
    cityscapes: Annotated[bool, typer.Option("--cityscapes", help="Write Cityscapes label ids.")] = False,
) -> None:
    """A class for every pixel: indexed .png, Cityscapes labelIds .png, or .json with COCO run lengths."""
    names = _names(classes)
    asked.answer(
        "SemanticMap",
        lambda model: model.segment(asked.pictures, names, **asked.said),
        format="cityscapes" if cityscapes else None,
    )


@opt.spread
def instances(
    asked: Answering,
    label: Annotated[str, typer.Option("--label", "-l", help="The one class whose instances to find.")],
    check_presence: Annotated[bool, typer.Option(help="Ask the assistant first whether there are any.")] = False,
    assistant: Assistant = None,
) -> None:
    """Every instance of a class: COCO .json, or an id .png."""
    asked.answer(
        "Instances",
        lambda model: model.instances(asked.pictures, label, check_presence=check_presence, **asked.said),
        assistant,
    )


@opt.spread
def refer(
    asked: Answering,
    expression: Annotated[str, typer.Option("--expression", "-e", help="The sentence that says what to mark.")],
    reason: Annotated[bool, typer.Option(help="Let the assistant turn a question into a description.")] = False,
    assistant: Assistant = None,
) -> None:
    """The region that a sentence refers to: .png, .npy or .json."""
    asked.answer("Mask", lambda model: model.refer(asked.pictures, expression, reason=reason, **asked.said), assistant)


@opt.spread
def ask(
    asked: Answering,
    instruction: Annotated[str, typer.Option("--instruction", "-i", help="Your own words to the generator.")],
) -> None:
    """The answer to your own instruction; several regions go to a pattern with {part} in it."""
    asked.answer(None, lambda model: model.ask(asked.pictures, instruction, **asked.said))


@opt.spread
def generate(
    asked: Asking,
    prompt: Annotated[str, typer.Argument(help="What to paint.")],
    width: Annotated[int | None, typer.Option(help="Pixels. Default: the generator's own.")] = None,
    height: Annotated[int | None, typer.Option(help="Pixels. Default: the generator's own.")] = None,
) -> None:
    """A new picture."""
    _check_place(asked.out)
    _picture_format(asked.out)
    save_picture(asked.open().generate(prompt, height=height, width=width, **asked.said), asked.out)


@opt.spread
def edit(
    asked: AskingAbout,
    instruction: Annotated[str, typer.Option("--instruction", "-i", help="What to change.")],
) -> None:
    """Pictures changed as told, in their own size."""
    places = _places(asked.pictures, asked.out)
    _picture_format(asked.out)
    model = asked.open()
    for picture, place in zip(asked.pictures, places):
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
    try:
        listed = Path(text).read_text(encoding="utf-8-sig").splitlines() if Path(text).is_file() else text.split(",")
    except (OSError, UnicodeDecodeError) as error:
        raise LegendError(f"{text}: the classes cannot be read ({error})") from None
    return [name.strip() for name in listed if name.strip()]


def _places(pictures: list[Path], out: Path) -> list[Path]:
    """Where the answer to each picture goes; an error where two would go to one file, or something is not there."""
    for picture in pictures:
        if not picture.exists():
            raise ImageError(f"{picture}: there is no such file")
    places = [Path(str(out).replace("{name}", p.stem).replace("{index}", str(k))) for k, p in enumerate(pictures)]
    if len(set(places)) < len(places):
        raise ExportError(f"{out}: {len(places)} pictures need a pattern such as {{name}}{out.suffix}")
    for place in places:
        _check_place(place)
    return places


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise ExportError(f"{path} cannot be written: there is no folder {path.parent}")


def _picture_format(path: Path) -> str:
    """What PIL calls the format of a picture's suffix; ExportError for one that is none of ours."""
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    if path.suffix.lower() not in formats:
        raise ExportError(f"{path}: a picture is written as .png, .jpg or .webp")
    return formats[path.suffix.lower()]


def save_picture(picture: Image, out: Path) -> None:
    """Write a picture whole or not at all, with its record if it has one and the format can hold it; print its path."""
    from PIL.PngImagePlugin import PngInfo

    from cavendish.export.atomic import replacing

    kind = _picture_format(out)
    record = PngInfo()
    if "cavendish" in picture.info:
        record.add_itxt("cavendish", picture.info["cavendish"])
    with replacing(out) as part:
        picture.save(part, format=kind, **({"pnginfo": record} if kind == "PNG" else {}))
    typer.echo(str(out))


COMMANDS = (depth, normals, segment, instances, refer, ask, generate, edit)
