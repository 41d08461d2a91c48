"""Ask nano, the model in the box, about rendered scenes and photos, let it draw and edit, and show it all on one page.

python examples/demo.py --out out/demo
"""

import argparse
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import skimage.data
from PIL import Image

import cavendish
from cavendish.html_page import data_url, render
from cavendish.results import Result
from cavendish.worlds import sample


class Example(NamedTuple):
    """A picture and what is asked about it."""

    name: str
    image: np.ndarray  # (H, W, 3) uint8
    classes: list[str]
    label: str
    expression: str


def scenes() -> list[Example]:
    """Three scenes of the test split, which nano was not trained on, asked about what is there."""
    found = []
    for seed in WORLDS:
        scene = sample("test", seed, (192, 256))
        numbers, counts = np.unique(scene.labels, return_counts=True)
        classes = [scene.classes[n] for n in numbers[np.argsort(-counts)][:6]]
        things = [o.category for o in scene.objects]
        label = max(things, key=lambda name: (things.count(name) > 1) * sum(
            (scene.instances == o.id).sum() for o in scene.objects if o.category == name
        ))  # fmt: skip
        largest = max(
            (e for e in scene.expressions if len(e.ids) == 1), key=lambda e: (scene.instances == e.ids[0]).sum()
        )
        found.append(Example(f"Worlds scene {seed}", scene.image, [*classes, "background"], label, largest.text))
    return found


WORLDS = (0, 9, 10)  # a street, a table, a bedroom


def photos() -> list[Example]:
    """Three photos in the public domain that scikit-image brings along."""
    return [
        Example("coffee", skimage.data.coffee(), ["mug", "plate", "spoon", "table"], "spoon", "the mug"),
        Example("chelsea", skimage.data.chelsea(), ["cat", "background"], "cat", "the cat"),
        Example(
            "motorcycle",
            skimage.data.stereo_motorcycle()[0],
            ["motorcycle", "floor", "wall", "background"],
            "motorcycle",
            "the motorcycle",
        ),
    ]


PROMPTS = (
    "A red mug on a wooden table",
    "A street with a blue car and two trees",
    "A bedroom with a green bed",
    "A park with a brown bench",
    "A kitchen with a white refrigerator",
    "A hill under a clear sky",
)
EDITS = ("make it sunset", "add fog", "make it night")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    parser.add_argument("--model", default=None, help="another model than the one in the box")
    arguments = parser.parse_args()
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    model = cavendish.load(arguments.model)
    began = time.perf_counter()
    rows = []
    for example in [*scenes(), *photos()]:
        image = example.image
        answers: list[tuple[str, str, Result]] = [
            ("depth.exr", "depth", model.depth(image)),
            ("normals.png", "normals", model.normals(image)),
            ("classes.png", ", ".join(example.classes), model.segment(image, example.classes)),
            ("instances.json", f"every {example.label}", model.instances(image, example.label)),
            ("region.png", example.expression, model.refer(image, example.expression)),
        ]
        cells = [cell("input", image)]
        for file, title, answer in answers:
            path = answer.save(out / f"{example.name.replace(' ', '-').lower()}-{file}")
            print(f"{example.name:<16} {answer!r} -> {path}")
            cells.append(cell(title, answer.painting, answer.overlay(image)))
        rows.append((example.name, cells))
    drawn = [cell(prompt, model.generate(prompt, seed=1)) for prompt in PROMPTS]
    edited = []
    for example, text in zip(scenes(), EDITS):
        edited += [cell(example.name, example.image), cell(text, model.edit(example.image, text, steps=8))]
    seconds = time.perf_counter() - began
    page = out / "index.html"
    template = Path(__file__).with_suffix(".html.jinja")
    page.write_text(render(template, answers=rows, drawn=drawn, edited=edited, seconds=seconds), encoding="utf-8")
    print(f"{seconds:.0f} s; open {page}")


def cell(title: str, *pictures: np.ndarray | Image.Image | None) -> tuple[str, list[str]]:
    """A title, and pictures to show over one another."""
    return title, [data_url(picture) for picture in pictures if picture is not None]


if __name__ == "__main__":
    main()
