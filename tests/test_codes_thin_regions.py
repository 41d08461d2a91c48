"""Instances of which little shows: slivers in colours painted nowhere else, in pieces, and gaps that are no slivers."""

import numpy as np
import pytest

from cavendish.codes import rgb_to_instances
from cavendish.codes.thin_regions import is_seam
from corruption import CORRUPTIONS, OVERSAMPLING, corrupt, score_instances, truth


def boards(*places: tuple[int, int, int, int]) -> np.ndarray:
    """(1024, 1024) ids at four times the painting's size: boards 1, 2, … (top, left, bottom, right), in pixels."""
    ids = np.zeros((256 * OVERSAMPLING,) * 2, dtype=np.int32)
    for number, (top, left, bottom, right) in enumerate(np.multiply(places, OVERSAMPLING), start=1):
        ids[top:bottom, left:right] = number
    return ids


def f1(ids: np.ndarray, colors: list[tuple[int, int, int]], kind: str) -> float:
    picture = corrupt(np.array([(0, 0, 0), *colors], dtype=np.uint8)[ids], kind, np.random.default_rng(0))
    masks = np.array([truth(ids) == k for k in range(1, len(colors) + 1)])
    return score_instances(rgb_to_instances(picture), masks)[0]


@pytest.mark.parametrize("kind", CORRUPTIONS)
@pytest.mark.parametrize("color", [(187, 255, 68), (119, 85, 68), (51, 102, 255), (255, 255, 255)])
def test_a_sliver_beside_another_instance_is_one(kind: str, color: tuple[int, int, int]) -> None:
    ids = boards((20, 20, 90, 90), (110, 100, 160, 104), (100, 104, 180, 200))
    assert f1(ids, [(170, 102, 51), color, (204, 0, 102)], kind) == 1


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_two_slivers_around_a_corner_are_one_instance(kind: str) -> None:
    ids = boards((96, 110, 150, 206), (100, 60, 200, 200), (10, 10, 60, 60))
    assert f1(ids, [(187, 255, 68), (17, 68, 85), (170, 102, 51)], kind) == 1


def test_a_gap_between_two_instances_is_no_third_though_it_has_about_its_colour() -> None:
    palette = np.array([(0, 0, 0), (136, 170, 255), (34, 119, 221), (17, 68, 85)], dtype=np.uint8)
    labels = np.zeros((160, 200), dtype=np.int32)
    labels[50:120, 50:100], labels[40:110, 103:160], labels[50:110, 100:103] = 1, 2, 3
    box, inside = (slice(50, 110), slice(100, 103)), np.ones((60, 3), dtype=bool)
    for color, seam in (((17, 68, 85), False), ((25, 70, 80), False), ((21, 55, 92), True), ((20, 60, 110), True)):
        picture = palette[labels]
        picture[box] = color
        assert is_seam(picture, labels, palette, box, inside) is seam
