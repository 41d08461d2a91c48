"""FLUX.2 klein with different pictures in one forward pass, which the pipeline's own call cannot do.

The pipeline takes a list of pictures as several references of one painting. Here every request of a batch has its own
references, instruction and noise; the networks, the scheduler and the layout of latents are the pipeline's, so a batch
of one equals the pipeline's call. Shapes: B requests, L tokens of text, N latent tokens of the painting, R of the
references, C channels, D width of the text embedding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.generators.diffusers import Pipeline
from cavendish.generators.generator import Request

CACHED_TEXTS = 32  # embeddings of instructions; a task has the same one for every picture


class Flux2(Pipeline):
    """A `Flux2KleinPipeline`, or a `Flux2KleinKVPipeline`, which caches keys and values of its references."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._text = lru_cache(CACHED_TEXTS)(lambda instruction: self.pipeline.encode_prompt(prompt=instruction)[0])
        self.caches_references = type(self.pipeline).__name__ == "Flux2KleinKVPipeline"

    def _paint_batch(self, requests: Sequence[Request], steps: int, guidance: float) -> Iterable[NDArray[np.uint8]]:
        import torch

        with torch.no_grad():
            latents, latent_ids = self._noise(requests)
            references, reference_ids = self._references(requests)
            latents = self._denoise(requests, latents, latent_ids, references, reference_ids, steps, guidance)
            paintings = self._decode(latents, requests[0].size)
        self.pipeline.maybe_free_model_hooks()
        return paintings

    def encode_image(self, images: NDArray[np.uint8]) -> Any:
        """(B, h, w, 3) uint8 -> (B, C, h/16, w/16) latents."""
        return self.pipeline._encode_vae_image(self.pixels(images), generator=None)

    def encode_text(self, instruction: str) -> Any:
        """(1, L, D) the embedding of an instruction, encoded once."""
        return self._text(instruction)

    def _noise(self, requests: Sequence[Request]) -> Any:
        """(B, N, C) noise of each request's own seed, and (B, N, 4) position ids."""
        import torch

        pipeline = self.pipeline
        height, width = requests[0].size
        return pipeline.prepare_latents(
            batch_size=len(requests),
            num_latents_channels=pipeline.transformer.config.in_channels // 4,
            height=height,
            width=width,
            dtype=pipeline.transformer.dtype,
            device=pipeline._execution_device,
            generator=[torch.Generator().manual_seed(request.seed) for request in requests],
        )

    def _references(self, requests: Sequence[Request]) -> tuple[Any, Any] | tuple[None, None]:
        """(B, R, C) latents of each request's own reference images, and (B, R, 4) position ids."""
        import torch

        pipeline, count = self.pipeline, len(requests[0].images)
        if count == 0:
            return None, None
        latents = [self.encode_image(np.stack([request.images[k] for request in requests])) for k in range(count)]
        ids = pipeline._prepare_image_ids([latent[:1] for latent in latents])
        packed = torch.cat([pipeline._pack_latents(latent) for latent in latents], dim=1)
        return packed, ids.expand(len(requests), -1, -1).to(packed.device)

    def _denoise(
        self,
        requests: Sequence[Request],
        latents: Any,
        latent_ids: Any,
        references: Any,
        reference_ids: Any,
        steps: int,
        guidance: float,
    ) -> Any:
        """(B, N, C) latents after all steps of the scheduler."""
        import torch
        from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

        pipeline, scheduler = self.pipeline, self.pipeline.scheduler
        texts = [torch.cat([self.encode_text(request.instruction) for request in requests])]
        if guidance > 1 and not (self.caches_references or pipeline.config.is_distilled):
            texts.append(self.encode_text("").expand(len(requests), -1, -1))
        text_ids = pipeline._prepare_text_ids(texts[0][:1]).to(latents.device)
        models = [VelocityModel(pipeline.transformer, text, text_ids, self.caches_references) for text in texts]
        sigmas = np.linspace(1.0, 1 / steps, steps)
        scheduler.set_timesteps(
            sigmas=None if scheduler.config.get("use_flow_sigmas") else sigmas,
            num_inference_steps=steps,
            device=latents.device,
            mu=compute_empirical_mu(image_seq_len=latents.shape[1], num_steps=steps),
        )
        scheduler.set_begin_index(0)
        for timestep in scheduler.timesteps:
            velocities = [model(latents, latent_ids, references, reference_ids, timestep) for model in models]
            velocity = velocities[0]
            if len(velocities) > 1:  # classifier-free guidance
                velocity = velocities[1] + guidance * (velocity - velocities[1])
            latents = scheduler.step(velocity, timestep, latents, return_dict=False)[0]
        return latents

    def _decode(self, latents: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
        """(B, N, C) latents -> (B, h, w, 3) uint8."""
        import torch

        pipeline, vae = self.pipeline, self.pipeline.vae
        patch = pipeline.vae_scale_factor * 2  # pixels
        grid = latents.transpose(1, 2).unflatten(2, (size[0] // patch, size[1] // patch))
        mean = vae.bn.running_mean.view(1, -1, 1, 1).to(grid)
        deviation = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps).to(grid)
        pixels = vae.decode(pipeline._unpatchify_latents(grid * deviation + mean), return_dict=False)[0]
        levels = (pixels.float() * 0.5 + 0.5).clamp(0, 1).mul(255).round()
        return np.asarray(levels.to(torch.uint8).movedim(1, -1).cpu())


class VelocityModel:
    """The transformer under one text; with `caches_references` it reads the references at its first step only."""

    def __init__(self, transformer: Any, text: Any, text_ids: Any, caches_references: bool) -> None:
        self._transformer = transformer
        self._text = {"encoder_hidden_states": text, "txt_ids": text_ids}
        self._caches_references = caches_references
        self._cache: Any = None

    def __call__(self, latents: Any, latent_ids: Any, references: Any, reference_ids: Any, timestep: Any) -> Any:
        """(B, N, C) the velocity of the latents at a timestep of the scheduler, () or (B,) from 0 to 1000."""
        import torch

        timestep = timestep.expand(len(latents)).to(latents.dtype) / 1000
        if references is None:
            return self._run(latents, latent_ids, timestep)[0]
        if self._cache is not None:
            return self._run(latents, latent_ids, timestep, kv_cache=self._cache, kv_cache_mode="cached")[0]
        references = references.to(latents.dtype)
        if self._caches_references:  # this transformer takes the references first
            velocity, self._cache = self._run(
                torch.cat([references, latents], dim=1),
                torch.cat([reference_ids, latent_ids], dim=1),
                timestep,
                kv_cache_mode="extract",
                num_ref_tokens=references.shape[1],
            )
            return velocity
        tokens = torch.cat([latents, references], dim=1)
        return self._run(tokens, torch.cat([latent_ids, reference_ids], dim=1), timestep)[0][:, : latents.shape[1]]

    def _run(self, tokens: Any, ids: Any, timestep: Any, **options: Any) -> Any:
        return self._transformer(
            hidden_states=tokens.to(self._transformer.dtype),
            img_ids=ids,
            timestep=timestep,
            guidance=None,
            return_dict=False,
            **self._text,
            **options,
        )
