"""Determinism, splits, shards, resuming, the command."""

import json
import os
import shutil
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cavendish.datasets.sample import Sample
from cavendish.datasets.shards import read_shard, verify_shard, write_shard
from cavendish.errors import CavendishError, DatasetError
from cavendish.worlds import FAMILIES, WorldsConfig, render_folder, sample, stream, verify_folder
from cavendish.worlds.layouts import compose
from cavendish.worlds.layouts.registry import HELD_OUT
from cavendish.worlds.place import withheld
from cavendish.worlds.render_jobs import render_shard, shard_path

EASY = ("table top",)  # the family that is quickest to render


def same(one: Sample, other: Sample) -> None:
    assert one.key == other.key
    assert np.array_equal(one.image, other.image)
    assert np.array_equal(one.depth, other.depth)
    assert np.array_equal(one.instances, other.instances) and np.array_equal(one.labels, other.labels)
    assert one.captions == other.captions and one.expressions == other.expressions and one.objects == other.objects
    assert one.meta == other.meta
    assert all(
        np.array_equal(a.image, b.image) and a.instruction == b.instruction for a, b in zip(one.edits, other.edits)
    )


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_with_any_workers() -> None:
    here = [sample("train", k, 32) for k in range(3)]
    for one, other in zip(here, islice(stream(WorldsConfig(size=(32, 32)), workers=2), 3)):
        same(one, other)
        assert np.array_equal(one.normals, other.normals)
    for one, other in zip(here[2:], islice(stream(WorldsConfig(size=(32, 32)), workers=0, start=2), 1)):
        same(one, other)


def test_seeds_splits_and_sizes_differ() -> None:
    assert not np.array_equal(sample("train", 1, 32).image, sample("train", 2, 32).image)
    assert not np.array_equal(sample("train", 1, 32).image, sample("test", 1, 32).image)
    wide = sample("train", 3, (24, 40))
    assert wide.image.shape == (24, 40, 3) and wide.depth is not None and wide.depth.shape == (24, 40)


def test_training_never_shows_what_is_held_out() -> None:
    shown = 0
    for split in ("train", "held-out", "test"):
        for seed in range(6):
            for family in FAMILIES:
                scene = compose(split, seed, 0, family)
                pairs = {(t.kind, f["texture"]) for t in scene.things for f in t.finish.values()}
                held = [pair for pair in pairs if withheld(*pair)]
                if split == "train":
                    assert (family, scene.layout) not in HELD_OUT
                    assert not held
                shown += len(held) + ((family, scene.layout) in HELD_OUT)
    assert shown > 20
    assert {family for family, _ in HELD_OUT} == set(FAMILIES)


def test_portraits_show_one_thing_and_leave_the_others_as_they_are() -> None:
    seen = 0
    for seed in range(8):
        plain, mixed, near = (sample("train", seed, 48, EASY, portraits=share) for share in (0.0, 0.5, 1.0))
        number = near.meta["scene"]["notes"].get("portrait")
        assert number is not None and not plain.meta["scene"]["notes"]
        like = plain if not mixed.meta["scene"]["notes"] else near
        assert np.array_equal(mixed.image, like.image) and mixed.captions == like.captions
        assert 0.08 < (near.instances == number).mean() < 0.7
        thing = next(o for o in near.objects if o.id == number)
        *short, long = near.captions
        assert len(short) == 2 and len(long) > len(short[0])
        for caption in short:
            assert any(name in caption for name in (thing.category, *thing.synonyms)), caption
            assert thing.attributes["color"] in caption
        seen += like is near
    assert 0 < seen < 8


def test_a_shard_gives_back_what_it_was_given(tmp_path: Path) -> None:
    samples = [sample("train", k, 32, edits=1) for k in range(3)]
    path = tmp_path / "a.tar"
    assert write_shard(path, samples) == 3
    assert verify_shard(path) == 3
    for one, other in zip(samples, read_shard(path), strict=True):
        same(one, other)
        assert one.normals is not None and other.normals is not None and other.intrinsics is not None
        assert np.abs(one.normals - other.normals).max() < 1e-4
        assert np.array_equal(one.intrinsics, other.intrinsics)
    again = tmp_path / "b.tar"
    write_shard(again, samples)
    assert path.read_bytes() == again.read_bytes()


def test_a_sample_without_truth_goes_through_a_shard(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.tar", [Sample("only-a-picture", np.zeros((5, 7, 3), np.uint8), captions=("black",))])
    (back,) = read_shard(tmp_path / "a.tar")
    assert back.depth is None and back.captions == ("black",) and back.image.shape == (5, 7, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of two samples."""
    path = tmp_path_factory.mktemp("worlds")
    render_folder(path, WorldsConfig(4, (32, 32), families=EASY, per_shard=2), workers=1)
    return path


@pytest.mark.parametrize("damage", ["truncate", "flip", "drop seal", "delete"])
def test_damage_is_found(folder: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    assert verify_folder(tmp_path) == 4
    path = shard_path(tmp_path, 1)
    data = bytearray(path.read_bytes())
    if damage == "truncate":
        path.write_bytes(data[: len(data) // 2])
        with pytest.raises(DatasetError):
            list(read_shard(path))
    elif damage == "flip":
        data[len(data) // 3] ^= 1
        path.write_bytes(data)
    elif damage == "drop seal":
        path.with_name(path.name + ".sha256").unlink()
    else:
        path.unlink()
    with pytest.raises(DatasetError, match="shard-000001"):
        verify_folder(tmp_path)


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    config = WorldsConfig(3, (32, 32), families=EASY, per_shard=1)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    render_folder(whole, config, workers=2)
    script = (
        "import os, cavendish.worlds.render_jobs as s\n"
        "from pathlib import Path\n"
        "def die(*a):\n    os.kill(os.getpid(), 9)\n"
        f"s._claim(Path({str(broken)!r}), s.WorldsConfig(3, (32, 32), families=('table top',), per_shard=1))\n"
        f"s.render_shard({str(broken)!r}, s.WorldsConfig(3, (32, 32), families=('table top',), per_shard=1), 0)\n"
        "import cavendish.datasets.shards as d\nd._digest = die\n"
        f"s.render_shard({str(broken)!r}, s.WorldsConfig(3, (32, 32), families=('table top',), per_shard=1), 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=os.environ, check=False)
    assert done.returncode == -9
    assert not shard_path(broken, 1).exists() and shard_path(broken, 0).exists()
    assert render_folder(broken, config, workers=1) == 2
    assert verify_folder(broken) == 3
    for k in range(3):
        assert shard_path(whole, k).read_bytes() == shard_path(broken, k).read_bytes()
    keys = [s.key for k in range(3) for s in read_shard(shard_path(broken, k))]
    assert len(set(keys)) == 3
    assert render_folder(broken, config, workers=1) == 0


TWO_AT_ONCE = """
import sys, time
from pathlib import Path
from cavendish.errors import DatasetError
from cavendish.worlds import WorldsConfig, render_folder

exists = Path.exists

def slow(path):  # whatever is decided from the answer is decided late
    found = exists(path)
    if path.suffix in (".json", ".tar"):
        time.sleep(0.02)
    return found

Path.exists = slow
root, me, other = Path(sys.argv[1]), *map(int, sys.argv[2:])

def together(k):
    (root / f"{k}-{me}").touch()
    while not exists(root / f"{k}-{other}"):
        pass

for k in range(3):
    together(k)
    try:
        render_folder(root / f"apart{k}", WorldsConfig(1, (16, 16), seed=me, families=("table top",)), workers=0)
        print(k, end=" ")
    except DatasetError:
        pass
together(3)
print(render_folder(root / "shared", WorldsConfig(9, (16, 16), families=("table top",), per_shard=1), workers=0))
"""


def test_two_processes_share_a_folder_of_one_config_and_not_of_two(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", TWO_AT_ONCE, tmp_path, me, other], stdout=subprocess.PIPE, text=True)
        for me, other in (("1", "2"), ("2", "1"))
    ]
    (*first, some), (*second, rest) = (process.communicate()[0].split() for process in processes)
    assert sorted(first + second) == ["0", "1", "2"]  # one of the two got each folder
    assert int(some) + int(rest) == 9  # no shard was rendered twice
    assert verify_folder(tmp_path / "shared") == 9
    assert len(list((tmp_path / "shared").iterdir())) == 19  # the config, and nine shards with their checksums


def test_the_shard_of_a_process_that_dies_is_rendered_by_the_one_that_waits_for_it(tmp_path: Path) -> None:
    config = WorldsConfig(2, (16, 16), families=EASY, per_shard=1)
    render_folder(tmp_path, config, workers=0)
    whole = shard_path(tmp_path, 0).read_bytes()
    for name in ("", ".sha256"):
        (tmp_path / f"shard-000000.tar{name}").unlink()
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom cavendish.worlds.file_lock import locked\n"
        "with locked(Path(sys.argv[1]), wait=True):\n    print('locked', flush=True)\n    time.sleep(60)\n"
    )
    lock = tmp_path / ".shard-000000.tar.lock"
    with subprocess.Popen([sys.executable, "-c", script, lock], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"locked\n"
        assert render_shard(str(tmp_path), config, 0) == 0  # nothing is written while the other has it
        assert not shard_path(tmp_path, 0).exists()
        threading.Timer(0.3, other.kill).start()
        assert render_folder(tmp_path, config, workers=0) == 1
    assert shard_path(tmp_path, 0).read_bytes() == whole and not lock.exists()


def test_a_folder_that_an_earlier_version_began_goes_on(tmp_path: Path) -> None:
    """The text of its `worlds.json`, to the byte."""
    text = (
        '{\n "count": 2,\n "size": [\n  16,\n  24\n ],\n "split": "held-out",\n "seed": 3,\n "families": [\n'
        '  "table top"\n ],\n "edits": 1,\n "per_shard": 1,\n "portraits": 0.5,\n "version": 2\n}\n'
    )
    (tmp_path / "worlds.json").write_text(text)
    config = WorldsConfig(2, (16, 24), "held-out", 3, EASY, edits=1, per_shard=1, portraits=0.5)
    assert config.to_json() == text
    assert render_folder(tmp_path, config, workers=0) == 2 and verify_folder(tmp_path) == 2
    (first,) = read_shard(shard_path(tmp_path, 0))
    same(first, sample("held-out", 3 * 10**9, (16, 24), EASY, 1, 0.5))


FULL_DISK = """
import subprocess, sys
from pathlib import Path
from cavendish.errors import DatasetError
from cavendish.worlds import WorldsConfig, render_folder, verify_folder
from cavendish.worlds.render_jobs import shard_path

disk, config = Path(sys.argv[1]), WorldsConfig(6, (32, 32), families=("table top",), per_shard=1)

def complaint():
    try:
        render_folder(disk / "data", config, workers=1)
    except DatasetError as error:
        return str(error)

def grow(size):
    subprocess.run(["mount", "-o", f"remount,size={size}k", str(disk)], check=True)

subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)], check=True)
(disk / "in the way").write_bytes(bytes(4096))
print(complaint())
print([p.name for p in (disk / "data").iterdir()])
(disk / "in the way").unlink()
grow(64)
print(complaint())
whole = {k: shard_path(disk / "data", k).read_bytes() for k in range(6) if shard_path(disk / "data", k).exists()}
print(0 < len(whole) < 6)
grow(4096)
print(complaint(), verify_folder(disk / "data"), len(list((disk / "data").iterdir())))
print(all(shard_path(disk / "data", k).read_bytes() == data for k, data in whole.items()))
"""


def test_a_full_disk_is_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    """On a small disk of its own: too full for the config, then for all shards, then large enough to go on."""
    inside = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*inside, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a process may not mount a disk here")
    done = subprocess.run(
        [*inside, sys.executable, "-c", FULL_DISK, tmp_path], capture_output=True, text=True, check=True
    )
    first, left, second, some, third, kept = done.stdout.splitlines()
    assert first == f"{tmp_path / 'data'}/worlds.json cannot be written: No space left on device."
    assert left == "[]"
    assert second.startswith(f"{tmp_path / 'data'}/shard-") and second.endswith(
        "cannot be written: No space left on device."
    )
    assert some == kept == "True"
    assert third == "None 6 13"  # the config, and six shards with their checksums


def test_a_shard_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "good.tar"
    write_shard(path, [sample("train", 0, 16)])
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(DatasetError, match="No space left"):
        write_shard(path, [sample("train", 1, 16)])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["good.tar", "good.tar.sha256"]
    assert path.read_bytes() == before and verify_shard(path) == 1


def test_bad_arguments_are_sentences(tmp_path: Path) -> None:
    for bad in (
        lambda: sample("validation", 0, 32),
        lambda: sample("train", 0, 8),
        lambda: sample("train", 0, 32, ("moon",)),
        lambda: next(stream(WorldsConfig(size=(4, 4)))),
        lambda: WorldsConfig(edits=-1),
        lambda: WorldsConfig(per_shard=0),
        lambda: sample("train", 0, 32, portraits=1.5),
        lambda: sample("train", 0, 32, portraits=float("nan")),
        lambda: render_folder(tmp_path, WorldsConfig(0, (32, 32))),
        lambda: verify_folder(tmp_path / "nothing"),
        lambda: list(read_shard(tmp_path / "nothing.tar")),
    ):
        with pytest.raises(DatasetError) as caught:
            bad()
        assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_folder_keeps_its_config(tmp_path: Path) -> None:
    render_folder(tmp_path, WorldsConfig(1, (16, 16), families=EASY), workers=1)
    with pytest.raises(DatasetError, match="another config"):
        render_folder(tmp_path, WorldsConfig(2, (16, 16), families=EASY), workers=1)
    with pytest.raises(DatasetError, match="another config"):
        render_folder(tmp_path, WorldsConfig(1, (16, 16), families=EASY, portraits=0.5), workers=1)
    known = json.loads((tmp_path / "worlds.json").read_text())
    del known["portraits"]  # as written before there were any
    (tmp_path / "worlds.json").write_text(json.dumps(known))
    assert render_folder(tmp_path, WorldsConfig(1, (16, 16), families=EASY), workers=1) == 0


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match="cannot be written to"):
        render_folder(tmp_path / "file" / "under", WorldsConfig(1, (16, 16), families=EASY))


def run(*arguments: str) -> tuple[int, str, str]:
    import typer

    from cavendish.cli.worlds import worlds

    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(worlds)
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, CavendishError):
        return 2, result.output, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output, ""


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "data"
    code, text, _ = run(
        "--count", "3", "--size", "24x32", "--family", "table top", "--workers", "1", "--out", str(out), "--progress"
    )
    assert code == 0 and "3 samples rendered" in text
    assert run("--verify", str(out))[1].startswith("3 samples")
    code, text, _ = run("--family", "street", "--seed", "7", "--layers", "--size", "32", "--out", str(tmp_path / "one"))
    assert code == 0 and {"depth", "normals", "instances", "classes"} <= {
        p.name.split(".")[1] for p in (tmp_path / "one").iterdir()
    }
    page = tmp_path / "page.html"
    assert (
        run("--gallery", str(page), "--count", "2", "--size", "24", "--family", "table top", "--workers", "1")[0] == 0
    )
    assert page.read_text().count("data:image/png") == 10
    code, text, _ = run("--stats", "--count", "4", "--size", "24", "--family", "table top", "--workers", "1")
    assert code == 0 and "near-duplicates" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--count", "0"],
        ["--size", "big"],
        ["--family", "moon", "--out", "x"],
        [],
        ["--workers", "0"],
        ["--verify", "no"],
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str]) -> None:
    code, _, message = run(*arguments)
    assert code == 2 and message.endswith(".")
