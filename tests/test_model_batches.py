"""Many questions at once: full batches, bounded memory, answers in order, one bad question failing alone."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cavendish.batching import answer_all
from cavendish.errors import (
    CostError,
    ImageError,
    LegendError,
    ModelError,
    NoPictureError,
    PromptError,
    RefusedError,
    TaskError,
)
from cavendish.generators import About, Canvas, Painting, Request
from cavendish.model import VisionModel
from cavendish.results import NormalMap
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic

CANVAS = Canvas(multiple=16, max_pixels=64 * 64, min_side=16)


class Counter:
    """Paints the mean colour of the picture it looks at, notes its passes, refuses pictures of a forbidden level."""

    def __init__(self, batch_size: int = 8, forbidden: int = -1, canvas: Canvas = CANVAS) -> None:
        self.about = About(name="counter", canvas=canvas, batch_size=batch_size)
        self.passes: list[list[Request]] = []
        self.forbidden = forbidden

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        self.passes.append(list(requests))
        levels = [int(request.images[0].mean().round()) for request in requests]
        if self.forbidden in levels:
            raise RefusedError("this picture is refused")
        return [
            Painting(rgb=np.full((*request.size, 3), level, np.uint8), seed=request.seed)
            for request, level in zip(requests, levels)
        ]


def flat(level: int, size: tuple[int, int] = (32, 32)) -> np.ndarray:
    return np.full((*size, 3), level, np.uint8)


def level_of(answer) -> int:
    return int(answer.painting.mean().round())


def test_sixty_four_questions_are_eight_full_passes() -> None:
    generator = Counter()
    answers = list(VisionModel(generator).answer((Normals(), flat(k)) for k in range(64)))
    assert [len(requests) for requests in generator.passes] == [8] * 8
    assert [level_of(answer) for answer in answers] == list(range(64))


def test_plans_of_other_steps_or_guidance_are_not_painted_in_one_pass() -> None:
    generator = Counter()
    model = VisionModel(generator)
    settings = [{"steps": 1}, {"steps": 2}, {"steps": 2, "guidance": 3.0}]
    plans = [model.plan(Normals(), flat(k), **settings[k % 3]) for k in range(24)]
    assert [level_of(answer) for answer in answer_all(plans, generator)] == list(range(24))
    for requests in generator.passes:
        assert len({(request.steps, request.guidance) for request in requests}) == 1


def test_pictures_of_two_sizes_fill_their_own_batches() -> None:
    generator = Counter()
    questions = ((Normals(), flat(k, (32, 32) if k % 2 else (48, 32))) for k in range(64))
    answers = list(VisionModel(generator).answer(questions))
    assert [len(requests) for requests in generator.passes] == [8] * 8
    assert all(len({request.size for request in requests}) == 1 for requests in generator.passes)
    assert [level_of(answer) for answer in answers] == list(range(64))


def test_what_is_left_of_a_failed_question_holds_up_nobody() -> None:
    generator = Counter(forbidden=255)
    questions = [(Normals(), flat(255))] * 5 + [(Normals(), flat(1, (48, 32)))] * 2
    answers = list(VisionModel(generator).answer(questions, votes=3))
    assert [isinstance(answer, RefusedError) for answer in answers] == [True] * 5 + [False] * 2


SIZES = st.sampled_from([(16, 16), (32, 32), (48, 32), (16, 64), (100, 30)])
TASKS = st.sampled_from([Depth(), Normals(), Semantic.of(["a", "b"]), Instance("a"), Referring.of(["a", "b"])])


@settings(max_examples=100)
@given(st.lists(st.tuples(TASKS, SIZES, st.booleans()), max_size=50), st.integers(1, 9), st.integers(1, 3))
def test_any_mixture_is_answered_in_order_and_only_the_bad_ones_fail(asked, batch_size, votes) -> None:
    generator = Counter(batch_size, forbidden=255)
    questions = [(task, flat(k if fine else 255, size)) for k, (task, size, fine) in enumerate(asked)]
    answers = list(VisionModel(generator).answer(questions, votes=votes))
    assert len(answers) == len(asked)
    for k, (answer, (task, size, fine)) in enumerate(zip(answers, asked)):
        if not fine:
            assert isinstance(answer, RefusedError)
            continue
        first = next(iter(answer.values())) if isinstance(answer, dict) else answer
        assert first.shape == size and first.provenance.task == task.name and level_of(first) == k
        assert first.provenance.votes == votes
    assert all(len(requests) <= batch_size for requests in generator.passes)


def test_memory_is_bounded_however_long_the_questions_go_on() -> None:
    waiting = 0
    most = 0

    def questions() -> Iterator:
        nonlocal waiting, most
        for k in range(500):
            waiting += 1
            most = max(most, waiting)
            yield Normals(), flat(k % 200, ((k * 7) % 5 * 16 + 16, 32))

    for _ in VisionModel(Counter()).answer(questions()):
        waiting -= 1
    assert waiting == 0 and most <= 18


def test_what_cannot_be_read_fails_alone_and_in_its_place(tmp_path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    good = tmp_path / "good.png"
    Image.fromarray(flat(9)).save(good)
    model = VisionModel(Counter())
    answers = list(model.answer([(Normals(), good), (Normals(), broken), (Normals(), tmp_path / "none.png")] * 3))
    assert [isinstance(answer, ImageError) for answer in answers] == [False, True, True] * 3
    with pytest.raises(ImageError):
        list(model.answer([(Normals(), good), (Normals(), broken)], errors="raise"))
    with pytest.raises(TaskError, match="errors is 'return' or 'raise', not 'ignore'"):
        model.answer([], errors="ignore")


def test_a_spent_budget_ends_the_questions() -> None:
    class Poor(Counter):
        def paint(self, requests: Sequence[Request]) -> list[Painting]:
            if self.passes:
                raise CostError("nothing is left")
            return super().paint(requests)

    generator = Poor(batch_size=2)
    found = []
    with pytest.raises(CostError):
        for answer in VisionModel(generator).answer((Normals(), flat(k)) for k in range(9)):
            found.append(answer)
    assert len(found) == 2


def test_a_frame_buffer_may_be_written_again_while_its_answer_waits() -> None:
    def frames() -> Iterator:
        buffer = flat(0)
        for k in range(20):
            buffer[:] = k
            yield Normals(), buffer

    assert [level_of(answer) for answer in VisionModel(Counter()).answer(frames())] == list(range(20))


def test_questions_about_one_picture_share_its_canvas(tmp_path) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 70, 3), np.uint8)).save(path)
    generator = Counter()
    asked = [Depth(), Normals(), Semantic.of(["a", "b"]), Instance("dog"), Referring.of(["the dog"])]
    list(VisionModel(generator).answer((task, path) for task in asked))
    (requests,) = generator.passes
    assert len({id(request.images[0]) for request in requests}) == 1


def test_what_is_painted_before_the_budget_ends_is_answered() -> None:
    class Poor(Counter):
        left = 3

        def paint(self, requests: Sequence[Request]) -> list[Painting]:
            if len(requests) > self.left:
                raise CostError("nothing is left")
            self.left -= len(requests)
            return super().paint(requests)

    found = []
    with pytest.raises(CostError):
        for answer in VisionModel(Poor(batch_size=4)).answer((Normals(), flat(k)) for k in range(6)):
            found.append(level_of(answer))
    assert found == [0, 1, 2]


def test_what_was_asked_before_the_questions_break_off_is_answered() -> None:
    def questions() -> Iterator:
        yield from ((Normals(), flat(k)) for k in range(3))
        raise RuntimeError("the camera is gone")

    found = []
    with pytest.raises(RuntimeError, match="the camera is gone"):
        for answer in VisionModel(Counter()).answer(questions()):
            found.append(level_of(answer))
    assert found == [0, 1, 2]


def test_too_few_paintings_and_what_is_no_question_fail_in_their_place() -> None:
    class Short(Counter):
        def paint(self, requests: Sequence[Request]) -> list[Painting]:
            return super().paint(requests)[1:]

    assert all(isinstance(a, NoPictureError) for a in VisionModel(Short()).answer([(Normals(), flat(0))] * 6))
    questions = [(Normals(), flat(0)), Normals(), ("depth", flat(0)), (Normals(), flat(1))]
    kinds = [type(answer) for answer in VisionModel(Counter()).answer(questions)]
    assert kinds == [NormalMap, TypeError, TaskError, NormalMap]


def test_a_generator_without_reference_pictures_neither_answers_nor_edits() -> None:
    generator = Counter()
    generator.about = replace(generator.about, references=0)
    model = VisionModel(generator)
    for ask in (lambda: model.edit(flat(0), "make it night"), lambda: model.plan(Depth(), flat(0)),
                lambda: model.depth(flat(0)), lambda: model.answer([])):  # fmt: skip
        with pytest.raises(ModelError, match="takes no picture to look at"):
            ask()


def test_what_cannot_be_meant_is_said() -> None:
    model = VisionModel(Counter())
    for wrong in (["the cat"], None):
        with pytest.raises(LegendError, match="refer takes a sentence or a mapping"):
            model.refer(flat(0), wrong)
    with pytest.raises(PromptError, match="the instruction is empty"):
        model.run(Depth(), flat(0), instruction="  ")
    with pytest.raises(NoPictureError, match=r"uint8 \(0, 0, 3\)"):
        model.plan(Depth(), flat(0)).read([np.zeros((0, 0, 3), np.uint8)])


def test_a_plan_is_read_from_paintings_of_anybody() -> None:
    model = VisionModel(Counter())
    picture = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)
    plan = model.plan(Semantic.of(["road", "sky"]), picture, votes=3, seed=5)
    assert [request.seed for request in plan.requests] == [5, 6, 7]
    truth = np.zeros(plan.requests[0].size, np.int32)
    from cavendish import tasks

    answer = plan.read([tasks.parse(request.instruction).encode(truth) for request in plan.requests])
    assert answer.shape == (40, 50) and (answer.labels == 0).all() and answer.provenance.votes == 3
    with pytest.raises(NoPictureError, match="has 3 requests and was given 1 paintings"):
        plan.read([flat(0)])
    with pytest.raises(NoPictureError, match="is str, not uint8"):
        plan.read(["painting.png"] * 3)


def test_options_are_checked_before_anything_is_painted() -> None:
    generator = Counter()
    model = VisionModel(generator)
    with pytest.raises(TypeError, match="no option 'step'; the options are"):
        model.depth(flat(0), step=3)
    with pytest.raises(TaskError, match="check_presence is an option of instances, not of depth"):
        model.run(Depth(), flat(0), check_presence=True)
    with pytest.raises(TaskError, match="reason is an option of referring, not of depth"):
        model.run(Depth(), flat(0), reason=True)
    assert not generator.passes


def test_edits_are_painted_in_batches() -> None:
    generator = Counter()
    pictures = VisionModel(generator).edit([flat(k) for k in range(8)], "make it night")
    assert len(generator.passes) == 1
    assert [int(np.asarray(picture).mean()) for picture in pictures] == list(range(8))


def test_frames_are_painted_in_batches(tmp_path) -> None:
    frames = [Image.fromarray(flat(10 * k, (64, 64))) for k in range(8)]
    frames[0].save(tmp_path / "clip.tiff", save_all=True, append_images=frames[1:])
    generator = Counter()
    answers = list(VisionModel(generator).frames(tmp_path / "clip.tiff", "normals"))
    assert len(answers) == 8 and len(generator.passes) == 1
