"""The command line as a user types it: real files, one sentence for what is wrong, and a real process of each kind."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cavendish.formats import read_depth, read_labels, read_masks, read_normals
from helpers.command import apart, here

TWO = '{"the left one": "yellow", "the right one": "cyan"}'
LEGEND = '{"road": "#804080", "sky": "#4682B4", "car": "red"}'


def run(*words: object, code: int = 0, call=here) -> subprocess.CompletedProcess:
    done = call(*words)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def kitti(tmp_path: Path) -> Path:
    metres = np.geomspace(2, 79, 120 * 37).reshape(37, 120)
    metres[:5] = 0
    Image.fromarray(np.rint(metres * 256).astype(np.uint16)).save(tmp_path / "kitti.png")
    return tmp_path / "kitti.png"


def test_depth_there_and_back(kitti: Path, tmp_path: Path) -> None:
    words = ["encode", "depth", kitti, "--scale", "kitti", "-o", tmp_path / "painting.png"]
    said = run(*words, call=apart).stdout
    assert said.strip() == "Generate a metric depth map of the input image."
    for name in ("d.exr", "d.npy", "d.npz"):
        run("decode", "depth", tmp_path / "painting.png", "-o", tmp_path / name)
        read, want = read_depth(tmp_path / name), read_depth(kitti, scale="kitti")
        assert np.abs(read / want - 1)[5:].max() < 0.04
    run("decode", "depth", tmp_path / "painting.png", "-o", tmp_path / "back.png", "--scale", "kitti")
    assert np.abs(np.asarray(Image.open(tmp_path / "back.png")) / 256.0 - want)[5:].max() < 3


def test_labels_there_and_back(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 3, (4, 5), dtype=np.uint8).repeat(9, 0).repeat(9, 1)
    Image.fromarray(labels).save(tmp_path / "labels.png")
    run("encode", "segment", tmp_path / "labels.png", "--legend", LEGEND, "-o", tmp_path / "p.png")
    run("decode", "segment", tmp_path / "p.png", "--legend", LEGEND, "-o", tmp_path / "out.png")
    assert np.array_equal(read_labels(tmp_path / "out.png"), labels)
    (tmp_path / "legend.json").write_text(LEGEND)
    run(
        "decode",
        "segment",
        tmp_path / "p.png",
        "--legend",
        tmp_path / "legend.json",
        "-o",
        tmp_path / "ids.png",
        "--cityscapes",
    )
    assert set(np.unique(np.asarray(Image.open(tmp_path / "ids.png")))) == {7, 23, 26}
    run("decode", "segment", tmp_path / "p.png", "--legend", LEGEND, "-o", tmp_path / "out.json")
    assert json.loads((tmp_path / "out.json").read_text())["categories"]
    long = LEGEND.replace("road", "é" * 120)  # fewer characters than the name of a file may have, and more bytes
    run("decode", "segment", tmp_path / "p.png", "--legend", long, "-o", tmp_path / "long.png")
    assert np.array_equal(read_labels(tmp_path / "long.png"), labels)
    words = ["decode", "segment", tmp_path / "p.png", "--legend", '{"cloud": "white"}', "-o", tmp_path / "out.png"]
    done = run(*words, call=apart)
    assert "in other colours than it is read by" in done.stderr


def test_instances_normals_and_references_there_and_back(tmp_path: Path) -> None:
    ids = np.zeros((60, 80), dtype=np.uint8)
    ids[5:30, 5:30], ids[5:30, 30:55] = 1, 2
    Image.fromarray(ids).save(tmp_path / "ids.png")
    run("encode", "instances", tmp_path / "ids.png", "-o", tmp_path / "p.png")
    run("decode", "instances", tmp_path / "p.png", "-o", tmp_path / "out.json", "--label", "tile")
    assert {m.tobytes() for m in read_masks(tmp_path / "out.json")} == {(ids == k).tobytes() for k in (1, 2)}
    run("encode", "refer", tmp_path / "ids.png", "--legend", TWO, "-o", tmp_path / "r.png")
    run("decode", "refer", tmp_path / "r.png", "--legend", TWO, "-o", tmp_path / "mask-{index}.png")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "mask-1.png")) > 0, ids == 2)
    vectors = np.zeros((6, 7, 3), dtype=np.float32)
    vectors[..., 2] = 1
    np.save(tmp_path / "n.npy", vectors)
    run("encode", "normals", tmp_path / "n.npy", "-o", tmp_path / "n.png")
    run("decode", "normals", tmp_path / "n.png", "-o", tmp_path / "m.npy")
    assert np.abs(read_normals(tmp_path / "m.npy") - vectors).max() < 0.01


def test_ask_reads_what_the_instruction_implies(kitti: Path, tmp_path: Path) -> None:
    said = run("encode", "depth", kitti, "--scale", "kitti", "--colormap", "plasma", "-o", tmp_path / "p.png").stdout
    assert "plasma" in said
    done = run("decode", "ask", tmp_path / "p.png", said.strip(), "-o", tmp_path / "d.npy")
    assert "DepthMap(120 x 37" in done.stdout
    assert json.loads((tmp_path / "d.npy.json").read_text())["instruction"] == said.strip()
    told = "Please draw this as relative depth in gray, thanks."
    run("decode", "ask", tmp_path / "p.png", told, "-o", tmp_path / "d.npy")
    record = json.loads((tmp_path / "d.npy.json").read_text())
    assert record["instruction"] == told and not record["metric"]
    run("decode", "ask", tmp_path / "p.png", said.strip(), "-o", tmp_path / "d.png", "--scale", "kitti", "--clip")
    assert 0 < np.nanmax(read_depth(tmp_path / "d.png", scale="kitti")) < 256
    done = run("decode", "ask", tmp_path / "p.png", said.strip(), "-o", tmp_path / "d.npy", "--bits", 16, code=2)
    assert "DepthMap.npy has no option 'bits'" in done.stderr


def test_what_nobody_labelled_and_the_frames_and_bits_of_others(tmp_path: Path) -> None:
    labels = np.zeros((30, 40), dtype=np.uint8)
    labels[:, 20:], labels[:9] = 1, 255
    Image.fromarray(labels).save(tmp_path / "l.png")
    words = ["encode", "segment", tmp_path / "l.png", "--legend", LEGEND, "-o", tmp_path / "p.png"]
    assert "255" in run(*words, code=2).stderr
    run(*words, "--ignore", 255)
    assert not np.asarray(Image.open(tmp_path / "p.png"))[:9].any()
    vectors = np.zeros((6, 7, 3), dtype=np.float32)
    vectors[..., 1:] = (-0.6, -0.8)
    np.save(tmp_path / "n.npy", vectors)
    run("encode", "normals", tmp_path / "n.npy", "--frame", "opencv", "-o", tmp_path / "n.png")
    run("decode", "normals", tmp_path / "n.png", "-o", tmp_path / "m.npy", "--frame", "opencv")
    assert np.abs(np.load(tmp_path / "m.npy") - vectors).max() < 0.01
    run("decode", "normals", tmp_path / "n.png", "-o", tmp_path / "n16.png", "--bits", 16)
    assert (tmp_path / "n16.png").read_bytes()[24] == 16  # the bit depth in the header
    assert np.abs(read_normals(tmp_path / "n16.png") - (0, 0.6, 0.8)).max() < 0.01


def test_like_gives_the_photos_size_and_an_overlay(kitti: Path, tmp_path: Path) -> None:
    run("encode", "depth", kitti, "--scale", "kitti", "-o", tmp_path / "p.png")
    Image.new("RGB", (1242, 375), "gray").save(tmp_path / "photo.jpg")
    out = tmp_path / "d.npy"
    run(
        "decode",
        "depth",
        tmp_path / "p.png",
        "-o",
        out,
        "--like",
        tmp_path / "photo.jpg",
        "--overlay",
        tmp_path / "o.png",
    )
    assert np.load(out).shape == (375, 1242)
    assert Image.open(tmp_path / "o.png").width == 1242
    run("decode", "depth", tmp_path / "p.png", "-o", tmp_path / "d.ply", "--like", tmp_path / "photo.jpg", "--fov", 60)
    assert (tmp_path / "d.ply").read_bytes().startswith(b"ply")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["decode", "depth", "absent.png", "-o", "d.npy"], "absent.png"),
        (["decode", "depth", "text.png", "-o", "d.npy"], "text.png"),
        (["decode", "depth", "p.png", "-o", "d.xyz"], ".npy"),
        (["decode", "depth", "p.png", "-o", "no/such/folder/d.npy"], "no/such/folder"),
        (["decode", "depth", "p.png", "-o", "d.npy", "--colormap", "jet"], "rainbow"),
        (["decode", "depth", "p.png", "-o", "d.npy", "--overlay", "o.png"], "--like"),
        (["decode", "depth", "p.png", "-o", "d.npy", "--like", "tall.png"], "aspects differ"),
        (["decode", "normals", "p.png", "-o", "n.npy", "--x", "up"], "left"),
        (["decode", "normals", "p.png", "-o", "n.npy", "--frame", "up"], "opencv"),
        (["decode", "depth", "p.png", "-o", "d.npy", "--near", "2"], "near and far"),
        (["encode", "depth", "nan.npy", "-o", "x.png", "--colormap", "inverse", "--c", "2"], "lam and c"),
        (["decode", "depth", "p.png", "-o", "d.npy", "--clip"], "has no option 'clip'"),
        (["decode", "segment", "p.png", "-o", "l.png", "--legend", '{"a": "reddd"}'], "reddd"),
        (["decode", "segment", "p.png", "-o", "l.png", "--legend", '{"a": "red", "b": "red"}'], "same colour"),
        (["decode", "instances", "p.png", "-o", "i.json", "--background", "nocolor"], "nocolor"),
        (["decode", "segment", "p.png", "-o", "l.png", "--legend", "none.json"], "none.json: there is no such file"),
        (["decode", "segment", "p.png", "-o", "l.png", "--legend", "coco.json"], "coco.json: the legend cannot be"),
        (
            ["decode", "refer", "p.png", "--legend", TWO, "-o", "{index}.png", "--like", "p.png", "--overlay", "o.png"],
            "o.png: 2 answers need a pattern",
        ),
        (["decode", "ask", "p.png", "Make it pretty.", "-o", "i.json"], "asks for no task"),
        (["encode", "depth", "p.png", "-o", "x.png"], "p.png"),
        (["encode", "depth", "nan.npy", "-o", "x.jpg"], "without loss"),
        (["encode", "depth", "text.npy", "-o", "x.png"], "array of numbers"),
        (["encode", "depth", "empty.npy", "-o", "x.png"], "array of numbers"),
        (["encode", "normals", "levels.npy", "-o", "x.png"], "floats"),
        (["encode", "instances", "coco.json", "-o", "x.png"], "COCO"),
        (["decode", "depth", "p.png", "-o", "d.png", "--scale", "parsec"], "parsec"),
        (["encode", "depth", "negative.npy", "-o", "x.png"], "negative"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words: list[str], says: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (40, 30)).save("p.png")
    Image.new("RGB", (30, 40)).save("tall.png")
    Path("text.png").write_text("not a picture")
    np.save("nan.npy", np.full((3, 3), np.nan))
    np.save("negative.npy", np.full((3, 3), -1.0))
    np.save("text.npy", np.full((3, 3), "a"))
    np.save("empty.npy", np.zeros((0, 0)))
    np.save("levels.npy", np.zeros((3, 3, 3), np.uint8))
    shape = {"images": [{"height": 4, "width": 4}], "annotations": [{"segmentation": [[1, 1, 2]]}]}
    Path("coco.json").write_text(json.dumps(shape))
    before = {path.name for path in tmp_path.iterdir()}
    done = run(*words, code=2, call=apart if words[2] == "absent.png" else here)
    assert says in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.startswith("cavendish: ") and done.stderr.count("\n") == 1
    assert {path.name for path in tmp_path.iterdir()} == before  # nothing half-written


def test_help_is_the_map_and_import_is_light() -> None:
    help_text = run("--help", call=apart).stdout
    assert "encode" in help_text and "decode" in help_text
    for command in ("depth", "normals", "segment", "instances", "refer", "ask"):
        assert command in run("decode", "--help").stdout
        assert "--out" in run("decode", command, "--help").stdout
    heavy = "torch matplotlib scipy trimesh OpenEXR PIL typer pycocotools diffusers"
    program = f"import sys, cavendish, cavendish.tasks; print([m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "[]"
