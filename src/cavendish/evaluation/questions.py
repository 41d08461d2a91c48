"""What a benchmark asks a model about an item, and the model's answers as the benchmark's scorer takes them."""

from collections.abc import Iterable, Sequence
from typing import Any

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks.base import Benchmark, Item
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.scoring.scorer import Record
from cavendish.prompts import PromptTemplates
from cavendish.tasks import Answer, Task, all_tasks


def tasks_of(benchmark: Benchmark, item: Item, prompts: PromptTemplates | None = None) -> tuple[Task[Any], ...]:
    """All that is asked for an item: mostly one task, but one for each category where those are listed.

    Colours are as the question fixes them, and otherwise in the codes of the generator that `prompts` is for.
    """
    if item.task is not None:
        return (item.task,)
    if benchmark.task not in all_tasks():
        raise BenchmarkError(f"{benchmark.title} cannot be asked of a model here; score stored predictions instead.")
    prompts = prompts or PromptTemplates()
    if benchmark.asked_protocol:
        return tuple(prompts.task(benchmark.task, [name]) for name in item.query)
    return (prompts.task(benchmark.task, item.query),)


def prediction_of(benchmark: Benchmark, item: Item, tasks: Sequence[Task[Any]], answers: Sequence[Answer]) -> Any:
    """The answers to an item's tasks as the scorer takes them. Answers must be on the grid of the item's picture.

    Answers for listed categories become COCO result rows, marked as given to a model that knew the list.
    """
    ids = dict(zip(item.query, item.ids))
    found = [task.prediction(answer, ids) for task, answer in zip(tasks, answers)]
    if not benchmark.asked_protocol:
        return found[0]
    return [row | {"category_id": id, "listed": True} for id, rows in zip(item.ids, found) for row in rows]


def score(benchmark: Benchmark, pairs: Iterable[tuple[Item, Answer]]) -> dict[str, float]:
    """The numbers of answers in memory, no run and no files, under the benchmark's first protocol.

    Beside them stands what its baselines get, as "<headline> of <baseline>".
    """
    protocol, scorer = benchmark.protocols[0], benchmark.scorer
    records: list[tuple[str, Record]] = []
    for item, answer in pairs:
        truth = item.load_truth()
        predictions = {name: baseline(truth) for name, baseline in benchmark.baselines.items()}
        predictions["ours"] = prediction_of(benchmark, item, tasks_of(benchmark, item), [answer])
        records += [(name, scorer.measure(each, truth, protocol)) for name, each in predictions.items()]
    values = {name: scorer.table(rows, protocol).values() for name, rows in grouped(records).items()}
    ours = values.pop("ours")
    headline = benchmark.headline_in(ours)
    return ours | {f"{headline} of {name}": each[headline] for name, each in values.items()}
