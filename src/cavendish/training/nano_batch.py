"""A batch as NumPy arrays for nano: text, images, weights and the targets of its auxiliary losses; without torch."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.depth import DepthCode
from cavendish.nano import words
from cavendish.tasks import Depth
from cavendish.training.batches import Batch, Seed

TEXT, NAME, NAMES = 16, 8, 64  # lengths and numbers of texts are multiples of these: few shapes, each prepared once
IGNORE_INDEX = -100  # of torch's cross_entropy
NEAREST = 0.05  # metres; what is nearer counts as this
FARTHEST = 400.0  # metres; what is read as farther counts as this
PATH = 72  # points of a depth code's path
EDIT_NOISE_SHARE = 0.6  # starts from pure noise, since edits too are made in one step
GENERATE_NOISE_SHARE = 0.1  # likewise
LOGIT_MEAN = 1.0  # of t for images: what they show and in which colours is decided in the most noise


def arrays(batch: Batch, seed: Seed, rows: int, patch: int, pure_noise_share: float) -> dict[str, Any]:
    """Input of `NanoStudent` in NumPy; timesteps and the seed of the noise follow from `seed`.

    `rows` of the embedding table, `patch` pixels a side of a cell of the image encoder's finest features;
    `pure_noise_share` of the lessons in paint start from pure noise.
    """
    rng = np.random.default_rng(seed)
    lessons = batch.lessons
    texts = [lesson.instruction for lesson in lessons]
    is_vision = np.array([lesson.is_vision for lesson in lessons])
    uniform, logit = rng.random(len(lessons)), rng.normal(LOGIT_MEAN, 1.0, len(lessons))
    timestep = np.where(is_vision, uniform, 1 / (1 + np.exp(-logit)))
    has_image = np.array([lesson.has_image for lesson in lessons])
    shares = np.where(is_vision, pure_noise_share, np.where(has_image, EDIT_NOISE_SHARE, GENERATE_NOISE_SHARE))
    timestep[rng.random(len(lessons)) < shares] = 1.0
    numbers, colors, colored = words.encode(texts, rows, TEXT)
    made: dict[str, Any] = {
        "text": (numbers, colors, colored),
        "images": batch.images,
        "target": np.stack([lesson.target for lesson in lessons]),
        "noise_seed": int(rng.integers(1 << 62)),
        "timestep": timestep.astype(np.float32),
        "weight": np.stack([lesson.weight for lesson in lessons]),
        "is_vision": is_vision,
        "has_image": has_image,
        "tasks": [lesson.task for lesson in lessons],
    }
    part = slice(patch // 2, None, patch)
    made["log_depth"] = _log_metres(batch.depth[:, part, part])
    read = [(k, lesson.task_object) for k, lesson in enumerate(lessons) if isinstance(lesson.task_object, Depth)]
    paths = [code_path(task.depth_code) for _, task in read]
    made["path_lesson"] = np.array([number for number, _ in read], np.int64)
    if read:
        made["path"], made["path_log_depth"] = (np.stack(each) for each in zip(*paths))
        scenes = [number * len(batch.images) // len(lessons) for number, _ in read]
        made["path_truth"] = _log_metres(batch.depth[scenes, ::2, ::2])
    made["centers"] = np.stack([_centers(ids)[:, part, part] for ids in batch.instances])
    made["normals"] = np.ascontiguousarray(batch.normals[:, part, part].transpose(0, 3, 1, 2))
    made["labels"] = batch.labels[:, part, part].astype(np.int64)
    made["class_text"] = words.encode(batch.classes, rows, NAME)
    legend = [
        (name, number, _token(colors[number], colored[number], color))
        for number, lesson in enumerate(lessons)
        for name, color in lesson.legend
    ]
    legend = [(name, number, token) for name, number, token in legend if token >= 0]
    legend += [("", 0, IGNORE_INDEX)] * (-len(legend) % NAMES)
    made["legend_text"] = words.encode([name for name, _, _ in legend], rows, NAME) if legend else None
    made["legend_lesson"] = np.array([number for _, number, _ in legend], np.int64)
    made["legend_token"] = np.array([token for _, _, token in legend], np.int64)
    return made


def _log_metres(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log depth, NaN where it is unknown or the sky."""
    return np.where(np.isfinite(depth), np.log(np.clip(depth, NEAREST, None)), np.nan).astype(np.float32)


@cache
def code_path(code: DepthCode) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(K, 3) colours in [-1, 1] evenly along the path, and (K,) the log metres they mean."""
    points = np.linspace(0, len(code.path) - 1, PATH).round().astype(int)
    metres = code.metres(points / (len(code.path) - 1)).clip(NEAREST, FARTHEST)
    return code.path[points].astype(np.float32) / 127.5 - 1, np.log(metres).astype(np.float32)


def _centers(ids: NDArray[np.int32]) -> NDArray[np.float32]:
    """(2, H, W) centre of the instance that each pixel belongs to, x and y from -1 to 1; NaN elsewhere."""
    numbers, here = np.unique(ids, return_inverse=True)
    here = here.reshape(ids.shape)
    area = np.bincount(here.ravel())
    y, x = np.indices(ids.shape)
    center = [
        np.bincount(here.ravel(), axis.ravel() + 0.5) / area / side * 2 - 1
        for axis, side in zip((x, y), ids.shape[::-1])
    ]
    found = np.where(numbers > 0, center, np.nan).astype(np.float32)
    return found[:, here]


def _token(colors: np.ndarray, colored: np.ndarray, color: tuple[int, int, int]) -> int:
    """The number of the word that is this colour in an instruction; -1 if it was cut off."""
    wanted = np.array(color, np.float32) / 127.5 - 1
    found = np.flatnonzero(colored & (np.abs(colors - wanted).max(-1) < 1e-4))
    return int(found[-1]) if len(found) else -1
