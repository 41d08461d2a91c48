"""A look at held-out scenes during training: paintings from pure noise, decoded and measured, and a sheet of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.datasets.shards import read_shard, write_shard
from cavendish.evaluation.metrics.concepts import match
from cavendish.results import DepthMap, Instances, NormalMap, SemanticMap
from cavendish.training.batches import Batch, Plan, gather
from cavendish.training.lessons import TEACHERS, Lesson

SHOWN = 3  # rows of the sheet for each task


class Watch:
    """Fixed lessons about fixed scenes of the held-out split, at one size."""

    def __init__(self, folder: Path, plan: Plan, scenes: int) -> None:
        from cavendish.worlds import sample

        file = folder / f"held-out-{plan.size}.tar"
        if not file.exists():
            write_shard(file, (sample("held-out", number, plan.size, None, 1) for number in range(scenes)))
        self.samples = list(read_shard(file))
        self.batches: list[Batch] = []
        for task, _ in plan.shares:
            rng = np.random.default_rng((plan.seed, 7))
            pairs = [(s, lesson) for s in self.samples if (lesson := TEACHERS[task](s, rng)) is not None]
            seen = [s for s, _ in pairs]
            self.batches.append(gather(seen, [s.image for s in seen], [lesson for _, lesson in pairs]))

    def look(self, paint: Callable[[Batch], NDArray[np.uint8]], sheet: Path | None = None) -> dict[str, float]:
        """Measures of what `paint` answers, by name; a sheet has input | painting | decoded | truth for each task."""
        rows: list[NDArray[np.uint8]] = []
        found: dict[str, float] = {}
        for batch in self.batches:
            painted = paint(batch)
            for k in range(min(SHOWN, len(painted))):
                lesson = batch.lessons[k]
                read = painted[k] if lesson.asks is None else _drawn(lesson, painted[k])
                first = batch.pictures[k] if lesson.looks else np.zeros_like(batch.pictures[k])
                rows.append(np.concatenate([first, painted[k], read, lesson.target], axis=1))
            found |= measure(batch.lessons, painted)
        if sheet is not None:
            Image.fromarray(np.concatenate(rows)).save(sheet)
        return found


def _drawn(lesson: Lesson, painting: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What was read from a painting, painted again."""
    assert lesson.asks is not None
    answer: Any = lesson.asks.decode(painting)
    if isinstance(answer, DepthMap):
        return lesson.asks.encode(np.where(answer.valid, answer.metres, np.nan))
    if isinstance(answer, NormalMap):
        return lesson.asks.encode(answer.vectors)
    if isinstance(answer, SemanticMap):
        return lesson.asks.encode(answer.labels)
    if isinstance(answer, Instances):
        return lesson.asks.encode(answer.masks)
    return lesson.asks.encode(np.array([mask.mask for mask in answer.values()]))


def measure(lessons: tuple[Lesson, ...], painted: NDArray[np.uint8]) -> dict[str, float]:
    """The task's measures over paintings, against the truth that the lessons' own paint holds."""
    values: dict[str, list[float]] = defaultdict(list)
    count = np.zeros(3)
    for lesson, picture in zip(lessons, painted):
        if lesson.asks is None:
            error = np.abs(picture.astype(float) - lesson.target).mean() / 255
            values[f"{lesson.task}/error"].append(error)
            continue
        answer: Any = lesson.asks.decode(picture)
        truth: Any = lesson.asks.decode(lesson.target)
        if isinstance(answer, DepthMap):
            here = truth.valid & np.isfinite(truth.metres)
            far = np.clip(np.nan_to_num(answer.metres[here], nan=1e-3, posinf=1e3), 1e-3, 1e3)
            ratio = np.maximum(far / truth.metres[here], truth.metres[here] / far)
            values["depth/delta1"].append((ratio < 1.25).mean())
            values["depth/absrel"].append((np.abs(far - truth.metres[here]) / truth.metres[here]).mean())
        elif isinstance(answer, NormalMap):
            here = (lesson.weight > 0) & truth.valid
            cosine = (answer.vectors[here] * truth.vectors[here]).sum(-1)
            values["normals/angle"].append(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())
        elif isinstance(answer, SemanticMap):
            here = lesson.weight > 0
            right = (answer.labels == truth.labels)[here]
            values["semantic/accuracy"].append(right.mean())
            values["semantic/largest"].append(np.bincount(truth.labels[here]).max() / here.sum())
            for label in np.unique(truth.labels[here]):
                guess, real = (answer.labels == label)[here], (truth.labels == label)[here]
                values["semantic/iou"].append((guess & real).sum() / (guess | real).sum())
        elif isinstance(answer, Instances):
            overlap = [[(a & b).sum() / (a | b).sum() for b in truth.masks] for a in answer.masks]
            hit = (match(np.array(overlap)) >= 0.5).sum() if len(answer.masks) and len(truth.masks) else 0
            count += hit, len(answer.masks), len(truth.masks)
        else:
            for text, mask in truth.items():
                if mask.mask.any():
                    union = (mask.mask | answer[text].mask).sum()
                    values["referring/iou"].append((mask.mask & answer[text].mask).sum() / union)
                else:
                    values["referring/absent"].append(float(answer[text].mask.mean() < 0.002))
    found = {name: float(np.mean(each)) for name, each in values.items()}
    if count[1:].sum():
        found["instances/f1"] = float(2 * count[0] / count[1:].sum())
    return found
