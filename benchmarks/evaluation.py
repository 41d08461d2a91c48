"""How long `cavendish eval worlds` takes nano over its six measures, also against another version of the source.

python benchmarks/evaluation.py                     # this version alone
python benchmarks/evaluation.py OLD/src [LIMIT]     # in turns, one thread each; 100 scenes of each measure
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 2
TARGET = 0.7  # of the other version's time


def timed(source: Path, limit: int) -> tuple[float, float]:
    """Seconds of the clock and of the processor that the command takes with the package in `source`."""
    environment = {**os.environ, "PYTHONPATH": str(source), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "cavendish", "eval", "worlds", "--model", "nano", "--limit", str(limit)]
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([*words, "--out", folder], env=environment, check=True, capture_output=True)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    here = Path(__file__).parents[1] / "src"
    if len(sys.argv) < 2:
        print("wall {:.1f} s, processor {:.1f} s for 20 scenes of each measure".format(*timed(here, 20)))
        return
    other, limit = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100
    for _ in range(ROUNDS):
        theirs, ours = timed(other, limit), timed(here, limit)
        for name, a, b in zip(("wall", "processor"), theirs, ours):
            print(f"{name}: {a:.1f} s before, {b:.1f} s now: {b / a:.2f} (target {TARGET})")


if __name__ == "__main__":
    main()
