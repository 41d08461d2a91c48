"""What validation counts while a model is trained, worked by hand: thresholds, unknown pixels, absent things."""

import numpy as np
import pytest

from cavendish.tasks import Depth, Edges, Instance, Normals, Referring, Semantic

KNOWN = np.array([[True, True, True, False]])


def test_depth() -> None:
    truth = np.array([[2.0, 4.0, np.inf, 1.0]])
    found = Depth.measure(np.array([[2.5, 4.0, 1.0, 9.0]]), truth, KNOWN)
    assert found == {"delta1": (0.5, 1), "absrel": (0.125, 1)}  # a ratio of exactly 1.25 is outside; sky is not counted
    missing = Depth.measure(np.array([[np.nan, 4.0, 1.0, 1.0]]), truth)
    assert missing["delta1"] == (pytest.approx(2 / 3), 1)  # no answer is a miss
    assert missing["absrel"] == (pytest.approx((2 - 1e-3) / 2 / 3), 1)


def test_normals() -> None:
    truth = np.array([[[0, 0, 1.0], [0, 1.0, 0], [0, 0, 0], [1.0, 0, 0]]])
    prediction = np.array([[[0, 0, 1.0], [0, 0.5, 0.75**0.5], [1.0, 0, 0], [-1.0, 0, 0]]])
    assert Normals.measure(prediction, truth, KNOWN)["angle"] == (pytest.approx(30), 1)  # of 0 and 60 degrees
    assert Normals.measure(prediction, truth)["angle"] == (pytest.approx(80), 1)


def test_classes() -> None:
    truth = np.array([[0, 0, 1, 1, -1, 2]])
    prediction = np.array([[0, 1, 1, 1, 1, 0]])
    known = np.array([[True, True, True, True, True, False]])
    found = Semantic.measure(prediction, truth, known)
    assert found == {"accuracy": (0.75, 1), "largest": (0.5, 1), "iou": (pytest.approx(1 / 2 + 2 / 3), 2)}
    assert Semantic.measure(prediction, truth)["iou"] == (pytest.approx(1 / 3 + 2 / 3), 3)


def masks(*rows: str) -> np.ndarray:
    return np.array([[[mark == "x" for mark in row]] for row in rows])


def test_instances() -> None:
    truth = masks("xxxx......", "......xxxx")
    assert Instance.measure(masks("xx........", "......xxx."), truth) == {"f1": (4, 4)}  # an overlap of a half is one
    assert Instance.measure(masks("x.........", "......xxxx", ".....xxxx."), truth) == {"f1": (2, 5)}
    assert Instance.measure(masks("xxxx......")[:0], truth) == {"f1": (0, 2)}


def test_references() -> None:
    truth = np.zeros((3, 20, 50), bool)
    truth[0, :10] = True
    prediction = np.zeros((3, 20, 50), bool)
    prediction[0, 5:15] = prediction[1, 0, :1] = prediction[2, 0, :3] = True
    assert Referring.measure(prediction, truth) == {"iou": (pytest.approx(1 / 3), 1), "absent": (1, 2)}


def test_edges() -> None:
    truth, prediction, known = (np.zeros((40, 40), bool) for _ in range(3))  # lines may lie a pixel off
    truth[:, 10] = prediction[:, 11] = truth[:, 20] = prediction[:, 22] = known[:, :15] = True
    assert Edges.measure(prediction, truth)["boundary F"] == (0.5, 1)
    assert Edges.measure(prediction, truth, known)["boundary F"] == (1, 1)
