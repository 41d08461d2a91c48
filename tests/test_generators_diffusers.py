"""Real pipelines with random weights: loaded by folder, every method, the pipeline's own call as the oracle."""

import json
import logging
import shutil
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from PIL import Image  # noqa: E402

import cavendish  # noqa: E402
from cavendish.errors import DeviceMemoryError, GeneratorError, ModelError, PromptError  # noqa: E402
from cavendish.generators import Request  # noqa: E402
from cavendish.generators.canvas import sizes_of_area  # noqa: E402
from helpers import tiny_checkpoints  # noqa: E402
from helpers.textures import SIZES, shift_of, texture  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::cavendish.loading.LicenceNotice")
PHOTOS = [np.random.default_rng(k).integers(0, 256, (64, 96, 3), np.uint8) for k in range(4)]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkpoints")
    return {
        "klein": tiny_checkpoints.klein(root / "klein"),
        "klein-base": tiny_checkpoints.klein(root / "klein-base", distilled=False),
        "klein-kv": tiny_checkpoints.klein(root / "klein-kv", kv=True),
        "kontext": tiny_checkpoints.kontext(root / "kontext"),
        "qwen": tiny_checkpoints.qwen_edit(root / "qwen"),
        "qwen-plus": tiny_checkpoints.qwen_edit(root / "qwen-plus", plus=True),
    }


@pytest.fixture(scope="module")
def klein(checkpoints):
    return cavendish.load(checkpoints["klein"], batch_size=4)


def request(photo, seed=0, **options) -> Request:
    return Request(
        **{"instruction": "paint depth", "images": (photo,), "size": photo.shape[:2], "seed": seed, **options}
    )


def by_pipeline(model, photo, seed: int, steps: int, **options) -> np.ndarray:
    """(h, w, 3) float in [0, 1]: what diffusers' own call gives for one picture."""
    noise = torch.Generator().manual_seed(seed)
    image = None if photo is None else Image.fromarray(photo)
    usual = {"num_inference_steps": steps, "generator": noise, "output_type": "np"}
    return model.generator.pipeline(prompt="paint depth", image=image, **usual, **options).images[0]


@pytest.mark.parametrize("kind", ["klein", "klein-base", "klein-kv"])
def test_a_batch_of_different_pictures_equals_the_pipelines_single_calls(checkpoints, kind) -> None:
    model = cavendish.load(checkpoints[kind], batch_size=4)
    paintings = model.generator.paint([request(photo, seed=k, steps=3) for k, photo in enumerate(PHOTOS)])
    guidance = {} if kind == "klein-kv" else {"guidance_scale": model.about.guidance}
    for k, (photo, painting) in enumerate(zip(PHOTOS, paintings)):
        expected = by_pipeline(model, photo, k, 3, **guidance)
        assert np.abs(painting.rgb / 255 - expected).max() < 0.5 / 255 + 1e-3
    assert np.abs(paintings[0].rgb.astype(int) - paintings[1].rgb).mean() > 5  # the picture matters


def test_several_references_and_none_equal_the_pipeline(klein) -> None:
    two = klein.generator.paint([request(PHOTOS[0], images=tuple(PHOTOS[:2]), steps=2)])[0].rgb
    images = [Image.fromarray(photo) for photo in PHOTOS[:2]]
    noise = torch.Generator().manual_seed(0)
    expected = klein.generator.pipeline(
        prompt="paint depth", image=images, num_inference_steps=2, generator=noise, output_type="np"
    ).images[0]
    assert np.abs(two / 255 - expected).max() < 0.5 / 255 + 1e-3
    none = klein.generator.paint([request(PHOTOS[0], images=(), steps=2)])[0].rgb
    expected = by_pipeline(klein, None, 0, 2, height=64, width=96)
    assert np.abs(none / 255 - expected).max() < 0.5 / 255 + 1e-3


def test_what_is_kept_of_references_is_what_would_be_read_again(checkpoints, monkeypatch) -> None:
    from cavendish.generators import flux2

    class Forgetful(flux2.VelocityModel):
        def __call__(self, *arguments):
            self._cache = None
            return super().__call__(*arguments)

    model = cavendish.load(checkpoints["klein-kv"], batch_size=4)
    kept = model.depth(PHOTOS, steps=4)
    monkeypatch.setattr(flux2, "VelocityModel", Forgetful)
    for ours, again in zip(kept, model.depth(PHOTOS, steps=4)):
        assert np.abs(ours.painting.astype(int) - again.painting).max() <= 1  # a tie may round either way


@pytest.mark.parametrize("kind", ["klein", "kontext"])
def test_every_method_of_a_folder(checkpoints, kind) -> None:
    model = cavendish.load(checkpoints[kind], batch_size=4)
    photo = texture(37, 53)
    options = {"steps": 1, "seed": 3}
    assert model.depth(photo, **options).metres.dtype == np.float32
    assert model.normals(photo, **options).vectors.shape == (37, 53, 3)
    assert model.segment(photo, ["a", "b"], **options).labels.shape == (37, 53)
    assert model.instances(photo, "dog", **options).shape == (37, 53)
    assert model.refer(photo, "the dog", **options).mask.dtype == bool
    assert list(model.refer(photo, {"l": "left dog", "c": "cat"}, **options)) == ["l", "c"]
    assert model.ask(photo, "The cat is red.", **options).shape == (37, 53)
    assert model.generate("a taxi", height=64, width=80, **options).size == (80, 64)
    assert model.edit(photo, "make it red", **options).size == (53, 37)
    record = model.depth(photo, votes=2, **options).provenance
    assert (record.steps, record.seed, record.votes) == (1, 3, 2)
    assert len(record.revision) == 16
    assert record.versions["diffusers"] == diffusers.__version__


@pytest.mark.parametrize("kind", ["klein", "kontext"])
def test_the_same_seed_gives_the_same_and_a_batch_equals_singles(checkpoints, kind) -> None:
    model = cavendish.load(checkpoints[kind], batch_size=4)
    assert model.about.batch_size == 4
    many = model.depth(PHOTOS, steps=2, seed=1)
    again = cavendish.load(checkpoints[kind]).depth(PHOTOS[2], steps=2, seed=1)
    assert np.abs(many[2].painting.astype(int) - again.painting).max() <= 1  # a tie may round either way
    assert np.abs(model.depth(PHOTOS[2], steps=2, seed=2).painting.astype(int) - again.painting).mean() > 1


def test_that_clip_reads_the_beginning_of_an_instruction_is_no_news(checkpoints, caplog, monkeypatch) -> None:
    """T5 reads all of it, so a warning that it is cut off, with the legend in it, would only mislead."""
    model = cavendish.load(checkpoints["kontext"])
    for name in ("diffusers.pipelines.flux.pipeline_flux_kontext", "transformers.tokenization_utils_base"):
        monkeypatch.setattr(logging.getLogger(name), "handlers", [caplog.handler])
    model.segment(texture(37, 53), ["a long name of a thing", "and another one", "background"], steps=1)
    assert not caplog.records


class Seen(Exception):
    """Raised where a network would begin, with the pixels it gets."""


QUICK = {(427, 640), (1, 1000), (37, 53)}


@pytest.mark.parametrize(
    "size", [pytest.param(size, marks=[] if size in QUICK else pytest.mark.slow) for size in SIZES]
)
@pytest.mark.parametrize("kind", ["klein", "klein-kv", "kontext", "qwen", "qwen-plus"])
def test_the_networks_see_the_canvas_as_it_is(checkpoints, kind, size, monkeypatch) -> None:
    """Neither stretched nor cropped nor blurred, whatever the picture's size: the very pixels of the canvas."""
    model = cavendish.load(checkpoints[kind])

    def see(pixels, *rest, **options):
        raise Seen(pixels)

    monkeypatch.setattr(model.generator.pipeline.vae, "encode", see)
    photo = texture(*size)
    with pytest.raises(Seen) as caught:
        model.depth(photo, steps=1, guidance=1.0)
    canvas, _ = model.about.canvas.lay(photo)
    pixels = caught.value.args[0][0].reshape(3, *canvas.shape[:2])
    given = ((pixels + 1) * 127.5).round().to(torch.uint8).movedim(0, -1).numpy()
    np.testing.assert_array_equal(given, canvas)


@pytest.mark.parametrize("kind", ["kontext", "qwen", pytest.param("qwen-plus", marks=pytest.mark.slow)])
def test_paintings_are_of_the_canvas_size(checkpoints, kind) -> None:
    model = cavendish.load(checkpoints[kind])
    photo = texture(75, 242)
    result = model.depth(photo, steps=1, guidance=1.0)
    canvas, _ = model.about.canvas.lay(photo)
    assert result.painting.shape == canvas.shape and result.shape == (75, 242)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["qwen", "qwen-plus"])
def test_every_method_of_qwen_edit(checkpoints, kind) -> None:
    model = cavendish.load(checkpoints[kind])
    photos = [texture(60, 90), texture(90, 60)]
    options = {"steps": 1, "seed": 3, "guidance": 1.0}
    many = model.depth(photos, **options)
    again = cavendish.load(checkpoints[kind]).depth(photos[1], **options)
    np.testing.assert_array_equal(many[1].painting, again.painting)
    other = model.depth(photos[1], **{**options, "seed": 4})
    assert np.abs(other.painting.astype(int) - again.painting).mean() > 1
    assert model.normals(photos[0], **options).vectors.shape == (60, 90, 3)
    assert model.segment(photos[0], ["a", "b"], **options).labels.shape == (60, 90)
    assert model.instances(photos[0], "dog", **options).shape == (60, 90)
    assert model.refer(photos[0], "the dog", **options).mask.dtype == bool
    assert list(model.refer(photos[0], {"l": "left dog", "c": "cat"}, **options)) == ["l", "c"]
    assert model.ask(photos[0], "The cat is red.", **options).shape == (60, 90)
    assert model.edit(photos[0], "make it red", **options).size == (90, 60)
    with pytest.raises(GeneratorError, match="only edits: it needs a picture"):
        model.generate("a taxi")


def test_qwen_is_guided_away_from_a_blank_prompt(checkpoints, monkeypatch) -> None:
    model = cavendish.load(checkpoints["qwen"])

    def see(pipeline, **said):
        raise Seen(said.get("negative_prompt"), said["true_cfg_scale"])

    monkeypatch.setattr(type(model.generator.pipeline), "__call__", see)
    for guidance, expected in [(None, (" ", 4.0)), (1.0, (None, 1.0))]:  # at 1 there is nothing to lead away from
        with pytest.raises(Seen) as caught:
            model.depth(PHOTOS[0], guidance=guidance)
        assert caught.value.args == expected


def test_qwens_sizes_are_those_that_its_pipeline_keeps() -> None:
    from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit as edit

    sizes = sizes_of_area(1024 * 1024, 32)
    assert len(sizes) > 30
    for height, width in sizes:
        assert edit.calculate_dimensions(1024 * 1024, width / height)[:2] == (width, height)


class CopyPipeline(diffusers.DiffusionPipeline):
    """Somebody's own pipeline, which crops pictures that are no multiple of 16 as klein's does."""

    def __init__(self, scheduler):
        super().__init__()
        self.register_modules(scheduler=scheduler)

    def __call__(self, prompt, image=None, num_inference_steps=50, generator=None):
        width, height = (side // 16 * 16 for side in image.size)
        left, top = (image.width - width) // 2, (image.height - height) // 2
        return diffusers.ImagePipelineOutput([image.crop((left, top, left + width, top + height))])


@pytest.mark.parametrize(
    "size", [pytest.param(size, marks=pytest.mark.slow if size == (4000, 6000) else []) for size in SIZES]
)
def test_a_pipeline_named_by_the_user(tmp_path, size) -> None:
    CopyPipeline(tiny_checkpoints.scheduler()).save_pretrained(tmp_path)
    model = cavendish.load(tmp_path, pipeline=f"{__name__}:CopyPipeline")
    image = texture(*size)
    back = np.asarray(model.edit(image, "copy"))
    assert back.shape == image.shape
    reduce = max(1, max(size) // 1000)
    shift = shift_of(back[::reduce, ::reduce, 0], image[::reduce, ::reduce, 0]) * reduce
    assert np.abs(shift).max() < 0.5


def test_a_text_is_encoded_once(klein, monkeypatch) -> None:
    encoder, calls = klein.generator.pipeline.text_encoder, []
    forward = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda *a, **k: calls.append(1) or forward(*a, **k))
    klein.instances(PHOTOS, "quite new words", steps=1)
    klein.instances(PHOTOS[0], "quite new words", steps=1)
    assert len(calls) == 1


def test_pictures_of_several_sizes_in_one_list(klein) -> None:
    photos = [texture(40, 60), texture(80, 60), texture(40, 60)]
    results = klein.depth(photos, steps=1)
    assert [each.shape for each in results] == [(40, 60), (80, 60), (40, 60)]
    assert np.abs(results[1].painting.astype(int) - klein.depth(photos[1], steps=1).painting).max() <= 1


def test_a_tuned_transformer_and_an_adapter(checkpoints, klein, tmp_path) -> None:
    pytest.importorskip("peft")
    from peft import LoraConfig

    plain = klein.depth(PHOTOS[0], steps=1).painting
    tuned = diffusers.Flux2Transformer2DModel.from_pretrained(checkpoints["klein"], subfolder="transformer")
    torch.manual_seed(1)
    with torch.no_grad():
        for weight in tuned.proj_out.parameters():
            weight += 0.5 * torch.randn_like(weight)
    tuned.save_pretrained(tmp_path / "tuned" / "inner")
    swapped = cavendish.load(checkpoints["klein"], transformer=f"{tmp_path}/tuned:inner")
    painting = swapped.depth(PHOTOS[0], steps=1)
    assert np.abs(painting.painting.astype(int) - plain).mean() > 1
    assert painting.provenance.revision.endswith("tuned:inner")

    pipeline = diffusers.Flux2KleinPipeline.from_pretrained(checkpoints["klein"])
    pipeline.transformer.add_adapter(LoraConfig(r=2, target_modules=["to_q", "to_k"], init_lora_weights=False))
    from peft.utils import get_peft_model_state_dict

    layers = get_peft_model_state_dict(pipeline.transformer)
    diffusers.Flux2KleinPipeline.save_lora_weights(tmp_path / "lora", transformer_lora_layers=layers)
    adapted = cavendish.load(checkpoints["klein"], lora=str(tmp_path / "lora"))
    assert np.abs(adapted.depth(PHOTOS[0], steps=1).painting.astype(int) - plain).max() > 0


def test_quantised_weights(tmp_path) -> None:
    pytest.importorskip("torchao")
    folder = tiny_checkpoints.klein(tmp_path / "wide", width=128)
    plain = cavendish.load(folder).depth(PHOTOS[0], steps=1).painting.astype(int)
    model = cavendish.load(folder, quantise="int8")
    weight = model.generator.pipeline.transformer.single_transformer_blocks[0].attn.to_out.weight
    assert "Int8" in type(weight).__name__
    difference = np.abs(model.depth(PHOTOS[0], steps=1).painting - plain)
    assert 0 < difference.mean() < 3
    with pytest.raises(ModelError, match="quantise is one of int8, int4, float8"):
        cavendish.load(folder, quantise="int3")


def test_prompts_over_the_encoders_length_are_said(klein) -> None:
    with pytest.raises(PromptError, match=r"the instruction has \d+ tokens and klein reads 512"):
        klein.edit(PHOTOS[0], "word " * 200)
    many = klein.segment(PHOTOS[0], [f"a class with a long name {k}" for k in range(20)], steps=1)
    assert len(many.instruction.splitlines()) > 1  # split, never cut


def test_checkpoints_that_are_refused(checkpoints, tmp_path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(checkpoints["klein"], broken)
    weights = broken / "transformer" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match=r"broken: a safetensors file is broken or cut short|broken cannot be loaded"):
        cavendish.load(broken)
    weights.write_bytes(b"\xff" * 100)
    with pytest.raises(ModelError):
        cavendish.load(broken)
    weights.unlink()
    torch.save({}, weights.with_suffix(".bin"))
    with pytest.raises(ModelError, match=r"is a pickle, which can run any code"):
        cavendish.load(broken)
    index = broken / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "_class_name": "NoSuchPipeline"}))
    weights.with_suffix(".bin").unlink()
    with pytest.raises(ModelError, match="there is no pipeline class 'NoSuchPipeline' in diffusers"):
        cavendish.load(broken)
    index.write_text("{")
    with pytest.raises(ModelError, match=r"model_index.json is broken"):
        cavendish.load(broken)


def test_a_checkpoint_names_its_own_defaults(checkpoints, tmp_path) -> None:
    """In a table of model_index.json that diffusers skips; what a preset says goes before it."""
    folder = tmp_path / "own"
    shutil.copytree(checkpoints["klein-base"], folder)
    index = folder / "model_index.json"
    plain = json.loads(index.read_text())
    own = {"about": {"steps": 12, "guidance": 2.5, "votes": {"depth": 3}}, "canvas": {"max_pixels": 65536}}
    index.write_text(json.dumps({**plain, "_cavendish": own}))
    about = cavendish.load(folder).about
    assert (about.steps, about.guidance, about.votes) == (12, 2.5, {"depth": 3})
    assert (about.canvas.max_pixels, about.canvas.multiple) == (65536, 16)
    card = tmp_path / "mine.toml"
    card.write_text(f'[mine]\nkind = "diffusers"\nrepository = {json.dumps(str(folder))}\nabout = {{ steps = 8 }}')
    about = cavendish.load(card).about
    assert (about.steps, about.guidance) == (8, 2.5)
    for broken, why in [
        (
            {"steps": 3},
            r"'steps' is not a table of a checkpoint's defaults in .*model_index.json; the known ones are about",
        ),
        ({"about": 3}, r"'about', a table of a checkpoint's defaults in .*, is a table, not 3"),
        ({"about": {"speed": 3}}, "'speed' is not a field of about"),
    ]:
        index.write_text(json.dumps({**plain, "_cavendish": broken}))
        with pytest.raises(ModelError, match=why):
            cavendish.load(folder)


def test_bad_options(checkpoints, klein) -> None:
    for options, why in [
        ({"dtype": "int8"}, "dtype is bfloat16"),
        ({"device": "cuda:99"}, "there is no device 'cuda:99' here; the best of this machine is"),
        ({"device": "gpu"}, "there is no device 'gpu' here"),
        ({"offload": "disk"}, "offload is 'model' or 'sequential'"),
        ({"speed": 3}, "'speed' is not an option"),
        ({"transformer": "/nowhere/at/all"}, "there is no folder /nowhere/at/all"),
        ({"lora": "/nowhere"}, "there is no folder /nowhere"),
        ({"offload": "sequential"}, "needs an accelerator"),
        ({"pipeline": "json:JSONDecoder"}, "is not a pipeline class"),
        ({"batch_size": 0}, "batch_size is at least 1, not 0"),
        ({"batch_size": "x"}, "'batch_size', an option of diffusers generators, is a whole number, not 'x'"),
        ({"components": 3}, "'components', .* is a table, not 3"),
        ({"max_pixels": 100}, "max_pixels must be at least 4096"),
    ]:
        with pytest.raises(ModelError, match=why):
            cavendish.load(checkpoints["klein"], **options)
    with pytest.raises(GeneratorError, match="reference pictures at most"):
        klein.generator.paint([request(PHOTOS[0], images=tuple(PHOTOS) * 2)])


def test_loading_is_silent_off_a_terminal(checkpoints, tmp_path) -> None:
    """No bars, and no advice of the libraries beneath, in the log of a program; nor about a checkpoint's own table."""
    own = shutil.copytree(checkpoints["klein-base"], tmp_path / "own")
    plain = json.loads((own / "model_index.json").read_text())
    (own / "model_index.json").write_text(json.dumps({**plain, "_cavendish": {"about": {"steps": 12}}}))
    folders = [str(checkpoints["kontext"]), str(own)]
    code = f"import cavendish; [cavendish.load(folder) for folder in {folders!r}]"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_no_network(monkeypatch) -> None:
    import huggingface_hub.constants as hub

    monkeypatch.setattr(hub, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="somebody/something is not on this machine and the hub cannot be reached"):
        cavendish.load("somebody/something")


def test_offloading_changes_no_painting(checkpoints, klein) -> None:
    offloaded = cavendish.load(checkpoints["klein"], offload="model", batch_size=4)
    expected = klein.depth(PHOTOS, steps=1)
    for ours, theirs in zip(offloaded.depth(PHOTOS, steps=1), expected):
        np.testing.assert_array_equal(ours.painting, theirs.painting)


def test_out_of_memory_says_what_to_lower(klein, monkeypatch) -> None:
    def full(*arguments, **options):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(klein.generator.pipeline.transformer, "forward", full)
    with pytest.raises(DeviceMemoryError, match="lower batch_size or max_pixels"):
        klein.depth(PHOTOS[0], steps=1)


def test_the_best_device_and_the_type_that_suits_it(monkeypatch) -> None:
    from cavendish.generators.device import choose
    from cavendish.generators.diffusers import _dtype

    def machine(cuda: bool, mps: bool, bf16: bool = True) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch, "empty", lambda *shape, device: None)

    for cuda, mps, bf16, device, dtype in [
        (True, False, True, "cuda", torch.bfloat16),
        (True, False, False, "cuda", torch.float16),
        (False, True, False, "mps", torch.bfloat16),
        (False, False, False, "cpu", torch.float32),
    ]:
        machine(cuda, mps, bf16)
        assert choose() == device
        assert _dtype(None, device) == dtype


def test_bfloat16_on_the_cpu(checkpoints) -> None:
    model = cavendish.load(checkpoints["klein"], dtype="bfloat16")
    assert model.generator.pipeline.transformer.dtype == torch.bfloat16
    assert model.depth(PHOTOS[0], steps=1).shape == (64, 96)
