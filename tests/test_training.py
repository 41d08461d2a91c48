"""Training: lessons say what they show, batches follow from their number, runs go on after a kill to the bit."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

import cavendish
from cavendish import tasks
from cavendish.codes import DepthCode, depth_to_rgb
from cavendish.datasets.sample import Sample
from cavendish.datasets.shards import index_shard, read_place, read_shard, write_shard
from cavendish.errors import DatasetError, TrainingError
from cavendish.nano.network import NanoConfig, from_uint8
from cavendish.training.augment import crop, flip, jitter
from cavendish.training.batches import BatchConfig, batches, make_batch
from cavendish.training.checkpoint import State, load_checkpoint
from cavendish.training.lessons import draw, make_lesson, task_names
from cavendish.training.nano_batch import code_path
from cavendish.training.optimizer import orthogonal
from cavendish.training.recipes import Recipe, Stage, find, from_dict, overridden
from cavendish.training.sources import Source
from cavendish.training.students.nano import NanoStudent, reading_loss
from cavendish.training.students.student import with_supported_dtype
from cavendish.training.trainer import train
from cavendish.training.validation import measure
from cavendish.worlds import sample
from helpers.command import apart, here

TINY = NanoConfig(widths=(16, 32, 32), text_width=32, text_layers=1, rows=512, query=8)
MIXTURE = (
    ("depth", 1.0),
    ("normals", 1.0),
    ("semantic", 2.0),
    ("instances", 1.0),
    ("referring", 2.0),
    ("generate", 1.0),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("worlds")
    for shard in range(2):
        write_shard(made / f"shard-{shard}.tar", (sample("train", 6 * shard + n, 64, None, 1) for n in range(6)))
    return made


@pytest.fixture(scope="module")
def scenes(folder: Path) -> list[Sample]:
    return list(read_shard(folder / "shard-0.tar"))


def config(folder: Path, **values: object) -> BatchConfig:
    made = BatchConfig(source=Source((str(folder),)), mixture=MIXTURE, size=48, scenes=3, lessons=4)
    return replace(made, **values)  # type: ignore[arg-type]


def recipe(folder: Path, **values: object) -> Recipe:
    made = Recipe(
        name="tiny", mixture=MIXTURE, stages=(Stage(0.5, 32, 2), Stage(1.0, 48, 2)), source=Source((str(folder),)),
        network=TINY, steps=8, warmup_steps=2, workers=0, validate_every=1000, checkpoint_every=2,
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def test_places_give_the_samples_of_a_shard(folder: Path, scenes: list[Sample]) -> None:
    for place, known in zip(index_shard(folder / "shard-0.tar"), scenes, strict=True):
        found = read_place(place)
        assert found.key == known.key and np.array_equal(found.image, known.image)
        assert np.array_equal(found.depth, known.depth) and found.expressions == known.expressions


def test_a_shard_that_ends_early_is_said(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "shard-0.tar").read_bytes()
    (tmp_path / "shard-0.tar").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DatasetError, match="not a whole shard"):
        make_batch(config(tmp_path), 0)


@pytest.mark.parametrize("task", task_names())
def test_a_lesson_shows_what_it_says(task: str, scenes: list[Sample]) -> None:
    """The sentence asks for the very task whose paint is shown, and that paint reads as the sample's truth."""
    taught = 0
    for number in range(40):
        scene = scenes[number % len(scenes)]
        lesson = make_lesson(task, scene, np.random.default_rng(number))
        if lesson is None:
            continue
        taught += 1
        assert lesson.target.shape == scene.image.shape and lesson.target.dtype == np.uint8
        assert lesson.weight.mean() == pytest.approx(1, abs=1e-3)
        if lesson.task_object is None:
            continue
        asked = tasks.parse(lesson.instruction)
        bare = json.dumps(lesson.task_object.code()).replace('"the ', '"')  # readers of legends drop articles
        assert json.dumps(asked.code()).replace('"the ', '"') == bare
        if task == "depth":
            answer = asked.decode(lesson.target)
            seen = np.isfinite(scene.depth) & (scene.depth < 20)
            assert np.median(np.abs(answer.metres[seen] / scene.depth[seen] - 1)) < 0.05
        elif task == "referring":
            texts = {e.text: e for e in scene.expressions}
            for text, mask in lesson.task_object.decode(lesson.target).items():
                truth = np.isin(scene.instances, texts[text].ids)
                assert (mask.mask ^ truth).sum() <= 0.2 * truth.sum()
    assert taught >= 10


def test_a_mirrored_sample_is_true(scenes: list[Sample]) -> None:
    for scene in scenes:
        other = flip(scene)
        assert np.array_equal(other.depth, scene.depth[:, ::-1])
        assert np.array_equal(other.normals[..., 0], -scene.normals[:, ::-1, 0])
        twice = flip(other)
        assert np.array_equal(twice.image, scene.image) and twice.expressions == scene.expressions
        for before, after in zip(scene.expressions, other.expressions):
            assert ("left" in before.text) == ("right" in after.text)


def test_a_window_keeps_metres_and_pixels_in_register(scenes: list[Sample]) -> None:
    scene = scenes[0]
    part = crop(scene, 16, 8, 32, 48, (32, 48))
    assert np.array_equal(part.image, scene.image[16:48, 8:56])
    assert np.array_equal(part.depth, scene.depth[16:48, 8:56])
    assert part.expressions == () and part.captions == scene.captions
    small = crop(scene, 0, 0, 64, 64, (32, 32))
    assert np.array_equal(small.labels, scene.labels[1::2, 1::2]) and small.expressions == scene.expressions


@pytest.mark.parametrize("supported", [True, False])
def test_a_cpu_that_emulates_bfloat16_computes_in_float32(
    folder: Path, monkeypatch: pytest.MonkeyPatch, supported: bool
) -> None:
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: supported)
    assert with_supported_dtype(recipe(folder), torch.device("cpu")).bf16 is supported
    assert not with_supported_dtype(recipe(folder, bf16=False), torch.device("cpu")).bf16
    assert with_supported_dtype(recipe(folder), torch.device("cuda")).bf16


def test_pictures_weigh_as_the_recipe_says(folder: Path) -> None:
    mixture = (("normals", 1.0), ("generate", 1.0), ("edit", 1.0))
    totals = []
    for weight in (1.0, 3.0):
        torch.manual_seed(0)
        student = NanoStudent(
            recipe(folder, mixture=mixture, aux_loss_weight=0.0, image_loss_weight=weight, bf16=False)
        )
        batch = make_batch(config(folder, mixture=mixture), 0)
        with torch.no_grad():
            losses = student(student.tensors(student.prepare(batch, (0, 0))))
        tasks = [lesson.task for lesson in batch.lessons]
        counts = {task: tasks.count(task) * (1.0 if task == "normals" else weight) for task in set(tasks)}
        assert len(counts) == 3
        expected = sum(count * float(losses[task]) for task, count in counts.items()) / len(tasks)
        assert float(losses["total"]) == pytest.approx(expected)
        totals.append(float(losses["total"]))
    assert totals[1] > totals[0]


def test_depth_paint_is_read_as_near_as_the_path_is_sampled(scenes: list[Sample]) -> None:
    """Paint of the code itself is read rightly; of twice or half the metres as far off as two measures have it."""
    for code in (DepthCode(), DepthCode("viridis"), DepthCode("gray")):
        colors, far = (torch.from_numpy(each)[None] for each in code_path(code))
        metres = np.geomspace(0.5, 30, 64).reshape(8, 8).astype(np.float32)
        truth = torch.from_numpy(np.log(metres))[None]
        for factor, expected in ((1.0, 0.0), (2.0, (np.log(2) + 1) / 2), (0.5, (np.log(2) + 0.5) / 2)):
            paint = from_uint8(depth_to_rgb(metres * factor, code)[None])
            off = float(reading_loss(paint, colors, far, truth))
            assert off == pytest.approx(expected, abs=0.2)  # gray is sampled most coarsely
        unknown = torch.full_like(truth, np.nan)
        assert float(reading_loss(paint, colors, far, unknown)) == 0


def test_photographs_keep_shape_and_range(scenes: list[Sample]) -> None:
    for number in range(20):
        taken = jitter(scenes[0].image, np.random.default_rng(number))
        assert taken.shape == scenes[0].image.shape and taken.dtype == np.uint8


def test_batches_follow_from_their_number(folder: Path) -> None:
    alone = [make_batch(config(folder), number) for number in (3, 4)]
    ahead = batches(config(folder), 3, workers=1)
    for one, (other, _) in zip(alone, ahead):
        assert np.array_equal(one.images, other.images)
        for left, right in zip(one.lessons, other.lessons, strict=True):
            assert left.instruction == right.instruction and np.array_equal(left.target, right.target)


def test_every_sample_is_seen_once_before_any_comes_again(folder: Path) -> None:
    whole = config(folder, square_share=1.0, scenes=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cavendish.training.batches.UNCROPPED_SHARE", 1.1)
        seen = [
            picture.mean()
            for number in range(4)
            for picture in make_batch(replace(whole, jitter_share=0), number).images
        ]
    assert len({round(float(value), 6) for value in seen}) == 12


def test_portraits_are_mostly_drawn() -> None:
    near = Source(size=48, portraits=1.0)
    mixture = (("generate", 1.0), ("depth", 2.0), ("normals", 1.0))
    plain = Source(size=48)

    def drawing(source: Source, mixture: tuple, scenes: int, lessons: int, least: float) -> BatchConfig:
        sizes = {"size": 48, "scenes": scenes, "lessons": lessons}
        return BatchConfig(source=source, mixture=mixture, portrait_generate_share=least, **sizes)

    for drawn, source, least, most in ((0.8, near, 0.68, 0.92), (0.0, near, 0.1, 0.4), (0.8, plain, 0.1, 0.4)):
        batch = make_batch(drawing(source, mixture, 4, 24, drawn), 0)
        share = np.mean([lesson.task == "generate" for lesson in batch.lessons])
        assert least < share < most, (drawn, source)
        deep, flat = (sum(lesson.task == task for lesson in batch.lessons) for task in ("depth", "normals"))
        assert deep > flat > 0
    blind = make_batch(drawing(near, mixture[1:], 2, 8, 0.8), 0)
    assert {lesson.task for lesson in blind.lessons} == {"depth", "normals"}
    with pytest.raises(TrainingError, match="from 0 to 1"):
        replace(find("nano"), portrait_generate_share=1.5)


def test_worlds_on_the_fly(folder: Path) -> None:
    batch = make_batch(config(folder, source=Source(size=48)), 0)
    assert batch.images.shape[0] == 3 and len(batch.lessons) == 12


def test_shares_are_kept(scenes: list[Sample]) -> None:
    rng = np.random.default_rng(0)
    drawn = [
        lesson.task for k in range(60) for lesson in draw(scenes[k % 6], (("depth", 3.0), ("normals", 1.0)), 4, rng)
    ]
    assert 0.65 < drawn.count("depth") / len(drawn) < 0.85


def test_perfect_paint_measures_perfectly(scenes: list[Sample]) -> None:
    rng = np.random.default_rng(1)
    lessons = tuple(lesson for s in scenes for lesson in draw(s, MIXTURE, 6, rng))
    found = measure(lessons, np.stack([lesson.target for lesson in lessons]))
    assert found["depth/delta1"] == found["semantic/accuracy"] == found["referring/iou"] == 1
    assert found["normals/angle"] < 0.05 and found["instances/f1"] == 1
    blank = measure(lessons, np.stack([np.zeros_like(lesson.target) for lesson in lessons]))
    assert blank["referring/iou"] == 0 and blank["instances/f1"] == 0 and blank["depth/delta1"] < 0.1


def test_orthogonal_updates() -> None:
    torch.manual_seed(0)
    for shape in ((3, 24, 60), (2, 60, 24)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(shape).bfloat16()).float())
        assert values.min() > 0.4 and values.max() < 1.4


def losses(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_a_run_leaves_a_model_that_loads_and_goes_on_to_the_bit(folder: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    model = train(recipe(folder), tmp_path / "straight", lines.append)
    answer = cavendish.load(model).depth(np.zeros((48, 48, 3), np.uint8))
    assert answer.metres.shape == (48, 48)

    class Killed(Exception):
        pass

    import cavendish.training.trainer as trainer

    with pytest.MonkeyPatch.context() as patch:
        kept = trainer.save_checkpoint
        calls = []

        def store(*given: object) -> None:
            kept(*given)  # type: ignore[arg-type]
            calls.append(given)
            if len(calls) == 2:
                raise Killed

        patch.setattr(trainer, "save_checkpoint", store)
        with pytest.raises(Killed):
            train(recipe(folder), tmp_path / "resumed", lines.append)
    again = train(recipe(folder), tmp_path / "resumed", lines.append)
    assert any("goes on at step 4" in line for line in lines)
    assert (again / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()


def test_a_run_of_0_1_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its recipe, log and checkpoint, written by 0.1.0; each tensor is a constant, so that the file is small."""
    with tarfile.open(Path(__file__).parent / "data" / "run-0.1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    out = tmp_path / "run-0.1"
    written = json.loads((out / "recipe.json").read_text())
    taken = from_dict(written)
    assert taken == Recipe(
        name="tiny", mixture=(("depth", 1.0), ("semantic", 2.0), ("generate", 1.0)),
        stages=(Stage(0.5, 48, 2), Stage(1.0, 48, 1)), source=Source(size=48, edits=1, portraits=0.4),
        network=NanoConfig(widths=(16, 32, 32), text_width=32, text_layers=1, rows=64, query=4), steps=22, lessons=2,
        portrait_generate_share=0.75, muon_lr=4e-3, lr=3e-4, weight_decay=0.02, warmup_steps=2, lr_decay=0.7,
        ema_decay=0.9, bf16=False, pure_noise_share=0.7, aux_loss_weight=0.25, image_loss_weight=3.0, seed=5, workers=0,
        validate_every=20, validation_scenes=2, checkpoint_every=21,
    )  # fmt: skip
    student = NanoStudent(taken)
    ema = {name: value.detach().clone() for name, value in student.trainable.named_parameters()}
    state = State(student, ema, student.optimizer())
    load_checkpoint(state, out / "checkpoint-00000021")
    assert state.step == 21 and state.seconds > 0
    for values in (dict(student.named_parameters()), ema):  # constants in the order of the names of then
        constants = [float(value.flatten()[0]) * 1024 for value in values.values()]
        assert all((value == value.flatten()[0]).all() for value in values.values())
        assert sorted(constants) == [*range(1, len(constants) + 1)]
    old = {"denoiser.conditioning.0.weight": "painter.told.0.weight", "null_features.2": "nothing.2"}
    with safe_open(out / "checkpoint-00000021" / "ema.safetensors", "pt") as file:
        for name, before in old.items():
            assert torch.equal(ema[name], file.get_tensor(before))
    assert len(state.optimizer.state) == len(list(student.parameters()))
    monkeypatch.setattr("cavendish.training.trainer.LOG_EVERY", 1)
    before = losses(out)
    train(taken, out, lambda line: None)
    after = losses(out)
    assert after[:2] == before and [line["step"] for line in after] == [20, 20, 22]
    assert {"seconds", "size", "loss/total"} <= before[0].keys() & after[2].keys()
    assert cavendish.load(out / "model").depth(np.zeros((48, 48, 3), np.uint8)).metres.shape == (48, 48)


def test_a_run_says_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    train(recipe(folder, steps=1), out, lambda line: None)
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe(folder, steps=2), out, lambda line: None)
    last = next(out.glob("checkpoint-*"))
    (last / "ema.safetensors").write_bytes(b"")
    with pytest.raises(TrainingError, match="damaged"):
        train(recipe(folder, steps=1), out, lambda line: None)
    with pytest.raises(TrainingError, match="no longer a number"):
        train(recipe(folder, lr=1e30, muon_lr=1e30, warmup_steps=1), tmp_path / "wild", lambda line: None)
    with pytest.raises(DatasetError, match="no shards"):
        train(recipe(tmp_path / "empty"), tmp_path / "none", lambda line: None)


def test_a_full_disk_keeps_the_last_checkpoint(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "run"
    train(recipe(folder, steps=2, stages=(Stage(1.0, 32, 2),)), out, lambda line: None)
    kept = next(out.glob("checkpoint-*"))
    (out / "recipe.json").write_text(
        json.dumps(asdict(recipe(folder, steps=4, stages=(Stage(1.0, 32, 2),))), indent=1) + "\n"
    )
    write = Path.write_bytes

    def full(self: Path, data: bytes) -> int:
        if "optimizer" in self.name:
            raise OSError(28, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(TrainingError, match="No space left"):
        train(recipe(folder, steps=4, stages=(Stage(1.0, 32, 2),)), out, lambda line: None)
    assert [p.name for p in out.glob("checkpoint-*")] == [kept.name] and not list(out.glob(".cavendish*"))


def test_recipes_by_name_and_their_settings() -> None:
    for name in ("nano-base", "nano"):
        found = find(name)
        assert from_dict(json.loads(json.dumps(asdict(found)))) == found
    assert overridden(find("nano"), ["steps=7", "stages=[[1.0, 32, 4]]"]).stages == (Stage(1.0, 32, 4),)
    assert overridden(find("nano"), ["steps=7"], steps=9, start="x").steps == 9
    for settings, word in (
        (["stepz=1"], "did you mean 'steps'"),
        (["rate=1"], "no value 'rate'; it is called 'lr' now"),
        (["steps=many"], "steps is 'many': Input should be a valid integer"),
        (["steps=true"], "steps is True: Input should be a valid integer"),
        (['mixture={"depth": 0}'], "sum to more than 0"),
        (['mixture={"dept": 1}'], "unknown task 'dept'"),
        (["stages=[[1.0, 32]]"], r"stages\.0\.scenes is missing"),
        (['source={"folder": "x"}'], r"source\.folder is 'x': Unexpected"),
        (["minutes=0", "steps=0"], "give minutes or steps"),
    ):
        with pytest.raises(TrainingError, match=word):
            overridden(find("nano"), settings)
    with pytest.raises(TrainingError, match="did you mean 'nano-base'"):
        find("nano-bas")


def test_the_command_says_one_sentence(folder: Path, tmp_path: Path) -> None:
    for arguments, word in (
        (("nanu", "-o", tmp_path / "a"), "unknown recipe"),
        (("nano", "-o", tmp_path / "a", "--set", "steps"), "NAME=VALUE"),
        (("nano", "-o", tmp_path / "a", "--data", tmp_path / "nothing"), "no shards"),
        (("nano", "-o", tmp_path / "a", "--start", tmp_path / "nothing", "--data", folder), "not a checkpoint of nano"),
    ):
        done = here("train", *arguments)
        assert done.returncode == 2 and word in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.slow
def test_killed_at_any_moment_a_run_ends_the_same(folder: Path, tmp_path: Path) -> None:
    network = json.dumps({**asdict(TINY), "widths": list(TINY.widths)})
    settings = [
        "--steps",
        30,
        "--set",
        f"network={network}",
        "--set",
        "stages=[[1.0, 32, 2]]",
        "--set",
        "checkpoint_every=3",
    ]
    settings += ["--set", "validate_every=1000", "--set", "workers=0", "--data", folder]
    assert apart("train", "nano", "-o", tmp_path / "straight", *settings).returncode == 0
    for _ in range(4):
        call = [sys.executable, "-c", "from cavendish.cli import main; main()", "train", "nano", "-o"]
        run = subprocess.Popen([*call, *map(str, (tmp_path / "killed", *settings))], stderr=subprocess.DEVNULL)
        time.sleep(float(np.random.default_rng(os.getpid()).uniform(5, 15)))
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert apart("train", "nano", "-o", tmp_path / "killed", *settings).returncode == 0
    straight, killed = (tmp_path / name / "model" / "model.safetensors" for name in ("straight", "killed"))
    assert straight.read_bytes() == killed.read_bytes()
