"""The small generator of our own: on any machine that runs torch, with nothing to download."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cavendish.errors import MissingExtraError
from cavendish.generators.canvas import Canvas
from cavendish.generators.device import choose, out_of_memory
from cavendish.generators.generator import About, Painting, Request
from cavendish.generators.presets import Preset

if TYPE_CHECKING:
    from cavendish.nano.network import Nano

SHIPPED = "nano"  # the repository that is part of the package
WEIGHTS = Path(__file__).parents[1] / "nano" / "weights"
BATCH = 8  # paintings in one pass
VOTES = {"depth": 2, "normals": 2}  # how far away all is, which is its weak side, it judges better seen twice
FIRMNESS = 8.0  # of the last step of answers about a picture, see `network.Painter`
KEEPING = 1.0  # likewise: lessons weigh what an edit changes more than what it leaves, and it would change too much


class NanoPainter:
    """A rectified flow in a few steps of Euler's method, from noise that a request's seed draws.

    A picture that several requests look at is looked at once.
    """

    def __init__(self, nano: Nano, about: About, device: str, drawing: tuple[int, float]) -> None:
        """`drawing`: steps and guidance of pictures from words alone."""
        self.nano, self.about, self.device, self.drawing = nano, about, device, drawing

    def fits(self, instruction: str) -> bool:
        from cavendish.nano.words import LONGEST, split

        return len(split(instruction)) <= LONGEST

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        groups: dict[tuple[Any, ...], list[int]] = {}
        for number, request in enumerate(requests):
            groups.setdefault((request.size, len(request.images), self._settings(request)), []).append(number)
        painted: dict[int, Painting] = {}
        for numbers in groups.values():
            for start in range(0, len(numbers), BATCH):
                part = numbers[start : start + BATCH]
                painted |= zip(part, self._batch([requests[number] for number in part]))
        return [painted[number] for number in range(len(requests))]

    def _settings(self, request: Request) -> tuple[int, float]:
        """Steps and guidance: answers about a picture need few of either, pictures from words more."""
        steps, guidance = (self.about.steps or 1, self.about.guidance or 1.0) if request.images else self.drawing
        return request.steps or steps, guidance if request.guidance is None else request.guidance

    def _batch(self, requests: list[Request]) -> list[Painting]:
        import torch

        from cavendish.nano import words
        from cavendish.nano.network import Seen, Text

        steps, guidance = self._settings(requests[0])
        guided = guidance != 1
        height, width = requests[0].size
        rows = self.nano.config.rows

        def listen(texts: list[str]) -> Any:
            return self.nano.listen(*(torch.from_numpy(a).to(self.device) for a in words.encode(texts, rows)))

        with out_of_memory(self.about.name), torch.inference_mode():
            text = listen([request.instruction for request in requests])
            if requests[0].images:
                pictures = {id(request.images[0]): request.images[0] for request in requests}
                place = {key: k for k, key in enumerate(pictures)}
                seen = self.nano.look(self._pixels(list(pictures.values())))
                seen = Seen(*(part[[place[id(request.images[0])] for request in requests]] for part in seen))
            else:
                seen = self.nano.imagine(len(requests), height, width)
            if guided:  # with the words and without, in one pass; silence is as long as the words, whatever they are
                text = Text(*(torch.cat([said, none.expand_as(said)]) for said, none in zip(text, listen([""]))))
                seen = Seen(*(torch.cat([part, part]) for part in seen))
            x = self._noise(requests)
            for step in range(steps):
                level, after = 1 - step / steps, 1 - (step + 1) / steps
                t = torch.full((len(text.known),), level, device=self.device)
                last = requests[0].images and step == steps - 1
                firmness, keeping = (FIRMNESS, KEEPING) if last else (1.0, 0.0)
                clean = self.nano.paint(x.repeat(1 + guided, 1, 1, 1), t, text, seen, firmness, keeping).picture
                if guided:
                    told, free = clean.chunk(2)
                    clean = free + guidance * (told - free)
                x = clean + (after / level) * (x - clean)
            levels = ((x.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return [
            Painting(rgb=np.ascontiguousarray(rgb), seed=request.seed, steps=steps, guidance=guidance)
            for rgb, request in zip(levels, requests)
        ]

    def _noise(self, requests: list[Request]) -> Any:
        """(B, 3, H, W): drawn on the CPU, so that a seed means the same on every device."""
        import torch

        drawn = [
            torch.randn((3, *request.size), generator=torch.Generator().manual_seed(request.seed % 2**63))
            for request in requests
        ]
        return torch.stack(drawn).to(self.device)

    def _pixels(self, pictures: list[Any]) -> Any:
        import torch

        stacked = torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2).astype(np.float32))
        return (stacked / 127.5 - 1).to(self.device)


def open_nano(preset: Preset, *, device: str | None = None) -> NanoPainter:
    """The nano in the folder that `preset.repository` names; `device` is torch's, the best there is unless said.

    Raises ModelError for a folder that is none or a device that is not there, MissingExtraError without torch.
    """
    try:
        from cavendish.nano import checkpoint
    except ImportError:
        raise MissingExtraError("to run nano: pip install 'cavendish[nano]'") from None

    folder = WEIGHTS if preset.repository == SHIPPED else Path(preset.repository)
    nano, index = checkpoint.load(folder)
    place = choose(device)
    nano.to(place)
    size = int(index.get("size", 128))
    about = About(
        name=preset.name,
        revision=checkpoint.digest(folder),
        canvas=Canvas(multiple=16, max_pixels=size * size, min_side=32, max_aspect=4.0),
        native_size=(size, size),
        batch_size=BATCH,
        steps=int(index.get("steps", 1)),
        guidance=1.0,
        votes=VOTES,
        max_classes=16,
        versions={"torch": metadata.version("torch")},
    )
    return NanoPainter(
        nano, preset.applied(about), place, (int(index.get("free_steps", 16)), float(index.get("free_guidance", 4.0)))
    )
