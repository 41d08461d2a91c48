"""A language model as judge of pairs: both orders, replies that are recorded, and what it does not answer."""

import numpy as np
import pytest

from cavendish.assistant import Assistant, Recorded, open_assistant
from cavendish.errors import GeneratorError, MetricError
from cavendish.evaluation.benchmarks import worlds_pictures
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.retention import compare_by
from cavendish.evaluation.runner import RunConfig, run
from cavendish.evaluation.vlm_judge import GAP, judged, side_by_side
from cavendish.model import VisionModel
from helpers.perfect_painter import Artist

SIZE, COUNT = 64, 4

BENCHMARK = worlds_pictures.benchmarks(SIZE)["generate"]


def brighter(image, text):
    """A fair judge of two squares: the brighter one."""
    assert "A on the left, B on the right" in text
    left, right = (float(half.mean()) for half in (image[:, :SIZE], image[:, -SIZE:]))
    return '{"winner": "%s"}' % ("tie" if left == right else "A" if left > right else "B")


def gray(level, shape=(SIZE, SIZE)):
    return np.full((*shape, 3), level, np.uint8)


def test_a_fair_judge_says_the_same_in_both_orders():
    judge = Assistant("fair", brighter)
    assert judged(judge, "a mug", gray(200), gray(100)) == ("A", "A")
    assert judged(judge, "a mug", gray(100), gray(200)) == ("B", "B")
    assert judged(judge, "a mug", gray(100), gray(100)) == ("tie", "tie")


def test_a_judge_that_likes_the_left_and_one_that_rambles():
    left = Assistant("left", lambda image, text: '<think>{"winner": "B"}</think> {"winner": "A"}')
    assert judged(left, "a mug", gray(1), gray(2)) == ("A", "B")
    assert judged(Assistant("x", lambda image, text: "Both are fine."), "a", gray(1), gray(2)) == ("unparsable",) * 2


def test_an_edit_is_shown_behind_its_original_and_swapped_without_it():
    seen = []

    def look(image, text):
        seen.append([int(image[0, k * (SIZE + GAP)].mean()) for k in range(3)])
        return '{"winner": "tie"}'

    judged(Assistant("x", look), "make it red", gray(10), gray(20), gray(5))
    assert seen == [[5, 10, 20], [5, 20, 10]]


def test_pictures_of_other_sizes_are_brought_to_one_height():
    row = side_by_side([gray(0, (10, 20)), gray(0, (40, 20))])
    assert row.shape == (40, 80 + GAP + 20, 3)


def runs(tmp_path):
    found = []
    for name, right in (("tuned", COUNT), ("base", 1)):
        artist = Artist(name, right)
        artist.know_prompts(COUNT)
        answers = ModelAnswers(VisionModel(artist), BENCHMARK, tmp_path / name / "kept", {"seed": 0})
        found.append((run(RunConfig(BENCHMARK, tmp_path, answers, tmp_path / name, limit=COUNT)), answers))
    return zip(*found)


def test_two_models_are_judged_and_the_replies_replayed(tmp_path):
    (tuned, base), pictures = runs(tmp_path)

    recorded = Assistant("judge", Recorded(tmp_path / "replies.json", brighter))
    live = compare_by(recorded, tuned, base)
    brightness = [[float(source(item)[..., :3].mean()) for source in pictures]
                  for item in BENCHMARK.samples(tmp_path, None, COUNT)]  # fmt: skip
    points = [0.5 if a == b else float(a > b) for a, b in brightness]
    assert live.score.rate == np.mean(points) and live.score.items == COUNT and live.score.strict_tie >= 1
    assert live.score.position_bias == 0.5 and live.judge == "judge"
    replayed = compare_by(open_assistant(f"replay:{tmp_path / 'replies.json'}"), tuned, base)
    assert replayed.score == live.score


def test_what_cannot_be_judged_is_left_out_and_named(tmp_path):
    (tuned, base), _ = runs(tmp_path)
    calls = iter(range(100))

    def sometimes(image, text):
        if next(calls) == 0:
            raise GeneratorError("the judge is asleep")
        return '{"winner": "A"}'

    found = compare_by(Assistant("judge", sometimes), tuned, base)
    assert found.score.items == COUNT - 1 and list(found.errors.values()) == ["the judge is asleep"]
    assert "1 items not judged, the first: the judge is asleep" in found.line()

    def never(image, text):
        raise GeneratorError("the judge is asleep")

    with pytest.raises(MetricError, match="judged none of 4 items; the judge is asleep"):
        compare_by(Assistant("judge", never), tuned, base)
