"""mIoU against cityscapesscripts and against definitions written out pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.semantic import (
    CITYSCAPES,
    RULES,
    confusion,
    semantic_rule,
    semantic_score,
)


def official_cityscapes(folder, pairs):
    """Class IoUs and mean of the official script, run on PNG files."""
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as script

    args = script.CArgs()
    for name, value in vars(script.args).items():
        setattr(args, name, value)
    args.evalInstLevelScore = False  # the official instance part calls np.in1d, which NumPy no longer has
    args.JSONOutput, args.quiet = False, True
    predictions, truths = [], []
    for i, (prediction, truth) in enumerate(pairs):
        for kind, array, paths in (("pred", prediction, predictions), ("gt", truth, truths)):
            paths.append(str(folder / f"{kind}{i}.png"))
            Image.fromarray(array).save(paths[-1])
    result = script.evaluateImgLists(predictions, truths, args)
    return result["classScores"], result["averageScoreClasses"]


def scored(rule, pairs):
    rules = semantic_rule(rule)
    return semantic_score(sum(confusion(prediction, truth, rules.size) for prediction, truth in pairs), rules)


def test_cityscapes_worked_example():
    truth = np.array([[7, 7, 7, 7], [7, 7, 26, 26], [0, 0, 26, 26], [3, 3, 11, 11]], np.uint8)
    prediction = np.array([[7, 7, 7, 8], [7, 26, 26, 26], [7, 26, 26, 0], [11, 7, 11, 11]], np.uint8)
    score = scored("cityscapes", [(prediction, truth)])
    seen = {name: iou for name, iou in score.per_class.items() if not np.isnan(iou)}
    assert seen == pytest.approx({"road": 4 / 6, "sidewalk": 0.0, "building": 1.0, "car": 0.6})
    assert score.miou == pytest.approx(0.5666666666666667, abs=1e-12)


ADVERSARIAL = {
    "everything ignored": lambda rng: (rng.integers(0, 34, (9, 7)), np.zeros((9, 7))),
    "one pixel": lambda rng: (np.full((1, 1), 7), np.full((1, 1), 8)),
    "perfect": lambda rng: (np.tile(np.arange(34), (3, 1)),) * 2,
    "predicts only ignored ids": lambda rng: (np.zeros((8, 8)), rng.integers(0, 34, (8, 8))),
    "single class": lambda rng: (np.full((5, 5), 26), np.full((5, 5), 26)),
    "train ids by mistake": lambda rng: (rng.integers(0, 19, (16, 16)), rng.integers(7, 34, (16, 16))),
}


@pytest.mark.parametrize("case", ADVERSARIAL)
def test_cityscapes_adversarial_equals_the_official_script(case, tmp_path):
    pair = tuple(np.asarray(a, np.uint8) for a in ADVERSARIAL[case](np.random.default_rng(0)))
    classes, mean = official_cityscapes(tmp_path, [pair])
    score = scored("cityscapes", [pair])
    assert score.miou == pytest.approx(mean, abs=1e-9, nan_ok=True)
    assert score.per_class == pytest.approx({name: classes[name] for name in CITYSCAPES}, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("seed", range(8))
def test_cityscapes_random_equals_the_official_script(seed, tmp_path):
    rng = np.random.default_rng(seed)
    ids = rng.choice(34, size=rng.integers(2, 34), replace=False)
    pairs = []
    for _ in range(3):
        truth = rng.choice(ids, size=rng.integers(1, 60, 2)).astype(np.uint8)
        noise = rng.random(truth.shape) < rng.random()
        pairs.append((np.where(noise, rng.choice(34, size=truth.shape), truth).astype(np.uint8), truth))
    classes, mean = official_cityscapes(tmp_path, pairs)
    score = scored("cityscapes", pairs)
    assert score.miou == pytest.approx(mean, abs=1e-9)
    assert score.per_class == pytest.approx({name: classes[name] for name in CITYSCAPES}, abs=1e-9, nan_ok=True)


def test_ade20k_worked_example():
    truth, prediction = np.array([1, 1, 2, 0, 3, 3]), np.array([1, 2, 2, 3, 3, 0])
    rule = replace(semantic_rule("ade20k"), size=4, ids=(1, 2, 3))
    score = semantic_score(confusion(prediction, truth, 4), rule)
    assert list(score.per_class.values()) == pytest.approx([0.5, 0.5, 0.5])
    assert score.miou == pytest.approx(0.5)


def test_ade20k_absent_class_counts_zero_and_cityscapes_leaves_it_out():
    truth = np.array([[1, 1]])
    assert scored("ade20k", [(truth, truth)]).miou == pytest.approx(1 / 150)
    assert scored("cityscapes", [(truth + 6, truth + 6)]).miou == 1.0


@given(st.integers(0, 10_000))
def test_ade20k_equals_its_definition(seed):
    rng = np.random.default_rng(seed)
    truth, prediction = rng.integers(0, 151, (2, 20, 20))
    counted = np.where(truth == 0, 0, prediction)
    iou = []
    for c in range(1, 151):
        hits = np.sum((counted == c) & (truth == c))
        union = np.sum(counted == c) + np.sum(truth == c) - hits
        iou.append(hits / (union + np.spacing(1)))
    assert scored("ade20k", [(prediction, truth)]).miou == pytest.approx(np.mean(iou), abs=1e-12)


def test_coco_object_counts_the_background_as_a_class():
    truth = np.array([[0, 0, 0, 5]])
    prediction = np.array([[0, 0, 5, 5]])
    score = scored("coco-object", [(prediction, truth)])
    assert score.per_class["0"] == pytest.approx(2 / 3)
    assert score.per_class["5"] == pytest.approx(1 / 2)
    assert score.miou == pytest.approx((2 / 3 + 1 / 2) / 2)


@given(st.integers(0, 10_000), st.integers(2, 300))
def test_confusion_equals_counting_pixel_by_pixel(seed, size):
    rng = np.random.default_rng(seed)
    truth, prediction = rng.integers(0, size, (2, 6, 7))
    expected = np.zeros((size, size), int)
    for t, p in zip(truth.ravel(), prediction.ravel()):
        expected[t, p] += 1
    assert (confusion(prediction, truth, size) == expected).all()


def test_confusion_over_several_blocks():
    rng = np.random.default_rng(1)
    truth, prediction = rng.integers(0, 34, (2, 300, 700)).astype(np.uint8)
    expected = np.zeros((34, 34), int)
    np.add.at(expected, (truth, prediction), 1)
    assert (confusion(prediction, truth, 34) == expected).all()


def test_the_order_of_pictures_does_not_matter_and_the_total_is_not_a_mean_of_means():
    big = (np.full((10, 10), 7), np.full((10, 10), 7))
    small = (np.array([[8]]), np.array([[7]]))
    one, other = scored("cityscapes", [big, small]), scored("cityscapes", [small, big])
    assert one.per_class == pytest.approx(other.per_class, abs=0, nan_ok=True)
    assert one.per_class["road"] == pytest.approx(100 / 101)


@pytest.mark.parametrize("rule", RULES)
def test_unknown_ids_and_sizes_get_a_sentence(rule):
    size = semantic_rule(rule).size
    with pytest.raises(MetricError, match="must lie in"):
        confusion(np.full((2, 2), 255, np.uint8), np.ones((2, 2), np.uint8), size)
    with pytest.raises(MetricError, match="must lie in"):
        confusion(np.full((2, 2), -1), np.ones((2, 2), int), size)
    with pytest.raises(MetricError, match="2 x 3"):
        confusion(np.ones((2, 3), np.uint8), np.ones((2, 2), np.uint8), size)
    with pytest.raises(MetricError, match="no semantic rule"):
        semantic_rule("pascal")


def test_only_evaluated_classes_have_a_number():
    assert len(CITYSCAPES) == 19
    assert set(semantic_score(np.eye(34, dtype=np.int64), semantic_rule("cityscapes")).per_class) == set(CITYSCAPES)
