"""The Worlds benchmark: a perfect painter gets full marks, baselines get what they are worth."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cavendish.evaluation.benchmarks import find_benchmark, worlds
from cavendish.evaluation.metrics.depth import depth_score
from cavendish.evaluation.questions import prediction_of, tasks_of
from cavendish.evaluation.questions import score as score_pairs
from cavendish.evaluation.runner import RunConfig, run, run_together
from cavendish.worlds import sample
from helpers.mean_pictures import rendered
from helpers.perfect_painter import painting

MEASURES = list(worlds.USUAL)
SIZE, COUNT = 96, 12


@pytest.fixture(scope="module")
def asked():
    """The first items of every measure."""
    return {name: list(b.samples(".", "test", COUNT)) for name, b in worlds.benchmarks(SIZE).items()}


class Perfect:
    """Paints the truth and reads the painting as a model's would be."""

    def __init__(self, benchmark):
        self.benchmark = benchmark

    def describe(self):
        return "the truth, painted"

    def identity(self, item):
        return "truth"

    def __call__(self, item):
        (task,) = tasks_of(self.benchmark, item)
        return prediction_of(self.benchmark, item, [task], [task.decode(painting(self.benchmark, item))])


def score(benchmark, items, answer):
    protocol = benchmark.protocols[0]
    records = [benchmark.scorer.measure(answer(item), item.load_truth(), protocol) for item in items]
    json.dumps(records)
    return benchmark.scorer.table(records, protocol).values()


@pytest.mark.parametrize("name", MEASURES)
def test_a_perfect_painter_gets_full_marks(asked, name):
    benchmark = worlds.benchmarks(SIZE)[name]
    value = score(benchmark, asked[name], Perfect(benchmark))[benchmark.headline]
    if name == "normals":
        assert value < 0.5  # degrees: what 8 bits can say
    else:
        assert value > 0.999 or name == "instances"
        assert value > 0.97  # things that are all thin bars, such as a swing, are not read back from their paint


@pytest.mark.parametrize("name", MEASURES)
def test_what_is_asked_depends_on_the_scene_alone(asked, name):
    items = asked[name]
    again = worlds.benchmarks(SIZE)[name].items({items[5].key}, ".")[items[5].key]
    assert (again.query, again.ids, again.task, again.group) == (
        items[5].query, items[5].ids, items[5].task, items[5].group
    )  # fmt: skip
    assert (again.read_image() == items[5].read_image()).all()
    assert len({item.key for item in items}) == COUNT


def test_the_answers_baselines_get_what_they_are_worth(asked):
    made = worlds.benchmarks(SIZE)

    def baselines(name, which):
        return score(made[name], asked[name], lambda item: made[name].baselines[which](item.load_truth()))

    largest = [np.bincount(item.load_truth().ravel()).max() / SIZE**2 for item in asked["semantic"]]
    assert baselines("semantic", "largest class")["pixel accuracy"] == pytest.approx(np.mean(largest))
    areas = [np.mean(item.load_truth() > 0) for item in asked["referring"]]
    assert baselines("referring", "whole picture")["gIoU"] == pytest.approx(np.mean(areas))
    assert baselines("absent", "empty mask")["left empty"] == 1
    assert baselines("absent", "whole picture")["left empty"] == 0
    counts = np.array([len(item.load_truth().annotators[0]) for item in asked["instances"]])
    one = baselines("instances", "the true region as one mask")
    assert one["precision"] >= np.mean(counts == 1)
    assert one["recall"] < 0.9  # most questions have several instances
    assert 0.05 < baselines("depth", "median picture")["delta1"] < 0.6
    assert 20 < baselines("normals", "mean picture")["mean"] < 60


def test_legends_have_two_to_eight_classes_that_are_there_and_a_background(asked):
    for item in asked["semantic"]:
        assert item.query[-1] == "background" and 2 <= len(item.query) - 1 <= 8
        truth = item.load_truth()
        assert set(np.unique(truth)) <= set(item.ids) and set(item.ids) - {0} <= set(np.unique(truth))
        assert list(item.task.legend) == list(item.query)
    assert len({tuple(item.task.legend.values()) for item in asked["semantic"]}) > COUNT // 2


def test_absent_things_are_absent_and_meant_ones_are_there(asked):
    assert all(item.load_truth().any() for item in asked["referring"])
    assert not any(item.load_truth().any() for item in asked["absent"])


def test_a_sample_of_ones_own_can_be_measured_without_a_run():
    benchmark = find_benchmark("worlds-depth")
    seen = sample("train", 5, 64)
    item = worlds.question("depth", seen)
    (task,) = tasks_of(benchmark, item)
    answer = task.decode(painting(benchmark, item))
    record = benchmark.scorer.measure(prediction_of(benchmark, item, [task], [answer]), item.load_truth(), "worlds")
    valid = np.isfinite(seen.depth) & (seen.depth < 80)
    expected = depth_score(answer.metres[valid], seen.depth[valid])
    assert record["abs_rel"] == pytest.approx(expected.abs_rel, rel=1e-6)
    values = score_pairs(benchmark, [(item, answer)])
    assert values["abs_rel"] == record["abs_rel"]
    assert values["delta1"] > 0.999 and values["delta1 of median picture"] < 0.9


def test_a_scene_with_nothing_to_ask_about_is_passed_over():
    seen = sample("test", 0, 64)
    empty = replace(seen, expressions=(), objects=(), labels=np.zeros_like(seen.labels))
    assert [worlds.question(name, empty) for name in ("semantic", "referring", "absent", "instances")] == [None] * 4


def test_a_run_reports_what_no_skill_gets_on_the_same_items(tmp_path):
    benchmark = worlds.benchmarks(64)["semantic"]
    result = run(RunConfig(benchmark, tmp_path, Perfect(benchmark), tmp_path / "out", limit=3))
    again = run(RunConfig(benchmark, tmp_path, Perfect(benchmark), tmp_path / "out", limit=3))
    assert result.values["mIoU"] == 1 and result.baselines["largest class"]["mIoU"] < 0.5
    assert again.baselines == result.baselines


def test_the_pictures_of_the_baselines_are_those_of_the_scenes_as_they_are_now():
    for stored, made in zip(worlds.mean_pictures(), rendered()):
        np.testing.assert_allclose(stored, made, rtol=1e-5, atol=1e-6)


def test_a_scene_is_rendered_once_for_all_measures(monkeypatch, tmp_path):
    seen = []
    worlds.scene.cache_clear()
    monkeypatch.setattr("cavendish.worlds.sample", lambda *given, **more: seen.append(given) or sample(*given, **more))
    chosen = [worlds.benchmarks(64)[name] for name in worlds.USUAL]
    configs = [RunConfig(each, tmp_path, Perfect(each), tmp_path / each.name, limit=5) for each in chosen]
    alone = [run(config) for config in configs]
    worlds.scene.cache_clear()
    seen.clear()
    for config in configs:
        config.out = tmp_path / f"{config.benchmark.name}-together"
    together = run_together(configs)
    assert len(seen) == len(set(seen)) and len(seen) < 12
    assert [one.values for one in together] == [one.values for one in alone]
