"""Layouts of latents, reference images and text, as the transformer of each family of pipelines takes them.

Shapes: B examples, N latent tokens of an image, C their channels, L tokens of text. For another family: a class, and a
line in `LAYOUTS`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from cavendish.generators.diffusers import MEGAPIXEL, Pipeline
from cavendish.generators.flux2 import Flux2, VelocityModel

GUIDANCE = 1.0  # in training, of transformers that are conditioned on it
Embeddings = tuple[Tensor, ...]
Grid = tuple[int, int]


class Layout(ABC):
    """How a family of pipelines lays out its tokens."""

    needs_image = False  # whether it only edits

    def __init__(self, generator: Pipeline) -> None:
        self.generator, self.pipeline = generator, generator.pipeline
        self.token_size = 2 * self.pipeline.vae_scale_factor  # pixels a side of a latent token

    @abstractmethod
    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        """(B, H, W, 3) -> (B, N, C), tokens row by row."""

    @abstractmethod
    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> Embeddings:
        """Embeddings of instructions about images (H, W, 3), and what else the transformer needs of them."""

    @abstractmethod
    def velocity(
        self, noisy: Tensor, timestep: Tensor, references: Tensor | None, text: Embeddings, grid: Grid
    ) -> Tensor:
        """(B, N, C) predicted for `noisy` (B, N, C) at `timestep` (B,) from 0 to 1; N is grid[0] * grid[1]."""

    def canvas(self, size: int) -> dict[str, Any]:
        """Fields of a preset's canvas for a model that was trained at `size` pixels a side."""
        return {"max_pixels": size * size}


class Flux2Layout(Layout):
    """FLUX.2 klein: the first of four position ids tells the reference image's tokens from the painting's."""

    generator: Flux2

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        return self.pipeline._pack_latents(self.generator.encode_image(images))

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> Embeddings:
        return (torch.cat([self.generator.encode_text(instruction) for instruction in instructions]),)

    def velocity(
        self, noisy: Tensor, timestep: Tensor, references: Tensor | None, text: Embeddings, grid: Grid
    ) -> Tensor:
        like = noisy.new_empty(1, 1, *grid)
        ids = self.pipeline._prepare_latent_ids(like).to(noisy.device).expand(len(noisy), -1, -1)
        reference_ids = self.pipeline._prepare_image_ids([like]).to(noisy.device).expand(len(noisy), -1, -1)
        text_ids = self.pipeline._prepare_text_ids(text[0][:1]).to(noisy.device)
        model = VelocityModel(self.pipeline.transformer, text[0], text_ids, self.generator.caches_references)
        return model(noisy, ids, references, reference_ids, 1000 * timestep)


class KontextLayout(Layout):
    """FLUX.1 Kontext: the reference image's tokens follow the painting's; the first of three position ids tells them
    apart."""

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        latents = self.pipeline._encode_vae_image(self.generator.pixels(images), generator=None)  # (B, C, h, w)
        return self.pipeline._pack_latents(latents, *latents.shape)

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> Embeddings:
        """(B, L, D) of T5, and (B, P) of CLIP, which reads the beginning of a long instruction."""
        tokens, pooled, _ = self.pipeline.encode_prompt(prompt=instructions)
        return tokens, pooled

    def velocity(
        self, noisy: Tensor, timestep: Tensor, references: Tensor | None, text: Embeddings, grid: Grid
    ) -> Tensor:
        transformer = self.pipeline.transformer
        embedding, pooled = text
        latents, ids = noisy, self._position_ids(grid, 0, noisy)
        if references is not None:
            latents = torch.cat([noisy, references], dim=1)
            ids = torch.cat([ids, self._position_ids(grid, 1, noisy)])
        velocity = transformer(
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

    def _position_ids(self, grid: Grid, image: int, like: Tensor) -> Tensor:
        """(N, 3): image, row and column of each token."""
        ids: Tensor = self.pipeline._prepare_latent_image_ids(1, *grid, like.device, like.dtype)
        ids[:, 0] = image
        return ids


class QwenLayout(Layout):
    """Qwen-Image-Edit: the transformer gets the grids of both images.

    Its text encoder sees the image too, so each question has its own embedding.
    """

    needs_image = True

    def encode_images(self, images: NDArray[np.uint8]) -> Tensor:
        video = self.generator.pixels(images)[:, :, None]  # of one frame
        latents = self.pipeline._encode_vae_image(video, generator=None)  # (B, C, 1, h, w)
        return self.pipeline._pack_latents(latents, len(latents), latents.shape[1], *latents.shape[3:])

    def encode_text(self, instructions: list[str], images: list[NDArray[np.uint8]]) -> Embeddings:
        """(B, L, D), and a mask (B, L) that is False for padding."""
        found = [self._embedding(instruction, image) for instruction, image in zip(instructions, images)]
        text = torch.nn.utils.rnn.pad_sequence(found, batch_first=True)
        lengths = torch.tensor([len(one) for one in found], device=text.device)
        return text, torch.arange(text.shape[1], device=text.device) < lengths[:, None]

    def _embedding(self, instruction: str, image: NDArray[np.uint8]) -> Tensor:
        """(L, D), with the image at the size that the pipeline gives it for the text encoder."""
        from diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus import (
            CONDITION_IMAGE_SIZE,
            calculate_dimensions,
        )

        plus = type(self.pipeline).__name__ == "QwenImageEditPlusPipeline"
        height, width = image.shape[:2]
        width, height = calculate_dimensions(CONDITION_IMAGE_SIZE if plus else MEGAPIXEL, width / height)
        resized = self.pipeline.image_processor.resize(Image.fromarray(image), height, width)
        embedding, _ = self.pipeline.encode_prompt(prompt=instruction, image=[resized] if plus else resized)
        return embedding[0]

    def velocity(
        self, noisy: Tensor, timestep: Tensor, references: Tensor | None, text: Embeddings, grid: Grid
    ) -> Tensor:
        assert references is not None
        transformer = self.pipeline.transformer
        embedding, mask = text
        velocity = transformer(
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


LAYOUTS: dict[str, type[Layout]] = {  # by class of the pipeline
    "Flux2KleinPipeline": Flux2Layout,
    "Flux2KleinKVPipeline": Flux2Layout,
    "FluxKontextPipeline": KontextLayout,
    "QwenImageEditPipeline": QwenLayout,
    "QwenImageEditPlusPipeline": QwenLayout,
}
