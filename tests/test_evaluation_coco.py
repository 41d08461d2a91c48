"""COCO instances asked of a model: only about the categories that are listed, under a name that says so."""

import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from typer.testing import CliRunner

from cavendish.cli import app
from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks import BENCHMARKS
from cavendish.evaluation.model_answers import ModelAnswers
from cavendish.evaluation.predictions import StoredPredictions
from cavendish.evaluation.runner import RunConfig, run
from cavendish.generators import About, Canvas, Painting, Recorder
from cavendish.model import VisionModel
from cavendish.tasks import Instance

COCO = BENCHMARKS["coco-instances"]
SIZE = 128


def square(top, left, side=30):
    mask = np.zeros((SIZE, SIZE), bool)
    mask[top : top + side, left : left + side] = True
    return mask


# Of each picture, by name of the category.
SHOWN = [
    {"person": [square(5, 5), square(80, 10)], "dog": [square(40, 80)]},
    {},
    {"dog": [square(60, 60)]},
]
IDS = {"person": 1, "dog": 18, "toothbrush": 90}


class Knowing:
    """A generator that paints the instances of a category that a picture shows; the picture's level is its number."""

    about = About(name="knowing", revision="1", canvas=Canvas(min_side=16))

    def __init__(self):
        self.asked = []

    def fits(self, instruction):
        return True

    def paint(self, requests):
        paintings = []
        for request in requests:
            number = int(request.images[0][0, 0, 0])
            name = next(name for name in IDS if Instance(name).instruction() == request.instruction)
            self.asked.append((number, name))
            paintings.append(Painting(rgb=Instance(name).encode(np.array(SHOWN[number][name]))))
        return paintings


@pytest.fixture
def data(tmp_path):
    root, rows = tmp_path / "data", []
    (root / "val2017").mkdir(parents=True)
    (root / "annotations").mkdir()
    for number, shown in enumerate(SHOWN):
        Image.fromarray(np.full((SIZE, SIZE, 3), number, np.uint8)).save(root / "val2017" / f"{number}.png")
        for name, masks in shown.items():
            for mask in masks:
                encoded = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
                rle = {"size": list(encoded["size"]), "counts": encoded["counts"].decode()}
                rows.append({"id": len(rows) + 1, "image_id": number, "category_id": IDS[name], "iscrowd": 0,
                             "segmentation": rle, "area": int(mask.sum()), "bbox": [0, 0, 1, 1]})  # fmt: skip
    images = [{"id": n, "file_name": f"{n}.png", "height": SIZE, "width": SIZE} for n in range(len(SHOWN))]
    categories = [{"id": number, "name": name} for name, number in IDS.items()]
    whole = {"images": images, "annotations": rows, "categories": categories}
    (root / "annotations" / "instances_val2017.json").write_text(json.dumps(whole))
    return root


def test_a_perfect_model_is_asked_about_what_is_listed_and_about_nothing_else(data, tmp_path):
    generator = Knowing()
    answers = ModelAnswers(VisionModel(generator), COCO, tmp_path / "kept", {})
    assert answers.paintings_left(COCO.samples(data)) == 3
    result = run(RunConfig(COCO, data, answers, tmp_path / "out", protocol="listed-categories"))
    assert generator.asked == [(0, "person"), (0, "dog"), (2, "dog")]
    assert result.values["AP"] == pytest.approx(1) and not result.errors
    run(RunConfig(COCO, data, answers, tmp_path / "out", protocol="listed-categories"))
    assert len(generator.asked) == 3  # all is kept, the picture without anything too


def test_its_answers_are_never_taken_for_the_official_protocol(data, tmp_path):
    answers = ModelAnswers(VisionModel(Knowing()), COCO, tmp_path / "kept", {})
    result = run(RunConfig(COCO, data, answers, tmp_path / "out"))
    assert result.config.protocol == "coco" and [item.key for item in result.errors] == ["0", "2"]
    assert "use the protocol 'listed-categories'" in result.errors[0].error
    again = run(RunConfig(COCO, data, StoredPredictions(tmp_path / "kept", "masks"), tmp_path / "again"))
    assert len(again.errors) == 2
    own = run(
        RunConfig(
            COCO, data, StoredPredictions(tmp_path / "kept", "masks"), tmp_path / "own", protocol="listed-categories"
        )
    )
    assert own.values["AP"] == pytest.approx(1)


def test_by_the_command(data, tmp_path):
    recorder = Recorder(Knowing(), tmp_path / "recorded")
    asked = ModelAnswers(VisionModel(recorder), COCO, tmp_path / "kept", {})
    for item in COCO.samples(data):
        asked(item)
    words = ["eval", "coco-instances", "--root", str(data), "-m", f"replay:{tmp_path / 'recorded'}"]
    done = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "out")], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "| listed-categories | 1.000 |" in done.output
    with pytest.raises(
        BenchmarkError, match="a model is asked by the protocol 'listed-categories'; 'coco' is for stored"
    ):
        CliRunner().invoke(app, [*words, "--protocol", "coco"], catch_exceptions=False)
