"""The way to the canvas and back: nothing shifts, nothing mixes, nothing is lost."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cavendish.errors import CodeError, ImageError
from cavendish.geometry import Geometry, fit
from helpers.textures import SIZES, shift_of, texture


def test_the_measure_of_shifts_sees_half_a_pixel() -> None:
    for size in [(240, 320), (1, 1000)]:
        picture = texture(*size)[..., 0].astype(float)
        moved = ndimage.shift(picture, (0, 0.5), order=1, mode="nearest")
        assert np.abs(shift_of(moved, picture)).max() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("max_pixels", [None, 2**20, 2**16])
@pytest.mark.parametrize("multiple", [16, 32])
@pytest.mark.parametrize("size", SIZES)
def test_a_copy_of_the_canvas_comes_back_aligned(size: tuple[int, int], multiple: int, max_pixels: int | None) -> None:
    image = texture(*size)
    canvas, geometry = fit(image, multiple=multiple, max_pixels=max_pixels)
    assert canvas.shape[:2] == geometry.canvas_size
    assert all(n % multiple == 0 for n in geometry.canvas_size)
    assert max_pixels is None or np.prod(geometry.canvas_size) <= max_pixels
    back = geometry.rgb(canvas)
    assert back.shape == image.shape
    if geometry.scale == 1:
        np.testing.assert_array_equal(back, image)
    else:
        reduce = max(1, max(size) // 1000)  # the shift is measured in pixels of the input all the same
        shift = shift_of(back[::reduce, ::reduce, 0], image[::reduce, ::reduce, 0]) * reduce
        assert np.abs(shift).max() < 0.1


@pytest.mark.parametrize("max_pixels", [None, 2**20, 2**16])
@pytest.mark.parametrize("multiple", [16, 32])
@pytest.mark.parametrize("size", [s for s in SIZES if max(s) < 4000])
def test_a_ramp_on_the_canvas_comes_back_where_it_was(size, multiple, max_pixels) -> None:
    """Depth that encodes each canvas pixel's own place must come back as each input pixel's place."""
    _, geometry = fit(np.zeros((*size, 3), np.uint8), multiple=multiple, max_pixels=max_pixels)
    height, width = geometry.canvas_size
    across = (np.arange(width) + 0.5 - geometry.left) / geometry.scale  # in input pixels
    ramp = np.broadcast_to(across + 1e5, (height, width)).astype(np.float32)  # far off, so that it is all one surface
    back = geometry.depth(ramp) - 1e5
    error = back - (np.arange(size[1]) + 0.5)
    margin = int(np.ceil(0.5 / geometry.scale))  # half a canvas pixel: at the border there is none to interpolate with
    assert np.abs(error[:, margin:-margin]).max() < 0.1
    assert np.abs(error).max() <= max(0.5, 0.5 / geometry.scale) + 0.05


@pytest.mark.parametrize("size", SIZES[:6])
def test_answers_are_exact_where_the_scale_is_one(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), np.uint8)
    canvas, geometry = fit(image, multiple=32)
    rows = slice(geometry.top, geometry.top + size[0])
    columns = slice(geometry.left, geometry.left + size[1])
    np.testing.assert_array_equal(canvas[rows, columns], image)
    labels = rng.integers(-1, 300, geometry.canvas_size).astype(np.int32)
    np.testing.assert_array_equal(geometry.labels(labels), labels[rows, columns])
    np.testing.assert_array_equal(geometry.masks(labels[None] > 100)[0], labels[rows, columns] > 100)
    if size[0] * size[1] > 3_000_000:
        return  # the rest is slow to make at this size, and the same
    depth = rng.choice([0.5, 3, np.inf, np.nan], geometry.canvas_size).astype(np.float32)
    np.testing.assert_array_equal(geometry.depth(depth), depth[rows, columns])
    normals = rng.normal(size=(*geometry.canvas_size, 3)).astype(np.float32)
    normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    normals[labels < 20] = 0
    np.testing.assert_allclose(geometry.normals(normals), normals[rows, columns], atol=1e-6)


def brute_labels(labels: np.ndarray, geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Votes counted pixel by pixel from the definition: overlap with the box under each input pixel."""
    left, top, right, bottom = geometry.box
    height, width = geometry.input_size
    winners, margins = np.zeros((height, width), np.int32), np.zeros((height, width))

    def overlaps(low: float, high: float, n: int, index: int, size: int) -> dict[int, float]:
        step = (high - low) / n
        centre, half = low + (index + 0.5) * step, max(step, 1) / 2
        first, last = int(np.floor(low + 1e-6)), int(np.ceil(high - 1e-6)) - 1
        shares: dict[int, float] = {}
        for pixel in range(int(np.floor(centre - half)), int(np.ceil(centre + half))):
            share = min(centre + half, pixel + 1) - max(centre - half, pixel)
            inside = min(max(pixel, first, 0), last, size - 1)
            shares[inside] = shares.get(inside, 0) + max(share, 0)
        return shares

    for y in range(height):
        for x in range(width):
            votes: dict[int, float] = {}
            for row, a in overlaps(top, bottom, height, y, labels.shape[0]).items():
                for column, b in overlaps(left, right, width, x, labels.shape[1]).items():
                    label = int(labels[row, column])
                    votes[label] = votes.get(label, 0) + a * b
            ranked = sorted(votes.items(), key=lambda item: -item[1])
            winners[y, x] = ranked[0][0]
            margins[y, x] = ranked[0][1] - (ranked[1][1] if len(ranked) > 1 else 0)
    return winners, margins


@settings(max_examples=25, deadline=None)
@given(
    size=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    canvas=st.sampled_from([(16, 16), (32, 16), (48, 48), (16, 64)]),
    painting=st.tuples(st.integers(5, 70), st.integers(5, 70)),
    classes=st.integers(1, 5),
    seed=st.integers(0, 99),
)
def test_labels_are_the_majority_of_the_area(size, canvas, painting, classes, seed) -> None:
    _, geometry = fit(np.zeros((*size, 3), np.uint8), size=canvas)
    geometry = geometry.for_painting(*painting)
    labels = np.random.default_rng(seed).integers(-1, classes, painting).astype(np.int32)
    expected, margin = brute_labels(labels, geometry)
    found = geometry.labels(labels)
    clear = margin > 1e-3 * margin.max()
    np.testing.assert_array_equal(found[clear], expected[clear])


@pytest.mark.parametrize("painting", [(96, 160), (192, 320), (480, 800), (200, 310)])
def test_depth_has_no_value_between_two_surfaces(painting: tuple[int, int]) -> None:
    _, geometry = fit(np.zeros((183, 311, 3), np.uint8), size=(192, 320))
    geometry = geometry.for_painting(*painting)
    rng = np.random.default_rng(1)
    near = ndimage.gaussian_filter(rng.normal(size=painting), 4) > 0
    metres = np.where(near, 2.0, 7.0).astype(np.float32)
    metres[: painting[0] // 4] = np.inf
    metres[-painting[0] // 4 :, : painting[1] // 3] = np.nan
    back = geometry.depth(metres)
    back = back.round(4)
    assert set(np.unique(back[~np.isnan(back)])) <= {np.float32(2), np.float32(7), np.float32(np.inf)}
    # The same picture as labels: depth takes the side of the majority wherever only two surfaces meet.
    labels = np.select([np.isnan(metres), np.isinf(metres), near], [3, 2, 0], 1).astype(np.int32)
    voted = np.array([2, 7, np.inf, np.nan], np.float32)[geometry.labels(labels)]
    same = (voted == back) | (np.isnan(voted) & np.isnan(back))
    assert same.mean() > 0.99


def shrunk(row: list) -> float:
    """What becomes of four pixels of depth, or four normals, side by side where the picture has one pixel."""
    painting = np.array([row], np.float32)
    geometry = Geometry((1, 1), (4, 4), (1, 4), scale=4.0, left=0, top=0)
    return (geometry.depth if painting.ndim == 2 else geometry.normals)(painting)[0, 0]


@pytest.mark.parametrize(
    ("row", "depth"),
    [
        ([2, 2, 2, 2.09], 8.09 / 4),  # within 5 % it is one surface
        ([2, 2, 2, 2.11], 2),
        ([2, 2.2, 2.2, 2.2], 2.2),
        ([2, 2, 2.2, 2.2], 2),  # of two halves the nearer one
        ([2, np.inf, np.inf, np.inf], np.inf),
        ([2, 2, np.inf, np.inf], 2),
        ([np.nan, 2, 2, 2], 2),
        ([np.nan, np.nan, 2, 2], np.nan),
        ([np.nan, np.nan, np.nan, 2], np.nan),
    ],
)
def test_which_surface_a_pixel_of_two_is_on(row: list, depth: float) -> None:
    assert shrunk(row) == pytest.approx(depth, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize(("turn", "mixed"), [(15, True), (25, False), (60, False)])
def test_normals_over_twenty_degrees_apart_are_not_mixed(turn: float, mixed: bool) -> None:
    one, other = np.array([0, 0, 1.0]), np.array([np.sin(np.radians(turn)), 0, np.cos(np.radians(turn))])
    mean = 3 * one + other
    expected = mean / np.linalg.norm(mean) if mixed else one
    np.testing.assert_allclose(shrunk([one, one, one, other]), expected, atol=1e-6)
    for known, answer in ((3, one), (2, 0 * one), (1, 0 * one)):  # unknown where half or more is
        np.testing.assert_allclose(shrunk([one] * known + [0 * one] * (4 - known)), answer, atol=1e-6)


def test_depth_is_bilinear_on_one_surface() -> None:
    _, geometry = fit(np.zeros((200, 300, 3), np.uint8), size=(96, 144))
    height, width = geometry.painting_size
    y, x = np.mgrid[:height, :width] + 0.5
    back = geometry.depth((5 + 0.01 * x + 0.02 * y).astype(np.float32))
    y, x = (np.mgrid[:200, :300] + 0.5) * geometry.scale
    expected = 5 + 0.01 * (x + geometry.left) + 0.02 * (y + geometry.top)
    np.testing.assert_allclose(back[3:-3, 3:-3], expected[3:-3, 3:-3], atol=1e-4)


@pytest.mark.parametrize("painting", [(64, 64), (256, 256)])
def test_normals_stay_unit_and_on_their_side(painting: tuple[int, int]) -> None:
    _, geometry = fit(np.zeros((121, 130, 3), np.uint8), size=(128, 128))
    geometry = geometry.for_painting(*painting)
    y, x = np.mgrid[: painting[0], : painting[1]] / painting[0]
    vectors = np.zeros((*painting, 3), np.float32)
    vectors[x + 0.3 * y < 0.6] = (-1, 0, 0)
    vectors[x + 0.3 * y >= 0.6] = (0, 0.6, 0.8)
    vectors[y > 0.9] = 0
    back = geometry.normals(vectors)
    known = back.any(axis=2)
    np.testing.assert_allclose(np.linalg.norm(back[known], axis=1), 1, atol=1e-5)
    to_each = np.stack([back[known] @ side for side in np.array([[-1, 0, 0], [0, 0.6, 0.8]], np.float32)])
    assert to_each.max(axis=0).min() > 1 - 1e-5
    assert 0.85 < known.mean() < 0.95


def test_curved_normals_are_interpolated() -> None:
    _, geometry = fit(np.zeros((100, 300, 3), np.uint8), size=(32, 96))
    x = (np.arange(96) + 0.5) * 0.02
    vectors = np.broadcast_to(np.stack([np.sin(x), 0 * x, np.cos(x)], -1), (32, 96, 3)).astype(np.float32)
    back = geometry.normals(vectors)
    angle = np.arctan2(back[..., 0], back[..., 2])
    expected = ((np.arange(300) + 0.5) * geometry.scale + geometry.left) * 0.02
    np.testing.assert_allclose(angle[:, 5:-5], np.broadcast_to(expected, (100, 300))[:, 5:-5], atol=1e-4)


def test_a_painting_shows_a_picture_of_about_its_aspect() -> None:
    geometry = Geometry.of_painting((480, 640), (96, 124))
    assert (geometry.input_size, geometry.painting_size, geometry.box) == ((480, 640), (96, 124), (0, 0, 124, 96))
    for painting in ((96, 119), (96, 138), (640, 480)):
        with pytest.raises(ImageError, match=rf"{painting[1]} x {painting[0]} pixels and the picture 640 x 480"):
            Geometry.of_painting((480, 640), painting)


def test_the_box_is_in_pixels_of_the_painting() -> None:
    geometry = Geometry((10, 20), (16, 32), (32, 96), scale=1.0, left=6, top=3)  # twice as high, three times as wide
    assert geometry.box == (18, 6, 78, 26)


def test_the_record_survives_json() -> None:
    _, geometry = fit(np.zeros((427, 640, 3), np.uint8), max_pixels=100_000)
    geometry = geometry.for_painting(880, 1216)
    assert Geometry.from_dict(json.loads(json.dumps(geometry.to_dict()))) == geometry


def test_intrinsics_follow_the_pixels() -> None:
    geometry = Geometry((427, 640), (448, 672), (880, 1216), scale=1.02, left=9, top=6)
    matrix = np.array([[900.0, 0, 600], [0, 880, 450], [0, 0, 1]])
    point = np.array([0.3, -0.2, 4.0])
    u, v, w = matrix @ point
    down, across = geometry.painting_scale
    expected = (u / w / across - geometry.left) / geometry.scale, (v / w / down - geometry.top) / geometry.scale
    found = geometry.intrinsics(matrix) @ point
    np.testing.assert_allclose(found[:2] / found[2], expected)


def test_small_pictures_grow_and_large_ones_shrink_only_as_asked() -> None:
    assert fit(np.zeros((37, 53, 3), np.uint8))[1].scale == 1
    grown = fit(np.zeros((37, 53, 3), np.uint8), min_side=256)[1]
    assert grown.scale == pytest.approx(256 / 37)
    assert fit(np.zeros((512, 512, 3), np.uint8), max_pixels=512 * 512)[1].scale == 1
    both = fit(np.zeros((2, 30000, 3), np.uint8), min_side=256, max_pixels=2**20)[1]
    assert np.prod(both.canvas_size) <= 2**20
    square = fit(np.zeros((100, 300, 3), np.uint8), size=(256, 256))[1]
    assert (square.canvas_size, square.scale, square.left) == ((256, 256), pytest.approx(256 / 300), 0)
    assert square.top == (256 - 256 // 3) // 2


def test_the_padding_repeats_the_border() -> None:
    image = np.random.default_rng(0).integers(0, 256, (10, 10, 3), np.uint8)
    canvas, geometry = fit(image)
    assert (geometry.left, geometry.top) == (3, 3)
    np.testing.assert_array_equal(canvas[:3, 3:13], np.broadcast_to(image[:1], (3, 10, 3)))
    np.testing.assert_array_equal(canvas[13:, 13:], np.broadcast_to(image[-1, -1], (3, 3, 3)))


def test_bad_requests_say_why() -> None:
    image = np.zeros((40, 40, 3), np.uint8)
    with pytest.raises(ImageError, match="multiples of 16, not 100 x 64"):
        fit(image, size=(64, 100))
    with pytest.raises(ImageError, match="max_pixels must be at least 256"):
        fit(image, max_pixels=100)
    with pytest.raises(CodeError, match="the array is 40 x 40 pixels; this geometry expects a painting of 48 x 48"):
        fit(image)[1].labels(np.zeros((40, 40), np.int32))
