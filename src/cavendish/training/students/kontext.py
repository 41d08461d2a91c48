"""Training layout of FLUX.1 Kontext: two text encoders, and a transformer that is conditioned on the guidance."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cavendish.generators.diffusers import Pipeline

GUIDANCE = 1.0  # that the transformer is conditioned on in training


class KontextLayout:
    """The reference image's tokens follow the painting's; the first of three position ids tells them apart."""

    needs_image = False

    def __init__(self, generator: Pipeline) -> None:
        self.generator, self.pipeline = generator, generator.pipeline
        self.token_size = 2 * self.pipeline.vae_scale_factor

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        grid = self.pipeline._encode_vae_image(self.generator.pixels(images), generator=None)  # (B, C, h, w)
        packed: Tensor = self.pipeline._pack_latents(grid, *grid.shape)
        return packed

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        """(B, L, D) of T5, and (B, P) of CLIP, which reads the beginning of a long instruction."""
        tokens, pooled, _ = self.pipeline.encode_prompt(prompt=instructions)
        return tokens, pooled

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        timestep: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        embedding, pooled = text
        latents, ids = noisy, self._position_ids(grid, 0, noisy)
        if references is not None:
            latents = torch.cat([noisy, references], dim=1)
            ids = torch.cat([ids, self._position_ids(grid, 1, noisy)])
        velocity: Tensor = transformer(
            hidden_states=latents.to(transformer.dtype),
            timestep=timestep,
            guidance=torch.full_like(timestep, GUIDANCE) if transformer.config.guidance_embeds else None,
            pooled_projections=pooled,
            encoder_hidden_states=embedding,
            txt_ids=embedding.new_zeros(embedding.shape[1], 3),
            img_ids=ids,
            return_dict=False,
        )[0]
        return velocity[:, : noisy.shape[1]]

    def _position_ids(self, grid: tuple[int, int], image: int, like: Tensor) -> Tensor:
        """(N, 3): image, row and column of each token."""
        ids: Tensor = self.pipeline._prepare_latent_image_ids(1, *grid, like.device, like.dtype)
        ids[:, 0] = image
        return ids

    def canvas(self, size: int) -> dict[str, Any]:
        return {"max_pixels": size * size}
