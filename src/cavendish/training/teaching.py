"""Nano at school: a batch becomes tensors, and tensors become losses.

A rectified flow with clean pictures predicted: x_t = (1 - t) x_0 + t noise. Answers in paint are compared by absolute
difference, whose best guess is the median: where the network is unsure it names one colour of the code instead of a
mixture that means something else. Pictures are compared by squared difference over t^2, which is the flow's own loss.

Aids teach directly and are left behind: log depth, normals, classes (as a choice among the classes' names) and the
middle of every thing from the tower's finest features, which colour of an instruction belongs to which of its names,
which of them a pixel takes, and how far off in log metres a depth painting is read.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from accelerate.utils import send_to_device
from numpy.typing import NDArray
from torch import Tensor, nn

from cavendish.codes.depth import DepthCode
from cavendish.nano import checkpoint, words
from cavendish.nano.network import MULTIPLE, PATCH, Nano, NanoConfig, Painted, Seen, Text
from cavendish.tasks import Depth
from cavendish.training.batches import Batch, Seed
from cavendish.training.optimizer import MuonAdamW
from cavendish.training.recipes import Recipe
from cavendish.training.student import Student, Tensors, by_task

TEXT, NAME, NAMES = 16, 8, 64  # lengths and numbers of texts are multiples of these: few shapes, each prepared once
UNKNOWN = -100  # the target that cross_entropy leaves out
NEAREST = 0.05  # metres; what is nearer counts as this
FARTHEST = 400.0  # metres; what is read as farther counts as this
MOST = 1.4  # log metres; what is read as too far by more has no greater relative error
PATH, BLUR = 72, 0.1  # points of a depth code's path, and how far around each of them a colour is read as it
EDITS, DRAWINGS = 0.6, 0.1  # shares of them that start from pure noise, since edits too are made in one step
LEVEL = 1.0  # the middle logit of t for pictures: what they show and in which colours is decided in the most noise
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
        self.ready = partial(arrays, config=recipe.network, noise_share=recipe.noise)
        if recipe.start:
            self.nano.load_state_dict(checkpoint.load(Path(recipe.start))[0].state_dict())
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    @property
    def taught(self) -> nn.Module:
        return self.nano

    def optimizer(self) -> torch.optim.Optimizer:
        return MuonAdamW([self], self.recipe.matrix_rate, self.recipe.rate, self.recipe.decay)

    def tensors(self, made: dict[str, Any]) -> Tensors:
        return {name: _tensors(value) for name, value in made.items()}

    @torch.no_grad()
    def paint(self, batch: Batch) -> NDArray[np.uint8]:
        nano = self.nano
        device = next(nano.parameters()).device
        made = send_to_device(self.tensors(arrays(batch, (0, 0), nano.config, 1.0)), device)
        with torch.autocast(device.type, torch.bfloat16):
            text = nano.listen(*made["words"])
            shown = self._shown(nano.look(pixels(made["pictures"])), made["looks"])
            noise = _noise(pixels(made["target"]), made["noise"])
            clean = nano.paint(noise, torch.ones(len(noise), device=device), text, shown).picture
        return levels(clean)

    def weights(self) -> Tensors:
        return self.nano.state_dict()

    def save(self, folder: Path, size: int, weights: Tensors) -> None:
        checkpoint.save(folder, weights, self.nano.config, {"size": size})

    def _shown(self, seen: Seen, looks: Tensor) -> Seen:
        """What each lesson sees: its scene's picture, or nothing where it does not look."""
        times = len(looks) // len(seen.fine)
        blank = self.nano.imagine(1, PATCH * seen.fine.shape[-2], PATCH * seen.fine.shape[-1])
        looks = looks[:, None, None, None]
        return Seen(*(torch.where(looks, s.repeat_interleave(times, 0), b.to(s.dtype)) for s, b in zip(seen, blank)))

    def forward(self, tensors: Tensors) -> dict[str, Tensor]:
        nano = self.nano
        text = nano.listen(*tensors["words"])
        seen = nano.look(pixels(tensors["pictures"]))
        shown = self._shown(seen, tensors["looks"])
        clean, level = pixels(tensors["target"]), tensors["level"]
        noisy = torch.lerp(clean, _noise(clean, tensors["noise"]), level[:, None, None, None])
        paint = nano.paint(noisy, level, text, shown)
        error = paint.picture.float() - clean
        lifted = error.square() / level.clamp(min=LEAST)[:, None, None, None].square()
        painted = tensors["painted"][:, None, None, None]
        each = (torch.where(painted, error.abs(), lifted).mean(1) * tensors["weight"]).mean((1, 2))
        losses = by_task(each, tensors["tasks"])
        if self.aids is not None:
            aided = self._aided(self.aids, tensors, seen, text)
            aided["aid-colors"] = _chosen(paint, clean, tensors["weight"] * tensors["painted"][:, None, None])
            if len(tensors["path-lesson"]):
                read = paint.picture[tensors["path-lesson"]][..., ::2, ::2].float()
                aided["aid-metres"] = misread(read, tensors["path"], tensors["path-far"], tensors["path-truth"])
            for name, loss in aided.items():
                losses[name] = loss.detach()
                losses["total"] = losses["total"] + self.recipe.aids * loss
        return losses

    def _aided(self, aids: Aids, tensors: Tensors, seen: Seen, text: Text) -> dict[str, Tensor]:
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
        names = aids.names(self.nano.listen(*tensors["class-words"]).pooled)
        choice = torch.einsum("schw,nc->snhw", aids.classes(seen.fine), names) / names.shape[1] ** 0.5
        losses["aid-classes"] = F.cross_entropy(choice.float(), labels, ignore_index=-1)
        if tensors["asked"] is not None:
            lesson, token = tensors["asked-lesson"], tensors["asked-token"]
            asks = aids.asks(self.nano.listen(*tensors["asked"]).pooled)
            keys = self.nano.painter.key(text.tokens)[lesson]
            match = torch.einsum("ntq,nq->nt", keys, asks) / asks.shape[1] ** 0.5
            match = match.float().masked_fill(~text.colored[lesson], -1e4)
            losses["aid-names"] = F.cross_entropy(match, token)
        return losses


def _chosen(paint: Painted, clean: Tensor, weight: Tensor) -> Tensor:
    """The cross entropy of choosing the colour of the words that a pixel has, where it has one of them."""
    same = _number(paint.colors.mT)[..., None, None] == _number(clean)[:, None]
    found = (paint.share[:, :-2] * same).sum(1).clamp(min=1e-12).log()
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


def arrays(batch: Batch, seed: Seed, config: NanoConfig, noise_share: float) -> dict[str, Any]:
    """What `NanoStudent` is called with, as NumPy has it; levels and the seed of the noise follow from `seed`."""
    rng = np.random.default_rng(seed)
    lessons = batch.lessons
    texts = [lesson.instruction for lesson in lessons]
    painted = np.array([lesson.painted for lesson in lessons])
    level = np.where(painted, rng.random(len(lessons)), 1 / (1 + np.exp(-rng.normal(LEVEL, 1.0, len(lessons)))))
    looks = np.array([lesson.looks for lesson in lessons])
    level[rng.random(len(lessons)) < np.where(painted, noise_share, np.where(looks, EDITS, DRAWINGS))] = 1.0
    rows, colors, colored = words.encode(texts, config.rows, TEXT)
    made: dict[str, Any] = {
        "words": (rows, colors, colored),
        "pictures": batch.pictures,
        "target": np.stack([lesson.target for lesson in lessons]),
        "noise": int(rng.integers(1 << 62)),
        "level": level.astype(np.float32),
        "weight": np.stack([lesson.weight for lesson in lessons]),
        "painted": painted,
        "looks": looks,
        "tasks": [lesson.task for lesson in lessons],
    }
    part = slice(PATCH // 2, None, PATCH)
    made["far"] = _log_metres(batch.depth[:, part, part])
    read = [(number, lesson.asks) for number, lesson in enumerate(lessons) if isinstance(lesson.asks, Depth)]
    paths = [code_path(asks.depth_code) for _, asks in read]
    made["path-lesson"] = np.array([number for number, _ in read], np.int64)
    if read:
        made["path"], made["path-far"] = (np.stack(each) for each in zip(*paths))
        scenes = [number * len(batch.pictures) // len(lessons) for number, _ in read]
        made["path-truth"] = _log_metres(batch.depth[scenes, ::2, ::2])
    made["middles"] = np.stack([_middles(ids)[:, part, part] for ids in batch.instances])
    made["facing"] = np.ascontiguousarray(batch.normals[:, part, part].transpose(0, 3, 1, 2))
    made["labels"] = batch.labels[:, part, part].astype(np.int64)
    made["class-words"] = words.encode(batch.classes, config.rows, NAME)
    asked = [
        (name, number, _token(colors[number], colored[number], color))
        for number, lesson in enumerate(lessons)
        for name, color in lesson.legend
    ]
    asked = [(name, number, token) for name, number, token in asked if token >= 0]
    asked += [("", 0, UNKNOWN)] * (-len(asked) % NAMES)
    made["asked"] = words.encode([name for name, _, _ in asked], config.rows, NAME) if asked else None
    made["asked-lesson"] = np.array([number for _, number, _ in asked], np.int64)
    made["asked-token"] = np.array([token for _, _, token in asked], np.int64)
    return made


def _log_metres(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """NaN where it is unknown or the sky."""
    return np.where(np.isfinite(depth), np.log(np.clip(depth, NEAREST, None)), np.nan).astype(np.float32)


@cache
def code_path(code: DepthCode) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(K, 3) colours in [-1, 1] evenly along the path, and (K,) the log metres they mean."""
    points = np.linspace(0, len(code.path) - 1, PATH).round().astype(int)
    metres = code.metres(points / (len(code.path) - 1)).clip(NEAREST, FARTHEST)
    return code.path[points].astype(np.float32) / 127.5 - 1, np.log(metres).astype(np.float32)


def _middles(ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """(2, H, W): for each pixel of a thing where the thing's middle is, x and y from -1 to 1; NaN elsewhere."""
    numbers, here = np.unique(ids, return_inverse=True)
    here = here.reshape(ids.shape)
    area = np.bincount(here.ravel())
    y, x = np.indices(ids.shape)
    middle = [
        np.bincount(here.ravel(), axis.ravel() + 0.5) / area / side * 2 - 1
        for axis, side in zip((x, y), ids.shape[::-1])
    ]
    found = np.where(numbers > 0, middle, np.nan).astype(np.float32)
    return found[:, here]


def _token(colors: np.ndarray, colored: np.ndarray, color: tuple[int, int, int]) -> int:
    """The word of an instruction that is this colour; -1 if it was cut off."""
    wanted = np.array(color, np.float32) / 127.5 - 1
    found = np.flatnonzero(colored & (np.abs(colors - wanted).max(-1) < 1e-4))
    return int(found[-1]) if len(found) else -1


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
