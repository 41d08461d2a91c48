"""A generator that knows the truth of procedural scenes: it paints every answer perfectly, or badly on purpose."""

from collections.abc import Callable, Sequence

import numpy as np
from pycocotools import mask as coco_mask

from cavendish.evaluation.asking import task_of
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.generators import About, Canvas, Painting, Request
from cavendish.tasks import Task


def painting(benchmark: Benchmark, item: Item) -> np.ndarray:
    """The right painting of an item's answer, on the grid of its picture."""
    return truth_painted(task_of(benchmark, item), item)


def truth_painted(task: Task, item: Item) -> np.ndarray:
    truth = item.load_truth()
    if task.name == "depth":
        return task.encode(truth.metres)
    if task.name == "normals":
        return task.encode(truth.vectors)
    if task.name == "semantic":
        place = np.zeros(256, np.int32)
        place[list(item.ids)] = np.arange(len(item.ids))
        return task.encode(place[truth])
    if task.name == "referring":
        return task.encode((truth > 0)[None])
    return task.encode(np.array([coco_mask.decode(row) > 0 for row in truth.annotators[0]]))


class Painter:
    """Answers a request by the picture and the words in it: `know` tells it the items of a benchmark beforehand."""

    def __init__(self, seeded: bool = True, price: float = 0.0, max_classes: int = 64) -> None:
        self.about = About(
            name="painter", revision="1", canvas=Canvas(multiple=16), native_size=(64, 64), price=price,
            seeded=seeded, max_classes=max_classes,
        )  # fmt: skip
        self.known: dict[tuple[bytes, str], np.ndarray] = {}
        self.asked: list[str] = []
        self.before: Callable[[Request], None] = lambda request: None

    def know(self, benchmark: Benchmark, limit: int, split: str | None = None) -> None:
        for item in benchmark.samples(".", split, limit):
            task = task_of(benchmark, item)
            self.known[item.read_image().tobytes(), task.instruction()] = truth_painted(task, item)

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        for request in requests:
            self.before(request)
        self.asked += [request.instruction for request in requests]
        return [
            Painting(rgb=self.known[request.images[0].tobytes(), request.instruction], seed=request.seed)
            for request in requests
        ]
