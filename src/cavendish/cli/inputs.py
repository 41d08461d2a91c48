"""The pictures that a command is given, one by one or frame by frame, and the files that their answers go to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cavendish.errors import ExportError, ImageError

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
