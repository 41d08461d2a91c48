"""FLUX.2 klein at school: tokens and their places as the generator lays them out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cavendish.generators.flux2 import Flux2, VelocityModel


class Flux2Layout:
    """The picture looked at comes as tokens of its own, told apart by the first of their four coordinates."""

    needs_picture = False

    def __init__(self, painter: Flux2) -> None:
        self.painter, self.pipeline = painter, painter.pipeline
        self.side = 2 * self.pipeline.vae_scale_factor

    def latents(self, pictures: NDArray[np.uint8]) -> Tensor:
        packed: Tensor = self.pipeline._pack_latents(self.painter.encode_image(pictures))
        return packed

    def text(self, instructions: list[str], pictures: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        return (torch.cat([self.painter.encode_text(instruction) for instruction in instructions]),)

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        level: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        where = noisy.new_empty(1, 1, *grid)
        ids = self.pipeline._prepare_latent_ids(where).to(noisy.device).expand(len(noisy), -1, -1)
        reference_ids = self.pipeline._prepare_image_ids([where]).to(noisy.device).expand(len(noisy), -1, -1)
        text_ids = self.pipeline._prepare_text_ids(text[0][:1]).to(noisy.device)
        one = VelocityModel(transformer, text[0], text_ids, self.painter.caches_references)
        velocity: Tensor = one(noisy, ids, references, reference_ids, 1000 * level)
        return velocity

    def canvas(self, size: int) -> dict[str, Any]:
        return {"max_pixels": size * size}
