"""Training layout of Qwen-Image-Edit. Its text encoder sees the image too, so each question has its own embedding."""

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
    """Packed latents of the painting, then of the reference image; the transformer gets the shape of each."""

    needs_image = True

    def __init__(self, generator: Pipeline) -> None:
        self.generator, self.pipeline = generator, generator.pipeline
        self.token_size = 2 * self.pipeline.vae_scale_factor
        self.plus = type(self.pipeline).__name__ == "QwenImageEditPlusPipeline"

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        pipeline = self.pipeline
        video = self.generator.pixels(images)[:, :, None]  # of one frame
        grid = pipeline._encode_vae_image(video, generator=None)  # (B, C, 1, h, w)
        packed: Tensor = pipeline._pack_latents(grid, len(grid), grid.shape[1], *grid.shape[3:])
        return packed

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> tuple[Tensor, ...]:
        """(B, L, D), and a mask (B, L) that is False for padding."""
        found = [self._embedding(instruction, image) for instruction, image in zip(instructions, images)]
        longest = max(len(one) for one in found)
        text = torch.stack([F.pad(one, (0, 0, 0, longest - len(one))) for one in found])
        lengths = torch.tensor([len(one) for one in found], device=text.device)
        return text, torch.arange(longest, device=text.device) < lengths[:, None]

    def _embedding(self, instruction: str, image: NDArray[np.uint8]) -> Tensor:
        """(L, D), with the image at the size that the pipeline gives it for the text encoder."""
        from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import (
            CONDITION_IMAGE_SIZE,
            calculate_dimensions,
        )

        height, width = image.shape[:2]
        width, height = calculate_dimensions(CONDITION_IMAGE_SIZE if self.plus else MEGAPIXEL, width / height)
        resized = self.pipeline.image_processor.resize(Image.fromarray(image), height, width)
        embedding, _ = self.pipeline.encode_prompt(prompt=instruction, image=[resized] if self.plus else resized)
        tokens: Tensor = embedding[0]
        return tokens

    def velocity(
        self,
        transformer: Any,
        noisy: Tensor,
        timestep: Tensor,
        references: Tensor | None,
        text: tuple[Tensor, ...],
        grid: tuple[int, int],
    ) -> Tensor:
        assert references is not None
        embedding, mask = text
        velocity: Tensor = transformer(
            hidden_states=torch.cat([noisy, references], dim=1).to(transformer.dtype),
            timestep=timestep,
            encoder_hidden_states=embedding,
            encoder_hidden_states_mask=None if mask.all() else mask,
            img_shapes=[[(1, *grid), (1, *grid)]] * len(noisy),
            return_dict=False,
        )[0]
        return velocity[:, : noisy.shape[1]]

    def canvas(self, size: int) -> dict[str, Any]:
        return {}  # its pipelines take the sizes that they take
