"""Angular errors against the textbook, pooled and per picture; frames; the median without all angles."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.normals import (
    FRAMES,
    STEP,
    THRESHOLDS,
    angle_histogram,
    angle_sums,
    angles,
    image_score,
    median_bracket,
    pooled_score,
    to_project_frame,
)
from cavendish.evaluation.scoring.normals import NormalScorer, NormalTruth


def pixel(*xyz):
    return np.array([[xyz]], float)


def tilted(degrees):
    """(1, n, 3) vectors tilted from +z by each angle."""
    radians = np.radians(np.atleast_1d(degrees))
    return np.stack([np.sin(radians), np.zeros_like(radians), np.cos(radians)], -1)[None]


def pooled(chunks):
    return pooled_score(sum(map(angle_sums, chunks)), sum(map(angle_histogram, chunks)))


def within(score):
    return {t: score[f"below {t:g}"] for t in THRESHOLDS}


def textbook(p, t):
    p, t = p.astype(np.longdouble), t.astype(np.longdouble)
    cosine = np.sum(p * t, -1) / np.sqrt(np.sum(p * p, -1)) / np.sqrt(np.sum(t * t, -1))
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def test_worked_errors():
    errors = np.array([0, 5.71, 11.25, 20, 90])
    score = image_score(errors)
    assert score["mean"] == pytest.approx(25.392, abs=1e-12)
    assert score["median"] == 11.25
    assert score["rmse"] == pytest.approx(41.615302, abs=5e-7)
    assert within(score) == {5.0: 20, 7.5: 40, 11.25: 40, 22.5: 80, 30.0: 80}
    assert within(pooled([errors])) == within(score)


def test_worked_vectors():
    facing = pixel(0, 0, 1)
    assert angles(pixel(0, 0.1, 1), facing).item() == pytest.approx(5.710593, abs=5e-7)
    assert angles(pixel(1, 1, 1), facing).item() == pytest.approx(54.735610, abs=5e-7)
    assert angles(pixel(-1, 0, 0), pixel(1, 0, 0)).item() == 180
    assert angles(pixel(0, 0, 0), facing).item() == pytest.approx(90)  # a zero prediction


def test_worked_pooling_against_averaging():
    first, second = np.ones(9), np.array([31.0])
    score = pooled([first, second])
    assert score["mean"] == pytest.approx(4.0, abs=1e-12)
    assert score["median"] == pytest.approx(1.0, abs=STEP)
    scorer = NormalScorer()
    records = [
        scorer.measure(tilted(errors), NormalTruth(tilted(0 * errors), np.ones((1, len(errors)), bool)), "marigold")
        for errors in (first, second)
    ]
    assert scorer.table(records, "marigold").values()["mean"] == 16.0


def test_marigold_rounds_before_it_averages():
    score = image_score(np.array([1.23456789]), decimals=4)
    assert score["mean"] == 1.2346


@given(st.integers(0, 100_000))
def test_equals_the_textbook(seed):
    rng = np.random.default_rng(seed)
    shape = (*rng.integers(1, 30, 2), 3)
    truth = rng.normal(size=shape)
    prediction = rng.normal(size=shape) * rng.uniform(0.1, 10)
    valid = rng.random(shape[:2]) < 0.7
    errors = angles(prediction, truth, valid)
    assert errors == pytest.approx(textbook(prediction[valid], truth[valid]).astype(float), abs=1e-9)
    if errors.size:
        score, t = image_score(errors), textbook(prediction[valid], truth[valid])
        assert score["mean"] == pytest.approx(float(t.mean()), abs=1e-11)
        assert score["rmse"] == pytest.approx(float(np.sqrt(np.mean(t * t))), abs=1e-11)


def test_the_mean_of_a_large_picture_equals_the_textbook():
    rng = np.random.default_rng(0)
    prediction, truth = rng.normal(size=(2, 240, 320, 3))
    expected = textbook(prediction, truth)
    score = image_score(angles(prediction, truth))
    assert score["mean"] == pytest.approx(float(expected.mean()), abs=1e-12, rel=1e-12)
    assert score["median"] == pytest.approx(float(np.median(expected)), abs=1e-12, rel=1e-12)


def test_length_and_sign_of_the_arguments():
    rng = np.random.default_rng(0)
    p, t = rng.normal(size=(2, 4, 5, 3))
    assert angles(p, t) == pytest.approx(angles(7 * p, 0.2 * t), abs=1e-10)
    assert angles(p, t) == pytest.approx(180 - angles(-p, t), abs=1e-10)
    assert angles(p, t) == pytest.approx(angles(t, p), abs=1e-12)


def test_zero_truth_is_invalid_and_a_nan_prediction_is_refused_where_it_counts():
    truth = np.array([[[0, 0, 0], [0, 0, 1.0]]])
    prediction = np.array([[[np.nan, 0, 0], [0, 0, 1.0]]])
    assert angles(prediction, truth).tolist() == [0]
    with pytest.raises(MetricError, match="not finite"):
        angles(prediction, truth, np.ones((1, 2), bool))
    assert image_score(np.empty(0)) is None
    with pytest.raises(MetricError, match=r"\(H, W, 3\)"):
        angles(prediction, truth[:, :1])


@given(st.lists(st.lists(st.floats(0, 180), max_size=9), min_size=1, max_size=6))
def test_pooled_median_lies_in_its_bracket(lists):
    chunks = [np.array(values, float) for values in lists]
    everything = np.concatenate(chunks)
    total = pooled(chunks)
    if not everything.size:
        assert np.isnan(total["median"])
        return
    low, high = median_bracket(sum(map(angle_histogram, chunks)))
    assert low - 1e-9 <= np.median(everything) <= high + 1e-9
    assert high - low == pytest.approx(STEP)
    assert low - 1e-9 <= total["median"] <= high + 1e-9
    assert total["mean"] == pytest.approx(everything.mean(), abs=1e-10)
    assert within(total) == pytest.approx({t: 100 * np.mean(everything < t) for t in THRESHOLDS})


def test_totals_merge_in_any_grouping():
    rng = np.random.default_rng(0)
    chunks = [rng.uniform(0, 180, n) for n in (3, 50, 7)]
    assert pooled(chunks) == pytest.approx(pooled([np.concatenate(chunks)]), rel=1e-15)


# The three frames, as the direction a surface faces: left, up, camera.
FACING = {
    "opencv": ((-1, 0, 0), (0, -1, 0), (0, 0, -1)),
    "lub": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "opengl": ((-1, 0, 0), (0, 1, 0), (0, 0, 1)),
}


@pytest.mark.parametrize("frame", FACING)
def test_every_frame_comes_to_the_projects(frame):
    ours = ((-1, 0, 0), (0, 1, 0), (0, 0, 1))  # +x right, +y up, +z toward the viewer
    assert set(FACING) == set(FRAMES)
    assert to_project_frame(np.array(FACING[frame], float), frame).tolist() == [list(map(float, v)) for v in ours]


def test_a_painting_in_the_papers_colours_decodes_into_the_lub_frame():
    for rgb, facing in (((255, 128, 128), 0), ((128, 255, 128), 1), ((128, 128, 255), 2)):
        decoded = 2 * np.array(rgb) / 255 - 1
        assert decoded == pytest.approx(FACING["lub"][facing], abs=0.01)


def test_a_wrong_sign_of_x_keeps_floors_and_loses_side_walls():
    floor, wall = pixel(0, 1, 0), pixel(-1, 0, 0)
    assert angles(floor * (-1, 1, 1), floor).item() == 0
    assert angles(wall * (-1, 1, 1), wall).item() == 180


def test_unknown_frame_names_the_choices():
    with pytest.raises(MetricError, match="opengl, opencv, lub"):
        to_project_frame(pixel(0, 0, 1), "directx")


def test_eight_bit_colours_cost_little():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(1, 200_000, 3))
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    coded = np.round((vectors + 1) / 2 * 255) / 255 * 2 - 1
    errors = angles(coded, vectors)
    assert errors.mean() == pytest.approx(0.17, abs=0.01)
    assert errors.max() == pytest.approx(0.38, abs=0.03)
