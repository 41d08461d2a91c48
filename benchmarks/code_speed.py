"""How fast the codes are on one core, in CPU time: depth against hilbertmap, labels, instances; and their memory.

python benchmarks/code_speed.py
"""

import os
import statistics
import time
import tracemalloc
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy comes: threads of its BLAS that wait busily would be counted
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import hilbertmap
import numpy as np

from cavendish.codes import depth_to_rgb, distinct_colors, rgb_to_depth, rgb_to_instances, rgb_to_labels
from corruption import corrupt, depth_scene, instance_scene, layout, truth


def milliseconds(call: Callable[[], object], runs: int = 7) -> float:
    """The median CPU time of several runs after one that does not count; other work on the machine weighs less."""
    call()
    times = []
    for _ in range(runs):
        start = time.process_time()
        call()
        times.append(1e3 * (time.process_time() - start))
    return statistics.median(times)


def peak_over_output(call: Callable[[], object]) -> float:
    """The peak of memory that a call allocates, over the size of the arrays it returns."""
    tracemalloc.start()
    result = call()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / sum(a.nbytes for a in (result if isinstance(result, tuple) else (result,)))


def main() -> None:
    rng = np.random.default_rng(0)
    tile = lambda a: np.tile(a, (3, 4) + (1,) * (a.ndim - 2))[:1080, :1920].copy()  # noqa: E731
    fine = depth_scene(512, rng)
    metres = tile(truth(fine))
    painting = depth_to_rgb(metres)
    noisy = tile(corrupt(depth_to_rgb(fine), "all", rng))
    print("depth, 1920 x 1080, one core                    ours ms   hilbertmap ms   ratio   memory / output")
    with np.errstate(all="ignore"):
        peer = milliseconds(lambda: np.rint(255 * hilbertmap.depth_to_rgb(metres)).astype(np.uint8), 3)
        decode_peer = milliseconds(lambda: hilbertmap.rgb_to_depth(painting / 255.0), 3)
        decode_peer32 = milliseconds(lambda: hilbertmap.rgb_to_depth(painting / np.float32(255)), 3)
    rows = [
        ("encode", lambda: depth_to_rgb(metres), peer),
        ("decode, against float64", lambda: rgb_to_depth(painting), decode_peer),
        ("decode, against float32", lambda: rgb_to_depth(painting), decode_peer32),
        ("decode with repair, clean", lambda: rgb_to_depth(painting, repair=True), decode_peer),
        ("decode with repair, all corruptions", lambda: rgb_to_depth(noisy, repair=True), decode_peer),
    ]
    for name, call, other in rows:
        ours = milliseconds(call)
        print(f"  {name:<42} {ours:10.1f} {other:15.1f} {other / ours:7.1f} x {peak_over_output(call):12.1f}")

    print("labels, 19 classes, 2048 x 1024, one core            ms   memory / output")
    fine = layout(19, 512, rng)
    palette = distinct_colors(19)
    legend = {str(k): tuple(int(v) for v in color) for k, color in enumerate(palette)}
    for name, picture in (
        ("clean", np.tile(palette[truth(fine)], (2, 4, 1))),
        ("all corruptions", np.tile(corrupt(palette[fine], "all", rng), (2, 4, 1))),
    ):
        for repair in (False, True):
            call = lambda: rgb_to_labels(picture, legend, repair=repair)  # noqa: B023, E731
            title = f"{name}{', repaired' if repair else ', nearest colour'}"
            print(f"  {title:<42} {milliseconds(call):10.1f} {peak_over_output(call):12.1f}")

    print("instances, 40 in 1024 x 1024, one core               ms   memory / output")
    ids = instance_scene(40, 1024, rng)
    colors = np.vstack([[0, 0, 0], distinct_colors(40, 0, ["black"])]).astype(np.uint8)
    for name, picture in (("clean", colors[truth(ids)]), ("all corruptions", corrupt(colors[ids], "all", rng))):
        call = lambda: rgb_to_instances(picture)  # noqa: B023, E731
        print(f"  {name:<42} {milliseconds(call):10.1f} {peak_over_output(call):12.1f}")


if __name__ == "__main__":
    main()
