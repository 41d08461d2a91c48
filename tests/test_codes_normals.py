"""Normals: the paper's three colours, 8-bit exactness, frames."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.codes import convert_normals, normals_distance, normals_to_rgb, rgb_to_normals
from cavendish.errors import CodeError


def unit_vectors(count: int, seed: int = 0) -> np.ndarray:
    v = np.random.default_rng(seed).normal(size=(1, count, 3))
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))  # exact for small angles


@pytest.mark.parametrize("x", ["left", "right"])
def test_eight_bits_keep_normals_to_under_four_tenths_of_a_degree(x: str) -> None:
    vectors = unit_vectors(1_000_000)
    rgb = normals_to_rgb(vectors, x)
    error = angle(rgb_to_normals(rgb, x), vectors)
    assert error.max() <= 0.4
    assert error.mean() == pytest.approx(0.17, abs=0.01)
    assert normals_distance(rgb).max() < 1


def test_the_papers_three_colours() -> None:
    rgb = normals_to_rgb(np.array([[[-1.0, 0, 0], [0, 1, 0], [0, 0, 1]]]))
    assert rgb.tolist() == [[[255, 128, 128], [128, 255, 128], [128, 128, 255]]]


def test_dsine_frame_is_two_rgb_minus_one() -> None:
    rgb = normals_to_rgb(unit_vectors(1000))
    lub = convert_normals(rgb_to_normals(rgb), "cavendish", "lub")
    plain = rgb / 127.5 - 1
    plain /= np.linalg.norm(plain, axis=-1, keepdims=True)
    assert np.allclose(lub, plain, atol=1e-6)


@pytest.mark.parametrize(
    ("frame", "left", "up", "camera"),
    [
        ("opencv", (-1, 0, 0), (0, -1, 0), (0, 0, -1)),
        ("lub", (1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ("opengl", (-1, 0, 0), (0, 1, 0), (0, 0, 1)),
    ],
)
def test_frames(frame: str, left: tuple, up: tuple, camera: tuple) -> None:
    ours = np.array([(-1.0, 0, 0), (0, 1, 0), (0, 0, 1)])
    assert np.array_equal(convert_normals(ours, "cavendish", frame), np.array([left, up, camera], float))
    assert np.array_equal(convert_normals(np.array([left, up, camera], float), frame), ours)


@given(st.sampled_from(["cavendish", "opencv", "opengl", "lub"]), st.sampled_from(["opencv", "opengl", "lub"]))
def test_conversion_round_trips(a: str, b: str) -> None:
    v = unit_vectors(20)
    assert np.array_equal(convert_normals(convert_normals(v, a, b), b, a), v)


def test_no_normal_is_black_and_back() -> None:
    vectors = np.array([[[0.0, 0, 0], [0, 0, 2.0], [np.nan, 0, 0]]])
    rgb = normals_to_rgb(vectors, valid=np.array([[True, True, False]]))
    assert rgb.tolist() == [[[0, 0, 0], [128, 128, 255], [0, 0, 0]]]
    assert rgb_to_normals(rgb)[0, 0].tolist() == [0, 0, 0]


def test_noisy_black_is_no_normal() -> None:
    noise = np.random.default_rng(0).integers(0, 20, (40, 40, 3), dtype=np.uint8)
    assert not rgb_to_normals(noise).any()
    assert rgb_to_normals(normals_to_rgb(unit_vectors(100_000))).any(axis=-1).all()


def test_wrong_x_mirrors_sideways_only() -> None:
    vectors = unit_vectors(100)
    mirrored = rgb_to_normals(normals_to_rgb(vectors, "left"), "right") * np.array([-1, 1, 1])
    assert angle(mirrored, vectors).max() < 0.4


@pytest.mark.parametrize("bad", [np.zeros((2, 2)), np.full((1, 1, 3), np.nan), np.zeros((1, 1, 3), int)])
def test_bad_vectors(bad: np.ndarray) -> None:
    with pytest.raises(CodeError):
        normals_to_rgb(bad)


def test_unknown_convention_and_frame() -> None:
    with pytest.raises(CodeError, match="left"):
        rgb_to_normals(np.zeros((1, 1, 3), np.uint8), x="up")  # type: ignore[arg-type]
    with pytest.raises(CodeError, match="opencv"):
        convert_normals(np.zeros((1, 3)), "directx")  # type: ignore[arg-type]
