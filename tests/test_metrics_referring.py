"""cIoU and gIoU in each project's rules: the worked samples, the traps, and the definitions pixel by pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.referring import (
    PROTOCOLS,
    ReferringRecord,
    pixel_areas,
    referring_record,
    sample_ious,
)
from cavendish.evaluation.metrics.referring import referring_score as score_areas


def row(digits):
    return np.array([[255 if c == "i" else int(c) for c in digits]], np.uint8)


SAMPLES = [("11100011", "110010ii"), ("0000", "0000"), ("1000", "0000"), ("1111", "1111")]


def referring_score(found, protocol):
    return score_areas(pixel_areas(found), protocol)


def sample_iou(record, protocol):
    return sample_ious(pixel_areas([record]), protocol)[0]


def records(protocol):
    return [referring_record(row(p).astype(bool), row(t), protocol) for p, t in SAMPLES]


def test_worked_samples_in_lisas_rules():
    found = records("lisa")
    assert found[0] == ReferringRecord(2, 4)
    ious = [sample_iou(record, "lisa") for record in found]
    assert ious == pytest.approx([0.499999, 1.0, 0.0, 0.9999975], abs=5e-7)
    score = referring_score(found, "lisa")
    assert score.giou == pytest.approx(0.624998, abs=5e-7)
    assert score.ciou == pytest.approx(6 / 9, abs=1e-9)


def test_worked_samples_in_the_other_rules():
    assert records("seg-zero")[0] == ReferringRecord(4, 6)
    assert sample_iou(records("seg-zero")[1], "seg-zero") == 0.0
    assert sample_iou(records("x-sam")[1], "x-sam") == 1.0
    assert referring_score(records("x-sam"), "x-sam").giou == pytest.approx(0.625, abs=1e-12)
    # Empty counts 0, with LISA's ignored pixels: the second worked number.
    excluded = [ReferringRecord(2, 4), ReferringRecord(0, 0), ReferringRecord(0, 1), ReferringRecord(4, 4)]
    assert referring_score(excluded, "lavt").giou == pytest.approx(0.375, abs=1e-12)


def test_refcoco_worked_ratio():
    score = referring_score([ReferringRecord(80, 100), ReferringRecord(10, 200)], "lavt")
    assert score.ciou == pytest.approx(0.30, abs=1e-12)
    assert score.giou == pytest.approx(0.425, abs=1e-12)


def test_overlapping_polygons_of_one_object():
    truth = np.zeros((10, 20), np.uint8)
    truth[:, 0:10] += 1
    truth[:, 5:15] += 1  # 50 pixels under two polygons
    perfect = truth > 0
    assert referring_record(perfect, truth, "lisa") == ReferringRecord(150, 150)
    broken = referring_record(perfect, truth, "lisa-overlap")
    assert broken.intersection / broken.union == pytest.approx(0.6667, abs=5e-5)
    lavt = referring_record(perfect, truth, "lavt")
    assert lavt.intersection / lavt.union == pytest.approx(0.6667, abs=5e-3)


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
    score = referring_score([referring_record(p, t, "lisa") for p, t in samples], "lisa")
    ciou, giou = lisa_as_published(samples)
    assert score.ciou == pytest.approx(ciou, abs=1e-9)
    assert score.giou == pytest.approx(giou, abs=1e-9)


def test_lavt_measures_on_a_square_canvas():
    # A tall picture: what covers half of its rows covers half of the canvas, whatever its own area.
    truth = np.zeros((960, 240), np.uint8)
    truth[:480] = 1
    assert referring_record(np.ones_like(truth, bool), truth, "lavt") == ReferringRecord(480 * 240, 480 * 480)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_perfect_mask_scores_one_and_nothing_scores_zero(protocol):
    truth = np.zeros((30, 40), np.uint8)
    truth[5:20, 8:30] = 1
    for mask, value in ((truth == 1, 1.0), (np.zeros_like(truth, bool), 0.0)):
        score = referring_score([referring_record(mask, truth, protocol)], protocol)
        assert (score.ciou, score.giou) == pytest.approx((value, value), abs=1e-4)


def test_everything_ignored_and_one_pixel():
    ignored = np.full((3, 3), 255, np.uint8)
    assert referring_record(np.ones((3, 3), bool), ignored, "lisa") == ReferringRecord(0, 0)
    assert referring_record(np.ones((1, 1), bool), np.ones((1, 1), np.uint8), "lisa") == ReferringRecord(1, 1)
    assert np.isnan(referring_score([], "lisa").giou)
    assert referring_score([ReferringRecord(0, 0)], "lisa").ciou == 0.0


def test_wrong_sizes_and_names_get_a_sentence():
    with pytest.raises(MetricError, match="predict at the true size"):
        referring_record(np.ones((2, 3), bool), np.ones((3, 2), np.uint8), "lisa")
    with pytest.raises(MetricError, match="choose one of lisa"):
        referring_score([], "lise")
