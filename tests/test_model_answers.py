"""One model object: every method gives exact answers on the picture's own pixels, from recorded paintings of truth."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import cavendish
from cavendish.errors import CavendishError, LegendError, ModelError, NoPictureError, PromptError, TaskError
from cavendish.generators import About, Canvas, Painting, Recorder, Replay, Request
from cavendish.generators.diffusers import FAMILIES
from cavendish.generators.gemini import SIZES_3
from cavendish.generators.openai import GPT_IMAGE_1
from cavendish.model import VisionModel
from cavendish.prompts import PromptTemplates
from cavendish.tasks import Depth, Instance, Normals, Referring, Semantic, Task
from cavendish.tasks.task import mirrored
from helpers.textures import SIZES, largest_shift, shift_of, texture

pytestmark = pytest.mark.filterwarnings("ignore::cavendish.loading.LicenceNotice")
PHOTO = np.random.default_rng(0).integers(0, 256, (96, 160, 3), np.uint8)
Y, X = np.mgrid[:96, :160]
METRES = np.where(Y < 30, np.inf, 2 + X / 20).astype(np.float32)
LABELS = ((X // 40) % 3).astype(np.int32)
MASKS = np.stack([(X - 40) ** 2 + (Y - 48) ** 2 < 400, (X - 110) ** 2 + (Y - 40) ** 2 < 300])
VECTORS = np.where((X < 80)[..., None], (-0.6, 0.0, 0.8), (0.0, 0.8, 0.6)).astype(np.float32)


class Painter:
    """A generator that paints truth, or copies its reference: `paint_one` of each request."""

    def __init__(self, paint_one: Callable[[Request], np.ndarray], **about) -> None:
        self.about = About(**{"name": "painter", **about})
        self._paint_one = paint_one
        self.requests: list[Request] = []

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        self.requests += requests
        return [Painting(rgb=self._paint_one(request), seed=request.seed) for request in requests]


def copier(**about) -> Painter:
    return Painter(
        lambda request: request.images[0] if request.images else np.zeros((*request.size, 3), np.uint8), **about
    )


def recorded(folder, *paintings: np.ndarray) -> VisionModel:
    for k, painting in enumerate(paintings):
        Image.fromarray(painting).save(folder / f"{k:03}.png")
    return VisionModel(Replay(folder))


def test_every_task_from_recorded_truth(tmp_path) -> None:
    classes = ["road", "sky", "car"]
    two = Referring.of(["the left dog", "the cat"])
    model = recorded(
        tmp_path,
        Depth().encode(METRES),
        Normals().encode(VECTORS),
        Semantic.of(classes).encode(LABELS),
        Instance("dog").encode(MASKS),
        Referring.of(["the dog"]).encode(MASKS[:1]),
        two.encode(MASKS),
        Referring({"skateboard": "yellow"}).encode(MASKS[1:]),
    )
    depth = model.depth(PHOTO)
    np.testing.assert_array_equal(np.isinf(depth.metres), np.isinf(METRES))
    assert (np.abs(depth.metres[30:] / METRES[30:] - 1) < 0.01).mean() > 0.99  # the repair of seams moves a few
    assert np.einsum("hwc,hwc->hw", model.normals(PHOTO).vectors, VECTORS).min() > 0.999
    labels = model.segment(PHOTO, classes)
    np.testing.assert_array_equal(labels.labels, LABELS)
    assert labels.classes == tuple(classes)
    dogs = model.instances(PHOTO, "dog")
    assert sorted(mask.sum() for mask in dogs.masks) == sorted(mask.sum() for mask in MASKS)
    np.testing.assert_array_equal(model.refer(PHOTO, "the dog").mask, MASKS[0])
    many = model.refer(PHOTO, {"left": "the left dog", "cat": "the cat"})
    assert list(many) == ["left", "cat"]
    np.testing.assert_array_equal(many["cat"].mask, MASKS[1])
    assert many["left"].expression == "the left dog"
    asked = model.ask(PHOTO, "Segment the skateboard in pure yellow (<255, 255, 0>)")
    np.testing.assert_array_equal(asked.mask, MASKS[1])
    assert asked.instruction == "Segment the skateboard in pure yellow (<255, 255, 0>)"
    assert labels.confidence.min() == 1


def test_absent_classes_and_no_instances(tmp_path) -> None:
    nothing = np.zeros((96, 160, 3), np.uint8)
    model = recorded(tmp_path, nothing)
    assert len(model.instances(PHOTO, "dog")) == 0
    assert not model.refer(PHOTO, "the dog").mask.any()
    labels = model.segment(PHOTO, ["road", "sky", "background"])
    assert len(np.unique(labels.labels)) == 1


def test_the_record_is_enough_to_paint_again() -> None:
    model = VisionModel(copier(revision="abc", versions={"torch": "2"}))
    record = model.depth(texture(37, 53), seed=5, votes=3).provenance
    assert (record.generator, record.revision, record.seed, record.votes) == ("painter", "abc", 5, 3)
    assert record.versions["torch"] == "2"
    assert record.versions["cavendish"] == cavendish.__version__
    assert record.geometry["canvas_size"] == [64, 64]
    json.dumps(record.to_dict())


def test_a_generator_may_be_asked_several_times_unless_it_is_said_how_often() -> None:
    model = VisionModel(copier(votes={"depth": 2}))
    picture = texture(64, 64)
    assert model.depth(picture).provenance.votes == 2
    assert model.depth(picture, votes=1).provenance.votes == 1
    assert model.normals(picture).provenance.votes == 1
    np.testing.assert_array_equal(model.depth(picture).metres, model.depth(picture, votes=2).metres)


def test_generate_and_edit_keep_their_record() -> None:
    model = VisionModel(copier())
    picture = model.edit(PHOTO, "make it night", seed=3)
    assert picture.size == (160, 96)
    assert json.loads(picture.info["cavendish"])["provenance"]["seed"] == 3
    assert model.generate("a taxi").size == (1024, 1024)
    assert model.generate("a taxi", height=512, width=768).size == (768, 512)
    assert [each.size for each in model.edit([PHOTO, PHOTO[:50]], "x")] == [(160, 96), (160, 50)]


RULES = {name: family.canvas for name, family in FAMILIES.items()}
RULES |= {"gemini": Canvas(sizes=tuple(SIZES_3.values())), "gpt-image-1": GPT_IMAGE_1}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "rule", [pytest.param(rule, marks=[pytest.mark.slow] if rule != "Flux2KleinPipeline" else []) for rule in RULES]
)
def test_a_generator_that_copies_comes_back_aligned(rule, size) -> None:
    image = texture(*size)
    generator = copier(canvas=RULES[rule])
    back = np.asarray(VisionModel(generator).edit(image, "copy it"))
    request = generator.requests[0]
    assert request.images[0].shape[:2] == request.size == RULES[rule].check(request.size)
    reduce = max(1, max(size) // 1000)
    shift = shift_of(back[::reduce, ::reduce, 0], image[::reduce, ::reduce, 0]) * reduce
    assert np.abs(shift).max() < 0.5


@pytest.mark.parametrize(
    "size", [pytest.param(size, marks=pytest.mark.slow if max(size) > 3000 else []) for size in SIZES]
)
def test_recorded_pictures_come_back_aligned(tmp_path, size) -> None:
    """What somebody else's generator painted of the whole photo, in the photo's size or in another."""
    image = texture(*size)
    for k, scale in enumerate([1.0, 0.5] if min(size) > 100 else [1.0]):
        recorded = Image.fromarray(image).resize((round(size[1] * scale), round(size[0] * scale)), Image.Resampling.BOX)
        folder = tmp_path / str(k)
        folder.mkdir()
        recorded.save(folder / "0.png", compress_level=1)
        back = np.asarray(cavendish.load(f"replay:{folder}").edit(image, "copy it"))
        assert back.shape == image.shape and largest_shift(back[..., 0], image[..., 0]) < 0.5


@settings(max_examples=60, deadline=None)
@given(height=st.integers(1, 3000), width=st.integers(1, 3000), rule=st.sampled_from(sorted(RULES)))
def test_every_picture_has_a_canvas_that_the_generator_paints(height, width, rule) -> None:
    canvas, geometry = RULES[rule].lay(np.zeros((height, width, 3), np.uint8))
    assert canvas.shape[:2] == geometry.canvas_size == RULES[rule].check(geometry.canvas_size)
    left, top, right, bottom = geometry.box
    assert left >= 0 and top >= 0 and right <= canvas.shape[1] + 1e-6 and bottom <= canvas.shape[0] + 1e-6


def test_a_painting_of_another_size_is_read_at_its_own() -> None:
    small = Painter(lambda request: np.asarray(Image.fromarray(request.images[0]).resize((512, 384))))
    result = VisionModel(small).segment(texture(480, 640), ["a", "b"])
    assert result.shape == (480, 640)
    assert result.provenance.geometry["painting_size"] == [384, 512]


def test_a_painting_of_another_aspect_is_refused() -> None:
    square = Painter(lambda request: np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(NoPictureError, match=r"160 x 96 canvas with 64 x 64 pixels, another aspect"):
        VisionModel(square).depth(PHOTO)


def test_lists_give_lists_and_equal_single_calls() -> None:
    model = VisionModel(copier())
    pictures = [texture(30 + k, 50) for k in range(20)]
    many = model.depth(pictures, votes=2)
    assert [each.shape for each in many] == [(30 + k, 50) for k in range(20)]
    for picture, result in zip(pictures, many):
        np.testing.assert_array_equal(result.metres, model.depth(picture, votes=2).metres)
    assert model.depth([]) == []


def truth_painter(truths: dict[type, np.ndarray], noise: float, legend: Callable[[str], Task]) -> Painter:
    """Paints the truth of whatever is asked, mirrored when the picture is, with blocks of wrong paint by the seed."""

    def paint(request: Request) -> np.ndarray:
        task = legend(request.instruction)
        painted = task.encode(truths[type(task)])
        if not np.array_equal(request.images[0], PHOTO):
            truth = truths[type(task)]
            flipped = truth[..., ::-1] if type(task) in (Referring, Instance) else truth[:, ::-1]
            if isinstance(task, Normals):
                flipped = flipped * np.array([-1, 1, 1], np.float32)
            painted = task.encode(np.ascontiguousarray(flipped))
        rng = np.random.default_rng(request.seed)
        blocks = np.kron(rng.random((12, 20)) < noise, np.ones((8, 8), bool))
        painted = painted.copy()
        painted[blocks] = task.encode(truths[type(task)])[rng.integers(96), rng.integers(160)]
        return painted

    return Painter(paint)


@pytest.mark.parametrize("noise", [0.0, 0.15])
def test_votes_beat_single_paintings_and_undo_mirrors(noise) -> None:
    from cavendish import tasks

    truths = {Semantic: LABELS, Depth: METRES, Normals: VECTORS, Instance: MASKS, Referring: MASKS[:1]}
    model = VisionModel(truth_painter(truths, noise, tasks.parse))
    one = model.segment(PHOTO, ["road", "sky", "car"])
    five = model.segment(PHOTO, ["road", "sky", "car"], votes=5)
    right, voted = (one.labels == LABELS).mean(), (five.labels == LABELS).mean()
    assert voted == 1 if noise == 0 else voted > right + 0.02
    assert five.provenance.votes == 5
    legends = {request.instruction for request in model.generator.requests}
    assert len(legends) >= 4
    depth = model.depth(PHOTO, votes=5)
    assert (np.abs(np.log(depth.metres[30:] / METRES[30:])) < 0.02).mean() > 0.97
    normals = model.normals(PHOTO, votes=5 if noise else 2)
    assert (np.einsum("hwc,hwc->hw", normals.vectors, VECTORS) > 0.95).mean() > (0.95 if noise else 0.9999)
    dogs = model.instances(PHOTO, "dog", votes=5)
    assert len(dogs) == 2
    assert model.refer(PHOTO, "the dog", votes=3).mask[MASKS[0]].mean() > 0.9
    if noise:
        wrong = five.labels != LABELS
        assert five.confidence[~wrong].mean() > five.confidence[wrong].mean() if wrong.any() else True
        assert five.confidence.min() < 1


def test_what_means_a_side_is_never_mirrored() -> None:
    photo = np.tile(np.arange(0, 128, 2, dtype=np.uint8)[:, None], (64, 1, 3))  # brighter to the right
    model = VisionModel(Painter(lambda request: np.zeros((*request.size, 3), np.uint8)))

    def mirrored_votes(task: Task, votes: int) -> list[bool]:
        canvases = [request.images[0] for request in model.plan(task, photo, votes=votes).requests]
        return [bool(canvas[0, 0, 0] > canvas[0, -1, 0]) for canvas in canvases]

    assert mirrored_votes(Depth(), 3) == [False, True, False]
    assert not any(mirrored_votes(Referring.of(["the first cat"]), 4))
    assert not any(mirrored_votes(Instance("left shoe"), 4))
    assert not any(mirrored_votes(Semantic.of(["shoe", "Right hand"]), 4))
    assert any(mirrored_votes(Instance("shoe"), 4)) and any(mirrored_votes(Semantic.of(["bright hand"]), 4))
    seeds = [request.seed for request in model.plan(Semantic.of(["a"]), photo, votes=3, seed=7).requests]
    assert seeds == [7, 8, 9]
    own = model.plan(Semantic({"a": "red", "b": "blue"}), photo, votes=2, instruction="a is red, b is blue").requests
    assert [request.instruction for request in own] == ["a is red, b is blue"] * 2


def test_mirroring_twice_changes_nothing() -> None:
    for task, truth in [
        (Depth(), METRES),
        (Normals(), VECTORS),
        (Instance("a"), MASKS),
        (Referring.of(["a"]), MASKS[:1]),
    ]:
        answer = task.decode(task.encode(truth))
        twice = mirrored(mirrored(answer))
        first, second = (next(iter(each.values())) if isinstance(each, dict) else each for each in (answer, twice))
        for name, value in vars(first).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(value, vars(second)[name])


def test_the_median_depth_is_one_that_was_read() -> None:
    rows = np.array([[2.0, 2.0, np.inf], [7.0, np.nan, np.inf], [np.nan, np.nan, 3.0], [2.1, np.nan, 3.0]], np.float32)
    answers = [Depth().decode(np.zeros((1, 3, 3), np.uint8)) for _ in rows]
    from dataclasses import replace

    answers = [
        replace(each, metres=row[None], valid=~np.isnan(row[None]), confidence=np.ones((1, 3), np.float32))
        for each, row in zip(answers, rows)
    ]
    combined = Depth().combine(answers)
    np.testing.assert_array_equal(combined.metres, np.array([[2.1, 2.0, 3.0]], np.float32))
    assert combined.confidence[0, 1] == pytest.approx(0.25)


def test_of_two_classes_with_as_many_votes_the_surer_voters_win() -> None:
    from dataclasses import replace

    task = Semantic({"a": "red", "b": "blue"})
    answers = [task.decode(task.encode(np.array([row]))) for row in ([0, 0], [1, 1])]
    sure = np.array([[[0.9, 0.2]], [[0.3, 0.8]]], np.float32)
    combined = task.combine([replace(each, confidence=row) for each, row in zip(answers, sure)])
    assert combined.labels.tolist() == [[0, 1]]
    np.testing.assert_allclose(combined.confidence, [[0.45, 0.4]])  # a vote against counts as no confidence


@pytest.mark.parametrize("ground", [False, True])
@pytest.mark.parametrize("count", [3, 40, 256])
def test_long_legends_are_split_and_merged(count, ground) -> None:
    from cavendish import tasks

    classes = [f"class {k}" for k in range(count - ground)] + ["background"] * ground
    truth = np.random.default_rng(1).integers(0, count, (12, 20)).repeat(8, 0).repeat(8, 1).astype(np.int32)

    def paint(request: Request) -> np.ndarray:
        part = tasks.parse(request.instruction)
        names = list(part.legend)
        here = np.array([names.index(name) if name in names else names.index("background") for name in classes])
        return part.encode(here[truth])

    painter = Painter(paint, max_classes=16)
    result = VisionModel(painter).segment(PHOTO, classes)
    np.testing.assert_array_equal(result.labels, truth)
    assert result.classes == tuple(classes)
    assert len(painter.requests) == (1 if count <= 16 else -(-(count - ground) // 15))


def test_pixels_that_no_part_claims_are_undecided() -> None:
    task = Semantic.of([f"c{k}" for k in range(6)])
    parts = task.split(4, lambda part: True)
    assert [list(part.legend) for part in parts] == [["c0", "c1", "c2", "background"], ["c3", "c4", "c5", "background"]]
    nothing = [part.decode(part.encode(np.full((8, 8), 3))) for part in parts]
    merged = task.merge(nothing)
    assert (merged.labels == -1).all() and (merged.confidence == 0).all()


def test_a_generator_that_reads_little_gets_shorter_legends() -> None:
    task = Semantic.of([f"a rather long name of a class {k}" for k in range(12)])
    parts = task.split(64, lambda part: len(part.instruction()) < 400)
    assert len(parts) > 1 and all(len(part.instruction()) < 400 for part in parts)
    with pytest.raises(PromptError, match=r"cannot read an instruction as long"):
        task.split(64, lambda part: False)


def test_many_expressions_are_split_too() -> None:
    painter = Painter(lambda request: np.zeros((*request.size, 3), np.uint8), max_classes=10)
    many = VisionModel(painter).refer(PHOTO, {f"n{k}": f"thing {k}" for k in range(25)})
    assert list(many) == [f"n{k}" for k in range(25)]
    assert len(painter.requests) == 3


def test_a_generator_with_its_own_words_and_codes() -> None:
    painter = copier()
    speech = PromptTemplates({"semantic": "SEGMENT {json}", "depth": "DEPTH"}, {"depth": {"colormap": "inverse"}})
    model = VisionModel(painter, prompts=speech)
    result = model.depth(PHOTO)
    assert result.instruction == "DEPTH"
    assert result.provenance.code["colormap"] == "inverse"
    assert model.segment(PHOTO, ["a", "b"]).instruction.startswith('SEGMENT {"a": "#')
    with pytest.raises(ModelError, match=r"the instruction template for normals has 'json'"):
        VisionModel(painter, prompts=PromptTemplates({"normals": "{json}"})).normals(PHOTO)


def test_replay_by_what_was_asked(tmp_path) -> None:
    live = VisionModel(Recorder(copier(), tmp_path))
    a = live.depth(PHOTO, seed=1)
    b = live.segment(PHOTO, ["x", "y"])
    again = VisionModel(Replay(tmp_path))
    np.testing.assert_array_equal(again.segment(PHOTO, ["x", "y"]).labels, b.labels)
    np.testing.assert_array_equal(again.depth(PHOTO, seed=1).painting, a.painting)
    with pytest.raises(NoPictureError, match=r"nothing is recorded"):
        again.depth(PHOTO, seed=2)


@pytest.mark.parametrize("rule", RULES)
def test_recordings_of_every_kind_are_found_again(tmp_path, rule) -> None:
    """On the canvas of the generator that painted them, which the folder remembers."""
    photo = texture(30, 700)
    live = VisionModel(Recorder(copier(canvas=RULES[rule], max_classes=3), tmp_path))
    classes = [f"class {k}" for k in range(5)]
    expected = live.segment(photo, classes)
    again = cavendish.load(f"replay:{tmp_path}").segment(photo, classes)
    np.testing.assert_array_equal(again.labels, expected.labels)


def test_frames_of_an_animation_and_a_video(tmp_path) -> None:
    av = pytest.importorskip("av")
    frames = [Image.fromarray(np.full((48, 64, 3), 40 * k, np.uint8)) for k in range(4)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_image(frame)))
        container.mux(stream.encode())
    model = VisionModel(copier())
    for name in ("a.gif", "a.mp4"):
        results = list(model.frames(tmp_path / name, "segment", ["dark", "light"]))
        assert [each.shape for each in results] == [(48, 64)] * 4
        levels = [each.painting.mean() for each in results]
        assert levels == pytest.approx([0, 40, 80, 120], abs=4)
    (tmp_path / "b.mp4").write_bytes(b"no video")
    with pytest.raises(CavendishError, match=r"the video cannot be read"):
        list(model.frames(tmp_path / "b.mp4", "depth"))


def test_bad_input_gets_one_sentence(tmp_path) -> None:
    model = VisionModel(copier())
    with pytest.raises(LegendError, match=r"'sky' is given more than once"):
        model.segment(PHOTO, ["sky", "road", "sky"])
    with pytest.raises(LegendError, match=r"1 to 256 classes"):
        model.segment(PHOTO, [])
    with pytest.raises(LegendError):
        model.instances(PHOTO, "  ")
    for call in (lambda: model.refer(PHOTO, ""), lambda: model.refer(PHOTO, {"dog": " "}), lambda: model.generate(""),
                 lambda: model.edit(PHOTO, " "), lambda: model.ask(PHOTO, "")):  # fmt: skip
        with pytest.raises(PromptError, match=r"the instruction is empty"):
            call()
    with pytest.raises(TaskError, match=r"asks for no task"):
        model.ask(PHOTO, "Hello there!")
    with pytest.raises(ModelError, match=r"needs an assistant"):
        model.instances(PHOTO, "dog", check_presence=True)
    with pytest.raises(CavendishError, match=r"votes must be at least 1"):
        model.depth(PHOTO, votes=0)
    for options, why in [
        ({"seed": -1}, r"seed lies between 0 and 2\^63 - 1, not -1"),
        ({"seed": 2**70}, r"seed lies between"),
        ({"steps": 0}, r"steps must be at least 1"),
        ({"guidance": float("nan")}, r"guidance is a finite number, not nan"),
    ]:
        for call in (
            model.depth,
            lambda photo, **o: model.edit(photo, "x", **o),
            lambda _, **o: model.generate("x", **o),
        ):
            with pytest.raises(CavendishError, match=why):
                call(PHOTO, **options)
    with pytest.raises(CavendishError, match=r"multiples of 16, not 1000 x 1024"):
        model.generate("a", width=1000)
    with pytest.raises(ModelError, match=r"takes no picture to look at"):
        VisionModel(copier(references=0)).depth(PHOTO)


def test_names_to_load(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert cavendish.load().about.name == "nano"
    with pytest.raises(ModelError, match=r"the name of the model is empty"):
        cavendish.load("")
    with pytest.raises(ModelError, match=r"did you mean 'flux2-klein-4b'"):
        cavendish.load("flux2-klein-4")
    with pytest.raises(ModelError, match=r"no model_index.json"):
        cavendish.load(tmp_path)
    with pytest.raises(ModelError, match=r"there is no folder ./nowhere"):
        cavendish.load("./nowhere")
    with pytest.raises(ModelError, match=r"there is no folder"):
        cavendish.load("replay:nowhere")
    Image.fromarray(PHOTO).save(tmp_path / "0.png")
    with pytest.warns(UserWarning, match=r"is under: unknown"):
        model = cavendish.load(f"replay:{tmp_path}")
    assert model.depth(PHOTO).shape == (96, 160)
    with pytest.raises(ModelError, match=r"'device' is not an option of replay generators"):
        cavendish.load(f"replay:{tmp_path}", device="cpu")


def test_a_users_own_preset(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    Image.fromarray(PHOTO).save(tmp_path / "0.png")
    text = f"""
    [mine]
    kind = "replay"
    repository = "{tmp_path}"
    licence = "mine alone"
    instructions = {{ depth = "how far" }}
    about = {{ max_classes = 5, native_size = [64, 96] }}
    canvas = {{ multiple = 8, max_pixels = 65536 }}
    """
    file = tmp_path / "cavendish" / "presets.toml"
    file.parent.mkdir()
    file.write_text(text)
    for name in ("mine", str(file)):
        model = cavendish.load(name)
        assert (model.about.licence, model.about.max_classes, model.about.canvas.multiple) == ("mine alone", 5, 8)
        assert model.depth(PHOTO).instruction == "how far"
    assert cavendish.load("mine", instructions={"depth": "mine"}).depth(PHOTO).instruction == "mine"
    assert cavendish.load("mine", max_pixels=4096).about.canvas.max_pixels == 4096
    for bad, why in [
        ('[a]\nkind = "replay"', "lacks repository"),
        ('[a]\nkind="x"\nrepository="y"\ncolour="red"', "'colour' is not a field of preset 'a'"),
        ('[a]\nkind="x"\nrepository=3', "'repository', a field of preset 'a' .*, is text, not 3"),
        (
            '[a]\nkind="x"\nrepository="y"\nabout={steps="few"}',
            "'steps', a field of about .*, is a whole number, not 'few'",
        ),
        ('[a]\nkind="x"\nrepository="y"\ncanvas={multiple=0}', "at least 1"),
        ("[a", "not TOML"),
        ('[a]\nkind="x"\nrepository="y"\nabout={speed=3}', "speed"),
    ]:
        file.write_text(bad)
        with pytest.raises(ModelError, match=why):
            cavendish.load(str(file))


def test_fewer_pixels_never_turn_a_few_sizes_into_any_size() -> None:
    """A pipeline that stretches all but some sizes would stretch what lies on another canvas."""
    from cavendish.generators.presets import Preset

    few = About(name="x", canvas=Canvas(sizes=((64, 64), (64, 96), (128, 128))))
    fewer = Preset(name="x", kind="y", repository="z", canvas={"max_pixels": 64 * 96}).applied(few)
    assert fewer.canvas.sizes == ((64, 64), (64, 96))
    with pytest.raises(ModelError, match="paints 4096 pixels or more; max_pixels is 1000"):
        Preset(name="x", kind="y", repository="z", canvas={"max_pixels": 1000}).applied(few)


def test_shipped_presets_are_sound() -> None:
    from cavendish.generators.presets import presets

    found = presets()
    assert {"flux2-klein-4b", "open-vision-banana", "qwen-image-edit", "flux1-kontext"} <= set(found)
    for preset in found.values():
        assert preset.licence != "unknown"
        about = preset.applied(About(name="x"))
        PromptTemplates(preset.instructions, preset.codes).task("depth")
        about.canvas.lay(np.zeros((37, 53, 3), np.uint8))


def test_the_licence_is_said_once(tmp_path) -> None:
    import warnings

    Image.fromarray(PHOTO).save(tmp_path / "0.png")
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(3):
            cavendish.load(f"replay:{tmp_path}")
    assert [str(each.message) for each in said] == [f"replay:{tmp_path} is under: unknown"]


def test_progress_shows_on_a_terminal_only(monkeypatch, capsys) -> None:
    pictures = [PHOTO[:20, :20]] * 20
    VisionModel(copier()).depth(pictures)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    VisionModel(copier()).depth(pictures)
    assert "depth" in capsys.readouterr().err


def test_importing_cavendish_is_light() -> None:
    code = (
        "import sys, cavendish; heavy = {'torch', 'diffusers', 'PIL', 'scipy', 'matplotlib'} & set(sys.modules);"
        "assert not heavy, heavy; cavendish.load; cavendish.VisionModel;"
        "heavy = {'torch', 'diffusers', 'matplotlib', 'openai', 'google.genai'} & set(sys.modules); assert not heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
