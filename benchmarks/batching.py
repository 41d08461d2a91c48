"""Many questions in full batches against the same questions one by one, in the same run.

python benchmarks/batching.py             # forward passes of a counting generator; CPU time of small kleins
python benchmarks/batching.py OLD/src     # the same questions one by one through another version of the source too
"""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

import cavendish
from cavendish.generators import About, Painting, Request

BATCH = 8
PHOTOS = [np.random.default_rng(k).integers(0, 256, (64, 96, 3), np.uint8) for k in range(16)]


class Counting:
    """Paints black, at most `BATCH` requests in one forward pass."""

    about = About(name="counting")

    def __init__(self) -> None:
        self.passes = 0

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        self.passes += -(-len(requests) // BATCH)
        return [Painting(rgb=np.zeros((*request.size, 3), np.uint8)) for request in requests]


def one_by_one(model: cavendish.VisionModel, photos: Sequence[np.ndarray]) -> None:
    """Four questions about each photo, each asked by itself."""
    for photo in photos:
        model.depth(photo)
        model.normals(photo)
        model.segment(photo, ["road", "sky"])
        model.instances(photo, "dog")


def batched(model: cavendish.VisionModel, photos: Sequence[np.ndarray]) -> None:
    """The same questions, all given at once."""
    task = model.prompts.task
    asked = [task("depth"), task("normals"), task("semantic", ["road", "sky"]), task("instances", ["dog"])]
    answers = list(model.answer(((each, photo) for photo in photos for each in asked), errors="raise"))
    assert len(answers) == len(photos) * len(asked)


def passes(ask) -> int:
    generator = Counting()
    ask(cavendish.VisionModel(generator), PHOTOS)
    return generator.passes


def passes_of(source: str) -> int:
    """Forward passes for the same questions, one by one, through the version of Cavendish in another folder."""
    environment = {**os.environ, "PYTHONPATH": source}
    command = [sys.executable, __file__, "--count"]
    return int(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    if sys.argv[1:] == ["--count"]:
        print(passes(one_by_one))
        return
    from dataclasses import replace

    Counting.about = replace(Counting.about, batch_size=BATCH)
    full, single = passes(batched), passes(one_by_one)
    print(f"{4 * len(PHOTOS)} questions, a generator that takes {BATCH} requests in one forward pass")
    report("forward passes in batches, against one by one", full, single, 1 / BATCH)
    for source in sys.argv[1:]:
        report(f"forward passes in batches, against {source}", full, passes_of(source), 1 / BATCH)
    klein()


def klein() -> None:
    """A network so small that calls cost more than arithmetic, and a larger one, where a CPU gains nothing."""
    import torch

    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from generators import SHAPE  # of the benchmark beside this one
    from helpers import tiny_checkpoints

    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print("\n16 questions of 64 x 96 pixels to klein, 4 steps, one thread, seconds of CPU time")
    with tempfile.TemporaryDirectory() as root:
        time_klein("tiny klein", tiny_checkpoints.klein(Path(root) / "tiny"), 1.0)
        time_klein("klein of 20 M", tiny_checkpoints.klein(Path(root) / "larger", **SHAPE), None)


def time_klein(name: str, folder: Path, bound: float | None) -> None:
    from generators import seconds

    many, single = (cavendish.load(folder, device="cpu", batch_size=size) for size in (BATCH, 1))
    photos = PHOTOS[:4]
    full, usual, peer = seconds(
        lambda: batched(many, photos), lambda: batched(single, photos), lambda: one_by_one(single, photos), runs=3
    )
    for batch, ours, limit in ((f"{BATCH}", full, bound), ("1, the default on a CPU", usual, 1.02)):
        what = f"{name} in batches of {batch}, against one by one"
        report(what, float(np.median(ours)), float(np.median(peer)), limit, float(np.median(ours / peer)))


def report(what: str, ours: float, peer: float, bound: float | None, ratio: float | None = None) -> None:
    ratio = ours / peer if ratio is None else ratio
    verdict = "" if bound is None else f"bound {bound:5.3f}   {'holds' if ratio <= bound else 'DOES NOT HOLD'}"
    print(f"{what:<66} {ours:8.3g} {peer:8.3g}   ratio {ratio:5.3f}   {verdict}", flush=True)


if __name__ == "__main__":
    main()
