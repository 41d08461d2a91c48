"""Tuning checkpoints in diffusers layout: tiny real pipelines learn, go on after a kill, and are read back."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
pytest.importorskip("peft")

from PIL import Image  # noqa: E402
from safetensors import safe_open  # noqa: E402

import cavendish  # noqa: E402
from cavendish.datasets.sample import Sample  # noqa: E402
from cavendish.datasets.shards import write_shard  # noqa: E402
from cavendish.errors import ModelError, TrainingError  # noqa: E402
from cavendish.generators import Request  # noqa: E402
from cavendish.tasks import Semantic  # noqa: E402
from cavendish.training.batches import BatchConfig, collate, make_batch  # noqa: E402
from cavendish.training.lessons import Lesson  # noqa: E402
from cavendish.training.recipes import Recipe, Stage, Tuning, find, from_dict, overridden  # noqa: E402
from cavendish.training.sources import Source  # noqa: E402
from cavendish.training.students import build_student  # noqa: E402
from cavendish.training.trainer import train  # noqa: E402
from cavendish.worlds import sample  # noqa: E402
from helpers import tiny_checkpoints  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::cavendish.loading.LicenceNotice")
MIXTURE = (("depth", 1.0), ("semantic", 1.0))
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("worlds")
    write_shard(made / "shard-0.tar", (sample("train", number, 64, None, 1) for number in range(4)))
    return made


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("checkpoints")
    return {
        "klein": tiny_checkpoints.klein(root / "klein"),
        "kontext": tiny_checkpoints.kontext(root / "kontext"),
        "qwen": tiny_checkpoints.qwen_edit(root / "qwen", plus=True),
    }


def recipe(start: Path, folder: Path, **values: object) -> Recipe:
    made = Recipe(
        name="tiny", mixture=MIXTURE, stages=(Stage(1.0, 64, 1),), source=Source((str(folder),)), start=str(start),
        tuning=Tuning(rank=4, steps=1), lessons=2, steps=4, lr=0.1, warmup_steps=1, ema_decay=0.5,
        pure_noise_share=0.0, bf16=False, workers=0, validate_every=1000, checkpoint_every=2,
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def config(source: Source, mixture: tuple, **values: int) -> BatchConfig:
    return BatchConfig(source=source, mixture=mixture, size=64, scenes=1, lessons=2, **values)


def quiet(line: str) -> None:
    pass


def painted(model: cavendish.VisionModel) -> np.ndarray:
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    request = Request(instruction="Paint the depth.", images=(photo,), size=(64, 64), steps=1, guidance=1.0)
    return model.generator.paint([request])[0].rgb.astype(int)


@pytest.mark.parametrize("kind", ["klein", "kontext", "qwen"])
def test_adapters_learn_and_are_read_by_diffusers_and_by_us(checkpoints, folder, tmp_path, kind) -> None:
    start = checkpoints[kind]
    looks = {}
    if kind != "qwen":  # its validation would be of a megapixel
        looks = {"bf16": True, "validate_every": 4, "validation_scenes": 2}
    weights = train(recipe(start, folder, **looks), tmp_path / "run", quiet)
    assert bool(looks) == (tmp_path / "run" / "sheet-000004.png").exists()
    ours = painted(cavendish.load(weights))
    assert np.array_equal(ours, painted(cavendish.load(start, lora=str(weights))))
    base = cavendish.load(start)
    before = painted(base)
    assert not np.array_equal(before, ours)
    base.generator.pipeline.load_lora_weights(weights)
    assert np.array_equal(painted(base), ours)
    (file,) = weights.glob("*.safetensors")
    with safe_open(file, "pt") as opened:
        adapters = json.loads(opened.metadata()["lora_adapter_metadata"])
    assert adapters["transformer.target_modules"] == sorted(adapters["transformer.target_modules"])
    state = base.generator.pipeline.lora_state_dict(weights)
    assert state and all(name.startswith("transformer.") and "lora" in name for name in state)


def test_all_weights_learn_and_are_read_by_diffusers_and_by_us(checkpoints, folder, tmp_path) -> None:
    start = checkpoints["klein"]
    model = train(recipe(start, folder, tuning=Tuning(rank=0, steps=1), lr=1e-3), tmp_path / "run", quiet)
    saved = tmp_path / "run" / "model" / "transformer"
    ours = painted(cavendish.load(model))
    assert np.array_equal(ours, painted(cavendish.load(start, transformer=str(saved))))
    base = cavendish.load(start)
    assert (painted(base) != ours).mean() > 0.05
    base.generator.pipeline.transformer = diffusers.Flux2Transformer2DModel.from_pretrained(saved)
    assert np.array_equal(painted(base), ours)


@pytest.mark.parametrize(
    ("kind", "looks"), [("klein", True), ("klein", False), ("kontext", True), ("kontext", False), ("qwen", True)]
)
def test_lessons_are_laid_out_as_the_pipeline_does(checkpoints, folder, kind, looks) -> None:
    """A step of the pipeline from level t to 0 goes from x to x - t velocity: the very velocity that is taught, here to
    the second of two lessons of other levels, other words and other pictures."""
    student = build_student(recipe(checkpoints[kind], folder), CPU)
    pipeline, layout = student.generator.pipeline, student.layout
    height, width = (832, 1248) if kind == "qwen" else (64, 96)  # of which Qwen keeps the size
    photos = np.random.default_rng(1).integers(0, 256, (2, height, width, 3), np.uint8)
    grid, channels = (height // layout.token_size, width // layout.token_size), pipeline.transformer.config.in_channels
    noise = torch.randn(2, grid[0] * grid[1], channels, generator=torch.Generator().manual_seed(2))
    told = {"image": [Image.fromarray(photos[1])] if looks else None, "prompt": "paint it", "sigmas": [0.5]}
    told |= {"height": height, "width": width, "num_inference_steps": 1, "output_type": "latent", "return_dict": False}
    with torch.no_grad():
        if kind == "klein":
            clean = pipeline(latents=noise[1:].mT.unflatten(2, grid), guidance_scale=1.0, **told)[0]
            deviation = (pipeline.vae.bn.running_var + pipeline.vae.config.batch_norm_eps).sqrt()
            clean = pipeline._patchify_latents(clean) - pipeline.vae.bn.running_mean.view(1, -1, 1, 1)
            expected = pipeline._pack_latents(clean / deviation.view(1, -1, 1, 1))
        elif kind == "kontext":
            area = {"max_area": height * width, "_auto_resize": False}
            expected = pipeline(latents=noise[1:], guidance_scale=1.0, **area, **told)[0]
        else:
            expected = pipeline(latents=noise[1:], true_cfg_scale=1.0, **told)[0]
        level = float(pipeline.scheduler.sigmas[0])  # shifted by the number of tokens
        assert 0.1 < level < 0.9
        text, seen = layout.encode_text(["paint all of this", "paint it"], list(photos)), layout.encode_images(photos)
        levels = torch.tensor([1.0, level])
        velocity = layout.velocity(noise, levels, seen if looks else None, text, grid)
    assert torch.allclose(noise[1:] - level * velocity[1:], expected, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "rank", "part"), [("klein", 4, 0.98), ("klein", 0, 0.8), ("kontext", 4, 0.98), ("qwen", 4, 0.98)]
)
def test_the_loss_falls(checkpoints, folder, kind, rank, part) -> None:
    taught = recipe(checkpoints[kind], folder, tuning=Tuning(rank=rank, checkpointing=False), lr=1e-2)
    torch.manual_seed(0)
    student = build_student(taught, CPU)
    batch = make_batch(config(taught.source, MIXTURE, multiple=student.multiple), 0)
    made, optimizer, losses = student.tensors((batch, (0, 1))), student.optimizer(), []
    for _ in range(12):
        loss = student(made)["total"]
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < part * losses[0]


@pytest.mark.parametrize("rank", [4, 0])
def test_a_tuning_goes_on_to_the_bit_and_keeps_what_learns(checkpoints, folder, tmp_path, rank, monkeypatch) -> None:
    import cavendish.training.trainer as trainer

    run = recipe(checkpoints["klein"], folder, tuning=Tuning(rank=rank), lr=1e-3)
    train(run, tmp_path / "straight", quiet)

    class Killed(Exception):
        pass

    def store(*given: object) -> None:
        kept(*given)
        raise Killed

    kept = trainer.save_checkpoint
    with monkeypatch.context() as patch:
        patch.setattr(trainer, "save_checkpoint", store)
        with pytest.raises(Killed):
            train(run, tmp_path / "resumed", quiet)
    train(run, tmp_path / "resumed", quiet)
    for name in ("student", "ema", "optimizer"):
        one, other = (
            next((tmp_path / out).glob(f"checkpoint-*4/{name}.safetensors")) for out in ("straight", "resumed")
        )
        assert one.read_bytes() == other.read_bytes()
    if rank:
        with safe_open(tmp_path / "straight" / "checkpoint-00000004" / "student.safetensors", "pt") as file:
            names = list(file.keys())
            assert names and all("lora_" in name for name in names)


def test_the_vae_of_the_pictures_to_learn_carries_paint_exactly(tmp_path) -> None:
    """A random one carries nothing: where its answers are judged to the pixel, a wrong pixel is the transformer's."""
    start = tiny_checkpoints.klein(tmp_path / "klein")
    tiny_checkpoints.carry_paint(start)
    vae = diffusers.AutoencoderKLFlux2.from_pretrained(start / "vae")
    blocks = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), np.uint8)
    paint = torch.from_numpy(np.kron(blocks, np.ones((1, 8, 8, 1), np.uint8))).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.no_grad():
        carried = vae.decode(vae.encode(paint).latent_dist.mode()).sample
    assert ((carried - paint).abs() * 127.5).max() < 0.5


@pytest.mark.slow
def test_sixteen_pictures_are_learnt_to_exact_answers(tmp_path) -> None:
    """Which class a block of a picture has is drawn at random and can only be learnt by heart: every pixel is right."""
    start = tiny_checkpoints.klein(tmp_path / "klein", width=128, layers=2)
    tiny_checkpoints.carry_paint(start)
    task = Semantic.of(["road", "sky", "grass"])
    rng = np.random.default_rng(0)
    labels = np.kron(rng.integers(0, 3, (16, 4, 4)), np.ones((16, 16), int))
    pictures = np.kron(rng.integers(0, 256, (16, 4, 4, 3), np.uint8), np.ones((1, 16, 16, 1), np.uint8))
    samples = [Sample(str(k), pictures[k], labels=labels[k]) for k in range(16)]
    even = np.ones((64, 64), np.float32)
    lessons = [Lesson(task.name, task.instruction(), task.encode(each), even, task_object=task) for each in labels]
    batch = collate(samples, [each.image for each in samples], lessons)
    steps = 500
    taught = recipe(start, tmp_path, tuning=Tuning(rank=0, checkpointing=False, steps=1), pure_noise_share=1.0)
    student = build_student(taught, CPU)
    optimizer = student.optimizer()
    made, noise = student.tensors((batch, (0, 0))), torch.Generator().manual_seed(0)
    for step in range(steps):
        made["noise"] = torch.randn(made["noise"].shape, generator=noise)
        student(made)["total"].backward()
        optimizer.param_groups[0]["lr"] = 3e-3 * min(1, step / 50, 2 * (1 - step / steps))
        optimizer.step()
        optimizer.zero_grad()
    (tmp_path / "run").mkdir()
    student.save(tmp_path / "run" / "model", 64, student.weights())
    model = cavendish.load(tmp_path / "run" / "model")
    answers = model.run(task, [each.image for each in samples])
    assert np.array_equal([answer.labels for answer in answers], labels)


def test_pixels_count_by_their_weight(checkpoints, folder) -> None:
    student = build_student(recipe(checkpoints["klein"], folder), CPU)
    batch = make_batch(config(Source((str(folder),)), (("semantic", 1.0),)), 0)
    made = student.tensors((batch, (0, 1)))
    weight = made["weight"].clone()
    blocks = np.stack([lesson.weight for lesson in batch.lessons]).reshape(2, 4, 16, 4, 16).mean((2, 4))
    assert np.allclose(weight, blocks.reshape(2, 16), atol=1e-5)
    parts = []
    for share in (torch.arange(16) < 5, torch.arange(16) >= 5, torch.ones(16)):
        made["weight"] = weight * share
        parts.append(student(made)["total"].item())
    assert 0 < parts[0] < parts[2] and parts[0] + parts[1] == pytest.approx(parts[2], rel=1e-5)


def test_mistakes_are_said_in_one_sentence(checkpoints, folder, tmp_path) -> None:
    nano = tmp_path / "nano"
    nano.mkdir()
    (nano / "model_index.json").write_text('{"_class_name": "Nano"}')
    looks_at_nothing = tmp_path / "flux"
    diffusers.FluxPipeline.from_pretrained(checkpoints["kontext"]).save_pretrained(looks_at_nothing)
    for start, values, kind, words in (
        ("", {}, TrainingError, "name it with --start"),
        (tmp_path / "nothing", {}, ModelError, "no folder"),
        (nano, {}, TrainingError, "of kind nano, not a checkpoint in diffusers layout"),
        (looks_at_nothing, {}, TrainingError, "can be tuned are Flux2Klein.*Kontext.*QwenImageEdit"),
        (checkpoints["klein"], {"tuning": Tuning(layers="nothing")}, TrainingError, "no linear layer"),
        (checkpoints["qwen"], {"mixture": (("generate", 1.0),)}, TrainingError, "only edits"),
    ):
        with pytest.raises(kind, match=words):
            train(recipe(start, folder, **values), tmp_path / "run", quiet)
        shutil.rmtree(tmp_path / "run", ignore_errors=True)


def test_recipes_name_the_checkpoint_to_tune() -> None:
    for name in ("flux2-lora", "kontext-lora", "qwen-lora"):
        found = find(name)
        assert found.tuning is not None and found.tuning.rank and not found.start
        assert from_dict(json.loads(json.dumps(asdict(found)))) == found
        assert name != "qwen-lora" or "generate" not in dict(found.mixture)
    assert overridden(find("flux2-lora"), ['tuning={"rank": 0}'], start="folder").tuning == Tuning(rank=0)
    for text, words in (('{"rank": "many"}', "rank is 'many': .*integer"), ('{"ranks": 1}', "ranks is 1: Unexpected")):
        with pytest.raises(TrainingError, match=rf"^tuning\.{words}"):
            overridden(find("flux2-lora"), ["source={}", f"tuning={text}", "steps=3"])


def two_processes(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """`cavendish train ARGUMENTS` for two steps of 64 pixels as two processes of this CPU."""
    call = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2", "--no-python", "--"]
    call += [sys.executable, "-c", "from cavendish.cli import main; main()", "train"]
    settings = ["--steps", "2", "--set", "workers=0", "--set", "validate_every=2", "--set", "validation_scenes=2"]
    settings += ["--set", "stages=[[1,64,1]]"]
    around = {**os.environ, "ACCELERATE_USE_CPU": "1", **environment}
    return subprocess.run([*call, *map(str, arguments), *settings], capture_output=True, text=True, env=around)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["klein", "nano"])
def test_two_processes_make_one_model(checkpoints, folder, tmp_path, kind) -> None:
    recipe_of = {"klein": ["flux2-lora", "--start", checkpoints["klein"]], "nano": ["nano"]}
    done = two_processes(*recipe_of[kind], "--data", folder, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads((tmp_path / "run" / "checkpoint-00000002" / "clock.json").read_text())["step"] == 2
    photo = np.zeros((64, 64, 3), np.uint8)
    assert cavendish.load(done.stdout.split()[-1]).depth(photo, steps=1).metres.shape == (64, 64)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [4, 0])
def test_processes_that_share_the_weights_learn_the_same(checkpoints, folder, tmp_path, rank) -> None:
    """FSDP2 against DDP: the same model up to rounding; and checkpoints of both are taken up as they were left."""
    from safetensors.torch import load_file

    arguments = ["flux2-lora", "--start", checkpoints["klein"], "--data", folder, "--set", "bf16=false"]
    arguments += ["--set", f'tuning={{"rank": {rank}, "steps": 1}}', "--set", "warmup_steps=1"]
    runs = {"copied": {}, "shared": {"ACCELERATE_USE_FSDP": "true"}}
    kept = {}
    for name, environment in runs.items():
        done = two_processes(*arguments, "--out", tmp_path / name, **environment)
        assert done.returncode == 0, done.stderr[-2000:]
        (file,) = (tmp_path / name / "model").rglob("*.safetensors")
        kept[name] = load_file(file)
    assert kept["copied"].keys() == kept["shared"].keys()
    first = load_file(next(checkpoints["klein"].glob("transformer/*.safetensors")))
    moved = [name for name, value in kept["shared"].items() if rank or not torch.equal(value, first[name].float())]
    assert len(moved) > len(kept["shared"]) / 2
    for name, value in kept["copied"].items():
        assert torch.allclose(value, kept["shared"][name], atol=2e-5), name
    for run, model in kept.items():
        shutil.rmtree(tmp_path / run / "model")
        assert two_processes(*arguments, "--out", tmp_path / run, **runs["shared"]).returncode == 0
        again = load_file(next((tmp_path / run / "model").rglob("*.safetensors")))
        assert all(torch.equal(value, model[name]) for name, value in again.items())


@pytest.mark.slow
def test_nano_is_not_spread_over_processes(folder, tmp_path) -> None:
    done = two_processes("nano", "--data", folder, "--out", tmp_path / "run", ACCELERATE_USE_FSDP="true")
    assert done.returncode != 0 and "cavendish: this model is small" in done.stderr
    assert not (tmp_path / "run").exists()
