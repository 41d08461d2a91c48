"""Models asked the questions of a benchmark: answers are kept, runs resume, errors stay where they are."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cavendish.cli import app
from cavendish.errors import BenchmarkError, CavendishError, CostError, NoPictureError
from cavendish.evaluation import EvalConfig, evaluate, model_answers
from cavendish.evaluation.answer_cache import StoredAnswer, read_answer, read_note, write_answer
from cavendish.evaluation.benchmarks import BENCHMARKS, worlds, worlds_pictures
from cavendish.evaluation.benchmarks.base import Item
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.report.page import as_json, write_report
from cavendish.evaluation.runner import RunConfig, run, score_items
from cavendish.generators import Recorder
from cavendish.model import VisionModel
from cavendish.tasks import Depth
from helpers.perfect_painter import Painter

SIZE, COUNT = 64, 3


def answers(folder: Path, benchmark, painter: Painter, **options) -> ModelAnswers:
    return ModelAnswers(
        VisionModel(painter), benchmark, folder / benchmark.name / "predictions", {"seed": 0, **options}
    )


def measured(folder: Path, benchmark, painter: Painter, **options):
    asked = answers(folder, benchmark, painter, **options)
    return run(RunConfig(benchmark, Path(), asked, folder / benchmark.name, limit=COUNT))


@pytest.fixture(scope="module")
def painter() -> Painter:
    made = Painter()
    for benchmark in worlds.benchmarks(SIZE).values():
        made.know(benchmark, COUNT + 2)
    return made


@pytest.mark.parametrize("name", worlds.USUAL)
def test_a_perfect_model_gets_full_marks_and_is_asked_once(name, painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)[name]
    painter.asked.clear()
    first = measured(tmp_path, benchmark, painter)
    assert not first.errors and len(painter.asked) == COUNT
    value = first.values[first.headline]
    assert value < 0.5 if name == "normals" else value > 0.97
    again = measured(tmp_path, benchmark, painter)
    assert len(painter.asked) == COUNT and as_json([again]) == as_json([first])
    assert first.baselines.keys() == benchmark.baselines.keys()


def test_an_answer_that_cannot_be_taken_and_an_edit_that_cannot_be_planned_fail_alone(painter, tmp_path, monkeypatch):
    def failing(real, number):
        calls = iter(range(99))

        def run(*given):
            if next(calls) == number:
                raise BenchmarkError("not this one")
            return real(*given)

        return run

    monkeypatch.setattr(Depth, "prediction", failing(Depth.prediction, 1))
    result = measured(tmp_path, worlds.benchmarks(SIZE)["depth"], painter)
    assert [item.error for item in result.scored] == [None, "BenchmarkError: not this one", None]
    edits = worlds_pictures.benchmarks(SIZE)["edit"]
    painter.know(edits, COUNT)
    monkeypatch.setattr(model_answers, "plan_edit", failing(model_answers.plan_edit, 1))
    result = measured(tmp_path, edits, painter)
    assert [item.error for item in result.scored] == [None, "BenchmarkError: not this one", None]


def test_kept_answers_are_scored_again_without_the_model(painter, tmp_path):
    for name in worlds.USUAL:
        benchmark = worlds.benchmarks(SIZE)[name]
        first = measured(tmp_path, benchmark, painter)
        command = ["eval", "worlds", "--tasks", name, "--size", str(SIZE), "--limit", str(COUNT)]
        done = CliRunner().invoke(
            app, [*command, "--predictions", str(tmp_path), "-o", str(tmp_path / "again")], catch_exceptions=False
        )
        assert done.exit_code == 0, done.output
        (found,) = json.loads((tmp_path / "again" / "report.json").read_text())["runs"]
        assert found["values"] == as_json([first])["runs"][0]["values"]
        assert not found["errors"]


def test_whatever_the_answer_depends_on_makes_another_one(painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)["depth"]
    item = next(benchmark.samples("."))
    names = {answers(tmp_path, benchmark, painter, **o).identity(item) for o in ({}, {"votes": 2}, {"seed": 1})}
    other = Painter("other")
    names.add(answers(tmp_path, benchmark, other).identity(item))
    names.add(answers(tmp_path, worlds.benchmarks(SIZE)["normals"], painter).identity(item))
    for suits in ({"votes": {"depth": 2}}, {"steps": 3}, {"guidance": 2.0}):
        changed = Painter()
        changed.about = replace(changed.about, **suits)
        names.add(answers(tmp_path, benchmark, changed).identity(item))
    assert len(names) == 8
    assert answers(tmp_path, benchmark, painter, steps=None).identity(item) in names  # what is not said changes nothing


def test_a_picture_that_fails_is_counted_and_tried_again(painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)["depth"]
    second = list(benchmark.samples(".", None, COUNT))[1].read_image()

    def refuse(request):
        if (request.images[0] == second).all():
            raise NoPictureError("refused")

    painter.before = refuse
    try:
        result = measured(tmp_path, benchmark, painter)
    finally:
        painter.before = lambda request: None
    assert [item.error for item in result.errors] == ["NoPictureError: refused"]
    painter.asked.clear()
    assert not measured(tmp_path, benchmark, painter).errors and len(painter.asked) == 1


def test_money_is_counted_before_it_is_spent_and_its_end_stops_the_run(tmp_path, painter):
    dear = Painter(price=0.5)
    dear.known = painter.known
    benchmark = worlds.benchmarks(SIZE)["depth"]
    said: list[str] = []

    def evaluated(max_cost):
        config = EvalConfig(benchmark="worlds", tasks=["depth"], size=SIZE, model=VisionModel(dear), limit=COUNT,
                            options={"seed": 0}, max_cost=max_cost, out=tmp_path / "evaluated")  # fmt: skip
        return evaluate(config, notify=said.append)

    with pytest.raises(CostError, match=r"about \$1.50 of \$1.00 allowed"):
        evaluated(1.0)
    assert said == ["about 3 pictures of painter at $0.5: $1.50"] and not dear.asked
    assert evaluated(1.5).cost == 1.5 and len(dear.asked) == COUNT
    assert evaluated(0.0).cost == 0 and len(dear.asked) == COUNT  # nothing is left to paint
    assert answers(tmp_path, benchmark, dear, votes=2).paintings_left(benchmark.samples(".", None, COUNT)) == 6
    one = answers(tmp_path, benchmark, dear)
    one(next(benchmark.samples(".")))
    assert one.paintings_left(benchmark.samples(".", None, COUNT)) == COUNT - 1

    def spent(request):
        raise CostError("no more")

    dear.before = spent
    with pytest.raises(CostError, match="no more"):
        measured(tmp_path, benchmark, dear)


def test_changed_metrics_score_again_and_changed_painting_paints_again(painter, tmp_path, monkeypatch):
    benchmark = worlds.benchmarks(SIZE)["depth"]
    first = measured(tmp_path, benchmark, painter)
    painter.asked.clear()
    monkeypatch.setattr("cavendish.evaluation.runner.score_code", lambda: "another metric")
    monkeypatch.setattr(
        type(benchmark.scorer), "measure", lambda *_: {**first.scored[0].record, "delta1": 0.25, "abs_rel": 2.0}
    )
    assert measured(tmp_path, benchmark, painter).values["delta1"] == 0.25 and not painter.asked
    monkeypatch.undo()
    assert as_json([measured(tmp_path, benchmark, painter)]) == as_json([first]) and not painter.asked
    monkeypatch.setattr("cavendish.evaluation.model_answers.answer_code", lambda: "another network")
    measured(tmp_path, benchmark, painter)
    assert len(painter.asked) == COUNT


def test_what_earlier_versions_left_is_made_again(painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)["depth"]
    first = measured(tmp_path, benchmark, painter)
    for record in (tmp_path / benchmark.name / "records").iterdir():
        old = {"made_of": "0" * 64, "record": {}, "trivial": {}}
        record.write_text(json.dumps(old))
    (tmp_path / benchmark.name / "records" / f"{first.scored[0].key}.json").write_text("[]")
    assert as_json([measured(tmp_path, benchmark, painter)]) == as_json([first])


def test_a_benchmark_of_judgements_is_not_asked_of_a_model(painter, tmp_path):
    asked = answers(tmp_path, BENCHMARKS["genai-bench"], painter)
    item = Item("1", None, lambda: ("basic",), ("a mug",))
    with pytest.raises(BenchmarkError, match="GenAI-Bench measures stored judgements; score predictions instead"):
        asked(item)


def test_every_kind_of_answer_is_kept_as_it_is(tmp_path):
    painting = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    for answer in (np.ones((3, 3), bool), np.full((2, 2), np.nan, np.float32), [{"segmentation": {"size": [1, 1]}}]):
        write_answer(tmp_path / "deep" / "one.npz", StoredAnswer(answer, painting, {"made_of": "x"}))
        kept = read_answer(tmp_path / "deep" / "one.npz")
        assert (kept.painting == painting).all() and kept.note == {"made_of": "x"}
        np.testing.assert_array_equal(kept.answer, answer)
    (tmp_path / "half.npz").write_bytes((tmp_path / "deep" / "one.npz").read_bytes()[:50])
    assert read_note(tmp_path / "half.npz") == {} == read_note(tmp_path / "none.npz")


def test_the_page_shows_input_painting_decoded_truth_and_error(painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)["semantic"]
    result = measured(tmp_path, benchmark, painter)
    page = write_report([result], tmp_path).read_text()
    assert page.count("data:image/png;base64,") == 5 * COUNT
    for name in ("input", "painting", "decoded", "truth", "error", "largest class"):
        assert name in page
    assert "largest class" in (tmp_path / "report.md").read_text()
    baselines = json.loads((tmp_path / "report.json").read_text())["runs"][0]["baselines"]
    assert 0 < baselines["largest class"]["mIoU"] < 0.6


def test_parts_of_a_run_make_the_whole(painter, tmp_path):
    benchmark = worlds.benchmarks(SIZE)["normals"]
    whole = measured(tmp_path / "whole", benchmark, painter)
    asked = answers(tmp_path / "parts", benchmark, painter)
    for k in (1, 0):
        config = RunConfig(benchmark, Path(), asked, tmp_path / "parts" / benchmark.name, limit=COUNT)
        list(score_items([config], part=(k, 2)))
    painter.asked.clear()
    assert as_json([measured(tmp_path / "parts", benchmark, painter)]) == as_json([whole])
    assert not painter.asked


# --- the command -----------------------------------------------------------------------------------------------------


def command(*words: object):
    return CliRunner().invoke(app, ["eval", *map(str, words)], catch_exceptions=False)


def test_the_command_measures_a_model_and_prints_the_table(painter, tmp_path):
    recorder = Recorder(painter, tmp_path / "recorded")
    for name in ("depth", "absent"):
        benchmark = worlds.benchmarks(SIZE)[name]
        asked = ModelAnswers(VisionModel(recorder), benchmark, tmp_path / "first", {})
        for item in benchmark.samples(".", None, COUNT):
            asked(item)
    words = ("worlds", "--tasks", "depth,absent", "--limit", COUNT, "--size", SIZE, "-o", tmp_path / "out")
    done = command(*words, "-m", f"replay:{tmp_path / 'recorded'}")
    assert done.exit_code == 0, done.output
    assert "| Worlds depth, 64 px test | delta1 (higher is better) | worlds | 1.000 |" in done.output
    assert "empty mask 1.000; whole picture 0.0000" in done.output and "s a picture" in done.output
    assert json.loads((tmp_path / "out" / "timing.json").read_text())["worlds-depth"]["pictures"] == COUNT
    before = (tmp_path / "out" / "report.html").read_bytes()
    assert command(*words, "-m", f"replay:{tmp_path / 'recorded'}").exit_code == 0
    assert (tmp_path / "out" / "report.html").read_bytes() == before


def test_what_is_missing_is_said_in_one_sentence(tmp_path):
    cases = {
        ("nyu",): "NYUv2 needs its data: --root FOLDER. Get it from https",
        ("nyu", "--root", tmp_path / "no", "--predictions", tmp_path): "there is no folder .*no. Get the data from",
        ("nyu", "--root", tmp_path, "--predictions", tmp_path / "no"): "There are no predictions at",
        ("worlds", "--tasks", "depht"): "no measure 'depht'; choose of depth, normals",
        ("nothing",): "There is no benchmark 'nothing'",
        ("retention", "--model", "a"): "--model TUNED --base BASE",
        ("worlds", "--split", "val", "--predictions", tmp_path): "has no split 'val'; choose one of test",
        ("worlds", "--size", 4, "--predictions", tmp_path): "each side must have 16 to 8192",
    }
    for words, sentence in cases.items():
        with pytest.raises(CavendishError, match=sentence):
            command(*words)


def test_another_models_folder_is_measured_by_the_same_command(tmp_path):
    benchmark = worlds.benchmarks(SIZE)["normals"]
    for item in benchmark.samples(".", None, COUNT):
        np.save(tmp_path / f"{item.key}.npy", item.load_truth().vectors * (1, -1, -1))
    words = ("worlds", "--tasks", "normals", "--size", SIZE, "--limit", COUNT, "--predictions", tmp_path)
    assert command(*words, "--frame", "opencv", "-o", tmp_path / "out").exit_code == 0
    (found,) = json.loads((tmp_path / "out" / "report.json").read_text())["runs"]
    assert found["values"]["mean"] == pytest.approx(0, abs=0.02)


def test_the_same_from_python(painter, tmp_path):
    config = EvalConfig(benchmark="worlds", tasks=["depth", "absent"], size=SIZE, model=VisionModel(painter),
                        limit=COUNT, out=tmp_path)  # fmt: skip
    done = []
    found = evaluate(config, done.append)
    assert [result.benchmark.name for result in found.results] == ["worlds-depth", "worlds-absent"]
    assert len(done) == 2 * COUNT and found.page == tmp_path / "report.html" and found.page.is_file()
    assert found.seconds.keys() == {"worlds-depth", "worlds-absent"}
    assert "| Worlds depth, 64 px test |" in found.summary() and str(found.page) in found.summary()
    with pytest.raises(BenchmarkError, match="give a model by its name"):
        replace(config, ray=True)
    with pytest.raises(CostError, match="counted in one process"):
        EvalConfig(benchmark="worlds", ray=True, max_cost=1.0)


# --- a run that is killed ---------------------------------------------------------------------------------------------

RUN = """
import sys, time
from hashlib import sha256
from dataclasses import replace
from pathlib import Path
import numpy as np
from cavendish.evaluation.benchmarks import find_benchmark
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.runner import RunConfig, run
from cavendish.generators import About, Canvas, Painting
from cavendish.model import VisionModel
folder, out = Path(sys.argv[1]), Path(sys.argv[2])
class Slow:
    about = About(name="slow", revision="1", canvas=Canvas(min_side=16))
    def fits(self, instruction):
        return True
    def paint(self, requests):
        with (out / "log").open("a") as log:
            log.write(sha256(requests[0].images[0]).hexdigest() + "\\n")
        time.sleep(0.004)
        return [Painting(rgb=255 - request.images[0]) for request in requests]
ibims = find_benchmark("ibims")
answers = ModelAnswers(VisionModel(Slow()), ibims, out / "predictions", {})
from cavendish.evaluation.report.page import write_report
write_report([run(RunConfig(ibims, folder / "data", answers, out))], out)
"""


def test_killed_ten_times_nothing_is_painted_twice_but_the_picture_in_flight(tmp_path):
    from helpers.benchmark_folders import make_ibims

    make_ibims(tmp_path / "data", count=200)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    out = tmp_path / "out"
    out.mkdir()
    rng = np.random.default_rng(1)
    kills = 0

    def start(folder: Path) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path), str(folder)], env=environment)

    def kept() -> int:
        return len(list((out / "predictions").glob("*.npz"))) if (out / "predictions").is_dir() else 0

    while kills < 10:
        before, process = kept(), start(out)
        while process.poll() is None and kept() < before + 3:
            time.sleep(0.003)
        time.sleep(rng.uniform(0, 0.02))
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert start(out).wait() == 0
    painted = (out / "log").read_text().split()
    assert len(set(painted)) == 200 and len(painted) - 200 <= kills
    (tmp_path / "whole").mkdir()
    assert start(tmp_path / "whole").wait() == 0
    for name in ("report.json", "report.md", "report.html"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
