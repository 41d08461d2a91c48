"""FLUX.2 klein: different pictures in one forward pass, which the pipeline's own call cannot do.

The pipeline takes a list of pictures for several references to one painting. Here every request of a batch has its own
references, instruction and noise; the networks, the scheduler and the layout of latents are the pipeline's, so that a
batch of one equals the pipeline's call. What is named in the code: B requests, L tokens of text, N latent tokens of
the painting, R of the references, C channels, D width of the text embedding.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.generators.diffusers import Pipeline
from cavendish.generators.generator import Request

TEXTS_KEPT = 32  # embeddings of instructions; a task says the same one for every picture


class Flux2(Pipeline):
    """A `Flux2KleinPipeline`, or a `Flux2KleinKVPipeline`, which keeps keys and values of its references."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._texts: OrderedDict[str, Any] = OrderedDict()
        self.keeps_references = type(self.pipeline).__name__ == "Flux2KleinKVPipeline"

    def _batch(self, requests: Sequence[Request]) -> list[NDArray[np.uint8]]:
        import torch

        steps, guidance = self._settings(requests[0])
        assert steps is not None and guidance is not None
        with torch.no_grad():
            latents, latent_ids = self._noise(requests)
            references, reference_ids = self._references(requests)
            latents = self._denoised(requests, latents, latent_ids, references, reference_ids, steps, guidance)
            painted = self._decoded(latents, latent_ids, requests[0].size)
        self.pipeline.maybe_free_model_hooks()
        return list(painted)

    def encoded(self, pictures: NDArray[np.uint8]) -> Any:
        """(B, h, w, 3) uint8 -> (B, C, h/16, w/16) latents."""
        return self.pipeline._encode_vae_image(self.pixels(pictures), generator=None)

    def text(self, instruction: str) -> Any:
        """(1, L, D) the embedding of an instruction, encoded once."""
        if instruction not in self._texts:
            self._texts[instruction], _ = self.pipeline.encode_prompt(prompt=instruction)
            while len(self._texts) > TEXTS_KEPT:
                self._texts.popitem(last=False)
        self._texts.move_to_end(instruction)
        return self._texts[instruction]

    def _noise(self, requests: Sequence[Request]) -> tuple[Any, Any]:
        """(B, N, C) latents drawn from each request's own seed, and (B, N, 4) where they lie."""
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
        """(B, R, C) latents of every request's own reference pictures, and (B, R, 4) where they lie."""
        import torch

        pipeline, count = self.pipeline, len(requests[0].images)
        if count == 0:
            return None, None
        latents = [self.encoded(np.stack([request.images[k] for request in requests])) for k in range(count)]
        ids = pipeline._prepare_image_ids([latent[:1] for latent in latents])
        packed = torch.cat([pipeline._pack_latents(latent) for latent in latents], dim=1)
        return packed, ids.expand(len(requests), -1, -1).to(packed.device)

    def _denoised(
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
        texts = [torch.cat([self.text(request.instruction) for request in requests])]
        if guidance > 1 and not (self.keeps_references or pipeline.config.is_distilled):
            texts.append(self.text("").expand(len(requests), -1, -1))
        text_ids = pipeline._prepare_text_ids(texts[0][:1]).to(latents.device)
        passes = [Pass(pipeline.transformer, text, text_ids, self.keeps_references) for text in texts]
        sigmas = np.linspace(1.0, 1 / steps, steps)
        scheduler.set_timesteps(
            sigmas=None if scheduler.config.get("use_flow_sigmas") else sigmas,
            num_inference_steps=steps,
            device=latents.device,
            mu=compute_empirical_mu(image_seq_len=latents.shape[1], num_steps=steps),
        )
        scheduler.set_begin_index(0)
        for time in scheduler.timesteps:
            said = [each(latents, latent_ids, references, reference_ids, time) for each in passes]
            velocity = said[0] if len(said) == 1 else said[1] + guidance * (said[0] - said[1])
            latents = scheduler.step(velocity, time, latents, return_dict=False)[0]
        return latents

    def _decoded(self, latents: Any, latent_ids: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
        """(B, N, C) latents -> (B, h, w, 3) uint8."""
        import torch

        pipeline, vae = self.pipeline, self.pipeline.vae
        across = pipeline.vae_scale_factor * 2
        grid = latents.transpose(1, 2).unflatten(2, (size[0] // across, size[1] // across))
        mean = vae.bn.running_mean.view(1, -1, 1, 1).to(grid)
        deviation = torch.sqrt(vae.bn.running_var.view(1, -1, 1, 1) + vae.config.batch_norm_eps).to(grid)
        pixels = vae.decode(pipeline._unpatchify_latents(grid * deviation + mean), return_dict=False)[0]
        levels = (pixels.float() * 0.5 + 0.5).clamp(0, 1).mul(255).round()
        return levels.to(torch.uint8).movedim(1, -1).cpu().numpy()


class Pass:
    """The transformer under one text; after its first step it may keep what it has read of the references."""

    def __init__(self, transformer: Any, text: Any, text_ids: Any, keeps_references: bool) -> None:
        self._transformer = transformer
        self._said = {"encoder_hidden_states": text, "txt_ids": text_ids, "guidance": None, "return_dict": False}
        self._keeps = keeps_references
        self._kept: Any = None

    def __call__(self, latents: Any, latent_ids: Any, references: Any, reference_ids: Any, time: Any) -> Any:
        """(B, N, C) the velocity of the latents at a time of the scheduler, () or (B,) from 0 to 1000."""
        import torch

        timestep = time.expand(len(latents)).to(latents.dtype) / 1000
        if references is None:
            return self._run(latents, latent_ids, timestep)[0]
        if self._kept is not None:
            return self._run(latents, latent_ids, timestep, kv_cache=self._kept, kv_cache_mode="cached")[0]
        references = references.to(latents.dtype)
        if self._keeps:  # the layout here is references first
            velocity, self._kept = self._run(
                torch.cat([references, latents], dim=1),
                torch.cat([reference_ids, latent_ids], dim=1),
                timestep,
                kv_cache_mode="extract",
                num_ref_tokens=references.shape[1],
            )
            return velocity
        everything = torch.cat([latents, references], dim=1)
        return self._run(everything, torch.cat([latent_ids, reference_ids], dim=1), timestep)[0][:, : latents.shape[1]]

    def _run(self, tokens: Any, ids: Any, timestep: Any, **options: Any) -> Any:
        dtype = self._transformer.dtype
        return self._transformer(
            hidden_states=tokens.to(dtype), img_ids=ids, timestep=timestep, **self._said, **options
        )
