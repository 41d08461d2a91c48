"""A file is there whole or not at all, whatever happens to the process or the disk."""

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cavendish.errors import ExportError
from cavendish.files import replacing, replacing_folder
from cavendish.formats import read_depth, read_masks
from helpers import samples

SUFFIXES = {
    samples.depth: ["npy", "npz", "png", "exr", "ply", "glb"],
    samples.normals: ["npy", "png", "exr"],
    samples.semantic: ["png", "json"],
    samples.instances: ["png", "json"],
    samples.mask: ["png", "npy", "json"],
}
CASES = [(make, suffix) for make, suffixes in SUFFIXES.items() for suffix in suffixes]


def test_an_exception_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as temporary:
        temporary.write_text("half of the ne")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for name in ("first", "second"):
        with replacing_folder(path) as temporary:
            (temporary / "deep").mkdir()
            (temporary / "deep" / name).write_text(name)
            assert not (path / "deep" / name).exists()
        assert [file.name for file in (path / "deep").iterdir()] == [name]
    assert list(tmp_path.iterdir()) == [path]


def test_an_exception_leaves_the_old_folder_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "model"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(KeyboardInterrupt), replacing_folder(path) as temporary:
        (temporary / "new").touch()
        raise KeyboardInterrupt
    assert [file.name for file in path.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


def test_places_where_no_folder_can_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="is a file; give the name of a folder"), replacing_folder(tmp_path / "file"):
        pass
    with pytest.raises(ExportError, match="there is no folder"), replacing_folder(tmp_path / "missing" / "x"):
        pass
    with pytest.raises(ExportError, match="x cannot be written: No space left"), replacing_folder(tmp_path / "x"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_files_get_the_rights_that_others_get(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    path = samples.mask().save(tmp_path / "m.png")
    assert path.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize(("make", "suffix"), CASES)
def test_places_that_cannot_be_written(make, suffix: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="there is no folder"):
        make().save(tmp_path / "missing" / f"x.{suffix}")
    folder = tmp_path / f"folder.{suffix}"
    folder.mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        make().save(folder)
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="cannot be written"):
        make().save(tmp_path / "file" / f"x.{suffix}")
    with pytest.raises(ExportError, match="cannot be written"):
        make().save(tmp_path / ("n" * 300 + f".{suffix}"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", folder.name]


def test_a_read_only_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mask = samples.mask()
    mask.save(tmp_path / "before.png")  # all that is imported late is here now
    tmp_path.chmod(0o555)
    monkeypatch.chdir(tmp_path)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may write anywhere; nobody may not
    try:
        with pytest.raises(ExportError, match="cannot be written: Permission denied"):
            mask.save("m.png")
    finally:
        os.seteuid(user)


FULL_DISK = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from helpers import samples
from cavendish.errors import ExportError
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))  # no file may grow beyond 200 bytes, as on a full disk
try:
    getattr(samples, sys.argv[2])().save(sys.argv[3])
except ExportError as error:
    assert "\\n" not in str(error)
    print(error)
"""


@pytest.mark.parametrize(("make", "suffix"), CASES)
def test_a_full_disk(make, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{suffix}"
    arguments = [str(Path(__file__).parent), make.__name__, str(path)]
    done = subprocess.run([sys.executable, "-c", FULL_DISK, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{path} cannot be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


WRITE_FOREVER = """
import sys
import numpy as np
from cavendish.results import DepthMap, Instances
rng = np.random.default_rng(0)
confidence = np.ones((300, 400), np.float32)
metres = rng.uniform(1, 9, (300, 400)).astype(np.float32)
depth = DepthMap(metres=metres, valid=np.ones_like(metres, bool), confidence=confidence)
masks = rng.uniform(size=(20, 300, 400)) > 0.5
instances = Instances(masks=masks, scores=np.ones(20, np.float32), label="dog", confidence=confidence)
while True:
    for suffix in ("png", "exr", "npy"):
        depth.save(f"{sys.argv[1]}/depth.{suffix}")
    instances.save(f"{sys.argv[1]}/dogs.json")
    print("written", flush=True)
"""


def test_a_kill_half_way_leaves_whole_files_only(tmp_path: Path) -> None:
    """The writer is killed at random moments while it writes over its own files again and again."""
    chance = random.Random(0)
    seen = 0
    for round_number in range(6):
        folder = tmp_path / str(round_number)
        folder.mkdir()
        with subprocess.Popen([sys.executable, "-c", WRITE_FOREVER, folder], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()  # all files are there once, however slow the machine
            time.sleep(chance.uniform(0.0, 0.5))
            process.send_signal(signal.SIGKILL)
        expected = np.random.default_rng(0).uniform(1, 9, (300, 400)).astype(np.float32)
        for path in folder.iterdir():
            seen += 1
            if path.name.startswith(".cavendish-"):
                continue  # the part that was being written, never under a final name
            if path.name == "dogs.json":
                assert read_masks(path).shape == (20, 300, 400)
            elif not path.name.endswith(".npy.json"):
                np.testing.assert_allclose(read_depth(path), expected, atol=0.0006)
    assert seen > 6
