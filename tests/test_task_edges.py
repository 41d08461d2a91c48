"""The edges task: its paint, its truth, its measure, and how it is asked."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from skimage.morphology import dilation, disk

from cavendish import tasks
from cavendish.errors import CodeError
from cavendish.generators import About, Canvas, Painting
from cavendish.geometry import Geometry, fit
from cavendish.model import VisionModel
from cavendish.tasks import Edges
from cavendish.tasks.edges import TOLERANCE, boundaries
from cavendish.worlds import sample
from helpers.command import here

LINES = arrays(np.bool_, st.tuples(st.integers(3, 40), st.integers(3, 40)))


@given(LINES)
def test_clean_paint_is_read_to_the_pixel(lines) -> None:
    answer = Edges().decode(Edges().encode(lines))
    np.testing.assert_array_equal(answer.mask, lines)
    assert (answer.confidence == 1).all()


def worn(painting: np.ndarray, seed: int) -> np.ndarray:
    """Halved and enlarged again, with noise of 8 levels, through JPEG 75."""
    height, width = painting.shape[:2]
    picture = Image.fromarray(painting).resize((width // 2, height // 2), Image.Resampling.BILINEAR)
    levels = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC)).astype(float)
    levels += np.random.default_rng(seed).normal(0, 8, levels.shape)
    file = io.BytesIO()
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize("number", range(4))
def test_thin_lines_survive_blur_noise_and_jpeg_and_stay_thin(number) -> None:
    seen = sample("held-out", number, 192)
    truth = boundaries(seen.instances, seen.depth)
    answer = Edges().decode(worn(Edges().encode(truth), number))
    assert Edges.measure(answer.mask, truth)["boundary F"][0] > 0.97
    assert answer.mask.mean() < 1.4 * truth.mean()


def test_noise_alone_is_no_line() -> None:
    noise = np.random.default_rng(0).normal(0, 12, (96, 96, 3)).clip(0, 255).astype(np.uint8)
    assert not Edges().decode(noise).mask.any()


def test_a_line_lies_on_the_nearer_side_and_a_plane_has_none() -> None:
    rows = np.arange(20)[:, None] + np.zeros((1, 30))
    floor = (20 / (rows + 1)).astype(np.float32)  # a plane that runs to the horizon: inverse depth is linear
    nothing = np.zeros((20, 30), np.int32)
    assert not boundaries(nothing, floor).any()
    box = floor.copy()
    box[5:12, 8:15] = 0.5
    found = boundaries(nothing, box)
    inside = np.zeros((20, 30), bool)
    inside[5:12, 8:15] = True
    rim = inside.copy()
    rim[6:11, 9:14] = False
    np.testing.assert_array_equal(found, rim)
    sky = np.full((6, 6), np.inf, np.float32)
    sky[3:] = 10
    assert boundaries(nothing[:6, :6], sky)[3].all() and boundaries(nothing[:6, :6], sky).sum() == 6
    side_by_side = (np.arange(6)[None] > 2).astype(np.int32).repeat(6, 0)
    assert boundaries(side_by_side, np.full((6, 6), 2, np.float32)).sum() == 6  # things that touch are two things


def davis(prediction: np.ndarray, truth: np.ndarray) -> float:
    """The boundary measure of DAVIS by dilation with a disc, as its toolkit computes it."""
    reach = disk(int(np.ceil(TOLERANCE * np.linalg.norm(truth.shape))))
    near_truth, near_prediction = dilation(truth, reach), dilation(prediction, reach)
    if not prediction.any() or not truth.any():
        return float(prediction.any() == truth.any())
    precision = (prediction & near_truth).sum() / prediction.sum()
    recall = (truth & near_prediction).sum() / truth.sum()
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


@settings(max_examples=60)
@given(st.integers(3, 300), st.integers(3, 300), st.floats(0, 0.05), st.floats(0, 0.05), st.integers(0, 99))
def test_the_measure_is_that_of_davis(height, width, ours, theirs, seed) -> None:
    rng = np.random.default_rng(seed)
    prediction, truth = rng.random((height, width)) < ours, rng.random((height, width)) < theirs
    assert Edges.measure(prediction, truth)["boundary F"][0] == pytest.approx(davis(prediction, truth))


def test_every_instruction_means_this_task_and_others_do_not() -> None:
    for seed in (None, *range(60)):
        assert tasks.parse(Edges().instruction(seed)) == Edges()
    assert len({Edges().instruction(seed) for seed in range(200)}) >= 12
    for text in (
        "Mark the edges of all tables in red (#ff0000).",
        "Segment the edge of the table in pure yellow.",
        "A segmentation in which the edge map poster is white.",
        tasks.Referring({"edges of the table": "white"}).instruction(),
        tasks.Semantic({"object boundaries": "white", "background": "black"}).instruction(),
    ):
        assert not isinstance(tasks.parse(text), Edges), text


def test_a_line_survives_on_a_smaller_picture() -> None:
    photo = np.zeros((40, 60, 3), np.uint8)
    _, geometry = fit(photo, size=(160, 240), multiple=1)
    painting = np.zeros(geometry.canvas_size, bool)
    painting[:, 121] = True
    answer = Edges().decode(Edges().encode(painting)).to_input(geometry)
    assert answer.shape == (40, 60) and answer.mask.any(axis=1).all() and answer.mask.mean() < 0.06
    assert isinstance(geometry, Geometry)


@pytest.mark.parametrize(("far", "parts"), [(1.10, False), (1.12, True)])
def test_surfaces_part_where_inverse_depth_steps_by_more_than_a_tenth(far: float, parts: bool) -> None:
    depth = np.full((8, 20), 1.0)
    depth[:, 10:] = far
    found = boundaries(np.zeros(depth.shape, int), depth)
    assert found[:, 9].all() == parts and found.sum() == (8 if parts else 0)


def test_a_line_of_half_of_the_votes_stays() -> None:
    found = [Edges().decode(Edges().encode(np.array([row]))) for row in ([True, True], [True, False], [False, False])]
    assert Edges().combine(found[:2]).mask.tolist() == [[True, True]]
    assert Edges().combine(found).mask.tolist() == [[True, False]]


def test_wrong_truth_is_said() -> None:
    with pytest.raises(CodeError, match=r"edges must be bool \(H, W\), not int64"):
        Edges().encode(np.zeros((4, 4), np.int64))


class Painter:
    def __init__(self, painting: np.ndarray) -> None:
        self.about = About(name="painter", canvas=Canvas(multiple=1, max_pixels=10**6, min_side=1))
        self.painting = painting

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests) -> list[Painting]:
        flipped = [self.painting, self.painting[:, ::-1]]
        return [Painting(rgb=np.ascontiguousarray(flipped[request.seed % 2])) for request in requests]


def test_the_model_answers_by_its_name_and_votes() -> None:
    truth = np.zeros((32, 48), bool)
    truth[10, 4:30] = True
    model = VisionModel(Painter(Edges().encode(truth)))
    answer = model.edges(np.zeros((32, 48, 3), np.uint8), votes=2)
    np.testing.assert_array_equal(answer.mask, truth)
    assert answer.provenance.task == "edges" and answer.provenance.votes == 2
    with pytest.raises(AttributeError, match="no attribute 'edgess'"):
        model.edgess  # noqa: B018


def test_commands(tmp_path: Path) -> None:
    truth = np.zeros((48, 64), bool)
    truth[20, 10:50] = True
    np.save(tmp_path / "truth.npy", truth)
    done = here("encode", "edges", tmp_path / "truth.npy", "-o", tmp_path / "painting.png")
    assert done.returncode == 0 and done.stdout.strip() == Edges().instruction(), done.stderr
    Image.fromarray(np.zeros((96, 128, 3), np.uint8)).save(tmp_path / "photo.png")
    done = here("decode", "edges", tmp_path / "painting.png", "-o", tmp_path / "edges.png", "--like",
                     tmp_path / "photo.png", "--overlay", tmp_path / "look.png")  # fmt: skip
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "edges.png") as found:
        assert found.size == (128, 96) and json.loads(found.info["cavendish"])["type"] == "EdgeMap"
    done = here("edges", tmp_path / "photo.png", "-o", tmp_path / "nano.npy", "--set", "device=cpu")
    assert done.returncode == 0, done.stderr
    assert np.load(tmp_path / "nano.npy").shape == (96, 128)
    assert "edges" in here("--help").stdout and "edges" in here("decode", "--help").stdout
