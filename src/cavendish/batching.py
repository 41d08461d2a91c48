"""Plans painted in full batches, and answered in order.

Requests that a generator can take in one pass (the same canvas and settings) wait for each other until a batch is
full. How many may wait is bounded, so that an endless stream of questions needs a bounded memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cavendish.errors import CostError, NoPictureError
from cavendish.generators.generator import Generator, Painting, Request
from cavendish.plan import Plan, joined

WAITING = 16  # requests that may wait for others of their kind, or two batches where that is more


@dataclass(eq=False)
class _Question:
    """A plan on its way to its answer, or a `failure` that stands for it."""

    plan: Plan[Any]
    failure: Exception | None = None
    paintings: dict[int, Painting] = field(default_factory=dict)  # by the number of their request

    @property
    def done(self) -> bool:
        return self.failure is not None or len(self.paintings) == len(self.plan.requests)

    def answer(self) -> Any:
        """The answer, or the exception that stands for it."""
        if self.failure is not None:
            return self.failure
        try:
            return self.plan.read([self.paintings[number] for number in range(len(self.plan.requests))])
        except Exception as error:  # what one question does must not stop the others
            return error


Place = tuple[_Question, int]  # a request, as the number of its question's painting


def answer_all(plans: Iterable[Plan[Any] | Exception], generator: Generator, *, isolate: bool = True) -> Iterator[Any]:
    """The answer to each plan in order, or the exception that stands for it; CostError ends the iteration.

    With `isolate` a batch that fails is painted once more request by request, so that only the question at fault
    fails; without, the first exception is raised.
    """
    batch = max(1, generator.about.batch_size)
    limit = max(WAITING, 2 * batch)
    questions: deque[_Question] = deque()
    waiting: dict[Hashable, deque[Place]] = {}

    def answer_first() -> Any:
        """Paint what the oldest question waits for, with what can go along, and answer it."""
        first = questions[0]
        while not first.done:
            places = next(places for places in waiting.values() if any(question is first for question, _ in places))
            _paint(places, batch, generator, isolate)
        answer = questions.popleft().answer()
        if not isolate and isinstance(answer, Exception):
            raise answer
        return answer

    try:
        for plan in plans:
            question = _Question(plan) if isinstance(plan, Plan) else _Question(joined([], list), failure=plan)
            questions.append(question)
            for number, request in enumerate(question.plan.requests):
                places = waiting.setdefault(_kind(request), deque())
                places.append((question, number))
                if len(places) == batch:
                    _paint(places, batch, generator, isolate)
            while questions and (questions[0].done or max(len(questions), sum(map(len, waiting.values()))) > limit):
                yield answer_first()
        while questions:
            yield answer_first()
    except Exception as error:  # the budget or the source of plans has ended: what is painted or asked is not lost
        while isolate and questions and (questions[0].done or not isinstance(error, CostError)):
            yield answer_first()
        raise


def _kind(request: Request) -> Hashable:
    """What requests of one pass have in common."""
    return request.size, tuple(image.shape for image in request.images), request.steps, request.guidance


def _paint(places: deque[Place], batch: int, generator: Generator, isolate: bool) -> None:
    """Paint the first places of a kind, at most a batch of them; those of a question that has failed are dropped."""
    taken: list[Place] = []
    while places and len(taken) < batch:
        question, number = places.popleft()
        if question.failure is None:
            taken.append((question, number))
    if not taken:
        return
    try:
        painted = generator.paint([question.plan.requests[number] for question, number in taken])
        if len(painted) != len(taken):
            raise NoPictureError(f"the generator painted {len(painted)} pictures for {len(taken)} requests")
        for (question, number), painting in zip(taken, painted):
            question.paintings[number] = painting
    except Exception as error:  # whatever one request does must not stop the others
        if not isolate or (isinstance(error, CostError) and len(taken) == 1):
            raise
        if len(taken) == 1:
            taken[0][0].failure = error
            return
        for place in taken:
            _paint(deque([place]), 1, generator, isolate)
