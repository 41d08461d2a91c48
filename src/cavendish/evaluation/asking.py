"""Asking a model the questions of a benchmark: which task an item is, and its answer as the scorer takes it."""

from collections.abc import Iterable
from typing import Any

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.benchmarks.worlds import encoded
from cavendish.evaluation.predictions import to_ids
from cavendish.evaluation.scoring.scorer import Record
from cavendish.prompts import Speech
from cavendish.results import DepthMap, Instances, Mask, NormalMap, SemanticMap
from cavendish.tasks import Answer, Referring, Semantic, Task


def task_of(benchmark: Benchmark, item: Item, speech: Speech | None = None) -> Task:
    """What to ask for an item: as the question fixes it, else in the codes of the generator that `speech` is for."""
    speech = speech or Speech()
    if item.task is not None:
        return item.task
    if benchmark.task == "depth":
        return speech.depth()
    if benchmark.task == "normals":
        return speech.normals()
    if benchmark.task == "segment":
        return Semantic.of(item.query)
    if benchmark.task == "refer":
        return Referring.of(item.query)
    if benchmark.task == "instances" and len(item.query) == 1:
        return speech.instances(item.query[0])
    raise BenchmarkError(f"{benchmark.title} cannot be asked of a model here; score stored predictions instead.")


def tasks_of(benchmark: Benchmark, item: Item, speech: Speech | None = None) -> tuple[Task, ...]:
    """All that is asked for an item: one task, but one a listed category where instances of several are wanted."""
    if benchmark.task == "instances" and benchmark.asked_protocol:
        return tuple((speech or Speech()).instances(name) for name in item.query)
    return (task_of(benchmark, item, speech),)


def as_listed_prediction(item: Item, answers: Iterable[Answer]) -> list[dict[str, Any]]:
    """Answers of one task a listed category as COCO result rows, marked as given to a model that knew the list."""
    rows = zip(item.ids, (as_prediction(item, answer) for answer in answers))
    return [row | {"category_id": category, "listed": True} for category, found in rows for row in found]


def as_prediction(item: Item, answer: Answer) -> Any:
    """An answer of a task as the scorer takes it. Answers must be on the grid of the item's picture."""
    if isinstance(answer, dict):
        (answer,) = answer.values()
    match answer:
        case DepthMap():
            return answer.metres
        case NormalMap():
            return answer.vectors
        case SemanticMap():
            return to_ids(answer.labels, answer.classes, item)
        case Mask():
            return answer.mask
        case Instances():
            scored = zip(encoded(answer.masks), answer.scores.tolist())
            return [{"segmentation": mask, "score": score} for mask, score in scored]
    raise BenchmarkError(f"{item.key}: an answer of type {type(answer).__name__} is measured by no scorer.")


def score(benchmark: Benchmark, pairs: Iterable[tuple[Item, Answer]]) -> dict[str, float]:
    """The numbers of answers in memory, no run and no files, under the benchmark's first protocol.

    Beside them stands what its baselines get, as "<headline> of <baseline>".
    """
    protocol = benchmark.protocols[0]
    records: list[Record] = []
    baselines: dict[str, list[Record]] = {name: [] for name in benchmark.baselines}
    for item, answer in pairs:
        truth = item.load_truth()
        records.append(benchmark.scorer.measure(as_prediction(item, answer), truth, protocol))
        for name, made in benchmark.baselines.items():
            baselines[name].append(benchmark.scorer.measure(made(truth), truth, protocol))
    values = benchmark.scorer.table(records, protocol).values()
    headline = benchmark.headline_in(values)
    rows = {f"{headline} of {n}": benchmark.scorer.table(r, protocol).values()[headline] for n, r in baselines.items()}
    return values | rows
