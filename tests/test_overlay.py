"""Overlays keep the picture's size above their legend, show the answer's colours, and read at every size."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytest
from PIL import Image

from cavendish import overlay
from cavendish.errors import CavendishError, ImageError
from cavendish.geometry import Geometry
from cavendish.results import DepthMap, Instances, Result, SemanticMap
from helpers import samples

PHOTO = np.random.default_rng(0).integers(0, 256, (samples.HEIGHT, samples.WIDTH, 3), np.uint8)


@pytest.mark.parametrize("make", samples.ALL)
@pytest.mark.parametrize("photo", [PHOTO, None])
def test_the_legend_lies_below_the_picture(make, photo) -> None:
    bare = make().overlay(photo, legend=False)
    assert (bare.mode, bare.size) == ("RGB", (samples.WIDTH, samples.HEIGHT))
    full = make().overlay(photo)
    assert full.width == samples.WIDTH
    assert full.height > samples.HEIGHT
    np.testing.assert_array_equal(np.asarray(full)[: samples.HEIGHT], np.asarray(bare))


@pytest.mark.parametrize("make", samples.ALL)
@pytest.mark.parametrize("size", [(1, 1), (2, 3000), (3000, 2)])
def test_odd_sizes_are_drawn(make, size: tuple[int, int]) -> None:
    result = make()
    small = {"confidence": np.ones(size, np.float32)}
    for name in ("metres", "valid", "vectors", "labels", "masks", "mask"):
        value = getattr(result, name, None)
        if name == "masks" and value is not None:
            small[name] = np.ones((len(value), *size), bool)
        elif isinstance(value, np.ndarray):
            small[name] = np.ascontiguousarray(np.broadcast_to(value[10, 10], (*size, *value.shape[2:])))
    picture = replace(result, **small).overlay(np.zeros((*size, 3), np.uint8))
    assert picture.width == size[1]


def test_near_is_brighter_than_far_and_sky_is_neither() -> None:
    metres = np.repeat(np.geomspace(0.5, 50, 64, dtype=np.float32)[None], 64, axis=0)
    metres[:8], metres[8:16] = np.inf, np.nan
    ones = np.ones((64, 64), np.float32)
    picture = DepthMap(metres=metres, valid=~np.isnan(metres), confidence=ones).overlay(legend=False)
    gray = np.asarray(picture.convert("L"), int)[40]
    assert (np.diff(gray) <= 1).all()
    assert gray[0] - gray[-1] > 150
    rgb = np.asarray(picture)
    assert len({tuple(rgb[0, 0]), tuple(rgb[10, 0]), *map(tuple, rgb[40])}) > 60


def test_classes_have_their_colours_and_borders() -> None:
    labels = np.zeros((200, 200), np.int32)
    labels[:, 100:] = 1
    colors = np.array([[255, 0, 0], [0, 0, 255]], np.uint8)
    ones = np.ones((200, 200), np.float32)
    result = SemanticMap(labels=labels, classes=("left", "right"), colors=colors, confidence=ones)
    rgb = np.asarray(result.overlay(legend=False))
    assert rgb[100, 20].tolist() == [255, 0, 0]
    assert rgb[100, 180].tolist() == [0, 0, 255]
    assert rgb[100, 95:105].max(axis=1).min() < 100
    half = np.asarray(result.overlay(np.zeros((200, 200, 3), np.uint8), alpha=0.5, legend=False))
    assert half[100, 20].tolist() == [128, 0, 0]


def test_alpha_zero_leaves_the_photo_inside_a_mask() -> None:
    result = samples.mask()
    rgb = np.asarray(result.overlay(PHOTO, alpha=0, legend=False))
    untouched = (rgb == PHOTO).all(axis=2)
    assert untouched[result.mask].mean() > 0.5  # all but the outline


def test_constant_or_missing_depth_is_drawn() -> None:
    ones = np.ones((20, 20), np.float32)
    for value in (3.0, 0.0, np.inf, np.nan):
        metres = np.full((20, 20), value, np.float32)
        DepthMap(metres=metres, valid=~np.isnan(metres), confidence=ones).overlay()


def test_long_and_foreign_names_fit() -> None:
    classes = ("a class with a very very long name that cannot fit", "左の犬", "", "two\nlines")
    picture = samples.semantic(classes).overlay(PHOTO)
    assert picture.width == samples.WIDTH


def test_the_wrong_photo_is_refused() -> None:
    with pytest.raises(ImageError, match="the image is 4 x 5 pixels and the answer 53 x 37"):
        samples.depth().overlay(np.zeros((5, 4, 3), np.uint8))
    with pytest.raises(ImageError, match="alpha must be between 0 and 1"):
        samples.depth().overlay(PHOTO, alpha=2)


def test_a_photo_can_be_anything_that_is_read() -> None:
    by_array = samples.mask().overlay(PHOTO)
    by_picture = samples.mask().overlay(Image.fromarray(PHOTO))
    np.testing.assert_array_equal(np.asarray(by_array), np.asarray(by_picture))


def test_results_from_elsewhere_are_drawn_once_they_say_how() -> None:
    @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class Heat(Result):
        shape: tuple[int, int] = (samples.HEIGHT, samples.WIDTH)

        def to_input(self, geometry: Geometry) -> Self:
            return self

    @dataclass(frozen=True, kw_only=True, eq=False, repr=False)
    class Stereo(DepthMap):
        baseline: float = 0.1

    heat = Heat(confidence=np.ones((samples.HEIGHT, samples.WIDTH), np.float32))
    with pytest.raises(CavendishError, match="no drawing for Heat"):
        heat.overlay(PHOTO)
    overlay.paint.register(Heat, lambda result, photo, alpha: np.full_like(photo, 7))
    assert heat.overlay(PHOTO).getpixel((3, 3)) == (7, 7, 7)
    depth = samples.depth()
    stereo = Stereo(metres=depth.metres, valid=depth.valid, confidence=depth.confidence)
    np.testing.assert_array_equal(np.asarray(stereo.overlay(PHOTO)), np.asarray(depth.overlay(PHOTO)))


def test_relative_depth_has_no_metres_in_its_legend() -> None:
    metric = samples.depth()
    strips = [np.asarray(one.overlay())[samples.HEIGHT :] for one in (metric, replace(metric, metric=False))]
    assert not np.array_equal(*strips)


def test_more_instances_than_colours() -> None:
    masks = np.zeros((300, 20, 30), bool)
    masks.reshape(300, -1)[np.arange(300), np.arange(300)] = True
    crowd = Instances(
        masks=masks, scores=np.ones(300, np.float32), label="grain", confidence=np.ones((20, 30), np.float32)
    )
    assert crowd.overlay(legend=False).size == (30, 20)
