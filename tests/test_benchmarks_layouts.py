"""Every benchmark read from a tiny data set in its official layout, made here with the real file formats."""

import json

import cv2
import h5py
import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks import BENCHMARKS, find_benchmark
from cavendish.evaluation.benchmarks.coco_object import CLASSES as COCO_CLASSES
from cavendish.evaluation.benchmarks.nuscenes import project, rotation
from cavendish.evaluation.benchmarks.reason_seg import read_mask
from cavendish.evaluation.benchmarks.saco_gold import SUBSETS
from helpers.benchmark_folders import (
    gray,
    make_cityscapes,
    make_coco,
    make_kitti,
    make_nuscenes,
    make_refcoco,
    make_saco,
    picture,
    rle,
    text,
)


def items(name, root, split=None, limit=None):
    return list(BENCHMARKS[name].samples(root, split, limit))


def assert_complete(item, size):
    """The picture can be read, and the truth has its size."""
    assert item.read_image().shape == (*size, 3)
    assert "/" not in item.key and item.key


# --- semantic --------------------------------------------------------------------------------------------------------


def test_cityscapes(tmp_path):
    make_cityscapes(tmp_path)
    found = items("cityscapes", tmp_path)
    assert [item.key for item in found] == ["frankfurt_000000_000294", "munster_000001_000019"]
    assert found[0].group == "frankfurt"
    assert len(found[0].query) == 19
    assert_complete(found[0], (24, 32))
    truth = found[0].load_truth()
    assert np.unique(truth.labels).tolist() == [7, 26] and np.unique(truth.instances).tolist() == [7, 26001]
    assert len(items("cityscapes", tmp_path, limit=1)) == 1


def test_ade20k(tmp_path):
    rows = ["Idx\tRatio\tTrain\tVal\tStuff\tName"] + [
        f"{i}\t0.1\t1\t1\t0\tclass {i}, other name" for i in range(1, 151)
    ]
    text(tmp_path / "objectInfo150.txt", "\n".join(rows))
    picture(tmp_path / "images" / "validation" / "ADE_val_00000001.jpg")
    gray(tmp_path / "annotations" / "validation" / "ADE_val_00000001.png", np.full((24, 32), 150, np.uint8))
    (item,) = items("ade20k", tmp_path)
    assert_complete(item, (24, 32))
    assert (item.query[0], item.query[-1]) == ("class 1", "class 150")
    assert item.load_truth().max() == 150


def test_coco_object(tmp_path):
    picture(tmp_path / "images" / "val2017" / "000000000139.jpg")
    labels = np.zeros((24, 32), np.uint8)
    labels[0, 0] = 80
    palette = Image.fromarray(labels, "P")
    palette.putpalette(list(range(256)) * 3)
    (tmp_path / "annotations" / "val2017").mkdir(parents=True)
    palette.save(tmp_path / "annotations" / "val2017" / "000000000139_instanceTrainIds.png")
    (item,) = items("coco-object", tmp_path)
    assert_complete(item, (24, 32))
    assert np.unique(item.load_truth()).tolist() == [0, 80]
    assert len(COCO_CLASSES) == 80 == len(set(COCO_CLASSES))
    assert (COCO_CLASSES[0], COCO_CLASSES[-1]) == ("person", "toothbrush")


# --- instances -------------------------------------------------------------------------------------------------------


def test_coco_instances(tmp_path):
    mask = make_coco(tmp_path)
    found = items("coco-instances", tmp_path)
    assert [item.result_id for item in found] == [139, 285]
    assert_complete(found[1], (24, 32))
    benchmark = BENCHMARKS["coco-instances"]
    perfect = [{"category_id": 90, "segmentation": rle(mask), "score": 0.9}]
    records = [benchmark.scorer.measure(perfect, found[0].load_truth(), "coco")]
    records.append(benchmark.scorer.measure([], found[1].load_truth(), "coco"))
    assert benchmark.scorer.table(records, "coco").values()["AP"] == pytest.approx(1)


def test_saco_gold(tmp_path):
    mask = make_saco(tmp_path)
    found = items("saco-gold", tmp_path)
    assert len(found) == 14  # two exhaustive pairs of each of the seven subsets
    assert [item.group for item in found[:7]] == list(SUBSETS)  # a limit takes from every subset
    assert_complete(found[1], (24, 32))
    truth = found[0].load_truth()
    assert [len(masks) for masks in truth.annotators] == [1, 1, 1]
    assert [len(masks) for masks in found[7].load_truth().annotators] == [0, 0, 0]  # the crowd is dropped
    scorer = BENCHMARKS["saco-gold"].scorer
    empty = {"segmentation": rle(np.zeros_like(mask)), "score": 1.0}
    record = scorer.measure([{"segmentation": rle(mask), "score": 0.9}, empty], truth, "subset-mean")
    assert record["counts"] == [1] * 12  # ten hits, one detection, one truth: the empty mask is no detection here
    low = scorer.measure([{"segmentation": rle(mask), "score": 0.49}], truth, "subset-mean")
    assert low["counts"][-2] == 0
    assert [item.key for item in items("saco-gold", tmp_path, "sa1b")] == ["sa1b_1", "sa1b_2"]
    (tmp_path / "gold_crowded_merged_b_release_test.json").unlink()
    with pytest.raises(BenchmarkError, match=r"gold_crowded_merged_b_release_test.json is missing. Get it from"):
        items("saco-gold", tmp_path)


# --- referring -------------------------------------------------------------------------------------------------------


def test_refcoco(tmp_path):
    make_refcoco(tmp_path)
    found = items("refcocog", tmp_path)
    assert [item.key for item in found] == ["3_5", "3_6"]  # every sentence of the val reference
    assert found[0].query == ("the man",)
    assert_complete(found[0], (24, 32))
    truth = found[0].load_truth()
    assert (np.count_nonzero(truth == 1), np.count_nonzero(truth == 2)) == (100, 50)
    scorer = BENCHMARKS["refcocog"].scorer
    assert scorer.measure(truth > 0, truth, "lisa") == {"intersection": 150, "union": 150}
    assert scorer.measure(truth > 0, truth, "lisa-overlap") == {"intersection": 100, "union": 150}


def test_refcoco_runs_no_code_from_a_pickle(tmp_path):
    make_refcoco(tmp_path)
    (tmp_path / "refcocog" / "refs(umd).p").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(BenchmarkError, match=r"it wants to load os.system"):
        items("refcocog", tmp_path)


@pytest.mark.parametrize(
    ("name", "dataset", "by"),
    [("refcoco", "refcoco", "unc"), ("refcoco+", "refcoco+", "unc"), ("refcocog-google", "refcocog", "google"),
     ("refcoco-google", "refcoco", "google")],
)  # fmt: skip
def test_the_other_splits_of_refcoco(name, dataset, by, tmp_path):
    make_refcoco(tmp_path, dataset, by)
    assert len(items(name, tmp_path)) == 2


def shape(label, left, top, right, bottom):
    return {"label": label, "points": [[left, top], [right, top], [right, bottom], [left, bottom]]}


def test_reason_seg(tmp_path):
    picture(tmp_path / "ReasonSeg" / "val" / "1.jpg", (40, 50))
    shapes = [
        shape("target", 10.9, 10.9, 14.2, 14.2),  # small, inside the ignored region: stays target
        shape("Ignore", 5, 5, 30, 30),
        shape("FLAG", 0, 0, 49, 39),
    ]
    data = {"text": ["who caf\u00e9", "another wording"], "is_sentence": False, "shapes": shapes}
    (tmp_path / "ReasonSeg" / "val" / "1.json").write_bytes(json.dumps(data, ensure_ascii=False).encode("cp1252"))
    (item,) = items("reason-seg", tmp_path)
    assert item.query == ("who café",)
    assert_complete(item, (40, 50))
    truth = item.load_truth()
    assert set(np.unique(truth)) == {0, 1, 255}
    assert np.argwhere(truth == 1).min(0).tolist() == [10, 10]  # truncated, not rounded
    assert np.argwhere(truth == 1).max(0).tolist() == [14, 14]  # the outline belongs to it
    assert np.count_nonzero(truth == 255) == 26 * 26 - 25
    expected = np.zeros((40, 50), np.uint8)
    cv2.fillPoly(expected, [np.array(shapes[0]["points"]).astype(np.int32)], 1)
    assert (read_mask(tmp_path / "ReasonSeg" / "val" / "1.jpg", shapes[:1]) == expected).all()


def test_reason_seg_paints_the_first_of_equal_polygons_last_and_turns_pictures_upright(tmp_path):
    path = tmp_path / "1.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(path, exif=exif)
    mask = read_mask(path, [shape("target", 5, 5, 20, 20), shape("ignore", 10, 5, 25, 20)])
    assert mask.shape == (50, 40)
    assert mask[10, 15] == 1 and mask[10, 23] == 255


def test_reason_seg_without_any_polygon_and_without_its_json(tmp_path):
    picture(tmp_path / "val" / "2.jpg")
    with pytest.raises(BenchmarkError, match=r"2.json is missing"):
        items("reason-seg", tmp_path)
    text(tmp_path / "val" / "2.json", {"text": ["x"], "is_sentence": True, "shapes": []})
    (item,) = items("reason-seg", tmp_path)
    assert not item.load_truth().any()
    assert item.group == "sentence"


# --- depth -----------------------------------------------------------------------------------------------------------


def test_nyu_from_the_mat_file(tmp_path):
    rng = np.random.default_rng(0)
    raw = rng.uniform(0, 9, (4, 640, 480)).astype(np.float32)
    with h5py.File(tmp_path / "nyu_depth_v2_labeled.mat", "w") as file:
        file["rawDepths"] = raw
        file["depths"] = raw + 1  # inpainted: must not be used
        file["images"] = rng.integers(0, 256, (4, 3, 640, 480)).astype(np.uint8)
    savemat(tmp_path / "splits.mat", {"trainNdxs": [[1], [4]], "testNdxs": [[2], [3]]})
    first, second = items("nyu", tmp_path)
    assert (first.key, second.key) == ("0002", "0003")  # counted from 1
    assert_complete(first, (480, 640))
    assert (first.load_truth().metres == raw[1].T).all()
    with h5py.File(tmp_path / "nyu_depth_v2_labeled.mat") as file:
        assert (first.read_image() == np.moveaxis(file["images"][1], (0, 1, 2), (2, 1, 0))).all()


def test_nyu_from_the_png_export(tmp_path):
    scene = tmp_path / "official_splits" / "test" / "bathroom"
    picture(scene / "rgb_00045.jpg", (480, 640))
    gray(scene / "sync_depth_00045.png", np.full((480, 640), 2500, np.uint16))
    (item,) = items("nyu", tmp_path)
    assert item.key == "bathroom__00045"
    assert_complete(item, (480, 640))
    assert np.unique(item.load_truth().metres).tolist() == [2.5]


def test_nyu_says_what_is_missing(tmp_path):
    with pytest.raises(BenchmarkError, match=r"nyu_depth_v2_labeled.mat is missing. Get it from https://cs.nyu.edu"):
        items("nyu", tmp_path)


def make_small_ibims(root):
    folder = root / "ibims1_core_raw"
    text(folder / "imagelist.txt", "corridor_01\nfactory_02\n")
    for name in ("corridor_01", "factory_02"):
        picture(folder / "rgb" / f"{name}.png")
        depth = np.full((24, 32), 65535 // 5, np.uint16)  # 10 m
        gray(folder / "depth" / f"{name}.png", depth)
        for kind, row in (("mask_invalid", 0), ("mask_transp", 1)):
            mask = np.full((24, 32), 255, np.uint8)
            mask[row] = 0
            gray(folder / kind / f"{name}.png", mask)


def test_ibims(tmp_path):
    make_small_ibims(tmp_path)
    first, _ = items("ibims", tmp_path)
    assert_complete(first, (24, 32))
    truth = first.load_truth()
    assert truth.metres == pytest.approx(10.0, abs=1e-3)
    assert truth.valid.sum() == 22 * 32
    (tmp_path / "ibims1_core_raw" / "mask_transp" / "corridor_01.png").unlink()
    with pytest.raises(BenchmarkError, match=r"mask_transp/corridor_01.png is missing"):
        first.load_truth()


def test_eth3d(tmp_path):
    depth = np.random.default_rng(0).uniform(1, 20, (24, 32)).astype("<f4")
    depth[0] = np.inf
    picture(tmp_path / "courtyard" / "images" / "dslr_images" / "DSC_0286.JPG")
    truth = tmp_path / "courtyard" / "ground_truth_depth" / "dslr_images" / "DSC_0286.JPG"
    truth.parent.mkdir(parents=True)
    depth.tofile(truth)
    (item,) = items("eth3d", tmp_path)
    assert item.key == "courtyard__DSC_0286"
    assert_complete(item, (24, 32))
    assert (item.load_truth().metres == depth).all()
    score = BENCHMARKS["eth3d"].scorer.measure(np.where(np.isinf(depth), 1, depth), item.load_truth(), "unik3d")
    assert score["delta1"] == 1  # inf is no measurement
    depth[:5].tofile(truth)
    with pytest.raises(BenchmarkError, match="holds 160 depths, and its picture has 32 x 24"):
        item.load_truth()


def test_diode_depth_and_normals(tmp_path):
    folder = tmp_path / "val" / "indoors" / "scene_00019" / "scan_00183"
    stem = "00019_00183_indoors_000_010"
    picture(folder / f"{stem}.png")
    depth = np.full((24, 32, 1), 4.0, np.float32)
    mask = np.ones((24, 32), np.float32)
    mask[0] = 0
    normal = np.zeros((24, 32, 3))
    normal[2:, :, 2] = 1
    np.save(folder / f"{stem}_depth.npy", depth)
    np.save(folder / f"{stem}_depth_mask.npy", mask)
    np.save(folder / f"{stem}_normal.npy", normal)
    (item,) = items("diode", tmp_path)
    assert_complete(item, (24, 32))
    assert item.load_truth().metres.shape == (24, 32)
    assert item.load_truth().valid.sum() == 23 * 32
    (item,) = items("diode-normals", tmp_path)
    assert item.load_truth().valid.sum() == 22 * 32
    assert item.load_truth().vectors[5, 5].tolist() == [0, 0, 1]
    with pytest.raises(BenchmarkError, match="outdoor is missing"):
        items("diode", tmp_path, "outdoor")


def test_kitti_eigen(tmp_path):
    make_kitti(tmp_path)
    (item,) = items("kitti", tmp_path)  # the line with truth "None" is left out
    assert item.key == "2011_09_26_drive_0002_sync__0000000069"
    assert_complete(item, (375, 1242))
    assert np.unique(item.load_truth().metres).tolist() == [0, 20]
    scorer = BENCHMARKS["kitti"].scorer
    assert scorer.protocols == ("unik3d", "bts", "zoe", "metric3d", "moge-like", "dav2")
    for protocol in scorer.protocols:
        assert scorer.measure(np.full((352, 1216), 21.0), item.load_truth(), protocol)["delta1"] == 1


def test_kitti_selection(tmp_path):
    folder = tmp_path / "depth_selection" / "val_selection_cropped"
    name = "2011_09_26_drive_0002_sync_{}_0000000005_image_02.png"
    gray(folder / "groundtruth_depth" / name.format("groundtruth_depth"), np.full((352, 1216), 256 * 5, np.uint16))
    picture(folder / "image" / name.format("image"), (352, 1216))
    (item,) = items("kitti", tmp_path, "selection")
    assert_complete(item, (352, 1216))
    assert item.load_truth().metres.max() == 5


def test_nuscenes(tmp_path):
    make_nuscenes(tmp_path)
    found = items("nuscenes", tmp_path, "val")
    assert len(found) == 6
    assert_complete(found[0], (24, 32))
    depth = found[0].load_truth().metres
    assert depth[12, 16] == 10  # 11 m ahead of the lidar, less the metre the car has driven; the nearer of two
    assert depth[12, 6] == 10  # 1 m to the left is 100 / 10 pixels to the left
    assert np.count_nonzero(depth) == 2  # what lies behind is not seen
    assert len(items("nuscenes", tmp_path, "unik3d")) == 6
    (tmp_path / "val_scenes.txt").unlink()
    with pytest.raises(BenchmarkError, match=r"val_scenes.txt is missing. Get it from the names in `nuscenes.utils"):
        items("nuscenes", tmp_path)


def test_nuscenes_projection_keeps_the_nearest_and_floors():
    points = np.array([[0.019, 0, 2.0], [0.0, 0, 1.5], [0, 0, 0.5], [-9, 0, 2.0]])
    depth = project(points, np.array([[100.0, 0, 5], [0, 100, 5], [0, 0, 1]]), 10, 10)
    assert (depth[5, 5], np.count_nonzero(depth)) == (pytest.approx(1.5), 1)
    assert rotation([np.sqrt(0.5), 0, 0, np.sqrt(0.5)]) @ [1, 0, 0] == pytest.approx([0, 1, 0])


# --- normals ---------------------------------------------------------------------------------------------------------


def write_rgb16(path, levels):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), levels[..., ::-1].astype(np.uint16))


LUB = {"left": (1, 0, 0), "up": (0, 1, 0), "camera": (0, 0, 1)}
OURS = {"left": (-1, 0, 0), "up": (0, 1, 0), "camera": (0, 0, 1)}


@pytest.mark.parametrize("facing", LUB)
@pytest.mark.parametrize(("name", "dataset", "form"), [("nyu-normals", "nyuv2", 8), ("scannet-normals", "scannet", 8),
    ("vkitti-normals", "vkitti", 16), ("ibims-normals", "ibims", 32), ("sintel-normals", "sintel", 32)])  # fmt: skip
def test_dsine_normals(name, dataset, form, facing, tmp_path):
    folder = tmp_path / "dsine_eval" / dataset / "scene"
    picture(folder / "000000_img.png")
    vectors = np.tile(np.array(LUB[facing], np.float32), (24, 32, 1))
    if form == 32:
        import OpenEXR

        vectors[0] *= 0.4  # shorter than a half: invalid
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        OpenEXR.File(header, {"RGB": vectors}).write(str(folder / "000000_normal.exr"))
    else:
        levels = np.rint((vectors + 1) / 2 * (2**form - 1))
        levels[0] = 0
        if form == 16:
            write_rgb16(folder / "000000_normal.png", levels)
        else:
            gray(folder / "000000_normal.png", levels.astype(np.uint8))
    (item,) = items(name, tmp_path)
    assert item.key == "scene__000000"
    assert_complete(item, (24, 32))
    truth = item.load_truth()
    assert truth.valid.sum() == 23 * 32
    assert truth.vectors[5, 5] == pytest.approx(OURS[facing], abs=0.01)


# --- judged ----------------------------------------------------------------------------------------------------------


def test_genai_bench(tmp_path):
    root = tmp_path / "GenAI-Image-1600"
    text(root / "genai_image.json", {"00000": {"prompt": "two cats", "models": {}}, "00001": {"prompt": "a dog"}})
    text(root / "genai_skills.json", {"counting": [0], "basic": [0, 1]})
    first, second = items("genai-bench", tmp_path)
    assert (first.query, first.load_truth(), first.read_image()) == (("two cats",), ("counting", "basic"), None)
    scorer = BENCHMARKS["genai-bench"].scorer
    records = [
        scorer.measure({"tokens": [0.9, 0.4]}, first.load_truth(), "vqascore"),
        scorer.measure({"tokens": [0.8]}, second.load_truth(), "vqascore"),
    ]
    table = scorer.table(records, "vqascore")
    assert table.values()["score"] == pytest.approx(0.7)
    assert table.breakdown()["mean per group"] == pytest.approx({"basic": 0.7, "counting": 0.6})


def test_imgedit(tmp_path):
    picture(tmp_path / "animal" / "000342021.jpg")
    text(
        tmp_path / "basic_edit.json",
        {"234": {"id": "animal/000342021.jpg", "prompt": "Paint it", "edit_type": "style"}},
    )
    (item,) = items("imgedit", tmp_path)
    assert (item.key, item.group) == ("234", "style")
    assert_complete(item, (24, 32))
    scorer = BENCHMARKS["imgedit"].scorer
    record = scorer.measure({"reply": "why\nA: 1\nB: 4\nC: 4"}, item.load_truth(), "rubric")
    lost = scorer.measure({"reply": None}, item.load_truth(), "rubric")
    assert scorer.table([record, lost], "rubric").values() == {"score": 3.0, "unreadable": 1.0}
    won = scorer.measure({"first": '{"winner": "A"}', "swapped": '{"winner": "B"}'}, item.load_truth(), "win-rate")
    assert scorer.table([won], "win-rate").values()["win rate"] == 1


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, benchmark in BENCHMARKS.items() if benchmark.home])
def test_a_wrong_root_is_told_in_one_sentence(name, tmp_path):
    benchmark = find_benchmark(name)
    with pytest.raises(BenchmarkError, match=r"there is no folder .*Get the data from"):
        list(benchmark.samples(tmp_path / "nowhere"))
    with pytest.raises(BenchmarkError, match=r"Get it from"):
        list(benchmark.samples(tmp_path))
    with pytest.raises(BenchmarkError, match="has no split 'elsewhere'; choose one of"):
        list(benchmark.samples(tmp_path, "elsewhere"))
    assert benchmark.protocols and benchmark.scorer.claim


def test_an_unknown_benchmark_names_the_known():
    with pytest.raises(BenchmarkError, match="choose one of cityscapes, ade20k"):
        find_benchmark("cityscape")
