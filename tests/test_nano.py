"""Nano: words, network, checkpoints, and the generator that `cavendish.load` makes of them; tiny, random weights."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cavendish
from cavendish.codes.colors import format_color, parse_color
from cavendish.errors import ModelError
from cavendish.generators import Request
from cavendish.nano import checkpoint, words
from cavendish.nano.checkpoint import NanoPreset
from cavendish.nano.network import Nano, NanoConfig

TINY = NanoConfig(widths=(16, 32, 32), text_width=32, text_layers=1, rows=512, query=8)
LEVEL = st.integers(0, 255)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("nano") / "tiny"
    checkpoint.save(made, Nano(TINY).state_dict(), TINY, NanoPreset(size=64, steps=2, generate_steps=3))
    return made


@pytest.fixture(scope="module")
def model(folder: Path) -> cavendish.VisionModel:
    return cavendish.load(folder)


@given(rgb=st.tuples(LEVEL, LEVEL, LEVEL), style=st.sampled_from(("hex", "paren", "angle", "rgb")))
def test_a_colour_is_one_word_in_any_notation(rgb: tuple[int, int, int], style: str) -> None:
    said = words.split(f"the dog is {format_color(rgb, style)}.")
    assert [word for word, _ in said] == ["the", "dog", "is", "#", "."]
    assert said[3][1] == rgb


@pytest.mark.parametrize("name", ["red", "light purple", "light green", "GREY", "dark olive green"])
def test_colour_names_are_one_word_with_levels(name: str) -> None:
    said = words.split(f"the menu is {name}, the dessert")
    assert said[3][1] == parse_color(name)
    assert [word for word, _ in said[4:]] == [",", "the", "dessert"]


def test_a_class_that_xkcd_calls_a_colour_stays_a_word() -> None:
    assert words.split("the grass")[1] == ("grass", None)


@given(text=st.text(max_size=80))
def test_any_text_can_be_said(text: str) -> None:
    rows, colors, colored = words.encode([text, ""], 512, multiple=4)
    assert rows.shape[0] == 2 and rows.shape[1] % 4 == 0 and rows.max() < 512
    assert np.abs(colors).max() <= 1 and not colored[1].any()


def test_padding_does_not_change_the_text() -> None:
    torch.manual_seed(0)
    nano = Nano(TINY).eval()
    short = nano.text_encoder(*map(torch.from_numpy, words.encode(["the red dog"], 512)))
    long = nano.text_encoder(*map(torch.from_numpy, words.encode(["the red dog", "a b c d e f g h"], 512, multiple=16)))
    assert torch.allclose(short.tokens[0], long.tokens[0, :3], atol=1e-5)
    assert torch.allclose(short.pooled[0], long.pooled[0], atol=1e-5)


@settings(deadline=None, max_examples=10)
@given(height=st.integers(2, 7), width=st.integers(2, 7))
def test_any_size_in_multiples_of_16(height: int, width: int) -> None:
    size = (16 * height, 16 * width)
    nano = Nano(TINY).eval()
    text = nano.text_encoder(*map(torch.from_numpy, words.encode(["a dog", "the cat is #FF0000"], 512)))
    painted = nano.denoiser(
        torch.randn(2, 3, *size), torch.ones(2), text, nano.image_encoder(torch.randn(2, 3, *size))
    ).image
    assert painted.shape == (2, 3, *size) and painted.isfinite().all()


def test_a_pixel_can_take_the_exact_colour_that_the_words_name() -> None:
    """With all else closed and one colour named, every pixel is that colour, whatever the weights."""
    nano = Nano(TINY).eval()
    with torch.no_grad():
        nano.denoiser.choice.bias[-32:] = -1e6
        text = nano.text_encoder(*map(torch.from_numpy, words.encode(["the dog is #80C000"], 512)))
        painted = nano.denoiser(
            torch.randn(1, 3, 32, 32), torch.ones(1), text, nano.image_encoder(torch.randn(1, 3, 32, 32))
        ).image
    levels = ((painted + 1) * 127.5).round().int()
    assert (levels == torch.tensor([128, 192, 0])[None, :, None, None]).all()


def test_a_pixel_can_stay_as_it_is() -> None:
    """With the last gate open every pixel is that of the picture looked at, whatever the weights; gray without one."""
    nano = Nano(TINY).eval()
    picture = torch.rand(1, 3, 32, 48) * 2 - 1
    with torch.no_grad():
        nano.denoiser.choice.bias[-16:] = 1e6
        text = nano.text_encoder(*map(torch.from_numpy, words.encode(["make the dog red"], 512)))
        noise, level = torch.randn(1, 3, 32, 48), torch.ones(1)
        assert torch.equal(nano.denoiser(noise, level, text, nano.image_encoder(picture)).image, picture)
        assert not nano.denoiser(noise, level, text, nano.null_image(1, 32, 48)).image.any()


def test_copy_bias_gives_the_reference_image_a_larger_weight() -> None:
    torch.manual_seed(0)
    nano, looked = Nano(TINY), torch.rand(1, 3, 32, 32) * 2 - 1
    text = nano.text_encoder(*map(torch.from_numpy, words.encode(["Make the dog red."], 512)))
    seen, noise, level = nano.image_encoder(looked), torch.randn(1, 3, 32, 32), torch.ones(1)
    as_taught, kept = (nano.denoiser(noise, level, text, seen, 2.0, bias).weights for bias in (0.0, 0.5))
    odds = kept[:, -1] / (1 - kept[:, -1]) / (as_taught[:, -1] / (1 - as_taught[:, -1]))
    assert torch.allclose(odds, torch.tensor(2.0 * 0.5).exp().expand_as(odds), rtol=1e-3)
    assert torch.allclose(nano.denoiser(noise, level, text, seen, 8.0, 50.0).image, looked, atol=1e-5)


def test_a_checkpoint_comes_back(folder: Path) -> None:
    nano, preset = checkpoint.load(folder)
    torch.manual_seed(0)
    for name, value in Nano(TINY).state_dict().items():
        assert torch.equal(nano.state_dict()[name], value.bfloat16().float())
    assert preset == NanoPreset(size=64, steps=2, generate_steps=3) and nano.config == TINY


def test_an_index_without_a_preset_has_the_defaults(folder: Path, tmp_path: Path) -> None:
    """As trainers of 0.1.0 wrote it, and with the names of then."""
    (tmp_path / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    written = json.loads((folder / "model_index.json").read_text())
    old = {"_class_name": "Nano", "network": written["network"], "size": 64}
    (tmp_path / "model_index.json").write_text(json.dumps(old))
    assert checkpoint.load(tmp_path)[1] == NanoPreset(64, 1, 1.0, {"depth": 2, "normals": 2}, 8.0, 1.0, 16, 4.0)
    (tmp_path / "model_index.json").write_text(json.dumps({**old, "free_steps": 6, "free_guidance": 3.0}))
    assert checkpoint.load(tmp_path)[1] == NanoPreset(64, generate_steps=6, generate_guidance=3.0)


def test_a_preset_decides_how_a_checkpoint_is_asked(folder: Path) -> None:
    nano, config = checkpoint.load(folder)[0], TINY
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    paintings = []
    for name, preset in (
        ("soft", NanoPreset(64, sharpness=1.0, copy_bias=0.0)),
        ("firm", NanoPreset(64, copy_bias=9.0)),
    ):
        checkpoint.save(folder.parent / name, nano.state_dict(), config, replace(preset, votes={"depth": 3}))
        model = cavendish.load(folder.parent / name)
        answer = model.depth(image)
        assert answer.provenance.votes == 3
        paintings.append(np.asarray(answer.painting).astype(int))
    assert np.abs(paintings[1] - image).mean() < np.abs(paintings[0] - image).mean()


def test_the_shipped_weights_paint_what_they_did() -> None:
    """Against paintings of 0.1.0; on another kind of CPU a rounding may fall the other way."""
    y, x = np.mgrid[:48, :64]
    image = np.stack([x * 4, y * 5, x * y // 12], -1).astype(np.uint8)
    texts = ("Make a depth map.", "The road is #80C000, the sky is <0, 0, 255>.", "Change the sky to red.")
    requests = [Request(instruction=t, images=(image,), size=(48, 64), seed=k) for k, t in enumerate(texts)]
    requests.append(Request(instruction="a yellow taxi", size=(48, 64), seed=3))
    with np.load(Path(__file__).parent / "data" / "shipped_paintings.npz") as known:
        for name, painting in zip(
            ("depth", "semantic", "edit", "generate"), cavendish.load().generator.paint(requests)
        ):
            assert (np.abs(painting.rgb.astype(int) - known[name]).max(-1) <= 1).mean() > 0.99, name


def test_requests_in_a_batch_are_painted_as_alone(model: cavendish.VisionModel) -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 256, (64, 48, 3), dtype=np.uint8) for _ in range(2))
    requests = [
        Request(instruction="the dog is red", images=(first,), size=(64, 48), seed=1),
        Request(instruction="a depth map", images=(first,), size=(64, 48), seed=2),
        Request(instruction="the dog is red", images=(second,), size=(64, 48), seed=1, steps=3),
        Request(instruction="a red mug", size=(64, 64), seed=5, guidance=9.0),
        Request(instruction="a small green mug on the wooden table of a bright kitchen", size=(64, 64), guidance=9.0),
    ]
    together = model.generator.paint(requests)
    for request, painting in zip(requests, together):
        alone = model.generator.paint([request])[0]
        assert np.abs(alone.rgb.astype(int) - painting.rgb).max() <= 1
        assert (painting.seed, painting.rgb.shape[:2]) == (request.seed, request.size)
    assert [painting.steps for painting in together] == [2, 2, 3, 3, 3]


def test_every_method_answers_on_the_pictures_own_grid(model: cavendish.VisionModel) -> None:
    image = np.random.default_rng(0).integers(0, 256, (70, 100, 3), dtype=np.uint8)
    shape = image.shape[:2]
    assert model.depth(image).metres.shape == shape
    assert model.depth(image).provenance.votes == 2  # what suits nano
    assert model.normals(image).vectors.shape == (*shape, 3)
    assert model.segment(image, ["road", "sky"]).labels.shape == shape
    assert model.instances(image, "dog").masks.shape[1:] == shape
    assert model.refer(image, "the dog on the left").mask.shape == shape
    assert model.edit(image, "make the dog blue").size == (100, 70)
    assert model.generate("a yellow taxi").size == (64, 64)
    assert model.generate("a yellow taxi", height=32, width=96).size == (96, 32)
    again = model.depth(image, seed=3)
    assert np.array_equal(again.painting, model.depth(image, seed=3).painting)
    assert again.provenance.seed == 3 and again.provenance.steps == 2 and again.provenance.revision


def test_a_checkpoint_is_spoken_to_like_the_one_in_the_box(model: cavendish.VisionModel) -> None:
    assert model.prompts.codes == cavendish.load().prompts.codes
    assert model.instances(np.zeros((64, 64, 3), np.uint8), "dog").provenance.code["flat"] is False


def test_a_long_legend_is_split(model: cavendish.VisionModel) -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    answer = model.segment(image, [f"thing number {k}" for k in range(40)])
    assert len(answer.classes) == 40


def test_damaged_checkpoints_are_said(folder: Path, tmp_path: Path) -> None:
    for name, content, word in (
        ("model.safetensors", b"broken", "damaged"),
        ("model_index.json", b'{"_class_name": "Nano"}', "damaged"),
    ):
        broken = tmp_path / name
        broken.mkdir()
        for file in folder.iterdir():
            (broken / file.name).write_bytes(content if file.name == name else file.read_bytes())
        with pytest.raises(ModelError, match=word):
            cavendish.load(broken)
    (broken / "model_index.json").write_bytes((folder / "model_index.json").read_bytes())
    (broken / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors is missing"):
        cavendish.load(broken)


def test_a_device_that_is_not_there_is_said(folder: Path) -> None:
    with pytest.raises(ModelError, match="no device"):
        cavendish.load(folder, device="cuda:7" if not torch.cuda.is_available() else "cuda:99")
