"""What was written is read back, and so is what other projects write."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from cavendish.errors import ExportError, ImageError, MissingExtraError
from cavendish.formats import read_depth, read_labels, read_masks, read_normals
from helpers import samples


@pytest.mark.parametrize("suffix", ["npy", "npz", "exr"])
def test_depth_comes_back_exactly(suffix: str, tmp_path: Path) -> None:
    result = samples.depth()
    read = read_depth(result.save(tmp_path / f"d.{suffix}"))
    assert read.dtype == np.float32
    np.testing.assert_array_equal(read, result.metres)


@pytest.mark.parametrize("scale", ["mm", "kitti", 500])
def test_depth_png_knows_its_own_scale(scale, tmp_path: Path) -> None:
    result = samples.depth()
    path = result.save(tmp_path / "d.png", scale=scale)
    measured = np.isfinite(result.metres) & (result.metres > 0)
    for read in (read_depth(path), read_depth(path, scale=scale)):
        np.testing.assert_array_equal(np.isnan(read), ~np.isfinite(result.metres))
        np.testing.assert_allclose(read[measured], result.metres[measured], atol=0.0021)


def test_depth_png_of_others(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 256, 2560]], np.uint16)).save(tmp_path / "kitti.png")
    np.testing.assert_array_equal(read_depth(tmp_path / "kitti.png", scale="kitti"), [[np.nan, 1, 10]])
    np.testing.assert_allclose(read_depth(tmp_path / "kitti.png"), [[np.nan, 0.256, 2.56]])
    Image.new("RGB", (4, 4)).save(tmp_path / "rgb.png")
    with pytest.raises(ImageError, match="has 3 channels"):
        read_depth(tmp_path / "rgb.png")
    Image.new("L", (4, 4)).save(tmp_path / "gray.png")
    with pytest.raises(ImageError, match="has 8 bits"):
        read_depth(tmp_path / "gray.png")
    with pytest.raises(ExportError, match="scale is"):
        read_depth(tmp_path / "kitti.png", scale="yards")
    with pytest.raises(ImageError, match=r"d\.npy: scale is an option for \.png, not for \.npy"):
        read_depth(samples.depth().save(tmp_path / "d.npy"), scale="mm")


def test_archives_have_one_array_or_the_named_one(tmp_path: Path) -> None:
    masks = np.zeros((2, 5, 6), bool)
    masks[0, :2] = masks[1, 3:] = True
    normals = np.zeros((5, 6, 3), np.float32)
    normals[..., 2] = 1
    labels = np.arange(30).reshape(5, 6)
    for read, name, want in (
        (read_masks, "masks", masks),
        (read_masks, "arr", masks.astype(np.uint8)),
        (read_labels, "labels", labels),
        (read_normals, "vectors", normals),
        (read_depth, "depth", labels.astype(float)),
    ):
        np.savez(tmp_path / "one.npz", **{name: want})
        np.testing.assert_array_equal(read(tmp_path / "one.npz"), want)
    np.savez(tmp_path / "more.npz", masks=masks, scores=np.ones(2))
    np.testing.assert_array_equal(read_masks(tmp_path / "more.npz"), masks)
    with pytest.raises(ImageError, match="none of its 2 arrays is called 'metres': masks, scores"):
        read_depth(tmp_path / "more.npz")


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    for read in (read_depth, read_normals, read_labels, read_masks):
        with pytest.raises(ImageError, match=r"nothing.npy: there is no such file$"):
            read(tmp_path / "nothing.npy")
    np.savez(tmp_path / "one.npz", masks=np.ones((2, 4, 4), bool))
    (tmp_path / "one.npz").rename(tmp_path / "archive.npy")
    with pytest.raises(ImageError, match=r"archive\.npy: this file cannot be read"):
        read_masks(tmp_path / "archive.npy")
    Image.new("RGB", (4, 4)).save(tmp_path / "rgb.png")
    with pytest.raises(ImageError, match="a picture in colours"):
        read_labels(tmp_path / "rgb.png")
    picture = {"height": 4, "width": 4}
    (tmp_path / "two.json").write_text(json.dumps({"images": [picture, picture], "annotations": []}))
    with pytest.raises(ImageError, match=r"COCO file of one image \(it has 2\)"):
        read_masks(tmp_path / "two.json")


def test_normals_come_back(tmp_path: Path) -> None:
    result = samples.normals()
    for name, options, tolerance in [
        ("n.npy", {}, 1e-6),
        ("n.exr", {}, 1e-6),
        ("n8.png", {}, 0.006),
        ("n8r.png", {"x": "right"}, 0.006),
        ("n16.png", {"bits": 16}, 3e-5),
        ("n16r.png", {"bits": 16, "x": "right"}, 3e-5),
    ]:
        read = read_normals(result.save(tmp_path / name, **options))
        assert np.abs(read - result.vectors).max() < tolerance, name
    as_right = read_normals(tmp_path / "n8.png", x="right")
    assert np.abs(as_right * [-1, 1, 1] - result.vectors).max() < 0.006
    with pytest.raises(ImageError, match="x is 'left' or 'right'"):
        read_normals(tmp_path / "n8.png", x="up")
    with pytest.raises(ImageError, match=r"frame is an option for \.npy, \.npz, \.exr, not for \.png"):
        read_normals(tmp_path / "n8.png", frame="opencv")


def test_16_bit_colours_of_others_keep_their_low_byte(tmp_path: Path) -> None:
    import cv2

    levels = np.random.default_rng(0).integers(0, 65536, (30, 40, 3), np.uint16)
    cv2.imwrite(str(tmp_path / "n.png"), levels[..., ::-1])
    vectors = levels / 65535 * 2 - 1
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    np.testing.assert_allclose(read_normals(tmp_path / "n.png", x="right"), vectors, atol=1e-5)


def test_labels_come_back(tmp_path: Path) -> None:
    result = samples.semantic()
    np.testing.assert_array_equal(read_labels(result.save(tmp_path / "s.png")), result.labels)
    np.save(tmp_path / "s.npy", result.labels.astype(np.int64))
    np.testing.assert_array_equal(read_labels(tmp_path / "s.npy"), result.labels)
    Image.fromarray(np.array([[0, 255]], np.uint8)).save(tmp_path / "gray.png")
    assert read_labels(tmp_path / "gray.png").tolist() == [[0, 255]]
    with pytest.raises(ImageError, match="labels are"):
        read_labels(samples.depth().save(tmp_path / "d.npy"))


def test_masks_come_back(tmp_path: Path) -> None:
    result = samples.instances(4)
    np.testing.assert_array_equal(read_masks(result.save(tmp_path / "i.json")), result.masks)
    ids = np.asarray(Image.open(result.save(tmp_path / "i.png")))
    np.testing.assert_array_equal(read_masks(tmp_path / "i.png"), [ids == n for n in np.unique(ids) if n])
    np.save(tmp_path / "i.npy", result.masks)
    np.testing.assert_array_equal(read_masks(tmp_path / "i.npy"), result.masks)
    np.save(tmp_path / "ids.npy", ids)
    np.testing.assert_array_equal(read_masks(tmp_path / "ids.npy"), [ids == n for n in np.unique(ids) if n])
    one = samples.mask()
    for suffix in ("png", "npy", "json"):
        np.testing.assert_array_equal(read_masks(one.save(tmp_path / f"m.{suffix}")), one.mask[None])
    assert read_masks(samples.instances(0).save(tmp_path / "none.json")).shape == (0, samples.HEIGHT, samples.WIDTH)


def test_coco_of_others_has_polygons_and_plain_run_lengths(tmp_path: Path) -> None:
    square = {"segmentation": [[1, 1, 4, 1, 4, 3, 1, 3]]}
    runs = {"segmentation": {"size": [5, 6], "counts": [5, 10, 15]}}
    document = {"images": [{"height": 5, "width": 6}], "annotations": [square, runs]}
    (tmp_path / "c.json").write_text(json.dumps(document))
    polygon, columns = read_masks(tmp_path / "c.json")
    assert polygon.sum() == 6
    assert polygon[1:3, 1:4].all()
    assert columns.sum() == 10
    assert columns[:, 1:3].all()
    document["images"] *= 2
    (tmp_path / "two.json").write_text(json.dumps(document))
    with pytest.raises(ImageError, match="COCO file of one image"):
        read_masks(tmp_path / "two.json")


@pytest.mark.parametrize("read", [read_depth, read_normals, read_labels, read_masks])
def test_files_that_are_not_there_or_not_that(read, tmp_path: Path) -> None:
    for name in ("missing.png", "missing.npy", "missing.json", "missing.xyz"):
        with pytest.raises(ImageError, match="missing"):
            read(tmp_path / name)


PARTS = [(samples.depth, "npy"), (samples.depth, "npz"), (samples.depth, "png"), (samples.depth, "exr")]
PARTS += [(samples.normals, "png"), (samples.instances, "json"), (samples.instances, "png")]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(case=st.sampled_from(PARTS), data=st.data())
def test_damaged_files_are_read_or_named(case, data, tmp_path_factory) -> None:
    make, suffix = case
    path = tmp_path_factory.getbasetemp() / f"whole_{make.__name__}.{suffix}"
    whole = bytearray((path if path.exists() else make().save(path)).read_bytes())
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4)):
        whole[at] = value
    broken = path.with_name(f"broken.{suffix}")
    broken.write_bytes(whole[: data.draw(st.one_of(st.just(len(whole)), st.integers(0, len(whole))))])
    read = {samples.depth: read_depth, samples.normals: read_normals, samples.instances: read_masks}[make]
    try:
        assert isinstance(read(broken), np.ndarray)
    except ImageError as error:
        assert "broken" in str(error)


def test_a_missing_library_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    path = samples.depth().save(tmp_path / "d.exr")
    monkeypatch.setitem(sys.modules, "OpenEXR", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cavendish\[export\]'"):
        read_depth(path)
