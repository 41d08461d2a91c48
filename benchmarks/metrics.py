"""Speed of the metrics against the official evaluators, on the same predictions in the same run.

    python benchmarks/metrics.py

Prints one line per metric: our time, the peer's time, the ratio, and the agreed result. Times are processor
time, the best of several runs.
"""

import contextlib
import copy
import importlib.util
import io
import json
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cavendish.evaluation.metrics.coco import coco_score
from cavendish.evaluation.metrics.concepts import concept_score, score_pair
from cavendish.evaluation.metrics.depth import depth_score
from cavendish.evaluation.metrics.depth_protocols import depth_protocol, protocol_pixels
from cavendish.evaluation.metrics.normals import angle_histogram, angle_sums, angles, image_score
from cavendish.evaluation.metrics.semantic import CITYSCAPES, confusion
from cavendish.evaluation.scoring.cityscapes import CityscapesScorer, CityscapesTruth


def best(function: Callable[[], Any], runs: int = 7) -> float:
    """Seconds of processor time of the fastest run: other programs on the machine do not count."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def blobs(rng: np.random.Generator, shape: tuple[int, int], values: np.ndarray, cell: int) -> np.ndarray:
    """A label map of patches about `cell` pixels wide."""
    small = rng.choice(values, size=(shape[0] // cell + 1, shape[1] // cell + 1))
    return np.kron(small, np.ones((cell, cell), small.dtype))[: shape[0], : shape[1]]


def cityscapes() -> None:
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as script

    np.in1d = np.isin  # type: ignore[attr-defined]  # noqa: NPY201 - the script calls it by the name that NumPy has dropped
    truth, instances, prediction = street(np.random.default_rng(0))
    script.args.JSONOutput, script.args.quiet = False, True
    with tempfile.TemporaryDirectory() as folder:
        files = [str(Path(folder) / name) for name in ("prediction.png", "labelIds.png", "instanceIds.png")]
        for file, array in zip(files, (prediction, truth, instances)):
            Image.fromarray(array).save(file)

        def official(by_instance: bool) -> None:
            script.args.evalInstLevelScore = by_instance
            matrix, stats = script.generateMatrix(script.args), script.generateInstanceStats(script.args)
            script.evaluatePair(*files[:2], matrix, stats, {}, script.args)

        plain, default = best(lambda: official(False), 5), best(lambda: official(True), 5)
        numbers = script.evaluateImgLists(files[:1], files[1:2], script.args)
        decode = best(lambda: [np.array(Image.open(file)) for file in files[:2]])
        decode_all = best(lambda: [np.array(Image.open(file)) for file in files])

    scorer, known = CityscapesScorer(), CityscapesTruth(truth, instances)
    values = scorer.table([scorer.measure(prediction, known, "cityscapes")], "cityscapes").values()
    for name, key in (("mIoU", "Classes"), ("class iIoU", "InstClasses"), ("category IoU", "Categories"),
                      ("category iIoU", "InstCategories")):  # fmt: skip
        assert abs(values[name] - numbers[f"averageScore{key}"]) < 1e-9
    counting = best(lambda: confusion(prediction, truth, 34), 30)
    whole = best(lambda: scorer.measure(prediction, known, "cityscapes"), 30)
    peer = "cityscapesscripts 2.3.0, Python"
    count = len(np.unique(instances[instances > 1000]))
    report("mIoU 2048x1024, counting", counting, plain - decode, f"{peer}, no instance level, without PNG reading")
    report(
        f"IoU, iIoU 2048x1024, {count} instances", whole, default - decode_all, f"{peer}, default, without PNG reading"
    )
    report("the same with PNG reading", whole + decode_all, default, "both with Pillow's PNG reading")


def street(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Label ids, instance ids and predicted ids of a 2048 x 1024 picture: stuff in patches, 30 people and vehicles."""
    shape = (1024, 2048)
    truth = blobs(rng, shape, np.array([0, *range(7, 24)], np.uint8), 97)
    instances = truth.astype(np.uint16)
    for number in range(30):
        thing = np.zeros(shape, bool)
        y, x = rng.integers(350, 750), rng.integers(0, 1900)
        height, width = rng.integers(20, 200), rng.integers(20, 200)
        thing[y : y + height, x : x + width] = ellipse(rng, (height, width))[: 1024 - y, : 2048 - x]
        label = rng.choice([24, 25, 26, 26, 26, 27, 28, 33])
        truth[thing], instances[thing] = label, label * 1000 + number
    wrong = blobs(rng, shape, np.array([0] * 19 + [1], bool), 40)
    others = blobs(rng, shape, np.array([0, *CITYSCAPES.values()], np.uint8), 60)
    return truth, instances, np.where(wrong, others, np.roll(truth, 3, (0, 1)))


def concepts() -> None:
    root = importlib.util.find_spec("sam3").submodule_search_locations[0]  # type: ignore[union-attr, index]
    spec = importlib.util.spec_from_file_location("cgf1_eval", Path(root) / "eval" / "cgf1_eval.py")
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(module)  # type: ignore[union-attr]

    rng = np.random.default_rng(0)
    size, pairs = (480, 640), 150
    annotators: list[list[list[dict]]] = [[], [], []]
    predictions: list[list[dict]] = []
    for _ in range(pairs):
        objects = [ellipse(rng, size) for _ in range(rng.integers(1, 8))] if rng.random() < 0.3 else []
        for annotator in annotators:
            annotator.append([rle(mask) for mask in objects if rng.random() < 0.9])
        predictions.append([rle(np.roll(mask, rng.integers(-4, 5, 2), (0, 1))) for mask in objects])
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for k, annotator in enumerate(annotators):
            images = [
                {"id": i, "height": size[0], "width": size[1], "is_instance_exhaustive": True} for i in range(pairs)
            ]
            rows = [
                {"image_id": i, "category_id": 1, "segmentation": mask, "bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0}
                for i, masks in enumerate(annotator)
                for mask in masks
            ]
            rows = [row | {"id": number} for number, row in enumerate(rows, 1)]
            files.append(str(Path(folder) / f"{k}.json"))
            Path(files[-1]).write_text(
                json.dumps({"images": images, "annotations": rows, "categories": [{"id": 1, "name": "object"}]})
            )
        results = [
            {"image_id": i, "category_id": 1, "segmentation": mask, "bbox": [0.0, 0.0, 1.0, 1.0], "score": 1.0}
            for i, masks in enumerate(predictions)
            for mask in masks
        ]
        (Path(folder) / "predictions.json").write_text(json.dumps(results))
        evaluator = module.CGF1Evaluator(files)
        numbers: dict[str, float] = {}
        official = best(lambda: numbers.update(evaluator.evaluate(str(Path(folder) / "predictions.json"))), 3)

        def ours() -> float:
            found: dict[int, list[dict]] = {}
            for row in json.loads((Path(folder) / "predictions.json").read_text()):
                found.setdefault(row["image_id"], []).append(row["segmentation"])
            counts = [score_pair(found.get(i, []), [a[i] for a in annotators]) for i in range(pairs)]
            return concept_score(np.array(counts), np.ones(pairs, int))["cgF1"]

        seconds = best(ours, 3)
        assert abs(ours() - numbers["cgF1_eval_segm_cgF1"]) < 1e-9
    report("cgF1 of 150 pairs, 3 annotators", seconds, official, "sam3 0.1.4, cgf1_eval.py")


def ellipse(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    centre_y, centre_x = rng.integers(0, size[0]), rng.integers(0, size[1])
    height, width = rng.integers(5, 100, 2)
    y, x = np.ogrid[: size[0], : size[1]]
    return ((y - centre_y) / height) ** 2 + ((x - centre_x) / width) ** 2 <= 1


def rle(mask: np.ndarray) -> dict:
    encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}


def coco() -> None:
    rng = np.random.default_rng(0)
    size = (240, 320)
    images = [{"id": i, "height": size[0], "width": size[1]} for i in range(1, 101)]
    rows, predictions = [], []
    for image in images:
        for _ in range(8):
            mask, category = ellipse(rng, size), int(rng.integers(1, 11))
            area = int(mask.sum())
            rows.append({"id": len(rows) + 1, "image_id": image["id"], "category_id": category, "iscrowd": 0,
                         "segmentation": rle(mask), "area": area, "bbox": [0, 0, 1, 1]})  # fmt: skip
            shifted = rle(np.roll(mask, rng.integers(-4, 5, 2), (0, 1)))
            predictions.append({"image_id": image["id"], "category_id": category, "segmentation": shifted,
                                "score": float(rng.random())})  # fmt: skip
    categories = [{"id": i, "name": str(i)} for i in range(1, 11)]
    truth = {"images": images, "categories": categories, "annotations": rows}

    def official() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            known = COCO()
            known.dataset = copy.deepcopy(truth)
            known.createIndex()
            evaluator = COCOeval(known, known.loadRes(copy.deepcopy(predictions)), "segm")
            evaluator.evaluate()
            evaluator.accumulate()
            evaluator.summarize()

    ours, peer = best(lambda: coco_score(truth, predictions), 3), best(official, 3)
    report("COCO AP, 100 images, 800 masks", ours, peer, "pycocotools 2.0.11")


def depth() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.5, 79, (375, 1242)).astype(np.float32)
    prediction = (truth * rng.lognormal(0, 0.2, truth.shape)).astype(np.float32)
    sparse = np.where(rng.random(truth.shape) < 0.16, truth, 0).astype(np.float32)
    for name, target in (("every pixel valid", truth), ("16 % valid, as KITTI", sparse)):
        report(f"depth errors 1242x375, {name}", best(lambda: depth_score(prediction, target), 30), limit=3e-3)  # noqa: B023
    protocol = depth_protocol("unik3d", "kitti")
    seconds = best(lambda: depth_score(*protocol_pixels(prediction, truth, protocol)), 30)
    report("depth 1242x375 dense, unik3d", seconds, limit=3e-3)


def normals() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(480, 640, 3)).astype(np.float32)
    prediction = (truth + rng.normal(0, 0.3, truth.shape)).astype(np.float32)
    valid = np.ones((480, 640), bool)

    def pooled() -> None:
        errors = angles(prediction, truth, valid)
        angle_sums(errors), angle_histogram(errors)

    report("normals 640x480, pooled", best(pooled, 30), limit=6e-3)
    report("normals 640x480, per image", best(lambda: image_score(angles(prediction, truth, valid)), 30), limit=6e-3)


def report(name: str, ours: float, peer: float | None = None, peer_name: str = "", limit: float | None = None) -> None:
    if peer is not None:
        print(f"{name:42s} {ours * 1e3:9.2f} ms   peer {peer * 1e3:9.2f} ms   {peer / ours:6.1f} x   {peer_name}")
    else:
        print(f"{name:42s} {ours * 1e3:9.2f} ms   wanted {limit * 1e3:.0f} ms")  # type: ignore[operator]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(io.StringIO()):
        import cityscapesscripts  # noqa: F401
    for benchmark in (cityscapes, concepts, coco, depth, normals):
        benchmark()
