"""The small generator in the box: on any machine that runs torch, with nothing to download."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import optional_import
from cavendish.generators.canvas import Canvas
from cavendish.generators.device import choose, out_of_memory
from cavendish.generators.generator import About, Painting, Request, paint_in_batches
from cavendish.generators.presets import Preset

if TYPE_CHECKING:
    from torch import Tensor

    from cavendish.nano.checkpoint import NanoPreset
    from cavendish.nano.network import ImageFeatures, Nano, Text

SHIPPED = "nano"  # the repository that is part of the package
WEIGHTS = Path(__file__).parents[1] / "nano" / "weights"
BATCH = 8  # paintings in one pass


class NanoGenerator:
    """A rectified flow in a few Euler steps, from noise that a request's seed draws.

    A reference image that several requests of a batch share is encoded once.
    """

    def __init__(self, nano: Nano, preset: NanoPreset, about: About, device: str) -> None:
        """`about` goes before `preset` in what both hold."""
        self.nano, self.preset, self.about, self.device = nano, preset, about, device

    def fits(self, instruction: str) -> bool:
        from cavendish.nano.words import MAX_WORDS, split

        return len(split(instruction)) <= MAX_WORDS

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        return paint_in_batches(requests, BATCH, self._settings, self._paint_batch)

    def _settings(self, request: Request) -> tuple[int, float]:
        """Steps and guidance: answers about an image need few of either, images from text alone more."""
        steps, guidance = self.preset.generate_steps, self.preset.generate_guidance
        if request.images:
            steps, guidance = self.about.steps or 1, self.about.guidance or 1.0
        return request.steps or steps, guidance if request.guidance is None else request.guidance

    def _paint_batch(self, requests: list[Request], steps: int, guidance: float) -> NDArray[np.uint8]:
        """(B, h, w, 3), the paintings of requests that have the same shapes and settings."""
        import torch

        from cavendish.nano.network import ImageFeatures, Text, to_uint8

        guided = guidance != 1
        with out_of_memory(self.about.name), torch.inference_mode():
            text, reference = self._text([request.instruction for request in requests]), self._reference(requests)
            if guided:  # with the text and without, in one pass; the empty text takes the other's length, masked
                text = Text(*(torch.cat([part, none.expand_as(part)]) for part, none in zip(text, self._text([""]))))
                reference = ImageFeatures(*(torch.cat([part, part]) for part in reference))
            x = self._noise(requests)
            for step in range(steps):
                level, after = 1 - step / steps, 1 - (step + 1) / steps
                timestep = torch.full((len(text.mask),), level, device=self.device)
                last = requests[0].images and step == steps - 1
                choice = (self.preset.sharpness, self.preset.copy_bias) if last else (1.0, 0.0)
                clean = self.nano.denoiser(x.repeat(1 + guided, 1, 1, 1), timestep, text, reference, *choice).image
                if guided:
                    conditional, free = clean.chunk(2)
                    clean = free + guidance * (conditional - free)
                x = clean + (after / level) * (x - clean)
            return np.ascontiguousarray(to_uint8(x))

    def _text(self, texts: list[str]) -> Text:
        import torch

        from cavendish.nano import words

        encoded = words.encode(texts, self.nano.config.rows)
        return self.nano.text_encoder(*(torch.from_numpy(array).to(self.device) for array in encoded))

    def _reference(self, requests: list[Request]) -> ImageFeatures:
        """Features of the requests' reference images, each encoded once."""
        from cavendish.nano.network import ImageFeatures, from_uint8

        if not requests[0].images:
            return self.nano.null_image(len(requests), *requests[0].size)
        images = {id(request.images[0]): request.images[0] for request in requests}
        place = {key: k for k, key in enumerate(images)}
        features = self.nano.image_encoder(from_uint8(np.stack(list(images.values()))).to(self.device))
        return ImageFeatures(*(part[[place[id(request.images[0])] for request in requests]] for part in features))

    def _noise(self, requests: list[Request]) -> Tensor:
        """(B, 3, H, W), drawn on the CPU, so that a seed means the same on every device."""
        import torch

        noise = [
            torch.randn((3, *request.size), generator=torch.Generator().manual_seed(request.seed % 2**63))
            for request in requests
        ]
        return torch.stack(noise).to(self.device)


def open_nano(preset: Preset, *, device: str | None = None) -> NanoGenerator:
    """The nano in the folder that `preset.repository` names; `device` is torch's, by default the best there is.

    Raises ModelError for a folder without a nano or a device that does not exist, MissingExtraError without torch.
    """
    with optional_import("to run nano", "cavendish[nano]"):
        from cavendish.nano import checkpoint

    folder = WEIGHTS if preset.repository == SHIPPED else Path(preset.repository)
    nano, suits = checkpoint.load(folder)
    place = choose(device)
    nano.to(place)
    about = About(
        name=preset.name,
        revision=checkpoint.digest(folder),
        canvas=Canvas(multiple=16, max_pixels=suits.size**2, min_side=32, max_aspect=4.0),
        native_size=(suits.size, suits.size),
        batch_size=BATCH,
        steps=suits.steps,
        guidance=suits.guidance,
        votes=suits.votes,
        max_classes=16,
        versions={"torch": metadata.version("torch")},
    )
    return NanoGenerator(nano, suits, preset.applied(about), place)
