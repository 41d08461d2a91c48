"""Qwen-Image-Edit at school. Its text encoder looks at the picture too, so there is an embedding for each question."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cavendish.generators.diffusers import MEGAPIXEL, Pipeline


class QwenLayout:
    """Packed latents of the painting, then of the picture looked at; the transformer is told the shape of each."""

    needs_picture = True

    def __init__(self, painter: Pipeline) -> None:
        self.painter, self.pipeline = painter, painter.pipeline
        self.side = 2 * self.pipeline.vae_scale_factor
        self.plus = type(self.pipeline).__name__ == "QwenImageEditPlusPipeline"

    def latents(self, pictures: NDArray[np.uint8]) -> Tensor:
        pipeline = self.pipeline
        film = self.painter.pixels(pictures)[:, :, None]  # of one frame
        grid = pipeline._encode_vae_image(film, generator=None)  # (B, C, 1, h, w)
        packed: Tensor = pipeline._pack_latents(grid, len(grid), grid.shape[1], *grid.shape[3:])
        return packed

    def text(self, instructions: list[str], pictures: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        """(B, L, D) and which tokens (B, L) are no padding."""
        found = [self._said(instruction, picture) for instruction, picture in zip(instructions, pictures)]
        longest = max(len(one) for one in found)
        text = torch.stack([F.pad(one, (0, 0, 0, longest - len(one))) for one in found])
        lengths = torch.tensor([len(one) for one in found], device=text.device)
        return text, torch.arange(longest, device=text.device) < lengths[:, None]

    def _said(self, instruction: str, picture: NDArray[np.uint8]) -> Tensor:
        """(L, D), with the picture at the size at which the pipeline shows it to the text encoder."""
        from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import (
            CONDITION_IMAGE_SIZE,
            calculate_dimensions,
        )

        height, width = picture.shape[:2]
        width, height = calculate_dimensions(CONDITION_IMAGE_SIZE if self.plus else MEGAPIXEL, width / height)
        image = self.pipeline.image_processor.resize(Image.fromarray(picture), height, width)
        embedding, _ = self.pipeline.encode_prompt(prompt=instruction, image=[image] if self.plus else image)
        said: Tensor = embedding[0]
        return said

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        level: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        assert references is not None
        embedding, known = text
        velocity: Tensor = transformer(
            hidden_states=torch.cat([noisy, references], dim=1).to(transformer.dtype),
            timestep=level,
            encoder_hidden_states=embedding,
            encoder_hidden_states_mask=None if known.all() else known,
            img_shapes=[[(1, *grid), (1, *grid)]] * len(noisy),
            return_dict=False,
        )[0]
        return velocity[:, : noisy.shape[1]]

    def canvas(self, size: int) -> dict[str, Any]:
        return {}  # its pipelines take the sizes that they take
