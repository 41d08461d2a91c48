"""The commands that ask a model, as a user types them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from cavendish.cli import app, main
from cavendish.errors import CavendishError, CostError
from cavendish.formats import read_depth
from cavendish.tasks import Depth, Instance, Referring, Semantic
from helpers.fake_services import Service

LABELS = np.repeat(np.repeat(np.array([[0, 1], [1, 0]]), 32, 0), 48, 1)
METRES = np.linspace(1, 30, 64 * 96, dtype=np.float32).reshape(64, 96)
MASKS = np.stack([LABELS == 0, np.zeros_like(LABELS, bool)])
MASKS[0, 32:] = False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k in range(2):
        Image.fromarray(np.full((64, 96, 3), 100 + k, np.uint8)).save(tmp_path / f"photo{k}.png")
    return tmp_path


def replaying(folder: Path, *paintings: np.ndarray) -> str:
    recorded = folder / "recorded"
    recorded.mkdir(exist_ok=True)
    for k, painting in enumerate(paintings):
        Image.fromarray(painting).save(recorded / f"{k}.png")
    return f"replay:{recorded}"


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_depth_of_several_pictures(folder: Path) -> None:
    model = replaying(folder, Depth().encode(METRES))
    photos = sorted(folder.glob("photo*.png"))
    done = run("depth", *photos, "-o", folder / "{name}.npy", "-m", model, "--overlay", folder / "{name}-over.png")
    assert done.exit_code == 0, done.output
    for name in ("photo0", "photo1"):
        assert np.abs(read_depth(folder / f"{name}.npy") / METRES - 1).max() < 0.02
        assert Image.open(folder / f"{name}-over.png").width == 96
    assert "licence: unknown" in done.stderr
    assert "DepthMap(96 x 64" in done.stdout


def test_every_frame_of_what_moves(folder: Path) -> None:
    frames = [Image.fromarray(np.full((64, 96, 3), 10 * k, np.uint8)) for k in range(20)]
    frames[0].save(folder / "clip.gif", save_all=True, append_images=frames[1:])
    model = replaying(folder, Depth().encode(METRES))
    out = folder / "{name}-{frame}.npy"
    done = run("depth", folder / "clip.gif", "-o", out, "--overlay", folder / "{frame}.png", "-m", model)
    assert done.exit_code == 0, done.output
    assert len(list(folder.glob("clip-*.npy"))) == 20 and len(list(folder.glob("000*.png"))) == 20
    assert np.abs(read_depth(folder / "clip-00019.npy") / METRES - 1).max() < 0.02
    done = run("edit", folder / "clip.gif", "-i", "darker", "-o", folder / "e-{frame}.png", "-m", model)
    assert done.exit_code == 0 and len(list(folder.glob("e-*.png"))) == 20


def test_what_moves_is_not_answered_by_its_first_frame_alone(folder: Path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    frames = [Image.fromarray(np.full((64, 96, 3), 10 * k, np.uint8)) for k in range(3)]
    for name in ("clip.gif", "pages.tiff", "clip.png", "clip.webp"):
        frames[0].save(name, save_all=True, append_images=frames[1:])
    Path("clip.mp4").write_bytes(b"")
    model = replaying(folder, Depth().encode(METRES))
    for name, many in [("clip.gif", "3 pictures"), ("pages.tiff", "3 pictures"), ("clip.png", "3 pictures"),
                       ("clip.webp", "3 pictures"), ("clip.mp4", "a video")]:  # fmt: skip
        with pytest.raises(CavendishError, match=rf"{name} is {many}: to answer each frame, write to a pattern with"):
            run("depth", name, "-o", "d.npy", "-m", model)
    frames[0].save("phone.jpg", "MPO", save_all=True, append_images=frames[1:2])  # a picture and its small version
    assert run("depth", "phone.jpg", "-o", "d.npy", "-m", model).exit_code == 0
    with pytest.raises(CavendishError, match=r"o.png: the frames need a pattern such as \{frame\}.png here too"):
        run("depth", "clip.gif", "-o", "{frame}.npy", "--overlay", "o.png", "-m", model)


def test_depth_in_units_of_ones_own(folder: Path) -> None:
    model = replaying(folder, Depth().encode(METRES))
    out = folder / "d.png"
    assert run("depth", folder / "photo0.png", "-o", out, "-m", model, "--scale", "256").exit_code == 0
    assert np.abs(read_depth(out, scale=256) / METRES - 1).max() < 0.02


def test_the_cost_is_capped_from_the_command_line(folder: Path, monkeypatch) -> None:
    service = Service()
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    words = ["depth", folder / "photo0.png", "-o", folder / "d.npy", "-m", "gemini-2-5-flash-image"]
    words += ["--set", f"base_url={service.address}", "--set", "backoff=0.01"]
    with pytest.raises(CostError, match=r"cost about \$0.04"):
        run(*words, "--max-cost", "0.01")
    assert not service.seen
    service.close()


def test_the_other_tasks(folder: Path) -> None:
    photo = folder / "photo0.png"
    model = replaying(folder, Semantic.of(["road", "sky"]).encode(LABELS))
    assert run("segment", photo, "-o", folder / "s.json", "-c", "road, sky", "-m", model).exit_code == 0
    assert json.loads((folder / "s.json").read_text())["categories"]
    (folder / "classes.txt").write_text("road\nsky\n")
    assert run("segment", photo, "-o", folder / "s.png", "-c", folder / "classes.txt", "-m", model).exit_code == 0
    np.testing.assert_array_equal(np.asarray(Image.open(folder / "s.png")), LABELS)
    model = replaying(folder, Instance("dog").encode(MASKS[:1]))
    assert run("instances", photo, "-o", folder / "i.json", "-l", "dog", "-m", model).exit_code == 0
    assert len(json.loads((folder / "i.json").read_text())["annotations"]) == 1
    model = replaying(folder, Referring.of(["the dog"]).encode(MASKS[:1]))
    assert run("refer", photo, "-o", folder / "r.npy", "-e", "the dog", "-m", model).exit_code == 0
    np.testing.assert_array_equal(np.load(folder / "r.npy"), MASKS[0])
    words = "The dog is red. The cat is green."
    model = replaying(folder, Referring({"dog": "red", "cat": "green"}).encode(MASKS))
    assert run("ask", photo, "-o", folder / "a-{part}.npy", "-i", words, "-m", model).exit_code == 0
    np.testing.assert_array_equal(np.load(folder / "a-0.npy"), MASKS[0])
    assert not np.load(folder / "a-1.npy").any()
    asked = ["ask", photo, "-o", folder / "b-{part}.npy", "-i", words, "-m", model]
    with pytest.raises(CavendishError, match=r"o.png: 2 answers need a pattern such as \{part\}.png"):
        run(*asked, "--overlay", folder / "o.png")
    assert run("normals", photo, "-o", folder / "n.npy", "-m", model).exit_code == 0


def test_pictures_carry_their_record(folder: Path) -> None:
    model = replaying(folder, np.full((64, 96, 3), 7, np.uint8))
    assert run("edit", folder / "photo0.png", "-i", "darker", "-o", folder / "e.png", "-m", model).exit_code == 0
    picture = Image.open(folder / "e.png")
    assert picture.size == (96, 64)
    assert json.loads(picture.text["cavendish"])["provenance"]["task"] == "edit"
    done = run("generate", "a taxi", "-o", folder / "g.jpg", "-m", model, "--width", 96, "--height", 64)
    assert done.exit_code == 0 and Image.open(folder / "g.jpg").size == (96, 64)


def test_models_are_listed(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    listed = run("models").output
    for words in ("flux2-klein-4b", "Apache-2.0", "downloads about 16 GB", "about $0.039 a picture", "non-commercial"):
        assert words.lower() in listed.lower()
    assert "relative depth" in run("models", "open-vision-banana").output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["depth", "PHOTO", "-o", "d.npy", "-m", "flux2-klein-4"], "did you mean 'flux2-klein-4b'"),
        (["depth", "PHOTO", "-o", "d.npy", "-m", "replay:nowhere"], "there is no folder nowhere"),
        (["models", "flux"], "unknown model 'flux'"),
    ],
)
def test_errors_are_one_sentence(folder: Path, words, why, monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["cavendish", *(str(folder / "photo0.png") if w == "PHOTO" else w for w in words)])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err.strip().splitlines()
    assert left.value.code == 2
    assert len(said) == 1 and why in said[0]


def test_two_answers_never_go_to_one_file(folder: Path) -> None:
    photos = map(str, folder.glob("photo*.png"))
    done = CliRunner().invoke(app, ["depth", *photos, "-o", str(folder / "d.npy"), "-m", "replay:nowhere"])
    assert "2 pictures need a pattern such as {name}.npy" in str(done.exception)  # said before any model is opened
    assert not (folder / "d.npy").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["depth", "PHOTO", "-o", "d.xyz"], "DepthMap cannot be written as .xyz"),
        (["depth", "PHOTO", "-o", "nowhere/d.npy"], "there is no folder nowhere"),
        (["depth", "PHOTO", "-o", "d.npy", "--overlay", "o.xyz"], "a picture is written as .png, .jpg or .webp"),
        (["depth", "nothing.png", "-o", "d.npy"], "nothing.png: there is no such file"),
        (["edit", "nothing.png", "-o", "d.png", "-i", "redder"], "nothing.png: there is no such file"),
        (["edit", "PHOTO", "-o", "d.bmp", "-i", "redder"], "a picture is written as .png, .jpg or .webp"),
        (["generate", "a taxi", "-o", "nowhere/d.png"], "there is no folder nowhere"),
        (["segment", "PHOTO", "-o", "d.png", "-c", "PHOTO"], "the classes cannot be read"),
        (["segment", "PHOTO", "-o", "d.png", "-c", "nothing.txt"], "nothing.txt: there is no such file"),
    ],
)
def test_what_cannot_be_written_or_read_is_said_before_anything_is_painted(folder: Path, words, why) -> None:
    """Nobody pays for a picture that has no place to go, nor loads a model for a photo that is not there."""
    words = [folder / "photo0.png" if word == "PHOTO" else word for word in words]
    with pytest.raises(CavendishError, match=why):
        run(*words, "-m", "a model that is never opened")


def test_a_file_of_classes_from_windows(folder: Path) -> None:
    (folder / "classes.txt").write_bytes("road\r\n\r\nsky\r\n".encode("utf-8-sig"))
    model = replaying(folder, Semantic.of(["road", "sky"]).encode(LABELS))
    words = ["segment", folder / "photo0.png", "-o", folder / "s.json", "-c", folder / "classes.txt", "-m", model]
    assert run(*words).exit_code == 0
    assert [each["name"] for each in json.loads((folder / "s.json").read_text())["categories"]] == ["road", "sky"]


def test_a_list_of_classes_may_be_longer_than_the_name_of_a_file(folder: Path) -> None:
    names = ["road", "sky", *(f"a kind of thing with number {k}" for k in range(20))]
    model = replaying(folder, Semantic.of(names).encode(LABELS))
    words = ["segment", folder / "photo0.png", "-o", folder / "s.json", "-c", ", ".join(names), "-m", model]
    assert run(*words).exit_code == 0
    listed = json.loads((folder / "s.json").read_text())["categories"]
    assert {each["name"] for each in listed} <= set(names) and listed


def test_help_is_instant_and_light() -> None:
    code = (
        "import sys; from cavendish.cli import main; sys.argv = ['cavendish', '--help']\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'diffusers', 'numpy', 'PIL', 'google.genai'} & set(sys.modules); assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    for command in ("depth", "normals", "segment", "instances", "refer", "ask", "generate", "edit", "models"):
        assert f" {command} " in done.stdout
