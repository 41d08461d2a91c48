"""Work in processes: results in order, and nothing left behind."""

import os
import subprocess
import sys
import tempfile
import time
from itertools import repeat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.errors import DatasetError
from cavendish.worker_pool import _pack, _unpack, ordered

ENDLESS = """
import os
from itertools import repeat
import numpy as np
from cavendish.worker_pool import ordered

def work():
    return os.getpid(), np.ones(1000)

if __name__ == "__main__":
    for number, _ in ordered(work, repeat(()), 1):
        print(number, flush=True)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    jobs = [(number,) for number in range(-20, 20)]
    assert list(ordered(abs, iter(jobs), workers)) == [abs(number) for (number,) in jobs]


@given(sizes=st.lists(st.integers(0, 300), max_size=4), kind=st.sampled_from("B?hd"))
def test_arrays_arrive_as_they_were_pack(tmp_path_factory: pytest.TempPathFactory, sizes: list[int], kind: str) -> None:
    folder = str(tmp_path_factory.mktemp("parcels"))
    made = [np.arange(3 * size).reshape(size, 3).astype(kind) for size in sizes]
    made += [each[::2] for each in made]  # not contiguous
    parcel = _pack(folder, dict, ({"made": made, "told": "so"},))
    arrived = _unpack(parcel)
    assert arrived["told"] == "so" and not any(Path(folder).iterdir())
    for left, right in zip(made, arrived["made"], strict=True):
        assert left.dtype == right.dtype and np.array_equal(left, right)
        assert right.flags.writeable and right.flags.aligned


def test_no_file_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    results = ordered(np.ones, repeat((1000,)), 1)
    assert next(results).sum() == 1000 and any(tmp_path.iterdir())
    results.close()  # type: ignore[attr-defined]
    assert not any(tmp_path.iterdir())


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no room for the results of workers"):
        _pack(str(tmp_path / "gone"), np.ones, (10,))


def test_no_temporary_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(DatasetError, match="need a folder for temporary files"):
        next(ordered(abs, iter([(1,)]), 1))


def test_a_worker_that_dies_is_said() -> None:
    with pytest.raises(DatasetError, match="worker process died"):
        list(ordered(os._exit, iter([(1,)]), 1))


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    (tmp_path / "parcels").mkdir()
    inside = {**os.environ, "TMPDIR": str(tmp_path / "parcels")}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=inside) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not _runs(worker):
            assert not any((tmp_path / "parcels").iterdir())
            return
        time.sleep(0.1)
    os.kill(worker, 9)
    raise AssertionError("the worker still runs ten seconds after its parent was killed")


def _runs(process: int) -> bool:
    """Whether it is more than an entry that nobody has asked for yet."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")
