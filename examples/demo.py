"""Ask nano, the model in the box, about rendered scenes and photos, let it draw and edit, and show it all on one page.

python examples/demo.py --out out/demo
"""

import argparse
import base64
import html
import io
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import skimage.data
from PIL import Image

import cavendish
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
        rows.append(f"<h3>{html.escape(example.name)}</h3><div class=row>{''.join(cells)}</div>")
    drawn = [cell(prompt, model.generate(prompt, seed=1)) for prompt in PROMPTS]
    edited = []
    for example, text in zip(scenes(), EDITS):
        edited += [cell(example.name, example.image), cell(text, model.edit(example.image, text, steps=8))]
    seconds = time.perf_counter() - began
    page = out / "index.html"
    page.write_text(
        PAGE.format(answers="".join(rows), drawn="".join(drawn), edited="".join(edited), seconds=seconds),
        encoding="utf-8",
    )
    print(f"{seconds:.0f} s; open {page}")


def cell(title: str, *pictures: np.ndarray | Image.Image | None) -> str:
    """Pictures over one another with a title, as HTML that needs no file beside the page."""
    shown = []
    for picture in pictures:
        buffer = io.BytesIO()
        (picture if isinstance(picture, Image.Image) else Image.fromarray(picture)).save(buffer, "PNG")
        shown.append(f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">')
    return f"<figure>{''.join(shown)}<figcaption>{html.escape(title)}</figcaption></figure>"


PAGE = """<!doctype html><meta charset="utf-8"><title>Cavendish: nano sees</title>
<style>body{{font:16px/1.5 system-ui;max-width:1400px;margin:2rem auto;padding:0 1rem;color:#222}}
.row{{display:grid;grid-template-columns:repeat(6,1fr);gap:10px}} figure{{margin:0}}
figcaption{{font-size:13px;color:#555}}
img{{width:100%;border-radius:4px;display:block;margin-bottom:6px}}</style>
<h1>Nano sees</h1>
<p>One small image generator, one set of weights. It is told what to paint; the upper picture of each pair is its
painting, the lower one what Cavendish reads from it: metres, directions, classes, instances, regions.</p>
{answers}
<h2>The same weights draw</h2><div class=row>{drawn}</div>
<h2>and edit</h2><div class=row>{edited}</div>
<h2>What to expect of nano</h2>
<p>Nano has 24 million parameters, paints 128 pixels a side, and learnt from rendered scenes alone.
It is good at the directions of large surfaces and at naming large regions in any colours you like; fair at finding
what a short phrase means, and at depth indoors. It is poor at small and thin things, and at depth far away; things
that touch are read as one; and photos of what its worlds do not hold mislead it. Single things that it draws have the
right colours and crude shapes; edits of light and weather are made, others seldom. Scores: docs/nano.md. For work,
load a larger generator; everything else stays the same.</p>
<p>Made in {seconds:.0f} s of computing.</p>
"""

if __name__ == "__main__":
    main()
