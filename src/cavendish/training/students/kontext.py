"""FLUX.1 Kontext at school: two text encoders, and a guidance that the transformer is told."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cavendish.generators.diffusers import Pipeline


class KontextLayout:
    """The picture looked at comes as tokens behind the painting's, told apart by the first of three coordinates."""

    needs_picture = False

    def __init__(self, painter: Pipeline, guidance: float) -> None:
        self.painter, self.pipeline, self.guidance = painter, painter.pipeline, guidance
        self.side = 2 * self.pipeline.vae_scale_factor

    def latents(self, pictures: NDArray[np.uint8]) -> Tensor:
        grid = self.pipeline._encode_vae_image(self.painter.pixels(pictures), generator=None)  # (B, C, h, w)
        packed: Tensor = self.pipeline._pack_latents(grid, *grid.shape)
        return packed

    def text(self, instructions: list[str], pictures: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        """(B, L, D) of T5, and (B, P) of CLIP, which reads the beginning of a long instruction."""
        words, pooled, _ = self.pipeline.encode_prompt(prompt=instructions)
        return words, pooled

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        level: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        words, pooled = text
        tokens, places = noisy, self._places(grid, 0, noisy)
        if references is not None:
            tokens = torch.cat([noisy, references], dim=1)
            places = torch.cat([places, self._places(grid, 1, noisy)])
        velocity: Tensor = transformer(
            hidden_states=tokens.to(transformer.dtype),
            timestep=level,
            guidance=torch.full_like(level, self.guidance) if transformer.config.guidance_embeds else None,
            pooled_projections=pooled,
            encoder_hidden_states=words,
            txt_ids=words.new_zeros(words.shape[1], 3),
            img_ids=places,
            return_dict=False,
        )[0]
        return velocity[:, : noisy.shape[1]]

    def _places(self, grid: tuple[int, int], picture: int, like: Tensor) -> Tensor:
        """(N, 3): which picture, row and column of each token."""
        places: Tensor = self.pipeline._prepare_latent_image_ids(1, *grid, like.device, like.dtype)
        places[:, 0] = picture
        return places

    def canvas(self, size: int) -> dict[str, Any]:
        return {"max_pixels": size * size}
