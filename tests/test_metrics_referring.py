"""cIoU and gIoU in each project's rules: the worked samples, the traps, and the definitions pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.referring import PROTOCOLS, pixel_areas, referring_score, sample_ious


def row(digits):
    return np.array([[255 if c == "i" else int(c) for c in digits]], np.uint8)


SAMPLES = [("11100011", "110010ii"), ("0000", "0000"), ("1000", "0000"), ("1111", "1111")]


def ciou_giou(areas, protocol):
    return referring_score(np.reshape(areas, (-1, 2)).astype(int), protocol, np.ones(len(areas), int))


def sample_iou(areas, protocol):
    return sample_ious(np.array([areas]), protocol)[0]


def sample_areas(protocol):
    return [pixel_areas(row(p).astype(bool), row(t), protocol) for p, t in SAMPLES]


def test_worked_samples_in_lisas_rules():
    found = sample_areas("lisa")
    assert found[0] == (2, 4)
    ious = [sample_iou(areas, "lisa") for areas in found]
    assert ious == pytest.approx([0.499999, 1.0, 0.0, 0.9999975], abs=5e-7)
    ciou, giou = ciou_giou(found, "lisa")
    assert giou == pytest.approx(0.624998, abs=5e-7)
    assert ciou == pytest.approx(6 / 9, abs=1e-9)


def test_worked_samples_in_the_other_rules():
    assert sample_areas("seg-zero")[0] == (4, 6)
    assert sample_iou(sample_areas("seg-zero")[1], "seg-zero") == 0.0
    assert sample_iou(sample_areas("x-sam")[1], "x-sam") == 1.0
    assert ciou_giou(sample_areas("x-sam"), "x-sam")[1] == pytest.approx(0.625, abs=1e-12)
    # Empty counts 0, with LISA's ignored pixels: the second worked number.
    excluded = [(2, 4), (0, 0), (0, 1), (4, 4)]
    assert ciou_giou(excluded, "lavt")[1] == pytest.approx(0.375, abs=1e-12)


def test_refcoco_worked_ratio():
    assert ciou_giou([(80, 100), (10, 200)], "lavt") == pytest.approx((0.30, 0.425), abs=1e-12)


def test_overlapping_polygons_of_one_object():
    truth = np.zeros((10, 20), np.uint8)
    truth[:, 0:10] += 1
    truth[:, 5:15] += 1  # 50 pixels under two polygons
    perfect = truth > 0
    assert pixel_areas(perfect, truth, "lisa") == (150, 150)
    assert sample_iou(pixel_areas(perfect, truth, "lisa-overlap"), "lisa-overlap") == pytest.approx(0.6667, abs=5e-5)
    assert sample_iou(pixel_areas(perfect, truth, "lavt"), "lavt") == pytest.approx(0.6667, abs=5e-3)


def lisa_as_published(samples):
    """LISA's intersectionAndUnion with two-bin histograms and its meters, for truth in {0, 1, 255}."""
    inter_sum, union_sum, acc = np.zeros(2), np.zeros(2), np.zeros(2)
    for prediction, truth in samples:
        output = prediction.astype(int).ravel()
        target = truth.astype(int).ravel()
        output[target == 255] = 255
        hist = [np.array([(x == 0).sum(), (x == 1).sum()], float) for x in (output[output == target], output, target)]
        union = hist[1] + hist[2] - hist[0]
        inter_sum, union_sum = inter_sum + hist[0], union_sum + union
        acc += hist[0] / (union + 1e-5)
        acc[union == 0] += 1
    return (inter_sum / (union_sum + 1e-10))[1], (acc / (len(samples) + 1e-5))[1]


@given(st.integers(0, 100_000))
def test_lisa_equals_its_published_arithmetic(seed):
    rng = np.random.default_rng(seed)
    samples = []
    for _ in range(rng.integers(1, 6)):
        shape = rng.integers(1, 12, 2)
        truth = rng.choice([0, 1, 255], size=shape, p=rng.dirichlet([1, 1, 1])).astype(np.uint8)
        prediction = rng.random(shape) < rng.choice([0, 0.5, 1])
        samples.append((prediction, truth))
    score = ciou_giou([pixel_areas(p, t, "lisa") for p, t in samples], "lisa")
    assert score == pytest.approx(lisa_as_published(samples), abs=1e-9)


def test_lavt_measures_on_a_square_canvas():
    # A tall picture: what covers half of its rows covers half of the canvas, whatever its own area.
    truth = np.zeros((960, 240), np.uint8)
    truth[:480] = 1
    assert pixel_areas(np.ones_like(truth, bool), truth, "lavt") == (480 * 240, 480 * 480)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_perfect_mask_scores_one_and_nothing_scores_zero(protocol):
    truth = np.zeros((30, 40), np.uint8)
    truth[5:20, 8:30] = 1
    for mask, value in ((truth == 1, 1.0), (np.zeros_like(truth, bool), 0.0)):
        score = ciou_giou([pixel_areas(mask, truth, protocol)], protocol)
        assert score == pytest.approx((value, value), abs=1e-4)


def test_everything_ignored_and_one_pixel():
    ignored = np.full((3, 3), 255, np.uint8)
    assert pixel_areas(np.ones((3, 3), bool), ignored, "lisa") == (0, 0)
    assert pixel_areas(np.ones((1, 1), bool), np.ones((1, 1), np.uint8), "lisa") == (1, 1)
    assert np.isnan(ciou_giou([], "lisa")[1])
    assert ciou_giou([(0, 0)], "lisa")[0] == 0.0


def test_wrong_sizes_and_names_get_a_sentence():
    with pytest.raises(MetricError, match="predict at the true size"):
        pixel_areas(np.ones((2, 3), bool), np.ones((3, 2), np.uint8), "lisa")
    with pytest.raises(MetricError, match="choose one of lisa"):
        ciou_giou([], "lise")
