"""FLUX.2 klein through us and through diffusers' own call, in the same run: a small checkpoint on one CPU core.

python benchmarks/generators.py                     # CPU time, ratios to diffusers, and the bound each must keep
python benchmarks/generators.py one eight kept      # some of it: one, eight, kept, overhead, loading
"""

import itertools
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image

import cavendish
import cavendish.generators
from cavendish.generators import flux2

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from helpers import tiny_checkpoints  # the same real parts that the tests use

SIDE, STEPS = 256, 4
SAYING = "Generate a metric depth map of the input image."
SHAPE = {"width": 256, "layers": 4, "text_width": 160}  # 20 M parameters, halves of about equal size as in klein 4B
PHOTOS = [np.random.default_rng(k).integers(0, 256, (SIDE, SIDE, 3), np.uint8) for k in range(8)]


def seconds(*calls: Callable[[], object], runs: int = 7) -> np.ndarray:
    """(calls, runs) CPU time; the calls take turns, so that what else the machine does meets all of them."""
    times = np.zeros((len(calls), runs))
    for call in calls:
        call()
    for run in range(runs):
        for k, call in enumerate(calls):
            start = time.process_time()
            call()
            times[k, run] = time.process_time() - start
    return times


def line(what: str, ours: np.ndarray, theirs: np.ndarray, bound: float | None = None) -> None:
    """Median times, and the median of the ratios of each turn."""
    ratio = np.median(ours / theirs)
    verdict = "" if bound is None else f"bound {bound:4.2f}   {'holds' if ratio <= bound else 'DOES NOT HOLD'}"
    print(
        f"{what:<62} {np.median(ours):8.3f} s {np.median(theirs):8.3f} s   ratio {ratio:5.3f}   {verdict}", flush=True
    )


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    known = {"one": one, "eight": eight, "kept": kept, "overhead": overhead, "loading": loading}
    with tempfile.TemporaryDirectory() as root:
        klein = cavendish.load(tiny_checkpoints.klein(Path(root) / "klein", **SHAPE), device="cpu")
        for part in (klein.generator.pipeline.transformer, klein.generator.pipeline.text_encoder):
            print(
                f"{type(part).__name__}: {sum(weight.numel() for weight in part.parameters()) / 1e6:.1f} M parameters"
            )
        print(f"{SIDE} px, {STEPS} steps, one thread\n")
        for name in sys.argv[1:] or known:
            known[name](klein, Path(root))


def ours(model: cavendish.VisionModel, count: int, steps: int = STEPS, said: str = SAYING) -> None:
    asked = cavendish.generators.Request
    model.generator.paint(
        [asked(instruction=said, images=(photo,), size=(SIDE, SIDE), steps=steps) for photo in PHOTOS[:count]]
    )


def theirs(model: cavendish.VisionModel, count: int) -> None:
    for photo in PHOTOS[:count]:
        noise = torch.Generator().manual_seed(0)
        picture = Image.fromarray(photo)
        model.generator.pipeline(prompt=SAYING, image=picture, num_inference_steps=STEPS, generator=noise)


def one(klein: cavendish.VisionModel, root: Path) -> None:
    fresh = itertools.count()
    new, known, peer = seconds(
        lambda: ours(klein, 1, said=f"{SAYING} {next(fresh)}"), lambda: ours(klein, 1), lambda: theirs(klein, 1)
    )
    line("one picture, its text new, against the pipeline", new, peer, 1.02)
    line("one picture, its text known, against the pipeline", known, peer, 1.02)


def eight(klein: cavendish.VisionModel, root: Path) -> None:
    batch, peer = seconds(lambda: ours(klein, 8), lambda: theirs(klein, 8), runs=4)
    line("eight different pictures, one text, against eight calls", batch, peer, 0.9)


class Forgetful(flux2.VelocityModel):
    """Reads its references anew at every step: the same paintings, without what is kept."""

    def __call__(self, *arguments):
        self._cache = None
        return super().__call__(*arguments)


def kept(klein: cavendish.VisionModel, root: Path) -> None:
    """A klein-KV checkpoint against itself, and against klein of the same shape, whose references read the text too."""
    model = cavendish.load(tiny_checkpoints.klein(root / "kv", kv=True, **SHAPE), device="cpu")

    def forgetful() -> None:
        with mock.patch.object(flux2, "VelocityModel", Forgetful):
            ours(model, 1, steps=8)

    keeping, reading, plain = seconds(
        lambda: ours(model, 1, steps=8), forgetful, lambda: ours(klein, 1, steps=8), runs=6
    )
    line("references' keys and values kept, 8 steps, against not", keeping, reading, 0.8)
    line("the same, against klein without such a cache", keeping, plain)


def overhead(klein: cavendish.VisionModel, root: Path) -> None:
    timed = Timed(klein.generator)
    asked = cavendish.VisionModel(timed)
    (whole,) = seconds(lambda: asked.depth(PHOTOS[0]))
    line("a depth map, against the painting within it", whole, np.array(timed.times[1:]), 1.05)


def loading(klein: cavendish.VisionModel, root: Path) -> None:
    """Where reading is what takes time, and not the making of a thousand modules, which is the second line."""
    big = tiny_checkpoints.klein(root / "big", width=1536, layers=5, text_width=16)
    ready, reading = seconds(lambda: touch(big), lambda: read(big), runs=3)
    line(f"loading {size_of(big) / 1e9:.1f} GB, every weight touched, against read()", ready, reading, 1.5)
    folder = root / "klein"
    small, peer = seconds(
        lambda: cavendish.load(folder, device="cpu"), lambda: type(klein.generator.pipeline).from_pretrained(folder)
    )
    line(f"loading {size_of(folder) / 1e9:.2f} GB, against diffusers' own loading", small, peer)


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


def touch(folder: Path) -> None:
    """A model with every weight of its networks read, for loading itself only maps the files."""
    pipeline = cavendish.load(folder, device="cpu").generator.pipeline
    for part in (pipeline.transformer, pipeline.text_encoder, pipeline.vae):
        for weight in part.parameters():
            weight.sum()


def read(folder: Path) -> None:
    """Every byte of the same files through one buffer, which is the quickest way there is to read them whole."""
    buffer = bytearray(2**24)
    for file in folder.glob("**/*.safetensors"):
        with file.open("rb", buffering=0) as stream:
            while stream.readinto(buffer):
                pass


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("**/*.safetensors"))


if __name__ == "__main__":
    main()
