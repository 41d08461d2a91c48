"""Results are checked when they are made, and come back to the input's grid whole."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError, replace
from importlib import metadata

import numpy as np
import pytest

from cavendish.errors import CodeError
from cavendish.geometry import Geometry, fit
from cavendish.results import Instances, Provenance, _versions
from helpers import samples


@pytest.mark.parametrize("make", samples.ALL)
def test_results_are_frozen_and_print_in_one_line(make) -> None:
    result = make()
    with pytest.raises(FrozenInstanceError):
        result.instruction = "other"
    text = repr(result)
    assert text.startswith(f"{type(result).__name__}(53 x 37")
    assert "\n" not in text
    assert len(text) < 120


def test_source_that_is_not_installed_answers_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    _versions.cache_clear()
    assert Provenance().versions == {"cavendish": "source", "numpy": np.__version__}
    _versions.cache_clear()


def test_provenance_survives_json() -> None:
    record = json.loads(json.dumps(samples.PROVENANCE.to_dict()))
    assert Provenance.from_dict(record) == samples.PROVENANCE
    assert record["versions"].keys() >= {"cavendish", "numpy"}


@pytest.mark.parametrize(
    ("make", "wrong", "reason"),
    [
        (samples.depth, {"metres": np.zeros((37, 53))}, "metres must be float32"),
        (samples.depth, {"metres": np.zeros((37, 53, 1), np.float32)}, "of shape"),
        (samples.depth, {"metres": [[1.0]]}, "must be a NumPy array"),
        (samples.depth, {"valid": np.ones((37, 53), bool)}, "exactly where metres is NaN"),
        (samples.depth, {"valid": np.ones((37, 52), bool)}, r"shape \(37, 53\), not bool of shape \(37, 52\)"),
        (samples.depth, {"intrinsics": np.eye(4)}, "intrinsics must be float64"),
        (samples.depth, {"confidence": np.full((37, 53), 1.5, np.float32)}, "confidence must lie"),
        (samples.depth, {"confidence": np.full((37, 53), np.nan, np.float32)}, "confidence must lie"),
        (samples.depth, {"confidence": np.zeros((37, 50), np.float32)}, "confidence must be float32"),
        (samples.depth, {"painting": np.zeros((4, 4), np.uint8)}, "painting must be uint8"),
        (samples.normals, {"vectors": np.ones((37, 53, 3), np.float32)}, "length 1"),
        (samples.normals, {"vectors": np.full((37, 53, 3), np.nan, np.float32)}, "length 1"),
        (samples.semantic, {"labels": np.full((37, 53), 3, np.int32)}, "index into the 3 classes"),
        (samples.semantic, {"labels": np.full((37, 53), -2, np.int32)}, "index into the 3 classes"),
        (samples.semantic, {"classes": ("a", "a", "b")}, "differ"),
        (samples.semantic, {"colors": np.zeros((2, 3), np.uint8)}, "colors must be uint8"),
        (samples.instances, {"scores": np.zeros(3, np.float32)}, "scores must be float32"),
        (samples.instances, {"scores": np.full(4, np.nan, np.float32)}, "scores must lie"),
        (samples.instances, {"masks": np.zeros((4, 37, 53), np.uint8)}, "masks must be bool"),
        (samples.mask, {"mask": np.zeros((37, 53), np.uint8)}, "mask must be bool"),
    ],
)
def test_wrong_arrays_are_refused_in_a_sentence(make, wrong: dict, reason: str) -> None:
    with pytest.raises(CodeError, match=reason):
        replace(make(), **wrong)


def test_negative_depth_is_refused() -> None:
    result = samples.depth()
    with pytest.raises(CodeError, match="negative"):
        replace(result, metres=np.where(result.valid, np.float32(-1), np.float32(np.nan)))


@pytest.mark.parametrize("make", samples.ALL)
def test_results_come_back_to_the_input(make) -> None:
    image = np.zeros((61, 97, 3), np.uint8)
    _, geometry = fit(image, size=(32, 48))
    geometry = geometry.for_painting(samples.HEIGHT, samples.WIDTH)
    result = make()
    back = result.to_input(geometry)
    assert type(back) is type(result)
    assert back.shape == (61, 97)
    assert back.confidence.shape == (61, 97)
    assert back.painting is result.painting
    assert back.provenance.geometry == geometry.to_dict()


def test_no_instances_come_back_as_none() -> None:
    _, geometry = fit(np.zeros((61, 97, 3), np.uint8), size=(32, 48))
    back = samples.instances(0).to_input(geometry.for_painting(samples.HEIGHT, samples.WIDTH))
    assert back.masks.shape == (0, 61, 97)


def test_an_instance_too_small_for_a_pixel_goes_with_its_own_score() -> None:
    masks = np.zeros((3, 8, 8), bool)
    masks[0, :4], masks[1, 5, 5], masks[2, 4:, :4] = True, True, True
    given = samples.common() | {"confidence": np.ones((8, 8), np.float32)}
    found = Instances(masks=masks, scores=np.array([0.9, 0.5, 0.2], np.float32), label="cat", **given)
    back = found.to_input(Geometry((2, 2), (8, 8), (8, 8), scale=4.0, left=0, top=0))
    assert back.scores.tolist() == found.scores[[0, 2]].tolist()
    assert back.masks.tolist() == [[[True, True], [False, False]], [[False, False], [True, False]]]


def test_the_camera_of_a_painting_becomes_that_of_the_picture() -> None:
    _, geometry = fit(np.zeros((61, 97, 3), np.uint8), size=(32, 48))
    geometry = geometry.for_painting(samples.HEIGHT, samples.WIDTH)
    result = samples.depth(intrinsics=True)
    np.testing.assert_array_equal(result.to_input(geometry).intrinsics, geometry.intrinsics(result.intrinsics))
    assert not np.allclose(result.to_input(geometry).intrinsics, result.intrinsics)


def test_the_mask_of_a_class() -> None:
    result = samples.semantic()
    np.testing.assert_array_equal(result.mask("sky"), result.labels == 2)
    with pytest.raises(CodeError, match="no class 'cat'"):
        result.mask("cat")


def test_results_need_numpy_alone() -> None:
    program = (
        "import sys, cavendish.results\n"
        "heavy = {'PIL', 'scipy', 'matplotlib', 'pycocotools', 'OpenEXR', 'trimesh', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
