"""What a model that sees must not forget: the checker on real renderings, prompts, edits, and the win rate."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cavendish.cli import app
from cavendish.errors import MetricError
from cavendish.evaluation.benchmarks import worlds_pictures
from cavendish.evaluation.color_check import named_color, standing_out
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.retention import compare
from cavendish.evaluation.runner import RunConfig, run
from cavendish.evaluation.scoring.pictures import ColorScorer, ColorTruth, EditScorer, EditTruth
from cavendish.generators import Recorder
from cavendish.model import VisionModel
from cavendish.worlds import sample
from cavendish.worlds.materials import COLORS, VIVID
from helpers.fake_services import Service
from helpers.perfect_painter import Artist, scene_with

SIZE, COUNT = 64, 4


@pytest.fixture(scope="module")
def named():
    """(true colour, pixels) of things in renderings whose main part is most of what is seen of them."""
    found = []
    for number in range(150):
        seen = sample("test", number, 96)
        for thing in seen.objects:
            mask = seen.instances == thing.id
            main = next(iter(thing.attributes["parts"].values()))["pixels"]
            if thing.attributes["color"] and mask.mean() >= 0.01 and main >= 0.6 * mask.sum():
                found.append((thing.attributes["color"], seen.image[mask]))
    return found


def test_the_checker_names_the_colours_of_real_renderings(named):
    vivid = [(color, named_color(pixels)) for color, pixels in named if color in VIVID]
    assert len(vivid) > 50
    assert np.mean([asked == found for asked, found in vivid]) > 0.85
    told = [(asked, found) for asked, found in vivid if found]  # not taken for gray, in the dark say
    assert np.mean([asked == found for asked, found in told]) > 0.93
    gray = [named_color(pixels) for color, pixels in named if color in ("gray", "black", "white")]
    assert np.mean([not found for found in gray]) > 0.75


def test_flat_paint_is_named_and_gray_is_not():
    for name in VIVID:
        for anchor in COLORS[name]:
            for light in (0.5, 1.0):
                assert named_color(np.full((9, 3), np.array(anchor) * 255 * light).astype(np.uint8)) == name
    assert named_color(np.full((9, 3), 128, np.uint8)) == "" == named_color(np.zeros((0, 3), np.uint8))


def test_what_stands_out_near_the_middle_is_found():
    for ground in ((170, 160, 150), (30, 60, 30), (110, 80, 60)):
        mask = standing_out(scene_with((200, 30, 30), ground=ground))
        assert mask[24:40, 24:40].mean() > 0.9 and mask.mean() < 0.12
    assert not standing_out(np.full((32, 32, 3), 90, np.uint8)).any()


def test_a_marked_region_goes_before_what_stands_out():
    picture = scene_with((200, 30, 30))
    picture[50:60, 4:20] = (30, 60, 200)
    alpha = np.zeros((64, 64), np.uint8)
    alpha[50:60, 4:20] = 255
    scorer = ColorScorer()

    def found(prediction):
        return scorer.measure(prediction, ColorTruth("car", "blue"), "checker")

    assert (found(picture)["found"], found(picture)["marked"]) == ("red", False)
    assert (found(np.dstack([picture, alpha]))["found"], found(np.dstack([picture, alpha]))["marked"]) == ("blue", True)
    assert found(np.dstack([picture, alpha * 0]))["found"] == "red"


def test_chance_is_what_the_same_pictures_get_for_other_prompts():
    rng = np.random.default_rng(0)
    asked, found = rng.choice(VIVID, 400), rng.choice(VIVID, 400)
    records = [{"asked": a, "found": f, "noun": "mug", "marked": True} for a, f in zip(asked, found)]
    values = ColorScorer().table(records, "checker").values()
    dealt = np.mean([np.mean(asked == rng.permutation(found)) for _ in range(400)])
    assert values["by chance"] == pytest.approx(dealt, abs=0.003)
    assert ColorScorer().table([{**r, "found": r["asked"]} for r in records], "checker").values()["right colour"] == 1


def test_edits_are_measured_by_the_way_to_the_truth():
    rng = np.random.default_rng(0)
    before = rng.integers(0, 256, (16, 16, 3), np.uint8)
    after = before.copy()
    after[4:8] = 255 - after[4:8]
    truth, scorer = EditTruth(before, after, "recolor"), EditScorer()

    def values(picture):
        return scorer.table([scorer.measure(picture, truth, "rendered")], "rendered").values()

    assert values(after)["change made"] == 1 and values(after)["distance"] == 0
    assert values(before)["change made"] == 0 and values(before)["distance where it should stay"] == 0
    assert values(255 - before)["change made"] < 0
    with pytest.raises(MetricError, match="but the truth is"):
        scorer.measure(before[:8], truth, "rendered")


def result_of(artist, tmp_path, name, judge=None):
    benchmark = worlds_pictures.benchmarks(SIZE)[name]
    answers = ModelAnswers(VisionModel(artist), benchmark, tmp_path / artist.about.name / name, {"seed": 0}, judge)
    return run(RunConfig(benchmark, tmp_path, answers, tmp_path / f"{artist.about.name}-{name}", limit=COUNT))


def test_prompts_and_edits_are_asked_of_a_model(tmp_path):
    artist = Artist()
    artist.know_prompts(COUNT)
    artist.know(worlds_pictures.benchmarks(SIZE)["edit"], COUNT)
    made = result_of(artist, tmp_path, "generate")
    assert made.values["right colour"] == 1 and made.values["region marked by a model"] == 1
    changed = result_of(artist, tmp_path, "edit")
    assert changed.values["change made"] == 1
    assert changed.baselines["picture left as it was"]["change made"] == 0


def test_the_tuned_model_is_compared_with_its_base(tmp_path):
    tuned, base = Artist("tuned", right=COUNT), Artist("base", right=1)
    for artist in (tuned, base):
        artist.know_prompts(COUNT)
    won = compare(result_of(tuned, tmp_path, "generate"), result_of(base, tmp_path, "generate"))
    assert (won.score.strict_a, won.score.strict_b, won.score.strict_tie) == (COUNT - 1, 0, 1)
    assert won.score.rate == (COUNT - 0.5) / COUNT
    same = compare(result_of(base, tmp_path, "generate"), result_of(base, tmp_path, "generate"))
    assert same.score.rate == 0.5 and same.score.tie_rate == 1
    tuned.know(worlds_pictures.benchmarks(SIZE)["edit"], COUNT)
    with pytest.raises(MetricError, match="cannot be compared"):
        compare(result_of(tuned, tmp_path, "edit"), result_of(base, tmp_path, "generate"))


@pytest.fixture
def service(monkeypatch):
    made = Service()
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    monkeypatch.setenv("OPENAI_BASE_URL", made.address + "/v1")
    yield made
    made.close()


def test_retention_by_the_command(tmp_path, service):
    for name, right in (("tuned", COUNT), ("base", 0)):
        artist = Artist(name, right)
        artist.know_prompts(COUNT)
        artist.know(worlds_pictures.benchmarks(SIZE)["edit"], COUNT)
        recorder = Recorder(artist, tmp_path / name)
        for task, benchmark in worlds_pictures.benchmarks(SIZE).items():
            answers = ModelAnswers(VisionModel(recorder), benchmark, tmp_path / "first" / name / task, {})
            for item in benchmark.samples(".", None, COUNT):
                answers(item)
        # The tuned model marks the things in its base's pictures, too.
        if name == "tuned":
            marker = recorder
    base = ModelAnswers(
        VisionModel(artist), worlds_pictures.benchmarks(SIZE)["generate"], tmp_path / "marks", {}, VisionModel(marker)
    )
    for item in base.benchmark.samples(".", None, COUNT):
        base(item)
    about = "native_size = [64, 64]\nreferences = 1"
    for name in ("tuned", "base"):
        (tmp_path / f"{name}.toml").write_text(
            f'[{name}]\nkind = "replay"\nrepository = "{tmp_path / name}"\n[{name}.about]\n{about}\n'
        )
    words = ["eval", "retention", "-m", tmp_path / "tuned.toml", "--base", tmp_path / "base.toml", "--limit", COUNT]
    done = CliRunner().invoke(
        app, [*map(str, words), "--size", str(SIZE), "-o", str(tmp_path / "out")], catch_exceptions=False
    )
    assert done.exit_code == 0, done.output
    generated, edited = json.loads((tmp_path / "out" / "retention.json").read_text())
    assert generated["rate"] == 1 and edited["rate"] == 0.5
    assert "Worlds prompts, automatic checker: win rate 1.000" in done.output

    def judged_by(judge):
        asked = [*map(str, words), "--size", str(SIZE), "-o", str(tmp_path / "out"), "--judge-model", judge]
        done = CliRunner().invoke(app, asked, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return json.loads((tmp_path / "out" / "retention.json").read_text()), done.output

    service.words = 'The left one. {"winner": "A"}'
    live, output = judged_by("openai:judge")
    assert [each["judge"] for each in live] == ["automatic checker", "openai:judge"] * 2
    assert (live[1]["rate"], live[1]["position_bias"], live[1]["strict_tie"]) == (0.5, 1.0, COUNT)
    assert "openai:judge: win rate 0.500" in output and "the picture shown first wins 1.000" in output
    said = [json.dumps(fields) for _, fields in service.seen]
    assert len(said) == 3 * COUNT  # both orders of the prompts; edits that both made alike look alike in both orders
    replayed, _ = judged_by(f"replay:{tmp_path / 'out' / 'replies-openai-judge.json'}")
    judged_by("openai:judge")
    assert len(service.seen) == len(said), "a recorded reply is not asked for again"
    assert [each | {"judge": ""} for each in replayed] == [each | {"judge": ""} for each in live]
