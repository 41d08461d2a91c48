"""GenAI-Bench: prompts and skills of `GenAI-Image-1600`; what is measured are stored judgements."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cavendish.evaluation.benchmarks.base import Benchmark, Item, itself, need
from cavendish.evaluation.metrics.means import grouped
from cavendish.evaluation.scoring.judged import JudgedScorer

TITLE, HOME = "GenAI-Bench", "https://huggingface.co/datasets/BaiqiL/GenAI-Bench-1600"


def read(root: Path, split: str) -> Iterator[Item]:
    """Every prompt with the skills it needs."""
    folder = root / "GenAI-Image-1600"
    folder = folder if folder.is_dir() else root
    prompts = json.loads(need(folder / "genai_image.json", TITLE, HOME).read_text())
    skills = json.loads(need(folder / "genai_skills.json", TITLE, HOME).read_text())
    needed = grouped((index, skill) for skill, indices in skills.items() for index in indices)
    for key, row in prompts.items():
        groups = tuple(needed.get(int(key), ()))
        yield Item(key, None, partial(itself, groups), (row["prompt"],))


BENCHMARK = Benchmark(
    name="genai-bench", title=TITLE, task="generate", scorer=JudgedScorer(("win-rate", "vqascore")), read=read,
    splits=("1600",), home=HOME, headline="win rate", paper={"Vision Banana against its base, by people": 0.535},
)  # fmt: skip
