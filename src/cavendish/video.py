"""Frames of videos, animations and documents of several pages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from cavendish import images
from cavendish.errors import ImageError, optional_import

SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg", ".mpeg", ".ts"}


def is_video(source: images.ImageInput) -> TypeGuard[str | os.PathLike[str]]:
    """Whether it is a path with the suffix of a video."""
    return isinstance(source, (str, os.PathLike)) and Path(source).suffix.lower() in SUFFIXES


def iter_frames(source: images.ImageInput) -> Iterator[NDArray[np.uint8]]:
    """Every frame of a video file, animation or document of several pages, each (H, W, 3) uint8 as it is needed."""
    for picture in load_frames(source):
        yield picture.rgb


def load_frames(source: images.ImageInput) -> Iterator[images.Picture]:
    """The frames of `iter_frames`, each with the record of what was done to it."""
    if not is_video(source):
        yield from images.load_frames(source)
        return
    with optional_import("to read videos", "cavendish[video]"):
        import av
    try:
        with av.open(str(source)) as container:
            for number, frame in enumerate(container.decode(video=0)):
                rgb = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
                yield images.Picture(rgb, str(source), frame.format.name, frame=number, frames=None)
    except (av.error.FFmpegError, IndexError) as error:  # IndexError: no video stream
        raise ImageError(f"{source}: the video cannot be read ({getattr(error, 'strerror', None) or error})") from None
