"""Tasks: instructions mean what they say, truth comes back from its painting, others can add tasks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from cavendish import tasks
from cavendish.codes import DepthCode
from cavendish.codes.colors import format_color, named_colors, parse_color
from cavendish.errors import LegendError, TaskError
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task

LEGEND = {"cat": "red", "lock": "pink", "exit sign": "light purple", "background": "yellow"}
ASKED: list[Task] = [
    Depth(),
    *(Depth(DepthCode(colormap)) for colormap in ("plasma", "inferno", "viridis", "gray", "inverse")),
    Normals(),
    Normals("right"),
    Semantic(LEGEND),
    Semantic.of(["road", "traffic light", "l'arbre", "a, b", "background", "thing. It is red"]),
    Referring.of(["dog wearing a hat on the left"]),
    Referring({"left dog": "green", "cat that is cleaning itself": "cyan"}, "white"),
    Referring.of(["second red chair, from the left", "it"], seed=4),
    Instance("dog"),
    Instance("piece of garlic", (88, 50, 82)),
    Instance('"crescent"-shaped croissant', "#10aa05"),
    Semantic.of(["orange", "apple", "wine label"]),
    Referring.of(["woman in red", "man in white shirt", "class clown"]),
    Instance("basketball", "#10aa05", discs=True),
    Instance("woman in red"),
    Instance("man in black", "light purple"),
    Instance("disc"),
]


@pytest.mark.parametrize("task", ASKED, ids=lambda task: f"{task.name}-{task.code()}"[:50])
def test_instructions_vary_and_all_mean_the_task(task: Task) -> None:
    said = {task.instruction(seed) for seed in [None, *range(80)]}
    assert len(said) >= 12
    for text in said:
        read = type(task).parse(text)
        assert read is not None and read.code() == task.code(), text
        assert tasks.parse(text).code() == task.code() or {type(task)} <= {Semantic, Referring}, text
    assert task.instruction(3) == task.instruction(3)
    assert len({task.instruction() for _ in range(20)}) == 1, "the canonical sentence is always the same"


def test_paraphrases_cover_every_notation_and_the_background() -> None:
    said = " ".join(Semantic(LEGEND).instruction(seed) for seed in range(200))
    for form in ('"#FF0000"', "(255, 0, 0)", "<255, 0, 0>", "RGB(255, 0, 0)", '"red"', "are represented by", '{"cat"'):
        assert form in said
    grounds = {"ackground" in Instance("dog").instruction(seed).split("rest as")[0] for seed in range(100)}
    assert grounds == {True, False}


@pytest.mark.parametrize(
    ("text", "label", "background"),
    [
        ("Each car in a different color, background white", "car", (255, 255, 255)),
        ("Give each dog its own color on a white background", "dog", (255, 255, 255)),
        ("Segment each car instance, every one a different color. Background: #10aa05", "car", (16, 170, 5)),
    ],
)
def test_a_persons_own_words_for_instances(text: str, label: str, background: tuple) -> None:
    asked = tasks.parse(text)
    assert asked == Instance(label, background)


def test_the_published_instructions_are_among_them() -> None:
    for task, text in [
        (Depth(), "Generate a metric depth map of the provided image."),
        (Depth(), "Predict the metric depth of this scene as an image. Visualized in the rainbow colormap."),
        (Normals(), "Predict the surface normal of this scene."),
        (
            Instance("dog"),
            "Generate an instance segmentation visualization of this image. Each dog is colored differently.",
        ),
    ]:
        assert text in {task.instruction(seed) for seed in [None, *range(200)]}


@given(arrays(np.float64, (6, 8), elements=st.floats(0, 100) | st.just(np.inf) | st.just(np.nan)))
def test_depth_comes_back(metres: np.ndarray) -> None:
    task = Depth()
    result = task.decode(task.encode(metres))
    painted = task.encode(metres).any(axis=-1)  # black is 0 m, and nothing is: unknown
    assert np.array_equal(result.valid, painted)
    assert np.allclose(result.metres[painted], metres[painted], rtol=0.1, atol=0.01)
    assert (result.confidence == 1).all()
    assert result.provenance.code == task.code() and result.instruction == task.instruction()


@given(arrays(np.float64, (5, 6, 3), elements=st.floats(-1, 1)), st.sampled_from(["left", "right"]))
def test_normals_come_back(vectors: np.ndarray, x: str) -> None:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit = np.where(length > 0.1, vectors / np.maximum(length, 1e-9), 0)
    result = Normals(x).decode(Normals(x).encode(unit))
    assert np.array_equal(result.valid, unit.any(axis=-1))
    assert np.abs(result.vectors - unit).max() < 0.01


def test_relative_depth_says_that_it_is() -> None:
    truth = np.linspace(1, 9, 48).reshape(6, 8)
    for code, metric in (
        (DepthCode("inverse"), False),
        (DepthCode("inverse", near=1, far=9), True),
        (DepthCode(), True),
    ):
        result = Depth(code).decode(Depth(code).encode(truth))
        assert result.metric is metric
        assert ("in metres" in result.record()["frame"]) is metric and (" m," in repr(result)) is metric


@given(arrays(np.int32, (7, 9), elements=st.integers(0, 3)))
def test_labels_come_back(labels: np.ndarray) -> None:
    result = Semantic(LEGEND).decode(Semantic(LEGEND).encode(labels))
    assert np.array_equal(result.labels, labels) and result.classes == tuple(LEGEND)


def test_references_come_back_and_absent_ones_are_empty() -> None:
    masks = np.zeros((3, 30, 40), dtype=bool)
    masks[0, 3:12, 4:18] = masks[1, 15:28, 20:38] = True
    task = Referring({"a": "red", "b": "blue", "nobody": "green"}, "white")
    found = task.decode(task.encode(masks))
    assert list(found) == ["a", "b", "nobody"]
    assert all(np.array_equal(found[name].mask, mask) for name, mask in zip(found, masks))


@pytest.mark.parametrize("discs", [False, True])
def test_instances_come_back(discs: bool) -> None:
    masks = np.zeros((3, 60, 80), dtype=bool)
    masks[0, 5:25, 5:25] = masks[1, 5:25, 25:45] = masks[2, 35:55, 50:75] = True
    task = Instance("tile", "#10aa05", discs)
    found = task.decode(task.encode(masks))
    assert len(found) == 3 and (found.scores > 0.99).all()
    want = masks.sum(axis=(1, 2)) if not discs else [m.sum() for m in masks]
    assert sorted(m.sum() for m in found.masks) == pytest.approx(sorted(want), rel=0.1)
    if not discs:
        assert {m.tobytes() for m in found.masks} == {m.tobytes() for m in masks}


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: Semantic({}), LegendError, "empty"),
        (lambda: Semantic.of(["road", "road"]), LegendError, "'road' is given more than once"),
        (lambda: Semantic.of([]), LegendError, "1 to 256"),
        (lambda: Semantic.of("road"), LegendError, "list of names"),
        (lambda: Semantic({"road": None}), ValueError, "three levels"),
        (lambda: Semantic.of([str(k) for k in range(257)]), LegendError, "257"),
        (lambda: Referring.of([]), LegendError, "1 to 255"),
        (lambda: Referring.of(["a", "a "]), LegendError, "more than once"),
        (lambda: Referring({"a": "black"}), LegendError, "same colour"),
        (lambda: Instance("  "), LegendError, "name of a class"),
        (lambda: tasks.find("dept"), TaskError, "'depth'"),
        (lambda: tasks.parse("Generate a metric depth map in the jet colormap."), TaskError, "'jet'"),
        (lambda: tasks.parse("Make it pretty."), TaskError, "asks for no task"),
    ],
)
def test_bad_questions(make: object, error: type, says: str) -> None:
    with pytest.raises(error, match=says):
        make()  # type: ignore[operator]


TOY = """
from dataclasses import dataclass, replace
import numpy as np
from cavendish.results import Mask
from cavendish.tasks import Task
from cavendish.tasks.example import Example, Question, balanced_weight

@dataclass(frozen=True)
class Brightness(Task):
    name = 'brightness'
    truth = 'mask'
    headline = 'right'
    above: float = 127.0

    def instruction(self, seed=None):
        return 'Paint bright things white.'
    def encode(self, truth):
        return np.repeat(np.uint8(255) * np.asarray(truth, bool)[..., None], 3, axis=-1)
    def decode(self, rgb):
        mask = rgb[..., 0] > self.above
        return Mask(mask=mask, expression='bright', confidence=np.ones(mask.shape, np.float32), **self._about(rgb))
    def code(self):
        return {'above': self.above}
    @classmethod
    def parse(cls, text):
        return cls() if 'bright' in text else None
    def vote(self, answers):
        return replace(answers[0], mask=np.all([each.mask for each in answers], axis=0))
    @classmethod
    def example(cls, sample, rng):
        bright = sample.image.mean(-1) > 127
        return Example(cls(), bright, balanced_weight(bright.astype(int)))
    @classmethod
    def questions(cls):
        return {'brightness': lambda sample, draws: Question(sample.image.mean(-1) > 127)}
    def as_truth(self, answer):
        return answer.mask
    @classmethod
    def measure(cls, prediction, truth, known=None):
        return {'right': (float((prediction == truth).sum()), truth.size)}
"""


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process in which a package with a task of its own is really installed."""
    folder = tmp_path_factory.mktemp("toy")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "cavendish-toy"\nversion = "1"\n'
        '[tool.hatch.build.targets.wheel]\ninclude = ["cavendish_toy.py"]\n'
        '[project.entry-points."cavendish.tasks"]\nbrightness = "cavendish_toy:Brightness"\n'
    )
    (folder / "cavendish_toy.py").write_text(TOY)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(folder / "site"), str(folder)], check=True)
    path = os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path}


def in_toy(toy: dict[str, str], *arguments: object) -> str:
    run = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, env=toy)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_an_installed_package_adds_a_task_to_the_model_and_its_measures(toy) -> None:
    program = (
        "import numpy as np, cavendish; from cavendish import tasks; task = tasks.find('brightness')(); "
        "truth = np.eye(4, dtype=bool); assert (task.decode(task.encode(truth)).mask == truth).all(); "
        "assert tasks.parse('the bright ones') == task; "
        "assert (cavendish.decode(task, task.encode(truth)).mask == truth).all(); "
        "answer = cavendish.load().brightness(np.zeros((32, 32, 3), np.uint8), votes=2); "
        "print(answer.provenance.task, answer.provenance.votes, answer.instruction)"
    )
    assert in_toy(toy, "-W", "ignore", "-c", program).strip() == "brightness 2 Paint bright things white."


def test_an_installed_package_adds_a_task_to_the_commands_and_to_training(toy, tmp_path: Path) -> None:
    truth = np.eye(32, dtype=bool)
    np.save(tmp_path / "truth.npy", truth)
    painting, found, photo = tmp_path / "painting.png", tmp_path / "found.npy", tmp_path / "photo.png"
    answered, report, run = tmp_path / "answered.npy", tmp_path / "eval", tmp_path / "run"
    network = {"widths": (16, 32, 32), "text_width": 32, "text_layers": 1, "rows": 512, "query": 8}
    tiny = {"mixture": {"brightness": 1}, "network": network, "stages": [[1, 32, 2]], "minutes": 0, "steps": 1}
    tiny |= {"validate_every": 1, "validation_scenes": 2, "workers": 0}
    Image.fromarray(np.zeros((32, 48, 3), np.uint8)).save(photo)
    commands = [
        ["--help"],
        ["decode", "brightness", "--help"],
        ["encode", "brightness", tmp_path / "truth.npy", "-o", painting],
        ["decode", "brightness", painting, "-o", found, "--above", 200],
        ["brightness", photo, "-o", answered],
        ["eval", "worlds", "--tasks", "brightness", "--limit", 2, "--size", 64, "-o", report],
        ["train", "nano", "--out", run, *(f"--set={name}={json.dumps(value)}" for name, value in tiny.items())],
    ]
    program = (  # one process for all of them
        "import json, sys; sys.path.insert(0, sys.argv[1]); from helpers.command import here\n"
        "ends = [here(*words) for words in json.loads(sys.argv[2])]\n"
        "assert not any(end.returncode for end in ends), ends\n"
        "print(json.dumps([end.stdout for end in ends]))"
    )
    words = json.dumps([[str(word) for word in command] for command in commands])
    said = json.loads(in_toy(toy, "-W", "ignore", "-c", program, Path(__file__).parent, words))
    assert "brightness" in said[0] and "--above" in said[1]
    assert said[2].strip() == "Paint bright things white."
    np.testing.assert_array_equal(np.load(found), truth)
    assert np.load(answered).shape == (32, 48)
    assert "right" in said[5] and "Worlds brightness, 64 px" in said[5]
    assert 0 <= json.loads((run / "metrics.jsonl").read_text().splitlines()[-1])["held-out/brightness/right"] <= 1


@pytest.mark.parametrize("word", sorted({format_color(rgb, "word") for rgb in named_colors().values()}))
def test_every_colour_word_survives_an_instruction(word: str) -> None:
    rgb = parse_color(word)
    instance = Instance("dog", background=rgb)
    semantic = Semantic({"dog": rgb, "background": (0, 0, 0) if max(rgb) > 90 else (255, 255, 255)})
    for ground in _GROUND_FORMS:
        said = instance.instruction().replace(format_color(rgb, "rgb"), word) if ground is None else ground.format(word)
        assert Instance.parse(said).background == rgb, said
    for verb in ("is", "is represented by", "is rendered in", "is shown as"):
        said = f"Semantic segmentation of the input. The dog {verb} {word}."
        assert semantic.parse(said).palette["dog"] == rgb, said


_GROUND_FORMS = (
    None,
    "Instance segmentation of every dog in the picture, one flat color for each. The background is set to {}.",
    "Give every single dog its own color. Background is {}.",
)
