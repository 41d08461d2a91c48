"""A look at held-out scenes during training: paintings from pure noise, decoded and measured, and a sheet of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.datasets.shards import read_shard, write_shard
from cavendish.training.batches import Batch, Plan, gather
from cavendish.training.lessons import Lesson, teachers

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
            pairs = [(s, lesson) for s in self.samples if (lesson := teachers()[task](s, rng)) is not None]
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
    return lesson.asks.encode(lesson.asks.as_truth(lesson.asks.decode(painting)))


def measure(lessons: tuple[Lesson, ...], painted: NDArray[np.uint8]) -> dict[str, float]:
    """The tasks' measures over paintings, against the truth that the lessons' own paint holds."""
    sums: dict[str, NDArray[np.float64]] = defaultdict(lambda: np.zeros(2))
    for lesson, picture in zip(lessons, painted):
        task = lesson.asks
        if task is None:
            found = {"error": (float(np.abs(picture.astype(float) - lesson.target).mean() / 255), 1.0)}
        else:
            answer, truth = (task.as_truth(task.decode(rgb)) for rgb in (picture, lesson.target))
            found = task.measure(answer, truth, lesson.weight > 0)
        for name, parts in found.items():
            sums[f"{lesson.task}/{name}"] += parts
    return {name: float(total / count) for name, (total, count) in sums.items() if count}
