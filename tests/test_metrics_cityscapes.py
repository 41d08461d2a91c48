"""Class and category IoU and iIoU against cityscapesscripts as it runs by default, and against hand-made numbers."""

import numpy as np
import pytest
from PIL import Image

from cavendish.errors import MetricError
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.metrics.cityscapes import CATEGORIES, INSTANCE_SIZES, class_iiou, tally
from cavendish.evaluation.metrics.semantic import CITYSCAPES
from cavendish.evaluation.predictions import StoredPredictions
from cavendish.evaluation.report.page import as_json, as_markdown, write_report
from cavendish.evaluation.runner import RunConfig, run
from cavendish.evaluation.scoring.cityscapes import CityscapesScorer, CityscapesTruth
from helpers.benchmark_folders import gray, make_cityscapes


@pytest.fixture
def official(tmp_path, monkeypatch):
    """The official script's results with its default settings, on PNG files."""
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as script

    monkeypatch.setattr(np, "in1d", np.isin, raising=False)  # the script calls it by the name that NumPy has dropped

    def evaluate(pictures):
        args = script.CArgs()
        vars(args).update(vars(script.args))
        args.evalInstLevelScore, args.JSONOutput, args.quiet = True, False, True
        predictions, truths = [], []
        for i, (prediction, labels, instances) in enumerate(pictures):
            predictions.append(str(tmp_path / f"{i}_pred.png"))
            truths.append(str(tmp_path / f"{i}_labelIds.png"))
            Image.fromarray(prediction).save(predictions[-1])
            Image.fromarray(labels).save(truths[-1])
            Image.fromarray(instances).save(tmp_path / f"{i}_instanceIds.png")
        return script.evaluateImgLists(predictions, truths, args)

    return evaluate


def ours(pictures):
    scorer = CityscapesScorer()
    records = [scorer.measure(p, CityscapesTruth(labels, instances), "cityscapes") for p, labels, instances in pictures]
    return scorer.table(records, "cityscapes")


def assert_equal(pictures, official):
    result, table = official(pictures), ours(pictures)
    expected = {
        "mIoU": result["averageScoreClasses"],
        "class iIoU": result["averageScoreInstClasses"],
        "category IoU": result["averageScoreCategories"],
        "category iIoU": result["averageScoreInstCategories"],
    }
    values = table.values()
    assert {name: values[name] for name in expected} == pytest.approx(expected, abs=1e-9, nan_ok=True)
    breakdown = table.breakdown()
    for title, scores, names in (
        ("IoU per class", "classScores", CITYSCAPES),
        ("iIoU per class", "classInstScores", INSTANCE_SIZES),
        ("IoU per category", "categoryScores", CATEGORIES),
        ("iIoU per category", "categoryInstScores", ("human", "vehicle")),
    ):
        rows = {name: result[scores][name] for name in names}
        assert breakdown[title] == pytest.approx(rows, abs=1e-9, nan_ok=True)
        others = [score for name, score in result[scores].items() if name not in names]
        assert np.isnan(others).all()  # what we leave out has no number there either


def scene(rng, shape, noise):
    """Label ids, instance ids (patches with instances, crowds among them) and a prediction with `noise`."""
    cell = max(1, min(shape) // 8)
    patches = rng.integers(0, 34, (shape[0] // cell + 1, shape[1] // cell + 1))
    numbered = np.where(
        (patches >= 24) & (rng.random(patches.shape) < 0.8), patches * 1000 + rng.integers(0, 4), patches
    )
    labels, instances = (np.kron(a, np.ones((cell, cell), int))[: shape[0], : shape[1]] for a in (patches, numbered))
    wrong = rng.random(shape) < noise
    prediction = np.where(wrong, rng.integers(0, 34, shape), np.roll(labels, rng.integers(0, 3, 2), (0, 1)))
    return prediction.astype(np.uint8), labels.astype(np.uint8), instances.astype(np.uint16)


@pytest.mark.parametrize("seed", range(8))
def test_random_scenes_equal_the_official_script(seed, official):
    rng = np.random.default_rng(seed)
    pictures = [scene(rng, rng.integers(1, 90, 2), rng.choice([0, 0.1, 1])) for _ in range(3)]
    assert_equal(pictures, official)


def flat(prediction, labels, instances):
    return np.array(prediction, np.uint8), np.array(labels, np.uint8), np.array(instances, np.uint16)


ADVERSARIAL = {
    "no instances": flat([[7, 26]], [[7, 26]], [[7, 26]]),
    "one pixel that is an instance": flat([[24]], [[24]], [[24000]]),
    "missed, and taken for an ignored class of its category": flat([[29, 30]], [[26, 27]], [[26001, 27000]]),
    "ignored instances": flat([[26, 26, 7]], [[29, 30, 1]], [[29001, 30001, 1001]]),
    "crowds are no instances": flat([[24, 26, 26]], [[24, 26, 26]], [[24, 26, 26000]]),
    "ids at the border": flat([[7, 8, 33]], [[1, 1, 33]], [[1000, 1999, 33999]]),
    "instances where the labels say otherwise": flat(
        [[24, 7], [24, 26]], [[7, 7], [26, 26]], [[24001, 24001], [7, 26]]
    ),
    "one instance in two pieces": flat([[24, 0, 24, 8]], [[24, 7, 24, 24]], [[24005, 7, 24005, 24005]]),
    "nothing is evaluated": flat([[0, 4]], [[0, 4]], [[0, 4]]),
    "pixel by pixel": flat(*np.random.default_rng(0).choice([24, 25, 26], (2, 40, 40)), np.full((40, 40), 25003)),
}


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_adversarial_maps_equal_the_official_script(case, official):
    assert_equal([ADVERSARIAL[case]], official)


def test_a_small_instance_weighs_as_much_as_a_large_one():
    instances = np.full((10, 10), 26001)
    instances[0, 0] = 26002  # one pixel, which is missed
    prediction = np.full((10, 10), 26)
    prediction[0, 0] = 7
    labels = np.full((10, 10), 26)
    score = class_iiou(*tally(prediction, labels, instances))
    assert score["car"] == pytest.approx(0.5)


def test_instances_that_cannot_be_get_a_sentence():
    seven = np.full((2, 2), 7)
    with pytest.raises(MetricError, match="must have one size, not 2 x 2, 2 x 2, 1 x 2"):
        tally(seven, seven, np.zeros((1, 2), int))
    for strange in (7001, 34000):
        with pytest.raises(MetricError, match=f"an instance {strange}, but no class {strange // 1000}"):
            tally(seven, seven, np.full((2, 2), strange))


def test_without_instance_ids_there_is_no_iiou_and_the_report_says_so_once(tmp_path):
    make_cityscapes(tmp_path / "data")
    ids = sorted((tmp_path / "data" / "gtFine").rglob("*_instanceIds.png"))
    kept = ids[0].read_bytes()
    ids[0].unlink()
    for item in BENCHMARKS["cityscapes"].samples(tmp_path / "data"):
        gray(tmp_path / "predictions" / f"{item.key}.png", item.load_truth().labels)

    def measure():
        answers = StoredPredictions(tmp_path / "predictions", "labels")
        result = run(RunConfig(BENCHMARKS["cityscapes"], tmp_path / "data", answers, tmp_path / "out"))
        page = write_report([result], tmp_path / "out")
        return result, page.read_text()

    result, page = measure()
    assert result.values == {"mIoU": 1.0, "pixel accuracy": 1.0, "category IoU": 1.0}
    assert as_markdown([result]).count("no iIoU") == page.count("no iIoU") == 1
    assert len(as_json([result])["runs"][0]["notes"]) == 1
    ids[0].write_bytes(kept)
    result, page = measure()  # what was measured without them is measured again
    assert {"class iIoU", "category iIoU"} < set(result.values) and "iIoU per class" in page
    assert not result.notes and "no iIoU" not in page
