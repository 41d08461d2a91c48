"""A batch as arrays for nano: words, pictures, weights and what its aids teach. Without torch, which workers need not
load."""

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
UNKNOWN = -100  # the target that torch's cross_entropy leaves out
NEAREST = 0.05  # metres; what is nearer counts as this
FARTHEST = 400.0  # metres; what is read as farther counts as this
PATH = 72  # points of a depth code's path
EDITS, DRAWINGS = 0.6, 0.1  # shares of them that start from pure noise, since edits too are made in one step
LEVEL = 1.0  # the middle logit of t for pictures: what they show and in which colours is decided in the most noise


def arrays(batch: Batch, seed: Seed, rows: int, patch: int, noise: float) -> dict[str, Any]:
    """What `NanoStudent` is called with, as NumPy has it; levels and the seed of the noise follow from `seed`.

    `rows` of the table of words, `patch` pixels a side of a cell of what the tower tells; `noise` is the share of
    lessons about paint that start from nothing else.
    """
    rng = np.random.default_rng(seed)
    lessons = batch.lessons
    texts = [lesson.instruction for lesson in lessons]
    painted = np.array([lesson.painted for lesson in lessons])
    level = np.where(painted, rng.random(len(lessons)), 1 / (1 + np.exp(-rng.normal(LEVEL, 1.0, len(lessons)))))
    looks = np.array([lesson.looks for lesson in lessons])
    level[rng.random(len(lessons)) < np.where(painted, noise, np.where(looks, EDITS, DRAWINGS))] = 1.0
    numbers, colors, colored = words.encode(texts, rows, TEXT)
    made: dict[str, Any] = {
        "words": (numbers, colors, colored),
        "pictures": batch.pictures,
        "target": np.stack([lesson.target for lesson in lessons]),
        "noise": int(rng.integers(1 << 62)),
        "level": level.astype(np.float32),
        "weight": np.stack([lesson.weight for lesson in lessons]),
        "painted": painted,
        "looks": looks,
        "tasks": [lesson.task for lesson in lessons],
    }
    part = slice(patch // 2, None, patch)
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
    made["class-words"] = words.encode(batch.classes, rows, NAME)
    asked = [
        (name, number, _token(colors[number], colored[number], color))
        for number, lesson in enumerate(lessons)
        for name, color in lesson.legend
    ]
    asked = [(name, number, token) for name, number, token in asked if token >= 0]
    asked += [("", 0, UNKNOWN)] * (-len(asked) % NAMES)
    made["asked"] = words.encode([name for name, _, _ in asked], rows, NAME) if asked else None
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
