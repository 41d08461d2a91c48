"""Nano at school: a batch becomes tensors, and tensors become losses.

A rectified flow with clean pictures predicted: x_t = (1 - t) x_0 + t noise. Answers in paint are compared by absolute
difference, whose best guess is the median: where the network is unsure it names one colour of the code instead of a
mixture that means something else. Pictures are compared by squared difference over t^2, which is the flow's own loss.

Aids teach directly and are left behind: log depth, normals, classes (as a choice among the classes' names) and the
middle of every thing from the tower's finest features, which colour of an instruction belongs to which of its names,
which of them a pixel takes, and how far off in log metres a depth painting is read.
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

from cavendish.nano import checkpoint
from cavendish.nano.network import MULTIPLE, PATCH, Denoised, ImageFeatures, Nano, NanoConfig, Text
from cavendish.training.batches import Batch
from cavendish.training.nano_batch import arrays
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.recipes import Recipe
from cavendish.training.students.student import Student, Tensors, by_task

BLUR = 0.1  # how far around a point of a depth code's path a colour is read as it
MOST = 1.4  # log metres; what is read as too far by more has no greater relative error
LEAST = 0.25  # t below which errors of pictures are not lifted further


class Aids(nn.Module):
    """Heads that are not part of the model."""

    def __init__(self, config: NanoConfig) -> None:
        super().__init__()
        self.geometry = nn.Conv2d(config.widths[0], 4, 1)
        self.places = nn.Conv2d(config.widths[0], 2, 1)
        self.classes = nn.Conv2d(config.widths[0], config.text_width, 1)
        self.names = nn.Linear(config.text_width, config.text_width)
        self.asks = nn.Linear(config.text_width, config.query)


class NanoStudent(Student):
    """Nano and its aids."""

    multiple = MULTIPLE

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        self.nano = Nano(recipe.network)
        self.aids = Aids(recipe.network) if recipe.aids > 0 else None
        self.recipe = recipe
        self.ready = partial(arrays, rows=recipe.network.rows, patch=PATCH, noise=recipe.noise)
        if recipe.start:
            self.nano.load_state_dict(checkpoint.load(Path(recipe.start))[0].state_dict())
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def taught(self) -> nn.Module:
        return self.nano

    def optimizer(self) -> torch.optim.Optimizer:
        return MuonAdamW([self], self.recipe.matrix_rate, self.recipe.rate, self.recipe.decay, self.recipe.bf16)

    def tensors(self, made: dict[str, Any]) -> Tensors:
        return {name: _tensors(value) for name, value in made.items()}

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        nano = self.nano
        device = next(nano.parameters()).device
        made = send_to_device(self.tensors(arrays(batch, (0, 0), nano.config.rows, PATCH, 1.0)), device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.recipe.bf16):
            text = nano.encode_text(*made["words"])
            shown = self._shown(nano.encode_image(pixels(made["pictures"])), made["looks"])
            noise = _noise(pixels(made["target"]), made["noise"])
            clean = nano.denoise(noise, torch.ones(len(noise), device=device), text, shown).image
        return levels(clean)

    def weights(self) -> Tensors:
        return self.nano.state_dict()

    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        checkpoint.save(folder, weights, self.nano.config, checkpoint.NanoPreset(size))

    def _shown(self, seen: ImageFeatures, looks: Tensor) -> ImageFeatures:
        """What each lesson sees: its scene's picture, or nothing where it does not look."""
        times = len(looks) // len(seen.fine)
        blank = self.nano.null_image(1, PATCH * seen.fine.shape[-2], PATCH * seen.fine.shape[-1])
        looks = looks[:, None, None, None]
        return ImageFeatures(
            *(torch.where(looks, s.repeat_interleave(times, 0), b.to(s.dtype)) for s, b in zip(seen, blank))
        )

    def forward(self, tensors: Tensors) -> dict[str, Tensor]:
        nano = self.nano
        text = nano.encode_text(*tensors["words"])
        seen = nano.encode_image(pixels(tensors["pictures"]))
        shown = self._shown(seen, tensors["looks"])
        clean, level = pixels(tensors["target"]), tensors["level"]
        noisy = torch.lerp(clean, _noise(clean, tensors["noise"]), level[:, None, None, None])
        paint = nano.denoise(noisy, level, text, shown)
        error = paint.image.float() - clean
        lifted = error.square() / level.clamp(min=LEAST)[:, None, None, None].square()
        painted = tensors["painted"][:, None, None, None]
        each = (torch.where(painted, error.abs(), lifted).mean(1) * tensors["weight"]).mean((1, 2))
        losses = by_task(each, tensors["tasks"])
        losses["total"] = torch.where(tensors["painted"], each, self.recipe.pictures * each).mean()
        if self.aids is not None:
            aided = self._aided(self.aids, tensors, seen, text)
            aided["aid-colors"] = _chosen(paint, clean, tensors["weight"] * tensors["painted"][:, None, None])
            if len(tensors["path-lesson"]):
                read = paint.image[tensors["path-lesson"]][..., ::2, ::2].float()
                aided["aid-metres"] = misread(read, tensors["path"], tensors["path-far"], tensors["path-truth"])
            for name, loss in aided.items():
                losses[name] = loss.detach()
                losses["total"] = losses["total"] + self.recipe.aids * loss
        return losses

    def _aided(self, aids: Aids, tensors: Tensors, seen: ImageFeatures, text: Text) -> dict[str, Tensor]:
        guess = aids.geometry(seen.fine).float()
        far, facing, labels = tensors["far"], tensors["facing"], tensors["labels"]
        known = ~far.isnan()
        depth = ((guess[:, 0] - far.nan_to_num()).abs() * known).sum() / known.sum().clamp(min=1)
        solid = facing.abs().sum(1) > 0
        cosine = F.cosine_similarity(guess[:, 1:], facing, dim=1)
        losses = {"aid-depth": depth, "aid-normals": ((1 - cosine) * solid).sum() / solid.sum().clamp(min=1)}
        apart = (aids.places(seen.fine).float() - tensors["middles"].nan_to_num()).abs().mean(1)
        thing = ~tensors["middles"][:, 0].isnan()
        losses["aid-places"] = (apart * thing).sum() / thing.sum().clamp(min=1)
        names = aids.names(self.nano.encode_text(*tensors["class-words"]).pooled)
        choice = torch.einsum("schw,nc->snhw", aids.classes(seen.fine), names) / names.shape[1] ** 0.5
        losses["aid-classes"] = F.cross_entropy(choice.float(), labels, ignore_index=-1)
        if tensors["asked"] is not None:
            lesson, token = tensors["asked-lesson"], tensors["asked-token"]
            asks = aids.asks(self.nano.encode_text(*tensors["asked"]).pooled)
            keys = self.nano.denoiser.key(text.tokens)[lesson]
            match = torch.einsum("ntq,nq->nt", keys, asks) / asks.shape[1] ** 0.5
            match = match.float().masked_fill(~text.colored[lesson], -1e4)
            losses["aid-names"] = F.cross_entropy(match, token)
        return losses


def _chosen(paint: Denoised, clean: Tensor, weight: Tensor) -> Tensor:
    """The cross entropy of choosing the colour of the words that a pixel has, where it has one of them."""
    same = _number(paint.colors.mT)[..., None, None] == _number(clean)[:, None]
    found = (paint.weights[:, :-2] * same).sum(1).clamp(min=1e-12).log()
    weight = weight * same.any(1)
    return -(weight * found).sum() / weight.sum().clamp(min=1)


def misread(paint: Tensor, path: Tensor, far: Tensor, truth: Tensor) -> Tensor:
    """How far off (D, 3, h, w) paint is read, where `truth` (D, h, w) in log metres is known.

    Half of it is the difference of log metres, half the relative error, which is the harder on what is read as too far:
    near things were, when log metres alone counted.

    Paint is read softly, as the points of the code's path (D, K, 3) that are near it and their log metres `far` (D, K):
    a colour between two far parts of the path is as bad as either, and paint beside the path is drawn to it.
    """
    red, green, blue = ((path[:, :, k, None, None] - paint[:, None, k]).square() for k in range(3))
    share = ((red + green + blue) / (-2 * BLUR**2)).softmax(1)
    known = ~truth.isnan()
    apart = far[..., None, None] - truth.nan_to_num()[:, None]
    relative = torch.expm1(apart.clamp(max=MOST)).abs()
    off = (share * (apart.abs() + relative) / 2).sum(1)
    return (off * known).sum() / known.sum().clamp(min=1)


def _number(colors: Tensor) -> Tensor:
    """(B, 3, ...) in [-1, 1] -> (B, ...) int32: one number for each of the 16.7 million colours."""
    red, green, blue = ((colors + 1) * 127.5).round().int().unbind(1)
    return (red << 16) | (green << 8) | blue


def pixels(pictures: NDArray[np.uint8] | Tensor) -> Tensor:
    """(N, H, W, 3) uint8 -> (N, 3, H, W) float32 in [-1, 1]."""
    return torch.as_tensor(pictures).permute(0, 3, 1, 2).contiguous().float() / 127.5 - 1


def _noise(like: Tensor, seed: int) -> Tensor:
    generator = torch.Generator(like.device).manual_seed(seed)
    return torch.randn(like.shape, generator=generator, device=like.device)


def _tensors(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_tensors, value))
    return torch.from_numpy(value) if isinstance(value, np.ndarray) else value


def levels(pixels: Tensor) -> NDArray[np.uint8]:
    """(N, 3, H, W) in [-1, 1] -> (N, H, W, 3) uint8."""
    return ((pixels.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
