"""Every kind of answer from the official layout to the page: a perfect prediction is perfect, a bad one is not."""

import json

import numpy as np
import pytest
from PIL import Image

from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.metrics.semantic import confusion, semantic_rule, semantic_score
from cavendish.evaluation.predictions import StoredPredictions
from cavendish.evaluation.report.page import as_markdown, means, write_report
from cavendish.evaluation.report.panels import panels
from cavendish.evaluation.runner import RunConfig, run
from helpers.benchmark_folders import (
    make_cityscapes,
    make_coco,
    make_refcoco,
    make_saco,
    picture,
    rle,
    text,
)
from helpers.sam3_evaluator import official_module


def evaluate(name, folder, **options):
    benchmark = BENCHMARKS[name]
    answers = StoredPredictions(folder / "predictions", benchmark.scorer.kind)
    result = run(RunConfig(benchmark, folder / "data", answers, folder / "out", **options))
    page = write_report([result], folder / "report")
    return result, page.read_text()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "predictions").mkdir()
    return tmp_path


def test_semantic(folder):
    make_cityscapes(folder / "data")
    total = np.zeros((34, 34), int)
    for i, item in enumerate(BENCHMARKS["cityscapes"].samples(folder / "data")):
        truth = item.load_truth().labels
        labels = truth.copy()
        labels[:, : 3 * i] = 0
        Image.fromarray(labels).save(folder / "predictions" / f"{item.key}_pred_labelIds.png")
        total += confusion(labels, truth, 34)
    result, page = evaluate("cityscapes", folder)
    score = semantic_score(total, semantic_rule("cityscapes"))
    assert result.values["mIoU"] == score.miou
    assert result.breakdown["IoU per class"]["road"] == score.per_class["road"]
    assert page.count("data:image/png") == 2 * 4 and "IoU per class" in page
    assert [scored.key[:6] for scored in result.ranked()] == ["frankf", "munste"]


def test_instances_of_a_phrase(folder):
    mask = make_saco(folder / "data")
    for subset in ("crowded", "fg_food"):
        rows = [{"image_id": 1, "category_id": 1, "segmentation": rle(mask), "score": 0.9, "bbox": [0.0] * 4}]
        (folder / "predictions" / f"{subset}.json").write_text(json.dumps(rows))
    result, page = evaluate("saco-gold", folder, split="crowded")
    # The positive pair is found and the negative left alone.
    assert result.values == pytest.approx({"pmF1": 0.99985, "IL_MCC": 1.0, "cgF1": 0.99985}, abs=1e-4)
    assert "pmF1 per subset" in page
    whole, _ = evaluate("saco-gold", folder)
    assert len(whole.errors) == 10  # the five subsets without a file are told, not scored 0
    pooled, _ = evaluate("saco-gold", folder, split="crowded", protocol="pooled")
    assert pooled.values["pmF1"] == pytest.approx(result.values["pmF1"])


def test_saco_files_give_the_official_numbers(folder):
    """The whole way from three annotation files with crowds and doubtful pairs, against the official evaluator."""
    rng = np.random.default_rng(5)
    size = (20, 20)
    masks = [np.zeros(size, bool) for _ in range(6)]
    for mask in masks:
        top, left = rng.integers(0, 12, 2)
        mask[top : top + 8, left : left + 8] = True
    files = []
    for annotator in "abc":
        images = [{"id": i, "file_name": "x.jpg", "text_input": "thing", "width": 20, "height": 20,
                   "is_instance_exhaustive": bool(rng.random() < 0.8)} for i in range(40)]  # fmt: skip
        rows = []
        for i in range(40):
            for _ in range(rng.choice([0, 0, 1, 3])):
                rows.append({"id": len(rows) + 1, "image_id": i, "segmentation": rle(masks[rng.integers(6)]),
                             "bbox": [0, 0, 1, 1], "area": 0.2, "category_id": 1,
                             "iscrowd": int(rng.random() < 0.2)})  # fmt: skip
        data = {"images": images, "annotations": rows, "categories": [{"id": 1, "name": "object"}]}
        files.append(folder / "data" / f"gold_sa1b_merged_{annotator}_release_test.json")
        text(files[-1], data)
    picture(folder / "data" / "sa1b-images" / "x.jpg", size)
    results = [
        {"image_id": i, "category_id": 1, "segmentation": rle(np.roll(masks[rng.integers(6)], rng.integers(0, 2), 0)),
         "bbox": [0.0, 0.0, 1.0, 1.0], "score": float(rng.choice([0.4, 0.5, 0.9]))}
        for i in range(40)
        for _ in range(rng.choice([0, 1, 2]))
    ]  # fmt: skip
    (folder / "predictions" / "sa1b.json").write_text(json.dumps(results))
    evaluator = official_module().CGF1Evaluator([str(file) for file in files])
    official = evaluator.evaluate(str(folder / "predictions" / "sa1b.json"))
    result, _ = evaluate("saco-gold", folder, split="sa1b")
    assert result.values["pmF1"] == pytest.approx(official["cgF1_eval_segm_positive_micro_F1"], abs=1e-9)
    assert result.values["cgF1"] == pytest.approx(official["cgF1_eval_segm_cgF1"], abs=1e-9)
    assert 10 < len(result.scored) < 40


def test_coco_instances(folder):
    mask = make_coco(folder / "data")
    rows = [{"image_id": 139, "category_id": 90, "segmentation": rle(mask), "score": 0.9}]
    (folder / "predictions.json").write_text(json.dumps(rows))
    benchmark = BENCHMARKS["coco-instances"]
    answers = StoredPredictions(folder / "predictions.json", "masks")
    result = run(RunConfig(benchmark, folder / "data", answers, folder / "out"))
    assert result.values["AP"] == pytest.approx(1.0)
    assert result.interval is None  # average precision is not resampled
    assert "| n/a |" in as_markdown([result])


def test_referring(folder):
    make_refcoco(folder / "data")
    for key, rows in (("3_5", slice(0, 10)), ("3_6", slice(0, 5))):
        mask = np.zeros((24, 32), np.uint8)
        mask[rows, :15] = 255
        Image.fromarray(mask).save(folder / "predictions" / f"{key}.png")
    result, page = evaluate("refcocog", folder)
    assert result.values["cIoU"] == pytest.approx((150 + 75) / (150 + 150))
    assert result.values["gIoU"] == pytest.approx(0.75, abs=1e-4)
    assert "&#34;the man&#34;" in page
    lavt, _ = evaluate("refcocog", folder, protocol="lavt")
    assert lavt.values["cIoU"] < result.values["cIoU"]


def make_diode(folder):
    scan = folder / "data" / "val" / "indoors" / "scene_00019" / "scan_00183"
    rng = np.random.default_rng(0)
    for i in range(3):
        stem = f"00019_00183_indoors_000_0{i}0"
        picture(scan / f"{stem}.png")
        vectors = rng.normal(size=(24, 32, 3)) + np.array([0, 0, 4])
        vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
        vectors[0] = 0
        np.save(scan / f"{stem}_normal.npy", vectors)
        np.save(scan / f"{stem}_depth.npy", np.full((24, 32, 1), 2.0 + i, np.float32))
        np.save(scan / f"{stem}_depth_mask.npy", np.ones((24, 32), np.float32))
        tilt = np.radians(10 * i)
        turned = vectors @ np.array([[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]])
        np.save(folder / "predictions" / f"{stem}.npy", turned.astype(np.float32))


def test_normals_pooled_per_picture_and_rounded(folder):
    make_diode(folder)
    errors = []
    for item in BENCHMARKS["diode-normals"].samples(folder / "data"):
        truth, prediction = item.load_truth(), np.load(folder / "predictions" / f"{item.key}.npy").astype(float)
        prediction /= np.linalg.norm(prediction, axis=2, keepdims=True)
        cosine = (truth.vectors * prediction).sum(2)[truth.valid]
        errors.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    pooled, page = evaluate("diode-normals", folder)
    assert pooled.values["mean"] == pytest.approx(np.concatenate(errors).mean(), abs=1e-3)
    assert pooled.values["median"] == pytest.approx(np.median(np.concatenate(errors)), abs=2e-3)
    assert "lower is better" in as_markdown([pooled])
    averaged, _ = evaluate("diode-normals", folder, protocol="per-image")
    assert averaged.values["median"] == pytest.approx(np.mean([np.median(e) for e in errors]), abs=1e-3)
    rounded, _ = evaluate("diode-normals", folder, protocol="marigold")
    assert rounded.values["mean"] == pytest.approx(np.mean([round(e.mean(), 4) for e in errors]), abs=1e-3)
    assert page.count("data:image/png") == 3 * 4


def test_depth_of_another_size_and_the_row_of_the_table(folder):
    make_diode(folder)
    for path in (folder / "predictions").glob("*.npy"):
        np.save(path, np.full((12, 16), 3.0, np.float32))
    result, _ = evaluate("diode", folder)
    assert result.values["delta1"] == pytest.approx(1 / 3)  # 3 m is right for one, and 4/3 and 3/2 off for two
    assert means([result]) == []  # one set makes no mean
    (mean,) = means([result, result])
    assert mean.name.startswith("metric depth: mean delta1 of DIODE depth")
    assert (mean.value, mean.paper) == pytest.approx((1 / 3, 0.917))
    other, _ = evaluate("diode", folder, protocol="metric3d")
    (mean,) = means([result, other])
    assert mean.value is None and "mean different things" in mean.refusal
    assert "none. These numbers mean different things" in as_markdown([result, other])


def test_judgements(folder):
    skills = {"counting": [0], "scene": [1]}
    text(folder / "data" / "genai_image.json", {"00000": {"prompt": "two cats"}, "00001": {"prompt": "a dog"}})
    text(folder / "data" / "genai_skills.json", skills)
    for key, first, swapped in (("00000", "A", "B"), ("00001", "A", "A")):
        reply = {"first": json.dumps({"winner": first}), "swapped": json.dumps({"winner": swapped})}
        (folder / "predictions" / f"{key}.json").write_text(json.dumps(reply))
    result, page = evaluate("genai-bench", folder)
    assert result.values["win rate"] == pytest.approx(0.75)
    assert result.values["position bias"] == pytest.approx(3 / 4)
    assert "<img" not in page
    with pytest.raises(Exception, match="has no 'tokens', which the protocol 'vqascore' needs"):
        evaluate("genai-bench", folder, protocol="vqascore")


@pytest.mark.parametrize("name", [name for name, benchmark in BENCHMARKS.items() if benchmark.scorer.resampled])
def test_weights_of_one_are_the_plain_numbers(name):
    """A bootstrap draw that takes every picture once is the number itself."""
    benchmark = BENCHMARKS[name]
    rng = np.random.default_rng(0)
    records = [benchmark.scorer.measure(*example(benchmark.scorer, rng), benchmark.protocols[0]) for _ in range(3)]
    table = benchmark.scorer.table(json.loads(json.dumps(records)), benchmark.protocols[0])
    twice = benchmark.scorer.table([records[0], *records], benchmark.protocols[0])
    for times, expected in (([1, 1, 1], table.values()), ([2, 1, 1], twice.values())):
        drawn = table.values(np.array(times))
        if "median" in drawn:  # the pooled median of a draw is known to a hundredth of a degree
            assert drawn.pop("median") == pytest.approx(expected["median"], abs=0.01)
        assert drawn == pytest.approx({key: expected[key] for key in drawn}, nan_ok=True)


def example(scorer, rng):
    """A prediction and a truth of a scorer's kind."""
    from cavendish.evaluation.scoring.cityscapes import CityscapesScorer, CityscapesTruth
    from cavendish.evaluation.scoring.depth import DepthTruth
    from cavendish.evaluation.scoring.masks import ConceptTruth
    from cavendish.evaluation.scoring.normals import NormalTruth
    from cavendish.evaluation.scoring.pictures import ColorTruth, EditScorer, EditTruth

    size = (400, 1300) if scorer.kind == "depth" else (12, 16)
    masks = [rle(rng.random(size) < 0.5) for _ in range(3)]
    pictures = [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for _ in range(3)]
    labels = rng.integers(7, 14, size)
    streets = CityscapesTruth(labels, np.where(rng.random(size) < 0.5, 26001, 24))
    edited = EditTruth(*pictures[:2], "recolor")
    return {
        "picture": lambda: (pictures[2], edited if isinstance(scorer, EditScorer) else ColorTruth("mug", "red")),
        "labels": lambda: (
            rng.choice([7, 8, 24, 26], size),
            streets if isinstance(scorer, CityscapesScorer) else labels,
        ),
        "mask": lambda: (rng.random(size) < 0.5, (rng.random(size) < 0.5).astype(np.uint8)),
        "masks": lambda: ([{"segmentation": m} for m in masks], ConceptTruth((tuple(masks[:2]),), size, "crowded")),
        "depth": lambda: (rng.uniform(1, 9, size), DepthTruth(rng.uniform(1, 9, size))),
        "normals": lambda: (rng.normal(size=(*size, 3)), NormalTruth(rng.normal(size=(*size, 3)), np.ones(size, bool))),
        "judgement": lambda: ({"first": '{"winner": "A"}', "swapped": '{"winner": "tie"}'}, ("counting",)),
    }[scorer.kind]()


def test_panels_show_errors_where_they_are():
    truth = np.zeros((4, 6), np.uint8)
    truth[:, :3] = 1
    truth[3] = 255
    shown = panels("mask", truth[:, ::-1] == 1, truth)["error"]
    assert len({tuple(shown[row, column]) for row, column in ((0, 0), (0, 5), (3, 0))}) == 3  # missed, false, ignored
    assert panels("judgement", None, None) == {}
