"""A benchmark asked of a hosted model over the real SDK and a local server: many pictures at once, each by itself."""

import os
import signal
import subprocess
import sys
import time

import pytest

import cavendish
from cavendish.errors import CostError
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.report.page import as_json
from cavendish.evaluation.runner import RunConfig, run
from helpers.benchmark_folders import make_ibims
from helpers.fake_services import Service, error_body

COUNT = 6


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    made = Service()
    yield made
    made.close()


@pytest.fixture
def data(tmp_path):
    make_ibims(tmp_path / "data", count=COUNT)
    return tmp_path / "data"


def opened(service, folder, **options):
    usual = {"cache": folder / "cache", "backoff": 0.01, "timeout": 5.0, "attempts": 2}
    return cavendish.load("openai:gpt-image-1", base_url=service.address + "/v1", **{**usual, **options})


def measured(service, data, folder, votes=1, **options):
    answers = ModelAnswers(opened(service, folder, **options), BENCHMARKS["ibims"], folder / "kept", {"votes": votes})
    return run(RunConfig(BENCHMARKS["ibims"], data, answers, folder / "out"))


def test_several_pictures_are_asked_about_at_once_and_the_numbers_are_the_same(service, data, tmp_path):
    service.delay = 0.2
    together = measured(service, data, tmp_path / "together", concurrency=3)
    assert service.most_at_once == 3 and len(service.seen) == COUNT
    service.delay, service.most_at_once = 0.0, 0
    alone = measured(service, data, tmp_path / "alone", concurrency=1)
    assert service.most_at_once == 1 and len(service.seen) == 2 * COUNT
    assert as_json([together]) == as_json([alone]) and not together.errors
    measured(service, data, tmp_path / "together", concurrency=3, cache=False)
    assert len(service.seen) == 2 * COUNT  # what is kept is not asked again


def test_votes_stay_within_the_same_bound(service, data, tmp_path):
    service.delay = 0.05
    assert not measured(service, data, tmp_path, votes=3, concurrency=2).errors
    assert service.most_at_once == 2 and len(service.seen) == 3 * COUNT


def test_a_refused_picture_fails_alone_and_the_others_are_not_paid_twice(service, data, tmp_path):
    model = opened(service, tmp_path)
    refusal = (400, {}, error_body(model, 400, "Your request was rejected by the safety system", "moderation_blocked"))
    service.script = [None, refusal]
    result = measured(service, data, tmp_path, concurrency=1)
    assert [item.key for item in result.errors] == ["room_001"] and "RefusedError" in result.errors[0].error
    assert len(service.seen) == COUNT
    assert not measured(service, data, tmp_path, concurrency=1).errors  # it is tried again, alone
    assert len(service.seen) == COUNT + 1


def test_money_that_does_not_last_is_spent_to_the_last_picture(service, data, tmp_path):
    with pytest.raises(CostError):
        measured(service, data, tmp_path, price=0.1, max_cost=0.3)
    assert len(service.seen) == 3
    assert not measured(service, data, tmp_path, price=0.1, max_cost=0.3).errors
    assert len(service.seen) == COUNT


RUN = """
import sys
from pathlib import Path
import cavendish
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.report.page import write_report
from cavendish.evaluation.runner import RunConfig, run
data, folder, address = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
model = cavendish.load("openai:gpt-image-1", base_url=address + "/v1", cache=folder / "cache", concurrency=2)
answers = ModelAnswers(model, BENCHMARKS["ibims"], folder / "kept", {})
write_report([run(RunConfig(BENCHMARKS["ibims"], data, answers, folder / "out"))], folder / "out")
"""


def test_killed_runs_ask_nothing_twice_but_what_was_in_flight(service, tmp_path):
    count, kills = 24, 3
    make_ibims(tmp_path / "data", count=count)
    service.delay = 0.1
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    def start(folder):
        words = [sys.executable, "-c", RUN, tmp_path / "data", tmp_path / folder, service.address]
        return subprocess.Popen([str(word) for word in words], env=environment)

    for _ in range(kills):
        before, process = len(service.seen), start("killed")
        while process.poll() is None and len(service.seen) < before + 5:
            time.sleep(0.01)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start("killed").wait() == 0
    assert count <= len(service.seen) <= count + 2 * kills
    assert start("whole").wait() == 0
    for name in ("report.json", "report.md", "report.html"):
        assert (tmp_path / "killed/out" / name).read_bytes() == (tmp_path / "whole/out" / name).read_bytes()
