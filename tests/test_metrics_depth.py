"""Depth errors against textbook formulas in extended precision, and the crops and ranges of every protocol."""

import warnings
from dataclasses import astuple, fields

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.errors import MetricError
from cavendish.evaluation.metrics.depth import DepthScore, depth_score
from cavendish.evaluation.metrics.depth_protocols import (
    DEPTH_PROTOCOLS,
    aligned,
    counted,
    depth_protocol,
    garg,
    kb,
    kb_then_garg,
    kitti_eigen,
    nyu_eigen,
    protocol_pixels,
    resize_bilinear,
)
from cavendish.evaluation.scoring.depth import DepthScorer, DepthTruth


def measured(truth, protocol, valid=None):
    """(H, W) bool: the pixels that a protocol counts."""
    mask = np.zeros(truth.shape, bool)
    window, inside = counted(truth, protocol, valid)
    mask[window] = inside
    return mask


def protocol_score(prediction, truth, protocol):
    return depth_score(*protocol_pixels(prediction, truth, protocol), protocol.abs_rel_eps)


def textbook(p, g):
    """The formulas as written in papers, in long double."""
    p, g = p.astype(np.longdouble), g.astype(np.longdouble)
    r = np.maximum(p / g, g / p)
    e = np.log(p) - np.log(g)
    return DepthScore(
        *(np.mean(r < 1.25**k) for k in (1, 2, 3)),
        abs_rel=np.mean(np.abs(p - g) / g),
        sq_rel=np.mean((p - g) ** 2 / g),
        rmse=np.sqrt(np.mean((p - g) ** 2)),
        rmse_log=np.sqrt(np.mean(e**2)),
        log10=np.mean(np.abs(np.log10(p) - np.log10(g))),
        silog_bts=100 * np.std(e),
        silog_unik3d=100 * np.std(e, ddof=1) if len(e) > 1 else np.nan,
        silog_metric3d=np.std(e),
        silog_dav2=np.sqrt(np.mean(e**2) - np.mean(e) ** 2 / 2),
    )


def assert_same(score, expected):
    for field in fields(DepthScore):
        a, b = float(getattr(score, field.name)), float(getattr(expected, field.name))
        assert a == pytest.approx(b, abs=1e-12, rel=1e-12, nan_ok=True), field.name


def column(*values):
    return np.array([values], float)


def test_worked_example():
    score = depth_score(column(1.1, 1.5, 4, 13), column(1, 2, 4, 10))
    assert score.delta1 == 0.5
    assert score.abs_rel == pytest.approx(0.1625, abs=1e-12)
    assert score.sq_rel == pytest.approx(0.25875, abs=1e-12)
    assert score.rmse == pytest.approx(1.521512, abs=5e-7)
    assert score.rmse_log == pytest.approx(0.200425, abs=5e-7)
    assert score.log10 == pytest.approx(0.070069, abs=5e-7)
    silogs = (score.silog_bts, score.silog_unik3d, score.silog_metric3d, score.silog_dav2)
    assert silogs == pytest.approx((19.965926, 23.054665, 0.199659, 0.200042), abs=5e-7)


def test_a_ratio_of_exactly_one_and_a_quarter_is_outside():
    assert depth_score(column(5), column(4)).delta1 == 0
    assert depth_score(column(4), column(5)).delta1 == 0
    assert depth_score(column(np.nextafter(5, 4)), column(4)).delta1 == 1


def test_pictures_are_averaged_not_pixels():
    scorer = DepthScorer("worlds")

    def record(prediction, truth):
        return scorer.measure(prediction, DepthTruth(truth), "worlds")

    four, one = record(column(*[1.1] * 4), column(*[1.0] * 4)), record(column(1.5), column(1.0))
    skipped = record(column(1), column(0))
    assert skipped == {"skipped": True}
    assert scorer.table([four, skipped, one], "worlds").values()["abs_rel"] == pytest.approx(0.30, abs=1e-12)
    assert np.isnan(scorer.table([skipped], "worlds").values()["abs_rel"])


@given(st.integers(0, 100_000))
def test_equals_the_textbook(seed):
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 40, 2)
    g = rng.uniform(0.1, 80, shape)
    p = g * rng.lognormal(rng.normal(0, 0.3), rng.choice([1e-6, 0.1, 1]), shape)
    dtype = rng.choice([np.float32, np.float64])
    p, g = p.astype(dtype), g.astype(dtype)
    bad = rng.random(shape) < 0.3
    g[bad] = rng.choice([0, np.nan, np.inf, -1.0], bad.sum())
    valid = rng.random(shape) < 0.8
    counted = valid & ~bad
    score = depth_score(p, g, valid)
    if not counted.any():
        assert score is None
    else:
        assert_same(score, textbook(p[counted], g[counted]))


def test_equals_the_textbook_over_many_blocks_with_a_large_common_scale():
    # A prediction twice too deep everywhere: E[e^2] - E[e]^2 would lose SILog to cancellation.
    rng = np.random.default_rng(0)
    g = rng.uniform(0.5, 80, (375, 500))
    p = 2 * g * np.exp(rng.normal(0, 1e-5, g.shape))
    assert_same(depth_score(p, g), textbook(p.ravel(), g.ravel()))


def test_zero_prediction_is_a_miss_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        score = depth_score(column(0, 1), column(1, 1))
    assert score.delta1 == 0.5
    assert score.rmse_log == np.inf or np.isnan(score.rmse_log)


def test_shapes_get_a_sentence():
    with pytest.raises(MetricError, match="one shape"):
        depth_score(np.ones((2, 3)), np.ones((3, 2)))


@given(st.floats(0.01, 100), st.integers(0, 1000))
def test_units_do_not_matter_to_ratios(scale, seed):
    g, p = np.random.default_rng(seed).uniform(1, 10, (2, 5, 5))
    one, other = depth_score(p, g), depth_score(p * scale, g * scale)
    assert other.abs_rel == pytest.approx(one.abs_rel, rel=1e-9)
    assert other.silog_bts == pytest.approx(one.silog_bts, rel=1e-6, abs=1e-9)
    assert other.rmse == pytest.approx(one.rmse * scale, rel=1e-9)


# --- crops -----------------------------------------------------------------------------------------------------------


def test_nyu_crop_has_the_known_area():
    top, bottom, left, right = nyu_eigen(480, 640)
    assert (top, bottom, left, right) == (45, 471, 41, 601)
    assert (bottom - top) * (right - left) == 238_560


@pytest.mark.parametrize(
    ("size", "window"),
    [
        ((375, 1242), (153, 371, 44, 1197)),
        ((352, 1216), (143, 349, 43, 1172)),
        ((370, 1226), (151, 366, 44, 1181)),
        ((374, 1238), (152, 370, 44, 1193)),
        ((376, 1241), (153, 372, 44, 1196)),
    ],
)
def test_garg_crop(size, window):
    assert garg(*size) == window


def test_eigen_and_kb_crops_of_kitti_and_their_order():
    assert kitti_eigen(375, 1242) == (124, 342, 44, 1197)
    assert kitti_eigen(352, 1216) == (117, 321, 43, 1172)
    assert kb(375, 1242) == (23, 375, 13, 1229)
    assert kb_then_garg(375, 1242) == (166, 372, 56, 1185)  # BTS: 153:371, 44:1197
    with pytest.raises(MetricError, match="352 x 1216"):
        kb(300, 1242)


# --- protocols -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("protocol", "dataset"), [(p, d) for p, sets in DEPTH_PROTOCOLS.items() for d in sets])
def test_every_protocol_scores_a_perfect_prediction(protocol, dataset):
    rng = np.random.default_rng(0)
    truth = rng.uniform(1, 8, {"kitti": (375, 1242), "nyu": (480, 640)}.get(dataset, (500, 660))).astype(np.float32)
    score = protocol_score(truth, truth, depth_protocol(protocol, dataset))
    assert (score.delta1, score.abs_rel, score.rmse) == (1, 0, 0)


def test_unknown_presets_and_sets_name_the_choices():
    with pytest.raises(MetricError, match="choose one of unik3d"):
        depth_protocol("uni", "nyu")
    with pytest.raises(MetricError, match="'bts' says nothing about 'eth3d'; choose one of unik3d"):
        depth_protocol("bts", "eth3d")


def test_ranges_are_strict_except_for_depth_anything():
    truth = np.zeros((375, 1242), np.float32)
    truth[200, 600], truth[200, 601], truth[0, 0] = 80, 79, 5
    assert np.argwhere(measured(truth, depth_protocol("bts", "kitti"))).tolist() == [[200, 601]]
    whole = measured(truth, depth_protocol("dav2", "kitti"))
    assert whole.sum() == 3
    assert protocol_pixels(truth + 1, truth, depth_protocol("dav2", "kitti")) is None  # fewer than 10 pixels


def test_zoe_ignores_diodes_mask_and_others_do_not():
    truth, invalid = np.full((768, 1024), 5.0), np.zeros((768, 1024), bool)
    assert measured(truth, depth_protocol("zoe", "diode"), invalid).sum() == 238_560
    assert not measured(truth, depth_protocol("unik3d", "diode"), invalid).any()


def test_moge_like_drops_what_is_a_thousand_times_the_nearest_percent():
    truth = np.concatenate([np.full(200, 2.0), [2000.0, 2001.0]])[None]
    assert measured(truth, depth_protocol("moge-like", "nyu")).sum() == 201
    score = protocol_score(truth * 1.1, truth, depth_protocol("moge-like", "nyu"))
    assert score.abs_rel == pytest.approx(np.mean(0.1 * truth[0, :201] / (truth[0, :201] + 1e-6)), rel=1e-12)


def test_a_missing_answer_is_a_miss_and_sky_is_far():
    protocol = depth_protocol("unik3d", "ibims")
    prediction = np.array([[np.nan, np.inf, 0.0, -3.0, 2.0]])
    assert aligned(prediction, (1, 5), protocol).tolist() == [[1e-3, 1e3, 1e-3, 1e-3, 2.0]]
    score = protocol_score(prediction, np.full((1, 5), 2.0), protocol)
    assert score.delta1 == pytest.approx(1 / 5)
    assert np.isfinite(astuple(score)).all()


@pytest.mark.parametrize("shape", [(9, 14), (3, 5), (20, 7)])
def test_resize_is_bilinear_without_aligned_corners(shape):
    array = np.random.default_rng(0).random((9, 14))
    expected = cv2.resize(array, shape[::-1], interpolation=cv2.INTER_LINEAR)
    assert resize_bilinear(array, shape) == pytest.approx(expected, abs=1e-6)


def test_resize_with_aligned_corners_keeps_corners_and_is_linear_between():
    array = np.array([[0.0, 1.0], [2.0, 3.0]])
    big = resize_bilinear(array, (3, 5), align_corners=True)
    assert big == pytest.approx(np.add.outer([0, 1, 2], [0, 0.25, 0.5, 0.75, 1]))
    vectors = resize_bilinear(np.dstack([array] * 3), (3, 5), align_corners=True)
    assert vectors.shape == (3, 5, 3)
    assert vectors[..., 1] == pytest.approx(big)


def test_a_prediction_of_another_size_is_brought_to_the_truth():
    truth = np.full((480, 640), 3.0)
    assert protocol_score(np.full((240, 320), 3.0), truth, depth_protocol("unik3d", "nyu")).abs_rel == 0
