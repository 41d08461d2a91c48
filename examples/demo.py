"""Paint the truth of an example scene for every task, spoil the paint as a generator would, read it, show it all.

python examples/demo.py --out out/demo
"""

import argparse
import base64
import html
import io
from pathlib import Path

import numpy as np
from PIL import Image
from scene import CLASSES, draw

from cavendish.results import Result
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task

LEGEND = {"sky": "#4682B4", "ground": "#804080", "ball": "yellow", "crate": "light green"}


def spoiled(painting: np.ndarray) -> np.ndarray:
    """What reaches a user: resized down and up, noise, JPEG with halved chroma."""
    height, width = painting.shape[:2]
    small = Image.fromarray(painting).resize((width // 2, height // 2), Image.Resampling.BOX)
    blurred = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR)).astype(float)
    noisy = np.clip(blurred + np.random.default_rng(0).normal(0, 5, blurred.shape), 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noisy).save(buffer, "JPEG", quality=80, subsampling="4:2:0")
    return np.asarray(Image.open(buffer).convert("RGB"))


def picture(array: np.ndarray | Image.Image) -> str:
    """An image as an HTML element that needs no file beside the page."""
    buffer = io.BytesIO()
    (array if isinstance(array, Image.Image) else Image.fromarray(array)).save(buffer, "PNG")
    return f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}">'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    scene = draw()
    left = scene.balls[[int(np.argmin([np.nonzero(ball)[1].mean() for ball in scene.balls]))]]
    questions: list[tuple[Task, object, str]] = [
        (Depth(), scene.depth, "depth.exr"),
        (Normals(), scene.normals, "normals.png"),
        (Semantic({name: LEGEND[name] for name in CLASSES}), scene.labels, "classes.png"),
        (Instance("ball"), scene.balls, "balls.json"),
        (Referring.of(["the ball farthest to the left"]), left, "leftmost.png"),
    ]
    rows = []
    for task, truth, file in questions:
        painting = task.encode(truth)
        spoilt = spoiled(painting)
        answer = task.decode(spoilt)
        result: Result = next(iter(answer.values())) if isinstance(answer, dict) else answer
        path = result.save(out / file)
        print(f"{task.name:<10} {result!r} -> {path}")
        cells = [painting, spoilt, result.overlay(scene.image)]
        said = f"<th colspan=3><b>{task.name}</b> “{html.escape(task.instruction())}”</th>"
        rows.append(f"<tr>{said}</tr><tr>{''.join(f'<td>{picture(cell)}</td>' for cell in cells)}</tr>")
    page = out / "index.html"
    page.write_text(PAGE.format(photo=picture(scene.image), rows="".join(rows)), encoding="utf-8")
    print(f"open {page}")


PAGE = """<!doctype html><meta charset="utf-8"><title>Cavendish: reading paint</title>
<style>body{{font:16px/1.5 system-ui;max-width:1200px;margin:2rem auto;padding:0 1rem;color:#222}}
img{{width:100%;border-radius:4px}} table{{width:100%;table-layout:fixed;border-spacing:8px}}
th{{text-align:left;font-weight:normal;padding-top:1rem}} td{{vertical-align:top}} .photo{{max-width:400px}}</style>
<h1>Cavendish: reading paint</h1>
<p>An image generator is told to paint the answer to a question about this picture.</p><p class=photo>{photo}</p>
<p>Below, for each task: the instruction; the painting that a perfect generator would make of the truth; the same
painting blurred, with noise and through JPEG, as real ones arrive; and what Cavendish reads from that, drawn over the
picture.</p><table>
<tr><td><b>the truth, painted</b></td><td><b>as it arrives</b></td><td><b>what is read</b></td></tr>{rows}</table>
"""

if __name__ == "__main__":
    main()
