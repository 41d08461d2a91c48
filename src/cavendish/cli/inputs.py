"""The pictures that a command is given, one by one or frame by frame, and the files that their answers go to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cavendish.errors import ExportError, ImageError

if TYPE_CHECKING:
    from PIL.Image import Image

Shot = tuple[Any, tuple[Path, ...]]
"""A picture to ask about, a path or (H, W, 3) uint8 for a frame, and its places in the order of the patterns."""


def shots(pictures: Sequence[Path], *patterns: Path) -> Iterator[Shot]:
    """The pictures with what patterns such as {name}.png make of them; {frame} in all patterns asks about every frame.

    Settled before anything is painted: an error where two answers would go to one file, a picture or a folder is not
    there, or a file that moves would be answered by its first frame alone. Frames are read as they are needed.
    """
    for picture in pictures:
        if not picture.exists():
            raise ImageError(f"{picture}: there is no such file")
    framed = any("{frame}" in str(pattern) for pattern in patterns)
    if bare := [pattern for pattern in patterns if framed and "{frame}" not in str(pattern)]:
        raise ExportError(f"{bare[0]}: the frames need a pattern such as {{frame}}{bare[0].suffix} here too")
    if not framed:
        _check_still(pictures)
    stills = zip(pictures, zip(*(_places(pictures, pattern) for pattern in patterns)))
    return _frames(stills) if framed else iter(stills)


def _frames(stills: Iterator[Shot]) -> Iterator[Shot]:
    from cavendish.video import iter_frames

    for picture, places in stills:
        for number, frame in enumerate(iter_frames(picture)):
            yield frame, tuple(filled(place, "frame", f"{number:05d}") for place in places)


def filled(place: Path, name: str, value: object) -> Path:
    """The place with {name} in it replaced."""
    return Path(str(place).replace(f"{{{name}}}", str(value)))


def check_place(path: Path) -> None:
    """ExportError where there is no folder to write to."""
    if not path.parent.is_dir():
        raise ExportError(f"{path} cannot be written: there is no folder {path.parent}")


def write_answers(found: Any, part: str, places: Sequence[Path], photo: Any, options: Mapping[str, Any]) -> None:
    """Write an answer to the first place, and draw it over the photo to the second if there is one.

    Of a dict of answers each goes to a place of its own, with its number for {part}; so ExportError for two in one
    file. Options of the format that are None are not given.
    """
    from cavendish.results import Instances

    answers = list(found.values()) if isinstance(found, dict) else [found]
    for place in places:
        if len(answers) > 1 and f"{{{part}}}" not in str(place):
            raise ExportError(f"{place}: {len(answers)} answers need a pattern such as {{{part}}}{place.suffix}")
    given = {name: value for name, value in options.items() if value is not None}
    for k, answer in enumerate(answers):
        # Instances go to one file each by a pattern of their own.
        out = places[0] if isinstance(answer, Instances) else filled(places[0], part, k)
        typer.echo(f"{answer.save(out, **given)}: {answer!r}")
        for place in places[1:]:
            save_picture(answer.overlay(photo), filled(place, part, k))


def picture_format(path: Path) -> str:
    """What PIL calls the format of a picture's suffix; ExportError for an unsupported one."""
    formats = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
    if path.suffix.lower() not in formats:
        raise ExportError(f"{path}: a picture is written as .png, .jpg or .webp")
    return formats[path.suffix.lower()]


def save_picture(picture: Image, out: Path) -> None:
    """Write a picture whole or not at all, with its record if it has one and the format can hold it; print its path."""
    from PIL.PngImagePlugin import PngInfo

    from cavendish.files import replacing

    record = PngInfo()
    if "cavendish" in picture.info:
        record.add_itxt("cavendish", picture.info["cavendish"])
    kind = picture_format(out)
    with replacing(out) as temporary:
        picture.save(temporary, format=kind, pnginfo=record)  # the other formats take no notice of it
    typer.echo(str(out))


def _places(pictures: Sequence[Path], pattern: Path) -> list[Path]:
    places = [filled(filled(pattern, "name", picture.stem), "index", k) for k, picture in enumerate(pictures)]
    if len(set(places)) < len(places):
        raise ExportError(f"{pattern}: {len(places)} pictures need a pattern such as {{name}}{pattern.suffix}")
    for place in places:
        check_place(place)
    return places


def _check_still(pictures: Sequence[Path]) -> None:
    from cavendish.images import count_frames
    from cavendish.video import is_video

    for picture in pictures:
        many = "a video" if is_video(picture) else ""
        if not many and (count := count_frames(picture)) > 1:
            many = f"{count} pictures"
        if many:
            raise ImageError(f"{picture} is {many}: to answer each frame, write to a pattern with {{frame}} in it")
