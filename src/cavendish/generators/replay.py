"""A generator that answers from a folder of recorded pictures: for tests, demos, and paintings made elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

from cavendish.errors import ModelError, NoPictureError
from cavendish.files import replacing
from cavendish.generators.canvas import Canvas
from cavendish.generators.generator import About, Generator, Painting, Request
from cavendish.generators.presets import Preset
from cavendish.images import read_image

INDEX = "replay.json"
SUFFIXES = {".png", ".webp", ".jpg", ".jpeg"}
BATCH_SIZE = 16
ANY_SIZE = Canvas(multiple=1, max_pixels=2**40, min_side=1, max_aspect=1e9)


def digest(request: Request) -> str:
    """32 hex digits over all fields of a request."""
    fields = [request.instruction, *request.size, request.seed, request.steps, request.guidance]
    state = hashlib.sha256(json.dumps(fields).encode())
    for image in request.images:
        state.update(str(image.shape).encode() + image.tobytes())
    return state.hexdigest()[:32]


class Replay:
    """Recorded pictures, found by their request or given one after another.

    A folder that `Recorder` wrote holds an index: each request gets the picture recorded for it, NoPictureError if
    there is none. Any other folder of pictures answers in the order of their names, one for each request, and starts
    again at its end; each is taken to show the whole input picture, in any size.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        if not self._folder.is_dir():
            raise ModelError(f"replay: there is no folder {folder}")
        index = self._folder / INDEX
        self._index: dict[str, dict[str, Any]] | None = None
        self.about = About(name=f"replay:{folder}", canvas=ANY_SIZE, references=16, batch_size=BATCH_SIZE)
        if index.exists():
            recorded = json.loads(index.read_text())
            self._index = recorded["paintings"]
            self.about = _about(recorded["about"])
        files = sorted(file for file in self._folder.iterdir() if file.suffix.lower() in SUFFIXES)
        if not files:
            raise ModelError(f"replay: there are no pictures in {folder}")
        self._following = cycle(files)

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        return [self._find(request) for request in requests]

    def _find(self, request: Request) -> Painting:
        if self._index is None:
            return Painting(rgb=read_image(next(self._following)))
        entry = self._index.get(digest(request))
        if entry is None:
            raise NoPictureError(f"replay: nothing is recorded in {self._folder} for {request.instruction[:60]!r}")
        rgb = read_image(self._folder / entry["file"])
        return Painting(rgb=rgb, seed=entry["seed"], steps=entry["steps"], guidance=entry["guidance"])


class Recorder:
    """A generator that records every picture of another one in a folder that `Replay` answers from."""

    def __init__(self, generator: Generator, folder: str | Path) -> None:
        self._generator = generator
        self._folder = Path(folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        index = self._folder / INDEX
        self._index: dict[str, Mapping[str, Any]] = json.loads(index.read_text())["paintings"] if index.exists() else {}

    @property
    def about(self) -> About:
        return self._generator.about

    def fits(self, instruction: str) -> bool:
        return self._generator.fits(instruction)

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        from PIL import Image

        paintings = self._generator.paint(requests)
        for request, painting in zip(requests, paintings):
            key = digest(request)
            file = f"{key}.png"
            with replacing(self._folder / file) as path:
                Image.fromarray(painting.rgb).save(path, format="PNG")
            settings = {"seed": painting.seed, "steps": painting.steps, "guidance": painting.guidance}
            self._index[key] = {"file": file, "instruction": request.instruction, **settings}
        with replacing(self._folder / INDEX) as path:
            recorded = {"about": asdict(self.about), "paintings": self._index}
            path.write_text(json.dumps(recorded, indent=1, ensure_ascii=False))
        return paintings


def _about(recorded: dict[str, Any]) -> About:
    """The recorded description of a generator, whose canvas must be the same for its requests to be found."""
    rule = recorded["canvas"]
    canvas = Canvas(**{**rule, "sizes": tuple((height, width) for height, width in rule["sizes"])})
    height, width = recorded["native_size"]
    return About(**{**recorded, "canvas": canvas, "native_size": (height, width), "batch_size": BATCH_SIZE})


def open_replay(preset: Preset) -> Replay:
    """The recorded pictures of the folder that the preset's repository names."""
    replay = Replay(preset.repository)
    replay.about = preset.applied(replay.about)
    return replay
