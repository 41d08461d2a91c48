"""What makes a stored answer or score stale: each file of code that can change it, and no other."""

import shutil
import subprocess
import sys

import pytest

from cavendish.evaluation.code_digest import HOME, NOT_IN_ANSWERS, NOT_IN_SCORES, digest

ANSWER_ONLY = (
    "model.py", "prompts.py", "assistant.py", "nano/network.py", "generators/nano.py", "generators/hosted.py",
    "generators/presets.toml", "services/connection.py", "evaluation/model_answers.py",
)  # fmt: skip
SCORE_ONLY = (
    "evaluation/metrics/depth.py", "evaluation/scoring/masks.py", "evaluation/benchmarks/worlds.py",
    "evaluation/color_check.py", "evaluation/runner.py", "worlds/render.py", "datasets/sample.py",
)  # fmt: skip
BOTH = ("images.py", "resampling.py", "geometry.py", "results.py", "codes/depth.py", "tasks/depth.py",
        "evaluation/answer_cache.py", "evaluation/predictions.py")  # fmt: skip
NEITHER = ("cli/evaluate.py", "training/trainer.py", "evaluation/report/page.py", "evaluation/retention.py")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A copy of the package that may be changed."""
    home = tmp_path_factory.mktemp("package") / "cavendish"
    shutil.copytree(HOME, home, ignore=shutil.ignore_patterns("__pycache__", "weights"))
    return home


@pytest.mark.parametrize("file", (*ANSWER_ONLY, *SCORE_ONLY, *BOTH, *NEITHER))
def test_changed_code_makes_stale_what_it_can_change(package, file):
    before = digest(package, NOT_IN_ANSWERS), digest(package, NOT_IN_SCORES)
    text = (package / file).read_text()
    (package / file).write_text(text + "\n# changed")
    after = digest(package, NOT_IN_ANSWERS), digest(package, NOT_IN_SCORES)
    (package / file).write_text(text)
    changed = tuple(a != b for a, b in zip(before, after))
    assert changed == (file in ANSWER_ONLY + BOTH, file in SCORE_ONLY + BOTH)


def test_a_new_file_counts_and_compiled_ones_do_not(package):
    before = digest(package, NOT_IN_ANSWERS)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "model.cpython-311.pyc").write_bytes(b"\0")
    assert digest(package, NOT_IN_ANSWERS) == before
    (package / "sharpen.py").write_text("")
    assert digest(package, NOT_IN_ANSWERS) != before
    (package / "sharpen.py").unlink()


@pytest.mark.parametrize("room", (*NOT_IN_ANSWERS, *NOT_IN_SCORES))
def test_rooms_that_do_not_count_are_there(room):
    planned = ("bulk", "integrations", "serving")
    assert room in planned or (HOME / room).exists()


ANSWERING = """
import sys
import numpy as np
import cavendish
model = cavendish.load("nano", device="cpu")
picture = np.zeros((32, 32, 3), np.uint8)
for task in ("depth", "normals", "edges"):
    getattr(model, task)(picture)
model.segment(picture, ["road", "sky"]), model.instances(picture, "dog"), model.refer(picture, "the dog")
print(*(name for name in sys.modules if name.startswith("cavendish.")))
"""


def test_a_model_answers_without_the_rooms_that_change_no_answer():
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", ANSWERING], capture_output=True, text=True, check=True)
    loaded = {name.removeprefix("cavendish.").replace(".", "/") + "/" for name in done.stdout.split()}
    assert "nano/network/" in loaded
    rooms = [room.removesuffix(".py") + "/" for room in NOT_IN_ANSWERS]
    assert not [name for name in loaded if name.startswith(tuple(rooms))]
