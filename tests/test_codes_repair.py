"""Repair of blended paint: fewer wrong readings, no blurred steps, no harm to clean paint."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cavendish.codes import depth_to_rgb, labels_to_rgb, rgb_to_depth, rgb_to_labels
from cavendish.errors import CodeError
from corruption import CORRUPTIONS, corrupt, depth_scene, strays_in_depth, truth
from helpers.scenes import seeded


@pytest.mark.parametrize(
    ("kind", "share"), [("antialias", 1 / 10), ("blur", 1 / 10), ("jpeg", 1 / 4), ("noise", 1 / 5), ("all", 1 / 5)]
)
def test_depth_edges_have_a_third_of_the_wrong_pixels(kind: str, share: float) -> None:
    assert kind in CORRUPTIONS
    before, after = [], []
    for seed in range(2):
        fine, rng = seeded(depth_scene, seed, 512)
        painting = corrupt(depth_to_rgb(fine), kind, rng)
        before.append(strays_in_depth(rgb_to_depth(painting)[0], truth(fine)))
        after.append(strays_in_depth(rgb_to_depth(painting, repair=True)[0], truth(fine)))
    assert np.mean(after) <= share * np.mean(before)


def test_the_distance_of_a_repaired_label_is_that_to_its_own_colour() -> None:
    rng = np.random.default_rng(0)
    fine, legend = np.kron(rng.integers(0, 3, (6, 6)), np.ones((48, 48), int)), {"a": "red", "b": "lime", "c": "blue"}
    painting = corrupt(labels_to_rgb(fine, legend), "all", rng)
    (plain, _), (labels, distance) = (rgb_to_labels(painting, legend, repair=repair) for repair in (False, True))
    assert (plain != labels).any()
    gap = np.linalg.norm(painting - labels_to_rgb(labels, legend).astype(float), axis=-1)
    np.testing.assert_allclose(distance, gap, atol=1e-3)


def test_true_steps_stay_sharp() -> None:
    for near, far in [(1.0, 1.2), (1.0, 3.0), (2.0, 30.0), (5.0, 60.0), (0.3, np.inf)]:
        metres = np.full((64, 64), far)
        metres[:, :32] = near
        metres[20:23] = 0.7  # a rail of three pixels
        painting = depth_to_rgb(metres)
        plain, _ = rgb_to_depth(painting)
        repaired, _ = rgb_to_depth(painting, repair=True)
        assert np.array_equal(plain, repaired)


def test_noise_is_averaged_but_steps_are_not() -> None:
    rng = np.random.default_rng(0)
    metres = np.where(np.arange(200) < 100, 2.0, 2.6)[None].repeat(200, axis=0)
    noisy = np.clip(depth_to_rgb(metres) + rng.normal(0, 6, (200, 200, 3)), 0, 255).astype(np.uint8)
    plain, repaired = rgb_to_depth(noisy)[0], rgb_to_depth(noisy, repair=True)[0]
    assert repaired[:, :98].std() < 0.6 * plain[:, :98].std()
    assert abs(np.median(repaired[:, 99]) - 2.0) < 0.05 and abs(np.median(repaired[:, 100]) - 2.6) < 0.05


@settings(max_examples=50)
@given(arrays(np.float64, st.tuples(st.integers(0, 20), st.integers(0, 20)), elements=st.floats(0, 150)))
def test_clean_depth_is_never_changed(metres: np.ndarray) -> None:
    painting = depth_to_rgb(metres)
    plain, _ = rgb_to_depth(painting)
    repaired, _ = rgb_to_depth(painting, repair=True)
    assert np.array_equal(plain, repaired)


def test_far_clean_depth_stays_finite_in_every_colormap() -> None:
    metres = np.linspace(0.5, 250, 4000).reshape(40, 100)
    metres[0] = np.inf
    for colormap in ("plasma", "inferno", "viridis", "gray"):
        plain, _ = rgb_to_depth(depth_to_rgb(metres, colormap), colormap)
        repaired, _ = rgb_to_depth(depth_to_rgb(metres, colormap), colormap, repair=True)
        assert np.array_equal(plain, repaired)


def test_speckled_sky_is_one_sky() -> None:
    rng = np.random.default_rng(0)
    painting = np.full((50, 50, 3), 255, dtype=np.uint8)
    painting[..., 1] -= rng.integers(0, 2, (50, 50), dtype=np.uint8)
    assert np.isinf(rgb_to_depth(painting, repair=True)[0]).all()


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_far_hills_are_not_taken_for_the_sky_above_them(kind: str) -> None:
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:800, :800] / 800
    ridge = 0.5 + 0.1 * np.sin(9 * x)
    fine = np.where(y < ridge, np.inf, 120 + 40 * y)
    metres, _ = rgb_to_depth(corrupt(depth_to_rgb(fine), kind, rng), repair=True)
    border = np.abs(truth(y - ridge)) * 200 < 3  # pixels
    sky = truth(y < ridge)
    assert np.isinf(metres[sky & ~border]).mean() > 0.98
    assert np.isinf(metres[~sky & ~border]).mean() < 0.03


@pytest.mark.parametrize(("sigma", "metres"), [(2, 250), (5, 220), (8, 200)])
def test_hills_some_levels_from_white_are_told_from_noisy_sky(sigma: float, metres: float) -> None:
    rng = np.random.default_rng(0)
    sky = (np.arange(200) < 100)[:, None].repeat(200, axis=1)
    painting = depth_to_rgb(np.where(sky, np.inf, metres))
    noisy = np.clip(np.rint(painting + rng.normal(0, sigma, painting.shape)), 0, 255).astype(np.uint8)
    read, _ = rgb_to_depth(noisy, repair=True)
    assert np.isinf(read[:95]).mean() > 0.98
    assert np.isinf(read[105:]).mean() < 0.1


def test_sky_survives_noise() -> None:
    rng = np.random.default_rng(0)
    noisy = np.clip(np.full((60, 60, 3), 255.0) + rng.normal(0, 5, (60, 60, 3)), 0, 255).astype(np.uint8)
    assert np.isinf(rgb_to_depth(noisy, repair=True)[0]).mean() > 0.99


def test_the_distance_of_a_mended_pixel_is_that_to_its_new_reading() -> None:
    metres = np.full((40, 40), 2.0)
    metres[:, 20:] = 9.0
    painting = depth_to_rgb(metres)
    seam = np.rint(painting[:, 19:21].mean(axis=1)).astype(np.uint8)
    painting[:, 19] = seam
    read, distance = rgb_to_depth(painting, repair=True)
    assert np.isin(read[:, 19].round(1), (2.0, 9.0)).all()
    own = depth_to_rgb(read)[:, 19].astype(float)
    assert np.allclose(distance[:, 19], np.linalg.norm(seam - own, axis=-1), atol=1e-3)


def test_repair_wants_levels() -> None:
    with pytest.raises(CodeError, match="uint8"):
        rgb_to_depth(np.zeros((4, 4, 3)), repair=True)
