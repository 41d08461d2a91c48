"""Validation during training: held-out scenes painted from pure noise, read and measured, and a sheet of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.datasets.shards import read_shard, write_shard
from cavendish.training.batches import Batch, BatchConfig, collate
from cavendish.training.lessons import Lesson, make_lesson

SHOWN = 3  # rows of the sheet for each task


class Validation:
    """Fixed lessons about fixed scenes of the held-out split, at one size."""

    def __init__(self, folder: Path, config: BatchConfig, scenes: int) -> None:
        from cavendish.worlds import sample

        file = folder / f"held-out-{config.size}.tar"
        if not file.exists():
            write_shard(file, (sample("held-out", number, config.size, None, 1) for number in range(scenes)))
        samples = list(read_shard(file))
        self.batches: list[Batch] = []
        for task, _ in config.mixture:
            rng = np.random.default_rng((config.seed, 7))
            pairs = [(s, lesson) for s in samples if (lesson := make_lesson(task, s, rng)) is not None]
            self.batches.append(
                collate([s for s, _ in pairs], [s.image for s, _ in pairs], [each for _, each in pairs])
            )

    def run(self, paint: Callable[[Batch], NDArray[np.uint8]], sheet: Path | None = None) -> dict[str, float]:
        """Measures of the paintings of `paint`, by name; `sheet` shows input | painting | reading | truth."""
        rows: list[NDArray[np.uint8]] = []
        found: dict[str, float] = {}
        for batch in self.batches:
            paintings = paint(batch)
            for k in range(min(SHOWN, len(paintings))):
                lesson, read = batch.lessons[k], paintings[k]
                if (task := lesson.task_object) is not None:
                    read = task.encode(task.as_truth(task.decode(read)))
                image = batch.images[k] if lesson.has_image else np.zeros_like(batch.images[k])
                rows.append(np.concatenate([image, paintings[k], read, lesson.target], axis=1))
            found |= measure(batch.lessons, paintings)
        if sheet is not None:
            Image.fromarray(np.concatenate(rows)).save(sheet)
        return found


def measure(lessons: tuple[Lesson, ...], painted: NDArray[np.uint8]) -> dict[str, float]:
    """The tasks' measures over paintings, against the truth that the lessons' own paint holds."""
    sums: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
    for lesson, picture in zip(lessons, painted):
        task = lesson.task_object
        if task is None:
            found = {"error": (float(np.abs(picture.astype(float) - lesson.target).mean() / 255), 1.0)}
        else:
            answer, truth = (task.as_truth(task.decode(rgb)) for rgb in (picture, lesson.target))
            found = task.measure(answer, truth, lesson.weight > 0)
        for name, parts in found.items():
            sums[f"{lesson.task}/{name}"] += parts
    return {name: float(total / count) for name, (total, count) in sums.items() if count}
