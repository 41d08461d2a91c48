"""What a model that sees must not forget: pictures of named things in named colours, and edits of Worlds scenes."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.datasets.sample import Sample
from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself
from cavendish.evaluation.benchmarks.worlds import SCENES, SIZE, find, read
from cavendish.evaluation.scoring.pictures import ColorScorer, ColorTruth, EditScorer, EditTruth
from cavendish.worlds.materials import VIVID
from cavendish.worlds.nouns import article
from cavendish.worlds.rng import Dice

PLACES = {
    "on a wooden table": ("mug", "bowl", "vase", "teapot", "bottle", "plate", "candle", "box", "toy block", "book"),
    "in a living room": ("sofa", "armchair", "chair", "cushion"),
    "on a street": ("car", "bus", "van", "truck", "umbrella"),
    "in a park": ("tent", "ball", "kite", "backpack"),
}
PAIRS = [(noun, place) for place, nouns in PLACES.items() for noun in nouns]


def prompts(root: Path, split: str) -> Iterator[Item]:
    """SCENES prompts such as "a red mug on a wooden table", drawn by their numbers."""
    for number in range(SCENES):
        yield prompt(f"prompt-{number:04d}")


def prompt(key: str) -> Item:
    """The prompt of a key."""
    d = Dice("worlds prompts", key)
    (noun, place), color = d.pick(PAIRS), d.pick(VIVID)
    words = f"{article(f'{color} {noun}')} {place}"
    return Item(key, None, partial(itself, ColorTruth(noun, color)), (words,), group=color)


def edit(seen: Sample) -> Item | None:
    """The first edit of a scene; None if nothing can be edited there."""
    if not seen.edits:
        return None
    change = seen.edits[0]
    truth = EditTruth(seen.image, change.image, change.kind)
    return Item(seen.key, partial(itself, seen.image), partial(itself, truth), (change.instruction,), group=change.kind)


def benchmarks(size: int = SIZE) -> dict[str, Benchmark]:
    """ "generate" and "edit"; `size` is that of the scenes to edit, generated pictures have the model's own."""
    return {
        "generate": Benchmark(
            name="worlds-generate", title="Worlds prompts", task="generate", scorer=ColorScorer(), read=prompts,
            splits=("test",), home="", headline="right colour", find=prompt,
        ),
        "edit": Benchmark(
            name="worlds-edit", title=f"Worlds edits, {size} px", task="edit", scorer=EditScorer(),
            read=partial(read, ask=edit, size=size, edits=1), find=partial(find, ask=edit, edits=1),
            splits=("test", "train", "held-out"), home="", headline="change made",
            baselines={"picture left as it was": lambda truth: truth.before},
        ),
    }  # fmt: skip


BENCHMARKS = tuple(benchmarks().values())
