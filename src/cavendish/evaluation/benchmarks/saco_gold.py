"""SA-Co/Gold: `gold_<subset>_merged_{a,b,c}_release_test.json`, one entry a (picture, phrase), three annotators.

Pictures are looked for in `sa1b-images/` and, for the other six subsets, `metaclip-images/`.
"""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import zip_longest
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself, need
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.scoring.masks import ConceptScorer, ConceptTruth

TITLE, HOME = "SA-Co/Gold", "https://github.com/facebookresearch/sam3 (scripts/eval/gold/README.md)"
SUBSETS = ("metaclip", "sa1b", "attributes", "crowded", "wiki_common", "fg_food", "fg_sports_equipment")


def read(root: Path, split: str) -> Iterator[Item]:
    """The pairs of one subset, or of all in turn: one of each, then the next, so that a limit takes from every one."""
    subsets = SUBSETS if split == "all" else (split,)
    files = {
        subset: [need(root / f"gold_{subset}_merged_{letter}_release_test.json", TITLE, HOME) for letter in "abc"]
        for subset in subsets
    }
    for row in zip_longest(*(read_subset(root, subset, files[subset]) for subset in subsets)):
        yield from (item for item in row if item is not None)


def read_subset(root: Path, subset: str, files: Sequence[Path]) -> Iterator[Item]:
    """The pairs that every annotator marked exhaustive, in the order of the first annotator's file."""
    annotators = [json.loads(file.read_text()) for file in files]
    masks = [
        grouped((row["image_id"], row["segmentation"]) for row in data["annotations"] if not row.get("iscrowd", 0))
        for data in annotators
    ]
    doubtful = {image["id"] for data in annotators for image in data["images"] if not image["is_instance_exhaustive"]}
    pictures = root / ("sa1b-images" if subset == "sa1b" else "metaclip-images")
    for image in annotators[0]["images"]:
        pair = image["id"]
        if pair in doubtful:
            continue
        size = image["height"], image["width"]
        truth = ConceptTruth(tuple(tuple(found.get(pair, ())) for found in masks), size, subset)
        yield Item(
            key=f"{subset}_{pair}",
            image=pictures / image["file_name"],
            load_truth=partial(itself, truth),
            query=(image["text_input"],),
            group=subset,
            result_id=pair,
        )


BENCHMARK = Benchmark(
    name="saco-gold", title=TITLE, task="instances", scorer=ConceptScorer(), read=read,
    splits=("all", *SUBSETS), home=HOME, headline="pmF1",
    paper={"Vision Banana (500 queries)": 0.540, "DINO-X": 0.552, "Gemini 2.5": 0.461, "OWLv2": 0.420,
           "trained on it: SAM 3": 0.661},
)  # fmt: skip
