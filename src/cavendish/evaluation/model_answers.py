"""A model as the source of a run's answers: every one is kept in a file, and none is painted twice."""

import hashlib
import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import BenchmarkError
from cavendish.evaluation.answer_cache import StoredAnswer, read_answer, read_note, write_answer
from cavendish.evaluation.batch import Batch, Wanted
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.code_digest import answer_code
from cavendish.evaluation.questions import prediction_of, tasks_of
from cavendish.generators.hosted import Hosted
from cavendish.model import Options, VisionModel
from cavendish.results import Result


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
        judge = self.judge.about if self.judge else None
        options |= {"judge": f"{judge.name} {judge.revision}"} if judge else {}
        parts = [about.name, about.revision, about.versions, instruction, code, options, item.ids, _source(item)]
        parts.append(answer_code())
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def __call__(self, item: Item) -> Any:
        """The answer, painted now if it is not kept yet."""
        if self._is_kept(item):
            kept = read_answer(self.path(item))
            assert kept is not None
        else:
            began = time.perf_counter()
            kept = self._painted(item)
            self._keep(item, kept, time.perf_counter() - began)
        return kept.answer

    @classmethod
    def prepare(cls, asked: Sequence[tuple["ModelAnswers", Item]]) -> None:
        for source in dict.fromkeys(id(source) for source, _ in asked):
            items = [(each, item) for each, item in asked if id(each) == source]
            items[0][0].prepare_batch([item for _, item in items])

    def prepare_batch(self, items: Sequence[Item]) -> None:
        """Ask for several items as one batch, where a hosted generator takes calls at once, and keep the answers.

        What is not answered here is asked for by itself later, and fails by itself: one picture that cannot be had
        spoils a batch, and what had arrived of it lies in the generator's cache.
        """
        generator = self.model.generator
        waiting = [item for item in items if not self._is_kept(item)]
        if not isinstance(generator, Hosted) or len(waiting) < 2:
            return
        batch = Batch(generator)
        asking = replace(self, model=VisionModel(batch, prompts=self.model.prompts, assistant=self.model.assistant))
        began, count, well = time.perf_counter(), len(waiting), True
        while waiting and well:
            later = []
            for item in waiting:
                try:
                    kept = asking._painted(item)
                except Wanted:
                    later.append(item)
                except Exception:  # asked again by itself, this is told with the item
                    continue
                else:
                    self._keep(item, kept, (time.perf_counter() - began) / count)
            waiting = later
            well = batch.paint_wanted() if waiting else True

    def painting(self, item: Item) -> NDArray[np.uint8] | None:
        """What was painted for the answer."""
        kept = read_answer(self.path(item))
        return kept.painting if kept else None

    def path(self, item: Item) -> Path:
        """Where the answer to an item is kept."""
        return self.folder / f"{item.key}.npz"

    def paintings_left(self, items: Iterable[Item]) -> int:
        """About how many pictures the generator must still paint."""
        return sum(self._paintings(item) for item in items if not self._is_kept(item))

    def _paintings(self, item: Item) -> int:
        if self.benchmark.task in ("generate", "edit"):
            return 2 if self.benchmark.task == "generate" and self.judge is None else 1
        about, given = self.model.about, self.options.get("votes")
        legends = math.ceil(len(item.query) / about.max_classes) if self.benchmark.task == "semantic" else 1
        asked = tasks_of(self.benchmark, item, self.model.prompts)
        return sum(legends * (given or about.votes.get(task.name, 1)) for task in asked)

    def seconds(self, keys: Iterable[str]) -> list[float]:
        """How long each kept answer took."""
        notes = (read_note(self.folder / f"{key}.npz") for key in keys)
        return [float(note["seconds"]) for note in notes if note]

    def _is_kept(self, item: Item) -> bool:
        return bool(read_note(self.path(item)).get("made_of") == self.identity(item))

    def _keep(self, item: Item, kept: StoredAnswer, seconds: float) -> None:
        note = {"made_of": self.identity(item), "seconds": round(seconds, 4), **kept.note}
        write_answer(self.path(item), replace(kept, note=note))

    def _said(self, item: Item) -> tuple[str, dict[str, Any]]:
        if self.benchmark.task in ("generate", "edit"):
            return item.query[0], {}
        tasks = tasks_of(self.benchmark, item, self.model.prompts)
        said = [self.model.prompts.instruction(task) for task in tasks]
        return "\n".join(said), tasks[0].code() if tasks else {}

    def _painted(self, item: Item) -> StoredAnswer:
        picture = item.read_image()
        if self.benchmark.task == "generate":
            return self._generated(item)
        if picture is None:
            raise BenchmarkError(f"{item.key} has no picture to ask about.")
        if self.benchmark.task == "edit":
            changed = self.model.edit(picture, item.query[0], **self._once())
            return StoredAnswer(np.asarray(changed.convert("RGB")), None, {"instruction": item.query[0]})
        tasks = tasks_of(self.benchmark, item, self.model.prompts)
        answers = [self.model.run(task, picture, **self.options) for task in tasks]
        if self.benchmark.asked_protocol:
            painting = np.hstack([each.painting for each in answers]) if answers else None
            said = "\n".join(each.instruction for each in answers)
            return StoredAnswer(prediction_of(self.benchmark, item, tasks, answers), painting, {"instruction": said})
        (answer,) = answers
        first: Result = next(iter(answer.values())) if isinstance(answer, dict) else answer
        note = {"instruction": first.instruction, "provenance": first.provenance.to_dict()}
        return StoredAnswer(prediction_of(self.benchmark, item, tasks, answers), first.painting, note)

    def _generated(self, item: Item) -> StoredAnswer:
        """A picture of a prompt; the thing that is named is marked in alpha by the model itself, if it sees."""
        picture = np.asarray(self.model.generate(item.query[0], **self._once()).convert("RGB"))
        judge = self.judge or self.model
        mark = judge.segment(picture, [item.load_truth().noun, "background"], seed=self.options.get("seed", 0))
        alpha = np.where(mark.labels == 0, 255, 0).astype(np.uint8)
        return StoredAnswer(np.dstack([picture, alpha]), None, {"instruction": item.query[0]})

    def _once(self) -> dict[str, Any]:
        """The options of a call that paints one picture."""
        return {name: value for name, value in self.options.items() if name != "votes"}


def _source(item: Item) -> str:
    """What the picture is: a file's name, size and time, without reading it; the pixels of one that is not a file."""
    if isinstance(item.image, Path):
        status = item.image.stat()
        return f"{item.image.name} {status.st_size} {status.st_mtime_ns}"
    picture = item.read_image()
    return item.key if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()
