"""The same run on a Ray cluster gives the same numbers."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cavendish.cli import app
from cavendish.errors import MissingExtraError
from cavendish.evaluation import EvalConfig, evaluate
from cavendish.evaluation.benchmarks import worlds
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.ray_runner import run_on_ray
from cavendish.generators import Recorder
from cavendish.model import VisionModel
from helpers.perfect_painter import Painter

SIZE, COUNT = 64, 6


def test_without_ray_one_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cavendish\[ray\]'"):
        run_on_ray(print)


def test_the_parts_of_a_run_are_the_whole(tmp_path: Path, monkeypatch):
    """The workers' part of a run without Ray: one after the other, each with a model of its own."""
    painter = Painter()
    chosen = [worlds.benchmarks(SIZE)[name] for name in ("depth", "instances")]
    recorder = Recorder(painter, tmp_path / "recorded")
    for benchmark in chosen:
        painter.know(benchmark, COUNT)
        asked = ModelAnswers(VisionModel(recorder), benchmark, tmp_path / "first", {})
        for item in benchmark.samples(".", None, COUNT):
            asked(item)
    parts = []

    def in_turns(work, workers):
        for k in range(workers):
            work((k, workers))
            parts.append(len(list((tmp_path / "cluster").rglob("records/*.json"))))

    monkeypatch.setattr("cavendish.evaluation.evaluator.run_on_ray", in_turns)
    config = EvalConfig(benchmark="worlds", tasks=["depth", "instances"], size=SIZE, limit=COUNT,
                        model=f"replay:{tmp_path / 'recorded'}", out=tmp_path / "alone")  # fmt: skip
    evaluate(config)
    evaluate(replace(config, out=tmp_path / "cluster", ray=True, workers=2))
    assert 0 < parts[0] < parts[1] == 2 * COUNT
    for name in ("report.json", "report.md", "report.html"):
        assert (tmp_path / "cluster" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()


def test_several_workers_leave_what_one_would(tmp_path: Path, monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    benchmark = worlds.benchmarks(SIZE)["normals"]
    painter = Painter()
    painter.know(benchmark, COUNT)
    recorder = Recorder(painter, tmp_path / "recorded")
    asked = ModelAnswers(VisionModel(recorder), benchmark, tmp_path / "first", {})
    for item in benchmark.samples(".", None, COUNT):
        asked(item)

    def command(out: str, *more: str) -> None:
        words = ["eval", "worlds", "--tasks", "normals", "--size", str(SIZE), "--limit", str(COUNT), *more]
        words += ["-m", f"replay:{tmp_path / 'recorded'}", "-o", str(tmp_path / out)]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        run_on_ray(lambda part: (tmp_path / f"pid{part[0]}").write_text(str(os.getpid())), workers=2)
        command("cluster", "--ray", "--workers", "2")
    finally:
        ray.shutdown()
    assert str(os.getpid()) not in {(tmp_path / f"pid{k}").read_text() for k in range(2)}
    command("alone")
    for name in ("report.json", "report.md", "report.html"):
        assert (tmp_path / "cluster" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
