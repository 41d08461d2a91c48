"""Work in processes: results in order, and nothing left behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cavendish.errors import DatasetError
from cavendish.ordered import ordered

ENDLESS = """
import os
from itertools import repeat
from cavendish.ordered import ordered

if __name__ == "__main__":
    for number in ordered(os.getpid, repeat(()), 1):
        print(number, flush=True)
"""


@pytest.mark.parametrize("workers", [0, 2])
def test_results_come_in_the_order_of_the_jobs(workers: int) -> None:
    jobs = [(number,) for number in range(-20, 20)]
    assert list(ordered(abs, iter(jobs), workers)) == [abs(number) for (number,) in jobs]


def test_a_worker_that_dies_is_said() -> None:
    with pytest.raises(DatasetError, match="worker process died"):
        list(ordered(os._exit, iter([(1,)]), 1))


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text(ENDLESS)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
    for _ in range(100):
        if not _runs(worker):
            return
        time.sleep(0.1)
    os.kill(worker, 9)
    raise AssertionError("the worker still runs ten seconds after its parent was killed")


def _runs(process: int) -> bool:
    """Whether it is more than an entry that nobody has asked for yet."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(found) and not found.startswith("Z")
