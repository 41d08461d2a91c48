"""Scoring stored predictions: found by key, one record a picture, resumable after a kill, errors kept apart."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from cavendish.errors import BenchmarkError, MetricError
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.predictions import StoredPredictions
from cavendish.evaluation.report.page import as_html, as_json, as_markdown, extremes, write_report
from cavendish.evaluation.runner import RunConfig, average, run
from cavendish.results import DepthMap, NormalMap, SemanticMap
from helpers.benchmark_folders import make_ibims

SIZE = (24, 32)


def predict(folder, truths, spread=0.2, seed=1):
    rng = np.random.default_rng(seed)
    folder.mkdir(exist_ok=True)
    for i, (name, truth) in enumerate(truths.items()):
        np.save(
            folder / f"{name}.npy", (truth * np.exp(rng.normal(0, spread * (i + 1), truth.shape))).astype(np.float32)
        )


class Counted:
    """Stored predictions that remember which items they were asked for."""

    def __init__(self, folder):
        self.stored, self.asked = StoredPredictions(folder, "depth"), []

    def describe(self):
        return self.stored.describe()

    def identity(self, item):
        return self.stored.identity(item)

    def __call__(self, item):
        self.asked.append(item.key)
        return self.stored(item)


@pytest.fixture
def ibims(tmp_path):
    truths = make_ibims(tmp_path / "data")
    predict(tmp_path / "predictions", truths)
    return tmp_path, truths


def measure(folder, answers=None, **options):
    answers = answers or StoredPredictions(folder / "predictions", "depth")
    return run(RunConfig(BENCHMARKS["ibims"], folder / "data", answers, folder / "out", **options))


def test_the_number_is_the_mean_of_the_pictures(ibims):
    folder, truths = ibims
    result = measure(folder)
    shares = []
    for name, truth in truths.items():
        prediction = np.load(folder / "predictions" / f"{name}.npy").astype(float)
        shares.append(np.mean(np.maximum(prediction / truth, truth / prediction) < 1.25))
    assert result.values["delta1"] == pytest.approx(np.mean(shares), abs=1e-12)
    assert (result.headline, result.config.protocol, result.config.split, result.skipped) == (
        "delta1",
        "unik3d",
        "core",
        0,
    )
    assert result.interval.low < result.values["delta1"] < result.interval.high
    assert [scored.key for scored in result.ranked()] == list(truths)  # each noisier than the one before


def test_a_second_run_computes_nothing_and_a_changed_prediction_only_itself(ibims):
    folder, truths = ibims
    first = measure(folder)
    again = Counted(folder / "predictions")
    assert as_json([measure(folder, again)]) == as_json([first])
    assert again.asked == []
    np.save(folder / "predictions" / "room_002.npy", truths["room_002"])
    changed = Counted(folder / "predictions")
    result = measure(folder, changed)
    assert changed.asked == ["room_002"]
    assert result.scored[2].record["delta1"] == 1
    other = Counted(folder / "predictions")
    measure(folder, other, protocol="zoe")
    assert len(other.asked) == 5  # another protocol is another measurement


def test_a_limit_measures_fewer_and_is_extended_later(ibims):
    folder, _ = ibims
    assert len(measure(folder, limit=2).scored) == 2
    rest = Counted(folder / "predictions")
    assert len(measure(folder, rest).scored) == 5
    assert len(rest.asked) == 3


def test_errors_stay_with_their_picture_and_are_counted(ibims):
    folder, truths = ibims
    (folder / "predictions" / "room_000.npy").unlink()
    (folder / "predictions" / "room_001.npy").write_bytes(b"not an array")
    (folder / "predictions" / "extra").mkdir()
    np.save(folder / "predictions" / "extra" / "room_003.npy", truths["room_003"])
    result = measure(folder)
    assert [scored.key for scored in result.errors] == ["room_000", "room_001", "room_003"]
    assert "There is no prediction for room_000" in result.errors[0].error
    assert "cannot be read" in result.errors[1].error
    assert "There are 2 predictions for room_003" in result.errors[2].error
    assert as_json([result])["runs"][0]["measured"] == 2
    assert "2 of 5" in as_markdown([result])
    predict(folder / "predictions", truths)
    (folder / "predictions" / "extra" / "room_003.npy").unlink()
    assert not measure(folder).errors  # what failed is tried again


def test_nothing_measured_is_an_error(ibims):
    folder, _ = ibims
    (folder / "empty").mkdir()
    with pytest.raises(BenchmarkError, match="none of 5 items could be measured; the first"):
        measure(folder, StoredPredictions(folder / "empty", "depth"))
    with pytest.raises(BenchmarkError, match="There are no predictions at"):
        StoredPredictions(folder / "nowhere", "depth")
    with pytest.raises(MetricError, match="no protocol 'bts'; choose one of unik3d, zoe"):
        measure(folder, protocol="bts")


RUN = """
import sys, time
from pathlib import Path
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.predictions import StoredPredictions
from cavendish.evaluation.runner import RunConfig, run
folder = Path(sys.argv[1])
stored = StoredPredictions(folder / "predictions", "depth")
class Slow:
    identity, describe = stored.identity, stored.describe
    def __call__(self, item):
        with (folder / "log").open("a") as log:
            log.write(item.key + "\\n")
        time.sleep(0.004)
        return stored(item)
run(RunConfig(BENCHMARKS["ibims"], folder / "data", Slow(), folder / "out"))
"""


def test_killed_at_random_moments_the_result_is_the_same_to_the_bit(tmp_path):
    truths = make_ibims(tmp_path / "data", count=200)
    predict(tmp_path / "predictions", truths, spread=0.002)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    rng = np.random.default_rng(0)
    kills = 0
    while kills < 10:
        process = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], env=environment)
        started = len(list((tmp_path / "out" / "records").glob("*.json"))) if kills else 0
        while process.poll() is None:  # let it do some pictures, then pull the plug
            records = tmp_path / "out" / "records"
            if records.is_dir() and len(list(records.glob("*.json"))) > started + 2:
                time.sleep(rng.uniform(0, 0.02))
                break
            time.sleep(0.005)
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
    assert kills == 10
    resumed = measure(tmp_path)
    fresh = run(
        RunConfig(
            BENCHMARKS["ibims"],
            tmp_path / "data",
            StoredPredictions(tmp_path / "predictions", "depth"),
            tmp_path / "new",
        )
    )
    assert json.dumps(as_json([resumed])) == json.dumps(as_json([fresh]))
    asked = (tmp_path / "log").read_text().split()
    assert len(asked) - len(set(asked)) <= kills  # nothing twice but the picture in flight
    assert all(json.loads(path.read_text()) for path in (tmp_path / "out" / "records").glob("*.json"))


# --- reading predictions ---------------------------------------------------------------------------------------------


def item_of(key, **fields):
    from cavendish.evaluation.benchmarks.base import Item

    return Item(key, None, lambda: None, **fields)


def test_predictions_are_found_by_key_path_and_official_suffix(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for path in ("a/b/1.png", "frankfurt_000000_000294_pred.png", "10.png"):
        Image.fromarray(np.full(SIZE, 7, np.uint8)).save(tmp_path / path)
    stored = StoredPredictions(tmp_path, "labels")
    for key in ("1", "a__b__1", "frankfurt_000000_000294"):
        assert stored(item_of(key)).shape == SIZE
    with pytest.raises(BenchmarkError, match="no prediction for frankfurt_000000_00029 "):
        stored(item_of("frankfurt_000000_00029"))


def test_depth_and_normals_in_our_own_export_formats(tmp_path):
    rng = np.random.default_rng(0)
    metres = rng.uniform(1, 9, SIZE).astype(np.float32)
    vectors = rng.normal(size=(*SIZE, 3))
    vectors = (vectors / np.linalg.norm(vectors, axis=2, keepdims=True)).astype(np.float32)
    depth, normals = tmp_path / "depth", tmp_path / "normals"
    depth.mkdir(), normals.mkdir()
    known = {"valid": np.ones(SIZE, bool), "confidence": np.ones(SIZE, np.float32)}
    depth_map, normal_map = DepthMap(metres=metres, **known), NormalMap(vectors=vectors, **known)
    depth_map.save(depth / "mm.png")
    depth_map.save(depth / "kitti.png", scale="kitti")
    depth_map.save(depth / "exact.npy")
    depth_map.save(depth / "float.exr")
    for key, tolerance in (("mm", 1e-3), ("kitti", 1 / 256), ("exact", 0), ("float", 0)):
        assert StoredPredictions(depth, "depth")(item_of(key)) == pytest.approx(metres, abs=tolerance)
    normal_map.save(normals / "eight.png")
    normal_map.save(normals / "sixteen.png", bits=16, x="right")
    normal_map.save(normals / "exact.npy")
    for key, tolerance in (("eight", 0.01), ("sixteen", 1e-4), ("exact", 1e-6)):
        assert StoredPredictions(normals, "normals")(item_of(key)) == pytest.approx(vectors, abs=tolerance)
    other = StoredPredictions(normals, "normals", frame="opencv")(item_of("exact"))
    assert other == pytest.approx(vectors * (1, -1, -1), abs=1e-6)


def test_label_maps_of_our_own_are_read_by_the_names_of_their_classes(tmp_path):
    labels = np.zeros(SIZE, np.int32)
    labels[:, 10:20], labels[:, 20:], labels[0] = 1, 2, -1
    known = {"confidence": np.ones(SIZE, np.float32), "colors": np.eye(3, dtype=np.uint8) * 255}
    item = item_of("indexed", query=("road", "car"), ids=(7, 26))
    SemanticMap(labels=labels, classes=("car", "background", "road"), **known).save(tmp_path / "indexed.png")
    read = StoredPredictions(tmp_path, "labels")(item)
    assert (read[1, 0], read[1, 15], read[1, 25], read[0, 0]) == (26, 0, 7, 0)
    SemanticMap(labels=labels, classes=("car", "sky", "road"), **known).save(tmp_path / "indexed.png")
    with pytest.raises(BenchmarkError, match="has a class 'sky' that the benchmark has not"):
        StoredPredictions(tmp_path, "labels")(item)


def rle(mask):
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def test_instances_from_a_result_list_from_one_a_subset_and_from_files(tmp_path):
    mask = np.zeros(SIZE, bool)
    mask[2:9, 3:8] = True
    rows = [{"image_id": 5, "category_id": 1, "segmentation": rle(mask), "score": 0.75}]
    (tmp_path / "all.json").write_text(json.dumps(rows))
    whole = StoredPredictions(tmp_path / "all.json", "masks")
    assert whole(item_of("x", result_id=5)) == rows
    assert whole(item_of("y", result_id=6)) == []  # a picture in which nothing was found
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "crowded.json").write_text(json.dumps(rows))
    assert StoredPredictions(tmp_path / "sub", "masks")(item_of("z", result_id=5, group="crowded")) == rows
    np.save(tmp_path / "sub" / "w.npy", np.stack([mask, ~mask]))
    (one, other) = StoredPredictions(tmp_path / "sub", "masks")(item_of("w"))
    assert (coco_mask.decode(one["segmentation"]) == mask).all()
    assert (coco_mask.decode(other["segmentation"]) == ~mask).all()


def test_judgements_in_the_one_file_that_imgedit_writes(tmp_path):
    (tmp_path / "result.json").write_text(json.dumps({"234": "why\nA: 4", "235": {"error": "timeout"}}))
    stored = StoredPredictions(tmp_path / "result.json", "judgement")
    assert stored(item_of("234")) == {"reply": "why\nA: 4"}
    assert stored(item_of("235")) == {"reply": None}
    with pytest.raises(BenchmarkError, match="no judgement of 236"):
        stored(item_of("236"))


def test_one_mask_from_a_png_or_an_array(tmp_path):
    mask = np.zeros(SIZE, np.uint8)
    Image.fromarray(mask).save(tmp_path / "empty.png")
    mask[3:6] = 255
    Image.fromarray(mask).save(tmp_path / "full.png")
    stored = StoredPredictions(tmp_path, "mask")
    assert (stored(item_of("full")) == (mask > 0)).all()
    assert not stored(item_of("empty")).any() and stored(item_of("empty")).shape == SIZE


# --- the report ------------------------------------------------------------------------------------------------------


def test_the_report_is_complete_and_self_contained(ibims):
    folder, _ = ibims
    (folder / "predictions" / "room_004.npy").unlink()
    answers = StoredPredictions(folder / "predictions", "depth")
    result = measure(folder, answers)
    page = write_report([result], folder / "report")
    text = page.read_text()
    assert "unik3d" in text and "room_004" in text and "0.934" in text  # the protocol, the error, the paper's number
    assert text.count("data:image/png;base64,") == 4 * 4  # input, answer, truth and error of four pictures
    assert "http" not in text.replace(BENCHMARKS["ibims"].home, "") and "<script" not in text
    data = json.loads((folder / "report" / "report.json").read_text())
    assert data["runs"][0]["interval_95"][0] < data["runs"][0]["values"]["delta1"]
    assert data["runs"][0]["errors"].keys() == {"room_004"}
    assert "| unik3d |" in (folder / "report" / "report.md").read_text()
    assert "2 to 5 m" in data["runs"][0]["breakdown"]["delta1 by true depth, pooled pixels"]


def test_user_text_is_escaped(ibims):
    folder, _ = ibims
    result = measure(folder)
    evil = result.scored[0].__class__("<script>alert(1)</script>", None, "<b>")
    changed = type(result)(**{**vars(result), "scored": (*result.scored, evil)})
    assert "<script>" not in as_html([changed])


def test_extremes_are_best_middle_and_worst(ibims):
    folder, _ = ibims
    labels = [(label, scored.key) for label, scored in extremes(measure(folder), each=1)]
    assert labels == [("best", "room_000"), ("median", "room_002"), ("worst", "room_004")]


def test_numbers_of_different_claims_have_no_mean(ibims, tmp_path):
    folder, _ = ibims
    one, other = measure(folder), measure(folder, protocol="zoe")
    assert average([one, one]) == one.values["delta1"]
    with pytest.raises(MetricError, match="mean different things"):
        average([one, other])
    with pytest.raises(MetricError, match="nothing to average"):
        average([])
