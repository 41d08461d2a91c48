"""Training of nano: from a batch to its losses.

A rectified flow that predicts clean images: x_t = (1 - t) x_0 + t noise. The loss of paint is the absolute difference,
whose best guess is the median: where the network is unsure it takes one colour of the code instead of a mixture that
means something else. The loss of other images is the squared difference over t^2, as of the flow's velocity.

Auxiliary losses, in training only: log depth, normals, classes (as a choice among the classes' names) and the centre of
every instance, from the image encoder's finest features; which colour of an instruction belongs to which of its names;
which of these colours a pixel takes; and the error in log metres of what is read from a depth painting.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate.utils import send_to_device
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import default_convert

from cavendish.nano import checkpoint
from cavendish.nano.network import (
    MULTIPLE,
    PATCH,
    Denoised,
    ImageFeatures,
    Nano,
    NanoConfig,
    Text,
    from_uint8,
    to_uint8,
)
from cavendish.training.batches import Batch
from cavendish.training.nano_batch import arrays
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.recipes import Recipe
from cavendish.training.students.student import Student, Tensors, losses_by_task

BLUR = 0.1  # standard deviation of the soft reading of a depth code's path
MAX_LOG_ERROR = 1.4  # log metres too far; from here on the relative error stays the same
MIN_TIMESTEP = 0.25  # below it the losses of images are divided by its square


class AuxHeads(nn.Module):
    """Heads of the auxiliary losses, which are no part of the model."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.geometry = nn.Conv2d(config.widths[0], 4, 1)
        self.centers = nn.Conv2d(config.widths[0], 2, 1)
        self.classes = nn.Conv2d(config.widths[0], config.text_width, 1)
        self.class_names = nn.Linear(config.text_width, config.text_width)
        self.legend = nn.Linear(config.text_width, config.query)


class NanoStudent(Student):
    """Nano and its auxiliary heads."""

    multiple = MULTIPLE

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.nano = Nano(recipe.network)
        self.aux_heads = AuxHeads(recipe.network) if recipe.aux_loss_weight > 0 else None
        self.recipe = recipe
        rows, share = recipe.network.rows, recipe.pure_noise_share
        self.prepare = partial(arrays, rows=rows, patch=PATCH, pure_noise_share=share)
        if recipe.start:
            self.nano.load_state_dict(checkpoint.load(Path(recipe.start))[0].state_dict())
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def trainable(self) -> nn.Module:
        return self.nano

    def optimizer(self) -> torch.optim.Optimizer:
        recipe = self.recipe
        return MuonAdamW(self, recipe.muon_lr, recipe.lr, recipe.weight_decay, recipe.bf16)

    def tensors(self, prepared: dict[str, Any]) -> Tensors:
        return default_convert(prepared)

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        nano = self.nano
        device = next(nano.parameters()).device
        made = send_to_device(self.tensors(arrays(batch, (0, 0), nano.config.rows, PATCH, 1.0)), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.recipe.bf16):
            text = nano.text_encoder(*made["text"])
            reference = self._references(nano.image_encoder(from_uint8(made["images"])), made["has_image"])
            noise = _noise(from_uint8(made["target"]), made["noise_seed"])
            clean = nano.denoiser(noise, torch.ones(len(noise), device=device), text, reference).image
        return to_uint8(clean)

    def weights(self) -> Tensors:
        return self.nano.state_dict()

    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        checkpoint.save(folder, weights, self.nano.config, checkpoint.NanoPreset(size))

    def _references(self, features: ImageFeatures, has_image: Tensor) -> ImageFeatures:
        """Features for each lesson: of its scene's image, or of the null image where it has no reference."""
        times = len(has_image) // len(features.fine)
        null = self.nano.null_image(1, PATCH * features.fine.shape[-2], PATCH * features.fine.shape[-1])
        has_image = has_image[:, None, None, None]
        return ImageFeatures(
            *(torch.where(has_image, f.repeat_interleave(times, 0), n.to(f.dtype)) for f, n in zip(features, null))
        )

    def forward(self, tensors: Tensors) -> dict[str, Tensor]:
        nano, recipe = self.nano, self.recipe
        text = nano.text_encoder(*tensors["text"])
        features = nano.image_encoder(from_uint8(tensors["images"]))
        reference = self._references(features, tensors["has_image"])
        clean, timestep = from_uint8(tensors["target"]), tensors["timestep"]
        noisy = torch.lerp(clean, _noise(clean, tensors["noise_seed"]), timestep[:, None, None, None])
        denoised = nano.denoiser(noisy, timestep, text, reference)
        error = denoised.image.float() - clean
        flow = error.square() / timestep.clamp(min=MIN_TIMESTEP)[:, None, None, None].square()
        is_vision = tensors["is_vision"][:, None, None, None]
        each = (torch.where(is_vision, error.abs(), flow).mean(1) * tensors["weight"]).mean((1, 2))
        losses = losses_by_task(each, tensors["tasks"])
        losses["total"] = torch.where(tensors["is_vision"], each, recipe.image_loss_weight * each).mean()
        if self.aux_heads is not None:
            aux = self._encoder_losses(self.aux_heads, tensors, features)
            aux |= self._legend_loss(self.aux_heads, tensors, text)
            aux["aux-colors"] = _color_loss(denoised, clean, tensors["weight"] * tensors["is_vision"][:, None, None])
            if len(tensors["path_lesson"]):
                paint = denoised.image[tensors["path_lesson"]][..., ::2, ::2].float()
                aux["aux-metres"] = reading_loss(
                    paint, tensors["path"], tensors["path_log_depth"], tensors["path_truth"]
                )
            for name, loss in aux.items():
                losses[name] = loss.detach()
                losses["total"] = losses["total"] + recipe.aux_loss_weight * loss
        return losses

    def _encoder_losses(self, heads: AuxHeads, tensors: Tensors, features: ImageFeatures) -> dict[str, Tensor]:
        """Depth, normals, classes and centres of instances, from the image encoder's finest features."""
        guess = heads.geometry(features.fine).float()
        log_depth, normals, centers = tensors["log_depth"], tensors["normals"], tensors["centers"]
        depth_error = (guess[:, 0] - log_depth.nan_to_num()).abs()
        cosine = F.cosine_similarity(guess[:, 1:], normals, dim=1)
        center_error = (heads.centers(features.fine).float() - centers.nan_to_num()).abs().mean(1)
        names = heads.class_names(self.nano.text_encoder(*tensors["class_text"]).pooled)
        logits = torch.einsum("schw,nc->snhw", heads.classes(features.fine), names) / names.shape[1] ** 0.5
        return {
            "aux-depth": _weighted_mean(depth_error, ~log_depth.isnan()),
            "aux-normals": _weighted_mean(1 - cosine, normals.abs().sum(1) > 0),
            "aux-centers": _weighted_mean(center_error, ~centers[:, 0].isnan()),
            "aux-classes": F.cross_entropy(logits.float(), tensors["labels"], ignore_index=-1),
        }

    def _legend_loss(self, heads: AuxHeads, tensors: Tensors, text: Text) -> dict[str, Tensor]:
        """Which colour of an instruction belongs to which of its names."""
        if tensors["legend_text"] is None:
            return {}
        lesson = tensors["legend_lesson"]
        queries = heads.legend(self.nano.text_encoder(*tensors["legend_text"]).pooled)
        keys = self.nano.denoiser.key(text.tokens)[lesson]
        logits = torch.einsum("ntq,nq->nt", keys, queries) / queries.shape[1] ** 0.5
        logits = logits.float().masked_fill(~text.colored[lesson], -1e4)
        return {"aux-legend": F.cross_entropy(logits, tensors["legend_token"])}


def _color_loss(denoised: Denoised, clean: Tensor, weight: Tensor) -> Tensor:
    """The cross entropy of choosing the text's colour that a pixel has, where it has one of them."""
    same = _packed(denoised.colors.mT)[..., None, None] == _packed(clean)[:, None]
    log_likelihood = (denoised.weights[:, :-2] * same).sum(1).clamp(min=1e-12).log()
    return _weighted_mean(-log_likelihood, weight * same.any(1))


def _weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """The mean of `values`; 0 where no value has a weight."""
    return (values * weight).sum() / weight.sum().clamp(min=1)


def reading_loss(paint: Tensor, path: Tensor, log_depth: Tensor, truth: Tensor) -> Tensor:
    """The error of what is read from paint (D, 3, h, w), where `truth` (D, h, w) in log metres is known.

    Half of it is the difference of log metres, half the relative error, which is larger for what is read as too far:
    with log metres alone, near things were read so.

    Paint is read softly, as the points of the code's path (D, K, 3) that are near it, with their `log_depth` (D, K): a
    colour between two far parts of the path is as bad as either, and paint beside the path is drawn to it.
    """
    red, green, blue = ((path[:, :, k, None, None] - paint[:, None, k]).square() for k in range(3))
    likelihood = ((red + green + blue) / (-2 * BLUR**2)).softmax(1)
    difference = log_depth[..., None, None] - truth.nan_to_num()[:, None]
    relative = torch.expm1(difference.clamp(max=MAX_LOG_ERROR)).abs()
    return _weighted_mean((likelihood * (difference.abs() + relative) / 2).sum(1), ~truth.isnan())


def _packed(colors: Tensor) -> Tensor:
    """(B, 3, ...) in [-1, 1] -> (B, ...) int32: one number for each of the 16.7 million colours."""
    red, green, blue = ((colors + 1) * 127.5).round().int().unbind(1)
    return (red << 16) | (green << 8) | blue


def _noise(like: Tensor, seed: int) -> Tensor:
    generator = torch.Generator(like.device).manual_seed(seed)
    return torch.randn(like.shape, generator=generator, device=like.device)
