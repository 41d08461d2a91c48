"""What several answers to one question say together, worked by hand."""

import numpy as np
import pytest

from cavendish.results import DepthMap, Instances, Mask, NormalMap
from cavendish.tasks import Depth, Instance, Normals, Referring
from helpers import samples


def given(*shape: int) -> dict:
    return samples.common() | {"confidence": np.ones(shape, np.float32)}


def test_depth_of_sky_in_most_votes_is_sky() -> None:
    rows = np.array([[np.inf, np.inf], [np.inf, 3.0], [3.0, 4.0]], np.float32)[:, None]
    answers = [DepthMap(metres=row, valid=np.ones((1, 2), bool), **given(1, 2)) for row in rows]
    assert Depth().combine(answers).metres.tolist() == [[np.inf, 4.0]]


@pytest.mark.parametrize(("tilt", "known"), [(0, False), (1e-3, False), (1e-2, True)])
def test_normals_that_cancel_are_unknown(tilt: float, known: bool) -> None:
    """Two directions opposite to each other but for a small angle, in radians."""
    sides = [(0, 0, 1), (np.sin(tilt), 0, -np.cos(tilt))]
    answers = [NormalMap(vectors=np.array([[side]], np.float32), valid=np.ones((1, 1), bool), **given(1, 1))
               for side in sides]  # fmt: skip
    answer = Normals().combine(answers)
    assert answer.valid.item() == known
    np.testing.assert_allclose(answer.vectors[0, 0], (known, 0, 0), atol=0.01)


def drawn(*rows: str) -> np.ndarray:
    return np.array([[[mark == "x" for mark in row]] for row in rows], bool).reshape(len(rows), 1, -1)


def instances(*rows: str, score: float = 1.0) -> Instances:
    masks = drawn(*rows) if rows else np.zeros((0, 1, 8), bool)
    return Instances(masks=masks, scores=np.full(len(rows), score, np.float32), label="cat", **given(1, 8))


def test_instances_of_more_than_half_of_the_votes_stay() -> None:
    combined = Instance("cat").combine([instances("xxxx....", "......xx"), instances(".xxx....", score=0.5)])
    assert combined.masks.tolist() == drawn(".xxx....").tolist()  # one of two votes is not more than half
    assert combined.scores.tolist() == [0.75]
    combined = Instance("cat").combine([instances("xxxx...."), instances(".xxx....", score=0.5), instances()])
    assert combined.masks.tolist() == drawn(".xxx....").tolist()
    assert combined.scores.tolist() == [0.5]  # a vote without it counts as zero
    combined = Instance("cat").combine([instances("xxxx...."), instances("xxx....."), instances("xx......")])
    assert combined.masks.tolist() == drawn("xxx.....").tolist()


def test_a_mask_is_what_more_than_half_of_the_votes_hold() -> None:
    answers = [{"cat": Mask(mask=row, expression="cat", **given(1, 4))} for row in drawn("xxx.", "xx..", "x..x")]
    task = Referring.of(["cat"])
    assert task.combine(answers)["cat"].mask.tolist() == [[True, True, False, False]]
    assert task.combine(answers[:2])["cat"].mask.tolist() == [[True, True, False, False]]
