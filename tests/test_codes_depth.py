"""The depth code: exact over all colours and distances, and equal to an independent implementation."""

from itertools import pairwise
from pathlib import Path

import hilbertmap
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from cavendish.codes import DepthCode, depth_to_rgb, rgb_to_depth
from cavendish.codes.depth import COLORMAPS, RAINBOW
from cavendish.errors import CodeError

STEPS = 7 * 255


@pytest.mark.parametrize(
    ("metres", "f"),
    [(0.5, 0.092971), (1, 0.173554), (2, 0.305556), (5, 0.555556), (10, 0.75), (20, 0.888889), (80, 0.987654)],
)
def test_transform_is_the_papers(metres: float, f: float) -> None:
    code = DepthCode()
    assert code.position(np.array([metres]))[0] == pytest.approx(f, abs=1e-6)
    assert code.metres(code.position(np.array([metres])))[0] == pytest.approx(metres)


def test_corners_of_the_walk() -> None:
    code = DepthCode()
    names = [(0, 0, 0), (255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255), (255,) * 3]
    metres = code.metres(np.arange(8) / 7)[None].astype(np.float64)
    assert depth_to_rgb(metres)[0].tolist() == [list(color) for color in names]
    assert np.isinf(metres[0, -1])
    assert (np.abs(np.diff(RAINBOW.astype(int), axis=0)).sum(axis=1) == 1).all()


def test_eight_bits_stay_within_half_a_step_from_a_centimetre_to_a_kilometre() -> None:
    metres = np.geomspace(0.01, 1000, 400_000).reshape(400, 1000)
    read, distance = rgb_to_depth(depth_to_rgb(metres))
    code = DepthCode()
    assert distance.max() == 0
    error = np.abs(code.position(read.astype(np.float64)) - code.position(metres)) * STEPS
    assert error.max() <= 0.5 + 1e-3  # a thousandth for the float32 of the answer, at a kilometre


def test_every_colour_is_read_as_the_nearest_point_of_the_path() -> None:
    level = np.arange(256, dtype=np.uint8)
    code = DepthCode()
    ends = 255.0 * RAINBOW.astype(np.float64)
    for red in level:
        plane = np.empty((256, 256, 3), dtype=np.uint8)
        plane[..., 0], plane[..., 1], plane[..., 2] = red, level[:, None], level[None]
        metres, distance = rgb_to_depth(plane)
        on_path = code.path[np.rint(code.position(metres.astype(np.float64)) * STEPS).astype(int)]
        gap = np.linalg.norm(plane.astype(float) - on_path, axis=-1)
        assert np.allclose(gap, distance, atol=1e-4)
        least = np.full((256, 256), np.inf)
        for start, end in pairwise(ends):
            t = np.clip((plane - start) @ (end - start) / 255.0**2, 0, 1)
            least = np.minimum(least, np.linalg.norm(plane - start - t[..., None] * (end - start), axis=-1))
        assert np.allclose(distance, least, atol=1e-4)


def test_repair_leaves_the_cube_of_all_colours_alone() -> None:
    index = np.arange(1 << 24, dtype=np.uint32).reshape(4096, 4096)
    cube = np.stack([index >> 16, index >> 8 & 255, index & 255], axis=-1).astype(np.uint8)
    plain, _ = rgb_to_depth(cube)
    repaired, _ = rgb_to_depth(cube, repair=True)
    assert np.array_equal(plain, repaired)


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2), elements=st.floats(0, 1e6)))
def test_encoding_equals_hilbertmap(metres: np.ndarray) -> None:
    expected = np.rint(hilbertmap.depth_to_rgb(metres) * 255)
    assert np.abs(depth_to_rgb(metres).astype(int) - expected).max() <= 1  # they round each channel, we the arc


@given(arrays(np.float64, (5, 7, 3), elements=st.floats(0, 1)))
def test_float_decoding_equals_hilbertmap(rgb: np.ndarray) -> None:
    metres, distance = rgb_to_depth(rgb)
    expected = hilbertmap.project(rgb)
    code = DepthCode()
    near = np.abs(code.position(metres.astype(np.float64)) - expected) <= 1e-6
    # Where two edges are equally near, rounding decides; then both readings must be at the same distance.
    theirs = 255 * np.linalg.norm(rgb - hilbertmap.walk(expected), axis=-1)
    assert (near | (np.abs(theirs - distance) < 1e-3)).all()


@given(arrays(np.float32, (4, 5), elements=st.floats(0, 1000, width=32)), st.floats(-9, -1.5), st.floats(0.1, 50))
def test_other_parameters_invert(metres: np.ndarray, lam: float, c: float) -> None:
    code = DepthCode(lam=lam, c=c)
    read, _ = rgb_to_depth(depth_to_rgb(metres, code), code)
    error = np.abs(code.position(read.astype(np.float64)) - code.position(metres)) * STEPS
    assert error.max() <= 0.5 + 1e-2


@pytest.mark.parametrize("colormap", COLORMAPS)
def test_every_colormap_inverts(colormap: str) -> None:
    code = DepthCode(colormap, near=0.5, far=50.0) if colormap == "inverse" else DepthCode(colormap)
    metres = np.geomspace(0.5, 49, 5000).reshape(50, 100)
    read, distance = rgb_to_depth(depth_to_rgb(metres, code), code)
    assert distance.max() == 0
    last = len(code.path) - 1
    error = np.abs(code.position(read.astype(np.float64)) - code.position(metres)) * last
    repeats = np.unique(code.path, axis=0, return_counts=True)[1].max()  # 8 bits repeat a few colours of viridis
    assert error.max() <= 0.5 + (repeats - 1) + 1e-3


@pytest.mark.parametrize("colormap", ["plasma", "inferno", "viridis", "gray"])
def test_reads_pictures_that_matplotlib_saves(colormap: str, tmp_path: Path) -> None:
    from matplotlib.image import imsave

    f = np.linspace(0, 1, 256)[None].repeat(3, axis=0)
    imsave(tmp_path / "map.png", f, cmap=colormap, vmin=0, vmax=1)
    code = DepthCode(colormap)
    metres, distance = rgb_to_depth(np.asarray(Image.open(tmp_path / "map.png").convert("RGB")), code)
    assert distance.max() == 0
    assert np.abs(code.position(metres.astype(np.float64)) - f).max() <= 3 / 255


def test_ends_and_mask() -> None:
    rgb = depth_to_rgb(np.array([[0.0, np.inf, np.nan, -1.0]]), valid=np.array([[True, True, False, False]]))
    assert rgb.tolist() == [[[0, 0, 0], [255, 255, 255], [0, 0, 0], [0, 0, 0]]]
    metres, _ = rgb_to_depth(rgb)
    assert metres[0, 0] == 0 and np.isinf(metres[0, 1])


@pytest.mark.parametrize(
    ("depth", "says"),
    [
        (np.array([[np.nan, 1.0]]), "1 NaN"),
        (np.array([[-1.0, -2.0]]), "2 negative"),
        (np.zeros(3), "(H, W)"),
        (np.array([["a"]]), "numbers"),
    ],
)
def test_bad_depth_is_named(depth: np.ndarray, says: str) -> None:
    with pytest.raises(CodeError, match=says.replace("(", r"\(").replace(")", r"\)")):
        depth_to_rgb(depth)


@pytest.mark.parametrize(
    "rgb", [np.zeros((2, 2)), np.zeros((2, 2, 4), np.uint8), np.full((2, 2, 3), 1.5), np.zeros((2, 2, 3), int)]
)
def test_bad_paintings_are_refused(rgb: np.ndarray) -> None:
    with pytest.raises(CodeError):
        rgb_to_depth(rgb)


@pytest.mark.parametrize(
    "bad",
    [
        {"colormap": "jet"},
        {"colormap": None},
        {"lam": -1.0},
        {"lam": "a"},
        {"c": 0.0},
        {"c": None},
        {"colormap": "inverse", "near": 2.0, "far": 1.0},
        {"near": 0.5},  # these two belong to "inverse"
        {"colormap": "viridis", "far": 90.0},
        {"colormap": "inverse", "lam": -2.0},  # and these to all others
    ],
)
def test_bad_codes_are_refused(bad: dict) -> None:
    with pytest.raises(CodeError):
        DepthCode(**bad)


@pytest.mark.parametrize("code", [None, 3, "jet", {"lam": -3}])
def test_codes_of_other_types_are_refused(code: object) -> None:
    with pytest.raises(CodeError, match="depth colour map"):
        depth_to_rgb(np.ones((2, 2)), code)  # type: ignore[arg-type]
    with pytest.raises(CodeError, match="depth colour map"):
        rgb_to_depth(np.zeros((2, 2, 3), np.uint8), code)  # type: ignore[arg-type]
