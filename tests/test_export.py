"""Every format, read by a library that is not ours, and the record that goes with it."""

import io
import json
import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cavendish.errors import CavendishError, ExportError, MissingExtraError
from cavendish.formats import read_labels, read_normals
from cavendish.results import Result
from helpers import samples


def png_note(path: Path) -> dict:
    with Image.open(path) as picture:
        return json.loads(picture.text["cavendish"])


def check_record(record: dict, result: Result) -> None:
    assert record["type"] == type(result).__name__
    assert record["instruction"] == result.instruction
    assert record["provenance"] == result.provenance.to_dict()


# ---- depth ----------------------------------------------------------------------------------------------------------


def test_depth_npy_and_its_sidecar(tmp_path: Path) -> None:
    result = samples.depth()
    assert result.save(str(tmp_path / "d.npy")) == tmp_path / "d.npy"
    np.testing.assert_array_equal(np.load(tmp_path / "d.npy"), result.metres)
    check_record(json.loads((tmp_path / "d.npy.json").read_text(encoding="utf-8")), result)


def test_depth_npz(tmp_path: Path) -> None:
    result = samples.depth(intrinsics=True)
    with np.load(result.save(tmp_path / "d.npz"), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["metres"], result.metres)
        np.testing.assert_array_equal(archive["valid"], result.valid)
        np.testing.assert_array_equal(archive["confidence"], result.confidence)
        np.testing.assert_array_equal(archive["intrinsics"], result.intrinsics)
        check_record(json.loads(str(archive["provenance"])), result)
    with np.load(samples.depth().save(tmp_path / "e.npz")) as archive:
        assert "intrinsics" not in archive


def test_depth_png_is_millimetres(tmp_path: Path) -> None:
    import cv2

    result = samples.depth()
    path = result.save(tmp_path / "d.png")
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert values.dtype == np.uint16
    measured = np.isfinite(result.metres)
    np.testing.assert_array_equal(values == 0, ~measured)
    expected = np.maximum(result.metres[measured].astype(np.float64), 0.001)  # no reading may turn into "no reading"
    assert np.abs(values[measured] / 1000 - expected).max() <= 0.0005 + 1e-9
    check_record(png_note(path), result)
    assert png_note(path)["units_per_metre"] == 1000


def test_depth_png_of_kitti(tmp_path: Path) -> None:
    """KITTI's devkit: uint16 PNG, 0 is invalid, else depth = value / 256."""
    result = samples.depth(far=200)
    raw = np.array(Image.open(result.save(tmp_path / "d.png", scale="kitti")), dtype=int)
    assert np.max(raw) > 255
    depth = raw.astype(np.float64) / 256.0
    depth[raw == 0] = -1.0
    measured = np.isfinite(result.metres)
    np.testing.assert_array_equal(depth == -1, ~measured)
    np.testing.assert_allclose(depth[measured], np.maximum(result.metres[measured], 1 / 256), atol=0.5 / 256 + 1e-9)


def test_depth_too_far_for_16_bits_is_refused_or_clipped(tmp_path: Path) -> None:
    result = samples.depth(far=100)
    far = np.isfinite(result.metres) & (np.rint(result.metres * 1000.0) > 65535)
    with pytest.raises(ExportError, match=f"{far.sum()} pixels are farther than 65.535 m"):
        result.save(tmp_path / "d.png")
    assert list(tmp_path.iterdir()) == []
    values = np.asarray(Image.open(result.save(tmp_path / "d.png", clip=True)))
    np.testing.assert_array_equal(values == 0, far | ~np.isfinite(result.metres))
    coarse = np.asarray(Image.open(result.save(tmp_path / "d.png", scale=100)))
    np.testing.assert_allclose(coarse[far] / 100, result.metres[far], atol=0.005 + 1e-5)


@pytest.mark.parametrize("scale", ["cm", 0, -1, float("nan"), float("inf"), None])
def test_unknown_scales_are_refused(scale, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="scale is 'mm', 'kitti' or a positive number"):
        samples.depth().save(tmp_path / "d.png", scale=scale)


READ_EXR = """
import json, sys
import numpy as np, OpenEXR
with OpenEXR.File(sys.argv[1], separate_channels=True) as file:
    channels = {name: channel.pixels for name, channel in file.channels().items()}
    np.savez(sys.argv[2], record=file.header()["cavendish"], **channels)
"""


def read_exr(path: Path) -> dict[str, np.ndarray]:
    """All channels, read by OpenEXR's own library in a process that has never seen ours."""
    subprocess.run([sys.executable, "-c", READ_EXR, path, path.with_suffix(".npz")], check=True)
    with np.load(path.with_suffix(".npz")) as archive:
        return dict(archive)


def test_depth_exr(tmp_path: Path) -> None:
    result = samples.depth()
    read = read_exr(result.save(tmp_path / "d.exr"))
    assert read.keys() == {"Z", "record"}
    assert read["Z"].dtype == np.float32
    np.testing.assert_array_equal(read["Z"], result.metres)
    check_record(json.loads(str(read["record"])), result)


def expected_points(result, fx: float, fy: float, cx: float, cy: float) -> np.ndarray:
    points = []
    for v in range(samples.HEIGHT):
        for u in range(samples.WIDTH):
            z = float(result.metres[v, u])
            if np.isfinite(z):
                points.append(((u + 0.5 - cx) / fx * z, (v + 0.5 - cy) / fy * z, z))
    return np.array(points)


def test_depth_ply(tmp_path: Path) -> None:
    from plyfile import PlyData

    result = samples.depth(intrinsics=True)
    photo = np.random.default_rng(0).integers(0, 256, (samples.HEIGHT, samples.WIDTH, 3), np.uint8)
    ply = PlyData.read(result.save(tmp_path / "d.ply", image=photo))
    vertex = ply["vertex"]
    assert not ply.text
    assert ply.byte_order == "<"
    xyz = np.stack([vertex[axis] for axis in "xyz"], axis=1)
    np.testing.assert_allclose(xyz, expected_points(result, 50, 52, 26, 18), rtol=1e-5, atol=1e-6)
    rgb = np.stack([vertex[name] for name in ("red", "green", "blue")], axis=1)
    np.testing.assert_array_equal(rgb, photo[np.isfinite(result.metres)])
    assert any("OpenCV" in comment and "metres" in comment for comment in ply.comments)
    (record,) = [text.removeprefix("cavendish ") for text in ply.comments if text.startswith("cavendish ")]
    check_record(json.loads(record), result)


def test_a_field_of_view_is_assumed_and_said(tmp_path: Path) -> None:
    from plyfile import PlyData

    result = samples.depth()
    ply = PlyData.read(result.save(tmp_path / "d.ply"))
    assert any("assumed field of view of 60 degrees along the longer side" in comment for comment in ply.comments)
    focal = samples.WIDTH / 2 / np.tan(np.radians(30))
    xyz = np.stack([ply["vertex"][axis] for axis in "xyz"], axis=1)
    expected = expected_points(result, focal, focal, samples.WIDTH / 2, samples.HEIGHT / 2)
    np.testing.assert_allclose(xyz, expected, rtol=1e-5, atol=1e-6)
    assert {p.name for p in ply["vertex"].properties} == {"x", "y", "z"}
    given = PlyData.read(result.save(tmp_path / "e.ply", fov_degrees=90))
    assert any("given field of view of 90 degrees" in comment for comment in given.comments)


def test_depth_glb(tmp_path: Path) -> None:
    import trimesh
    from pygltflib import GLTF2

    result = samples.depth(intrinsics=True)
    photo = np.random.default_rng(0).integers(0, 256, (samples.HEIGHT, samples.WIDTH, 3), np.uint8)
    path = result.save(tmp_path / "d.glb", image=photo)
    expected = expected_points(result, 50, 52, 26, 18) * [1, -1, -1]  # OpenGL: y up, z toward the viewer

    (cloud,) = trimesh.load_scene(path).geometry.values()
    np.testing.assert_allclose(cloud.vertices, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(np.asarray(cloud.colors)[:, :3], photo[np.isfinite(result.metres)])

    gltf = GLTF2().load(str(path))
    (primitive,) = gltf.meshes[0].primitives
    assert primitive.mode == 0  # points
    accessor = gltf.accessors[primitive.attributes.POSITION]
    view = gltf.bufferViews[accessor.bufferView]
    start = (view.byteOffset or 0) + (accessor.byteOffset or 0)
    positions = np.frombuffer(gltf.binary_blob(), "<f4", accessor.count * 3, start).reshape(-1, 3)
    np.testing.assert_allclose(positions, expected, rtol=1e-5, atol=1e-6)
    extras = gltf.scenes[0].extras
    assert "OpenGL" in extras["frame"]
    check_record(json.loads(extras["cavendish"]), result)


def test_point_clouds_refuse_what_makes_no_sense(tmp_path: Path) -> None:
    result = samples.depth()
    cases = [
        ({"image": np.zeros((4, 4, 3), np.uint8)}, "the image is 4 x 4 pixels and the depth map 53 x 37"),
        ({"intrinsics": np.eye(2)}, "3 x 3 pinhole"),
        ({"intrinsics": np.zeros((3, 3))}, "3 x 3 pinhole"),
        ({"intrinsics": np.eye(3), "fov_degrees": 50}, "not both"),
        ({"fov_degrees": 180}, "between 0 and 180"),
        ({"fov_degrees": "wide"}, "between 0 and 180"),
        ({"intrinsics": "abc"}, "3 x 3 pinhole"),
    ]
    for options, reason in cases:
        with pytest.raises(ExportError, match=reason):
            result.save(tmp_path / "d.ply", **options)
    nothing = replace(result, metres=np.full(result.shape, np.inf, np.float32), valid=np.ones(result.shape, bool))
    for name in ("d.ply", "d.glb"):
        with pytest.raises(ExportError, match="no pixel has a finite depth"):
            nothing.save(tmp_path / name)


# ---- normals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["n.npy", "n.exr"])
def test_normals_in_the_frame_of_others(name: str, tmp_path: Path) -> None:
    result = samples.normals()
    path = result.save(tmp_path / name, frame="opencv")
    if name == "n.npy":
        vectors, record = np.load(path), json.loads((tmp_path / "n.npy.json").read_text())
    else:
        import OpenEXR

        file = OpenEXR.File(str(path))
        vectors, record = file.channels()["RGB"].pixels, json.loads(file.header()["cavendish"])
    np.testing.assert_array_equal(vectors, result.vectors * np.float32([1, -1, -1]))
    assert "+y down" in record["frame"] and record["axes"] == "opencv"
    np.testing.assert_allclose(read_normals(path), result.vectors, atol=1e-6)  # the file says its frame
    with pytest.raises(CavendishError, match="unknown frame 'up'"):
        result.save(path, frame="up")
    with pytest.raises(ExportError, match="has no option 'frame'"):
        result.save(tmp_path / "n.png", frame="opencv")


def test_normals_npy_and_exr(tmp_path: Path) -> None:
    result = samples.normals()
    np.testing.assert_array_equal(np.load(result.save(tmp_path / "n.npy")), result.vectors)
    read = read_exr(result.save(tmp_path / "n.exr"))
    np.testing.assert_array_equal(np.stack([read[name] for name in "RGB"], axis=2), result.vectors)
    check_record(json.loads(str(read["record"])), result)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("x", ["left", "right"])
def test_normals_png(bits: int, x: str, tmp_path: Path) -> None:
    import cv2

    result = samples.normals()
    path = result.save(tmp_path / "n.png", bits=bits, x=x)
    levels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert levels.dtype == np.dtype(f"uint{bits}")
    top = 2**bits - 1
    vectors = levels / top * 2 - 1
    vectors[..., 0] *= -1 if x == "left" else 1
    assert np.abs(vectors - result.vectors)[result.valid].max() <= 1 / top + 1e-6
    np.testing.assert_array_equal(levels[~result.valid], 0)
    if x == "left" and bits == 8:  # the colours that the paper names
        np.testing.assert_allclose(levels[0, :3], [(255, 128, 128), (128, 255, 128), (128, 128, 255)], atol=1)
    check_record(png_note(path), result)


def test_the_16_bit_png_has_sound_chunks(tmp_path: Path) -> None:
    data = samples.normals().save(tmp_path / "n.png", bits=16).read_bytes()
    at, kinds = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(body),)
        kinds.append(body[:4])
        at += length + 12
    assert kinds == [b"IHDR", b"tEXt", b"IDAT", b"IEND"]
    Image.open(io.BytesIO(data)).verify()


# ---- labels ---------------------------------------------------------------------------------------------------------


def test_labels_indexed_png(tmp_path: Path) -> None:
    result = samples.semantic()
    path = result.save(tmp_path / "s.png")
    with Image.open(path) as picture:
        assert picture.mode == "P"
        indices, colors = np.asarray(picture), np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(np.where(indices == 255, -1, indices.astype(int)), result.labels)
    decided = result.labels >= 0
    np.testing.assert_array_equal(colors[decided], result.colors[result.labels[decided]])
    assert png_note(path)["classes"] == list(result.classes)


def test_labels_cityscapes_png(tmp_path: Path) -> None:
    from cityscapesscripts.helpers.labels import labels as table

    names = tuple(label.name for label in table if label.id >= 0)
    result = samples.semantic(names)
    ids = np.asarray(Image.open(result.save(tmp_path / "s.png", format="cityscapes")))
    assert ids.dtype == np.uint8
    by_name = {label.name: label.id for label in table}
    for index, name in enumerate(names):
        assert (ids[result.labels == index] == by_name[name]).all()
    assert (ids[result.labels == -1] == by_name["unlabeled"]).all()
    with pytest.raises(ExportError, match="'cat' is not in the Cityscapes label table"):
        samples.semantic(("road", "cat")).save(tmp_path / "t.png", format="cityscapes")
    with pytest.raises(ExportError, match="format is"):
        result.save(tmp_path / "t.png", format="ade")


def test_too_many_classes_for_a_palette(tmp_path: Path) -> None:
    most = samples.semantic(tuple(f"c{n}" for n in range(255)))
    indices = np.asarray(Image.open(most.save(tmp_path / "s.png")))
    np.testing.assert_array_equal(np.where(indices == 255, -1, indices.astype(int)), most.labels)
    names = tuple(f"c{n}" for n in range(257))
    full = samples.semantic(names[:256], undecided=False)
    assert 255 in full.labels
    full.save(tmp_path / "full.png")
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "full.png")), full.labels)
    np.testing.assert_array_equal(read_labels(tmp_path / "full.png"), full.labels)
    for result in (samples.semantic(names[:256]), samples.semantic(names, undecided=False)):
        with pytest.raises(ExportError, match="at most 256 classes"):
            result.save(tmp_path / "t.png")


def coco_of(path: Path, library: str):
    if library == "pycocotools":
        from pycocotools.coco import COCO
    else:
        from faster_coco_eval import COCO
    return COCO(str(path))


@pytest.mark.parametrize("library", ["pycocotools", "faster_coco_eval"])
def test_labels_json(library: str, tmp_path: Path) -> None:
    result = samples.semantic()
    coco = coco_of(result.save(tmp_path / "s.json", file_name="photo.jpg", image_id=np.int64(12)), library)
    assert coco.imgs[12]["file_name"] == "photo.jpg"
    assert [coco.cats[n + 1]["name"] for n in range(3)] == list(result.classes)
    assert len(coco.anns) == 3
    for annotation in coco.anns.values():
        region = coco.annToMask(annotation).astype(bool)
        np.testing.assert_array_equal(region, result.labels == annotation["category_id"] - 1)
    check_record(json.loads((tmp_path / "s.json").read_text(encoding="utf-8"))["info"]["cavendish"], result)


# ---- instances and masks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["pycocotools", "faster_coco_eval"])
@pytest.mark.parametrize("count", [0, 1, 4, 300])
def test_instances_json(library: str, count: int, tmp_path: Path) -> None:
    result = samples.instances(count)
    coco = coco_of(result.save(tmp_path / "i.json"), library)
    assert len(coco.anns) == count
    for mask, score, annotation in zip(result.masks, result.scores, coco.anns.values()):
        np.testing.assert_array_equal(coco.annToMask(annotation), mask)
        rows, columns = np.nonzero(mask)
        assert annotation["area"] == mask.sum()
        box = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
        assert annotation["bbox"] == box
        assert all(isinstance(side, float) for side in annotation["bbox"])
        assert annotation["score"] == pytest.approx(score)
        assert coco.cats[annotation["category_id"]]["name"] == "dog"


@pytest.mark.parametrize("count", [0, 4, 300])
def test_instances_id_png(count: int, tmp_path: Path) -> None:
    result = samples.instances(count)
    ids = np.asarray(Image.open(result.save(tmp_path / "i.png")))
    assert ids.dtype == (np.uint8 if count <= 255 else np.uint16)
    for y, x in np.ndindex(ids.shape):
        over = [n for n in range(count) if result.masks[n, y, x]]
        assert ids[y, x] == (max(over, key=lambda n: result.scores[n]) + 1 if over else 0)


def test_instances_one_png_each(tmp_path: Path) -> None:
    result = samples.instances(4)
    result.save(tmp_path / "dog_{index}.png")
    assert len(list(tmp_path.iterdir())) == 4
    for index, mask in enumerate(result.masks):
        path = tmp_path / f"dog_{index}.png"
        np.testing.assert_array_equal(np.asarray(Image.open(path)), mask * 255)
        assert png_note(path)["index"] == index


def test_mask(tmp_path: Path) -> None:
    result = samples.mask()
    np.testing.assert_array_equal(np.asarray(Image.open(result.save(tmp_path / "m.png"))), result.mask * 255)
    np.testing.assert_array_equal(np.load(result.save(tmp_path / "m.npy")), result.mask)
    assert png_note(tmp_path / "m.png")["expression"] == result.expression
    for library in ("pycocotools", "faster_coco_eval"):
        coco = coco_of(result.save(tmp_path / "m.json"), library)
        (annotation,) = coco.anns.values()
        np.testing.assert_array_equal(coco.annToMask(annotation), result.mask)
        assert coco.cats[1]["name"] == result.expression
    assert coco_of(samples.mask(empty=True).save(tmp_path / "e.json"), "pycocotools").anns == {}


# ---- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", samples.ALL)
def test_an_unknown_suffix_names_the_legal_ones(make, tmp_path: Path) -> None:
    for name in ("x.tiff", "x", "x.jpg"):
        with pytest.raises(ExportError, match=r"its suffixes are .*\.png"):
            make().save(tmp_path / name)


def test_unknown_options_are_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"DepthMap\.png has no option 'scales'; the options are scale, clip"):
        samples.depth().save(tmp_path / "d.png", scales="mm")
    with pytest.raises(ExportError, match="it has none"):
        samples.depth().save(tmp_path / "d.npy", scale="mm")
    with pytest.raises(ExportError, match="bits is 8 or 16"):
        samples.normals().save(tmp_path / "n.png", bits=12)


def test_capital_suffixes_are_the_same(tmp_path: Path) -> None:
    assert samples.depth().save(tmp_path / "D.PNG").exists()


@pytest.mark.parametrize(("module", "name"), [("OpenEXR", "d.exr"), ("trimesh", "d.glb")])
def test_a_missing_library_says_what_to_install(module: str, name: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'cavendish\[export\]'"):
        samples.depth().save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_others_can_add_a_format(tmp_path: Path) -> None:
    """A package with an entry point, as installed: its metadata lies on the path."""
    (tmp_path / "toy_export.py").write_text(
        "from cavendish.files import replacing\n"
        "def write(result, path, *, digits=2):\n"
        "    with replacing(path) as temporary:\n"
        "        temporary.write_text('\\n'.join(f'{m:.{digits}f}' for m in result.metres.ravel()))\n"
    )
    info = tmp_path / "toy_export-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-export\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cavendish.export]\nDepthMap.csv = toy_export:write\n")
    program = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(Path(__file__).parent)!r}]\n"
        "from helpers import samples\n"
        f"samples.depth().save({str(tmp_path / 'd.csv')!r}, digits=3)\n"
        f"samples.depth().save({str(tmp_path / 'd.nope')!r})\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (tmp_path / "d.csv").read_text().startswith("inf\n")
    assert "its suffixes are .csv, .exr, .glb, .npy, .npz, .ply, .png" in done.stderr


@pytest.mark.parametrize("make", samples.ALL)
def test_errors_are_cavendish_errors(make, tmp_path: Path) -> None:
    with pytest.raises(CavendishError):
        make().save(tmp_path / "no" / "folder" / "x.png")
