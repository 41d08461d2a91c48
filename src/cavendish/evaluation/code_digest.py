"""Digests of this package's own source, which are part of the keys of stored answers and scores."""

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import cavendish

HOME = Path(cavendish.__file__).parent

# Rooms that change no answer or no score. Everything else counts, so that a new file is never forgotten. The weights
# are named by a generator's revision, and the pictures of rendered benchmarks are part of an answer's key.
NOT_IN_ANSWERS = (
    "bulk", "cli", "datasets", "formats", "integrations", "nano/weights", "serving", "training", "worlds",
    "evaluation/benchmarks", "evaluation/color_check.py", "evaluation/evaluator.py", "evaluation/metrics",
    "evaluation/ray_runner.py", "evaluation/report", "evaluation/retention.py", "evaluation/runner.py",
    "evaluation/scoring", "evaluation/vlm_judge.py",
)  # fmt: skip
NOT_IN_SCORES = (
    "assistant.py", "bulk", "cli", "generators", "integrations", "loading.py", "model.py", "nano", "prompts.py",
    "serving", "services", "training", "evaluation/evaluator.py", "evaluation/model_answers.py",
    "evaluation/ray_runner.py", "evaluation/report", "evaluation/retention.py", "evaluation/vlm_judge.py",
)  # fmt: skip


def digest(home: Path, without: Sequence[str]) -> str:
    """The digest of all files below `home` but those in the folders and files named in `without`."""
    state = hashlib.sha256()
    for file in sorted(home.rglob("*")):
        name = file.relative_to(home).as_posix()
        if file.suffix == ".pyc" or not file.is_file() or any(f"{name}/".startswith(f"{room}/") for room in without):
            continue
        state.update(name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()[:16]


@cache
def answer_code() -> str:
    """The digest of all code between a question and its answer."""
    return digest(HOME, NOT_IN_ANSWERS)


@cache
def score_code() -> str:
    """The digest of all code between an answer and its score."""
    return digest(HOME, NOT_IN_SCORES)
