"""Training layout of FLUX.2 klein: tokens and position ids as its pipeline lays them out."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cavendish.generators.flux2 import Flux2, VelocityModel


class Flux2Layout:
    """The reference image has tokens of its own; the first of four position ids tells them from the painting's."""

    needs_image = False

    def __init__(self, generator: Flux2) -> None:
        self.generator, self.pipeline = generator, generator.pipeline
        self.token_size = 2 * self.pipeline.vae_scale_factor

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        packed: Tensor = self.pipeline._pack_latents(self.generator.encode_image(images))
        return packed

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        return (torch.cat([self.generator.encode_text(instruction) for instruction in instructions]),)

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        timestep: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        like = noisy.new_empty(1, 1, *grid)
        ids = self.pipeline._prepare_latent_ids(like).to(noisy.device).expand(len(noisy), -1, -1)
        reference_ids = self.pipeline._prepare_image_ids([like]).to(noisy.device).expand(len(noisy), -1, -1)
        text_ids = self.pipeline._prepare_text_ids(text[0][:1]).to(noisy.device)
        model = VelocityModel(transformer, text[0], text_ids, self.generator.caches_references)
        velocity: Tensor = model(noisy, ids, references, reference_ids, 1000 * timestep)
        return velocity

    def canvas(self, size: int) -> dict[str, Any]:
        return {"max_pixels": size * size}
