"""A model as the source of a run's answers: every one is kept in a file, and none is painted twice."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.batching import answer_all
from cavendish.errors import BenchmarkError
from cavendish.evaluation.answer_cache import StoredAnswer, read_answer, read_note, write_answer
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.code_digest import answer_code
from cavendish.evaluation.questions import prediction_of, tasks_of
from cavendish.generators.generator import Request
from cavendish.images import ImageInput
from cavendish.model import Options, VisionModel
from cavendish.plan import Picture, Plan, plan_edit, settings_of
from cavendish.tasks import Answer, Task

PICTURES = ("generate", "edit")  # tasks whose answer is a picture, not read from one


@dataclass(frozen=True)
class ModelAnswers:
    """The answers of a model to one benchmark, kept in `folder`."""

    model: VisionModel
    benchmark: Benchmark
    folder: Path
    options: Options
    judge: VisionModel | None = None  # marks what was named in generated pictures; None: the model itself

    def describe(self) -> str:
        """For the report: the model, its revision and what it was called with."""
        about = self.model.about
        said = ", ".join(f"{name} {value}" for name, value in sorted(self.options.items()) if value is not None)
        return f"{about.name} (revision {about.revision or 'unknown'})" + (f", {said}" if said else "")

    def identity(self, item: Item) -> str:
        """All that the answer depends on: model, words, codes, options, picture, and the code in between."""
        about = self.model.about
        instruction, code = self._said(item)
        options: dict[str, Any] = {"steps": about.steps, "guidance": about.guidance, "votes": dict(about.votes)}
        options |= {name: value for name, value in self.options.items() if value is not None}
        if self.judge is not None:
            options["judge"] = f"{self.judge.about.name} {self.judge.about.revision}"
        model = (about.name, about.revision, about.versions)
        parts = (*model, instruction, code, options, item.ids, _source(item), answer_code())
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def __call__(self, item: Item) -> Any:
        """The answer, painted now if it is not kept."""
        (answer,) = self.answer_all([(self, item)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    @classmethod
    def answer_all(cls, asked: Sequence[tuple[Self, Item]]) -> Iterator[Any]:
        """The answers to items in their order, or the exceptions that stand for them; painted in batches of the model.

        Each answer is kept before it is given. Questions about one picture should follow each other.
        """
        for (_, kind), group in groupby(asked, lambda pair: (id(pair[0].model), pair[0]._kind)):
            items = [(source, item, source.identity(item)) for source, item in group]
            kept = [source._is_kept(item, made_of) for source, item, made_of in items]
            missing = [(source, item) for (source, item, _), known in zip(items, kept) if not known]
            painted = _pictures(missing) if kind else _answers(missing)
            began = time.perf_counter()
            for (source, item, made_of), known in zip(items, kept):
                if not known:
                    answer, begun = next(painted)
                    if isinstance(answer, Exception):
                        yield answer
                        continue
                    # The answers of one batch arrive together, so the time is shared by all that had begun by then.
                    seconds = round((time.perf_counter() - began) / begun, 4)
                    note = {"made_of": made_of, "seconds": seconds, **answer.note}
                    write_answer(source.path(item), replace(answer, note=note))
                stored = read_answer(source.path(item))
                assert stored is not None
                yield stored.answer

    @property
    def _kind(self) -> str:
        """What is answered in another way than other items."""
        return self.benchmark.task if self.benchmark.task in PICTURES else ""

    def painting(self, item: Item) -> NDArray[np.uint8] | None:
        """What was painted for the answer."""
        kept = read_answer(self.path(item))
        return kept.painting if kept else None

    def path(self, item: Item) -> Path:
        """Where the answer to an item is kept."""
        return self.folder / f"{item.key}.npz"

    def paintings_left(self, items: Iterable[Item]) -> int:
        """About how many pictures the generator must still paint."""
        return sum(self._paintings(item) for item in items if not self._is_kept(item, self.identity(item)))

    def _paintings(self, item: Item) -> int:
        if self.benchmark.task in PICTURES:
            return 2 if self.benchmark.task == "generate" and self.judge is None else 1
        about, given = self.model.about, self.options.get("votes")
        legends = math.ceil(len(item.query) / about.max_classes) if self.benchmark.task == "semantic" else 1
        asked = tasks_of(self.benchmark, item, self.model.prompts)
        return sum(legends * (given or about.votes.get(task.name, 1)) for task in asked)

    def seconds(self, keys: Iterable[str]) -> list[float]:
        """How long each kept answer took."""
        notes = (read_note(self.folder / f"{key}.npz") for key in keys)
        return [float(note["seconds"]) for note in notes if note]

    def _is_kept(self, item: Item, made_of: str) -> bool:
        return bool(read_note(self.path(item)).get("made_of") == made_of)

    def _said(self, item: Item) -> tuple[str, dict[str, Any]]:
        if self.benchmark.scorer.kind == "judgement":
            raise BenchmarkError(f"{self.benchmark.title} measures stored judgements; score predictions instead.")
        if item.image is None and self.benchmark.task != "generate":
            raise BenchmarkError(f"{item.key} has no picture to ask about.")
        if self.benchmark.task in PICTURES:
            return item.query[0], {}
        tasks = tasks_of(self.benchmark, item, self.model.prompts)
        said = [self.model.prompts.instruction(task) for task in tasks]
        return "\n".join(said), tasks[0].code() if tasks else {}

    def read(self, item: Item, tasks: Sequence[Task[Any]], answers: Sequence[Answer]) -> StoredAnswer:
        """The answers to an item's tasks as they are kept."""
        prediction = prediction_of(self.benchmark, item, tasks, answers)
        results = [next(iter(answer.values())) if isinstance(answer, dict) else answer for answer in answers]
        paintings = [each.painting for each in results if each.painting is not None]
        note: dict[str, Any] = {"instruction": "\n".join(each.instruction for each in results)}
        if len(results) == 1:
            note["provenance"] = results[0].provenance.to_dict()
        return StoredAnswer(prediction, np.hstack(paintings) if paintings else None, note)

    def plan_picture(self, item: Item) -> Plan[Any]:
        """The plan of a generated picture, (h, w, 3) uint8, or of an edited one, a PIL image."""
        about, settings = self.model.about, settings_of(self.options)
        picture = item.read_image()
        if picture is not None:
            return plan_edit(Picture(picture, about), item.query[0], about, settings)
        request = Request(instruction=item.query[0], size=about.canvas.check(about.native_size), **settings)
        return Plan((request,), lambda paintings: paintings[0].rgb)


Waiting = Sequence[tuple[ModelAnswers, Item]]  # of one model, at least one
Answered = Iterator[tuple[StoredAnswer | Exception, int]]  # with the number of items begun so far


def _answers(waiting: Waiting) -> Answered:
    """The answers to questions about pictures."""
    source = waiting[0][0]
    tasks = [tasks_of(each.benchmark, item, each.model.prompts) for each, item in waiting]
    begun = 0

    def questions() -> Iterator[tuple[Task[Any], ImageInput]]:
        nonlocal begun
        for (_, item), asked in zip(waiting, tasks):
            begun += 1
            picture = item.image if isinstance(item.image, Path) else item.read_image()
            assert picture is not None
            yield from ((task, picture) for task in asked)

    found = source.model.answer(questions(), **source.options)
    for (each, item), asked in zip(waiting, tasks):
        answers = list(islice(found, len(asked)))
        failure = next((answer for answer in answers if isinstance(answer, Exception)), None)
        yield failure or _attempt(each.read, item, asked, answers), max(1, begun)


def _attempt(make: Callable[..., Any], *given: Any) -> Any:
    """What `make` gives, or its exception: whatever one item does must not stop the others."""
    try:
        return make(*given)
    except Exception as error:
        return error


def _pictures(waiting: Waiting) -> Answered:
    """Edited pictures; generated ones with the thing that is named marked in alpha by the judge, a batch at a time."""
    source, begun = waiting[0][0], 0
    rest = iter(waiting)
    while some := list(islice(rest, max(1, source.model.about.batch_size))):
        begun += len(some)
        made = list(answer_all([_attempt(each.plan_picture, item) for each, item in some], source.model.generator))
        marked = _marked(source, some, made) if source.benchmark.task == "generate" else made
        for (_, item), picture in zip(some, marked):
            if not isinstance(picture, Exception):
                picture = StoredAnswer(np.asarray(picture), None, {"instruction": item.query[0]})
            yield picture, begun


def _marked(source: ModelAnswers, waiting: Waiting, pictures: Sequence[Any]) -> Iterator[Any]:
    """Pictures (h, w, 4) whose alpha is the region that the judge finds; what failed is passed on."""
    judge = source.judge or source.model
    questions = [
        (judge.prompts.task("semantic", [item.load_truth().noun, "background"]), picture)
        for (_, item), picture in zip(waiting, pictures)
        if not isinstance(picture, Exception)
    ]
    marks = judge.answer(questions, seed=source.options.get("seed", 0))
    for picture in pictures:
        mark = picture if isinstance(picture, Exception) else next(marks)
        if isinstance(mark, Exception):
            yield mark
        else:
            yield np.dstack([picture, np.where(mark.labels == 0, 255, 0).astype(np.uint8)])


def _source(item: Item) -> str:
    """What the picture is: a file's name, size and time, without reading it; the pixels of one that is not a file."""
    if isinstance(item.image, Path):
        status = item.image.stat()
        return f"{item.image.name} {status.st_size} {status.st_mtime_ns}"
    picture = item.read_image()
    return item.key if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()
