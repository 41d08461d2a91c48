"""FLUX.2 klein through us and through diffusers' own call, in the same run: a small checkpoint on one CPU core.

python benchmarks/generators.py            # CPU time, ratios to diffusers, and the bound each must keep
"""

import itertools
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import cavendish
import cavendish.generators

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import tiny_checkpoints  # the same real parts that the tests use

SIDE, STEPS = 256, 4
SAYING = "Generate a metric depth map of the input image."


def seconds(*calls: Callable[[], object], runs: int = 7) -> list[float]:
    """The least CPU time of each call; they take turns, so that what else the machine does meets all of them."""
    times: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    for _ in range(runs):
        for call, kept in zip(calls, times):
            start = time.process_time()
            call()
            kept.append(time.process_time() - start)
    return [min(kept) for kept in times]


def line(what: str, ours: float, theirs: float, bound: float) -> None:
    ratio = ours / theirs
    verdict = "holds" if ratio <= bound else "DOES NOT HOLD"
    print(f"{what:<58} {ours:8.3f} s {theirs:8.3f} s   ratio {ratio:5.3f}   bound {bound:4.2f}   {verdict}")


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as root:
        measure(Path(root))


def measure(root: Path) -> None:
    shape = {"width": 192, "layers": 4, "text_width": 160}  # halves of equal size, as in klein 4B
    folder = tiny_checkpoints.klein(root / "klein", **shape)
    cached_folder = tiny_checkpoints.klein(root / "kv", kv=True, **shape)
    model = cavendish.load(folder, device="cpu")
    pipeline = model.generator.pipeline
    for part in (pipeline.transformer, pipeline.text_encoder):
        print(f"{type(part).__name__}: {sum(weight.numel() for weight in part.parameters()) / 1e6:.1f} M parameters")
    print(f"{SIDE} px, {STEPS} steps, one thread\n")
    photos = [np.random.default_rng(k).integers(0, 256, (SIDE, SIDE, 3), np.uint8) for k in range(8)]
    request = cavendish.generators.Request
    fresh = itertools.count()

    def ours(count: int, steps: int = STEPS, said: str = SAYING) -> None:
        model.generator.paint(
            [request(instruction=said, images=(photo,), size=(SIDE, SIDE), steps=steps) for photo in photos[:count]]
        )

    def theirs(count: int) -> None:
        for photo in photos[:count]:
            noise = torch.Generator().manual_seed(0)
            pipeline(prompt=SAYING, image=Image.fromarray(photo), num_inference_steps=STEPS, generator=noise)

    one, known, peer = seconds(lambda: ours(1, said=f"{SAYING} {next(fresh)}"), lambda: ours(1), lambda: theirs(1))
    line("one picture, its text new, against the pipeline", one, peer, 1.02)
    line("one picture, its text known, against the pipeline", known, peer, 1.02)
    eight, peer = seconds(lambda: ours(8), lambda: theirs(8), runs=4)
    line("eight different pictures, one text, against eight calls", eight, peer, 0.9)

    kept = cavendish.load(cached_folder, device="cpu")
    batch = [request(instruction=SAYING, images=(photos[0],), size=(SIDE, SIDE), steps=8)]
    cached, plain = seconds(lambda: kept.generator.paint(batch), lambda: model.generator.paint(batch), runs=3)
    line("references' keys and values kept, 8 steps, against not", cached, plain, 0.8)

    timed = Timed(model.generator)
    asked = cavendish.VisionModel(timed)
    (whole,) = seconds(lambda: asked.depth(photos[0]))
    line("a depth map, against the painting within it", whole, min(timed.times), 1.05)

    big = tiny_checkpoints.klein(root / "big", width=1536, layers=5, text_width=16)  # where reading is what takes time
    loading, reading = seconds(lambda: load(big), lambda: read(big), runs=3)
    line(f"loading {size_of(big) / 1e9:.1f} GB, against reading it", loading, reading, 1.5)


class Timed:
    """A generator that keeps how much CPU time each call of `paint` took."""

    def __init__(self, generator: cavendish.generators.Generator) -> None:
        self._generator = generator
        self.about = generator.about
        self.fits = generator.fits
        self.times: list[float] = []

    def paint(self, requests: list[cavendish.generators.Request]) -> list[cavendish.generators.Painting]:
        start = time.process_time()
        paintings = self._generator.paint(requests)
        self.times.append(time.process_time() - start)
        return paintings


def load(folder: Path) -> None:
    """A model with every weight of its transformer read, for loading itself only maps the files."""
    model = cavendish.load(folder, device="cpu")
    for weight in model.generator.pipeline.transformer.parameters():
        weight.sum()


def read(folder: Path) -> None:
    """Every weight read, from the same files."""
    from safetensors.torch import load_file

    for file in folder.glob("**/*.safetensors"):
        for tensor in load_file(file).values():
            tensor.sum()


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("**/*.safetensors"))


if __name__ == "__main__":
    main()
