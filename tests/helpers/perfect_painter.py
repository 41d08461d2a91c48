"""A generator that knows the truth of the benchmark's procedural scenes, and paints every answer perfectly."""

from collections.abc import Callable, Sequence

import numpy as np
from pycocotools import mask as coco_mask

from cavendish.evaluation.benchmarks import worlds_pictures
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.questions import tasks_of
from cavendish.generators import About, Canvas, Painting, Request
from cavendish.tasks import Semantic
from cavendish.worlds.materials import COLORS


def painting(benchmark: Benchmark, item: Item) -> np.ndarray:
    """The right painting of an item's answer, on the grid of its picture."""
    truth = item.load_truth()
    if benchmark.task == "generate":
        return np.full((64, 64, 3), (255, 255, 255), np.uint8)
    if benchmark.task == "edit":
        return truth.after
    (task,) = tasks_of(benchmark, item)
    if benchmark.task == "depth":
        return task.encode(truth.metres)
    if benchmark.task == "normals":
        return task.encode(truth.vectors)
    if benchmark.task == "semantic":
        place = np.zeros(256, np.int32)
        place[list(item.ids)] = np.arange(len(item.ids))
        return task.encode(place[truth])
    if benchmark.task == "referring":
        return task.encode((truth > 0)[None])
    if benchmark.task == "instances":
        return task.encode(np.array([coco_mask.decode(row) > 0 for row in truth.annotators[0]]))
    return task.encode(truth)


class Painter:
    """Answers by the picture and the words of a request; `know` shows it a benchmark's items beforehand.

    `asked` lists the words of what it painted; `before` is called with each request and may raise.
    """

    def __init__(self, name: str = "painter", price: float = 0.0) -> None:
        self.about = About(name=name, revision="1", canvas=Canvas(), native_size=(64, 64), price=price)
        self.known: dict[tuple[bytes, str], np.ndarray] = {}
        self.asked: list[str] = []
        self.before: Callable[[Request], None] = lambda request: None

    def know(self, benchmark: Benchmark, limit: int) -> None:
        for item in benchmark.samples(".", None, limit):
            picture = item.read_image()
            words = (
                item.query[0] if benchmark.task in ("generate", "edit") else tasks_of(benchmark, item)[0].instruction()
            )
            self.known[b"" if picture is None else picture.tobytes(), words] = painting(benchmark, item)

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        paintings = []
        for request in requests:
            self.before(request)
            self.asked.append(request.instruction)
            picture = b"".join(image.tobytes() for image in request.images)
            paintings.append(Painting(rgb=self.known[picture, request.instruction], seed=request.seed))
        return paintings


def scene_with(color, place=(24, 40), ground=(170, 160, 150)):
    """64 x 64 pixels of noisy ground with a square of the colour."""
    picture = np.full((64, 64, 3), ground, np.uint8)
    picture += np.random.default_rng(0).integers(0, 9, picture.shape, np.uint8)
    picture[place[0] : place[1], place[0] : place[1]] = color
    return picture


class Artist(Painter):
    """Paints a square of the colour that a prompt names, gray from the prompt `right` on, and marks it as the thing."""

    def __init__(self, name="artist", right=100):
        super().__init__(name)
        self.right = right

    def know_prompts(self, count):
        for number, item in enumerate(worlds_pictures.benchmarks(64)["generate"].samples(".", None, count)):
            level = np.array(COLORS[item.load_truth().color][0]) * 255 if number < self.right else (90, 90, 90)
            picture = scene_with(level)
            self.known[b"", item.query[0]] = picture

    def paint(self, requests):
        if requests[0].images and "background" in requests[0].instruction:
            labels = np.ones((64, 64), np.int32)
            labels[24:40, 24:40] = 0
            return [Painting(rgb=Semantic.parse(request.instruction).encode(labels), seed=0) for request in requests]
        return super().paint(requests)
