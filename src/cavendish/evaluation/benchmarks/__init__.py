"""Benchmarks in their official layouts, one file each; others add theirs by an entry point.

A file names its `BENCHMARK`, or `BENCHMARKS` where it has several. An entry point of the group `cavendish.benchmarks`
names a `Benchmark`.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.metadata import entry_points

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks import worlds, worlds_pictures
from cavendish.evaluation.benchmarks.base import Benchmark, Item

FILES = (
    "cityscapes", "ade20k", "coco_object", "coco_instances", "saco_gold", "refcoco", "reason_seg", "nyu", "ibims",
    "eth3d", "diode", "kitti", "nuscenes", "dsine_normals", "genai_bench", "imgedit", "worlds", "worlds_pictures",
)  # fmt: skip


def _benchmarks(file: str) -> Sequence[Benchmark]:
    names = vars(import_module(f"{__name__}.{file}"))
    return names["BENCHMARKS"] if "BENCHMARKS" in names else (names["BENCHMARK"],)


BENCHMARKS: dict[str, Benchmark] = {benchmark.name: benchmark for file in FILES for benchmark in _benchmarks(file)}

__all__ = ["BENCHMARKS", "Benchmark", "Item", "find_benchmark", "find_worlds"]


def find_benchmark(name: str) -> Benchmark:
    """The benchmark of that name, ours or an installed one; raises BenchmarkError with the names there are."""
    if name in BENCHMARKS:
        return BENCHMARKS[name]
    others = {point.name: point for point in entry_points(group="cavendish.benchmarks")}
    if name in others:
        benchmark: Benchmark = others[name].load()
        return benchmark
    raise BenchmarkError(f"There is no benchmark {name!r}; choose one of {', '.join((*BENCHMARKS, *others))}.")


def find_worlds(measures: Sequence[str] | None, size: int) -> list[Benchmark]:
    """Worlds measures by name, over scenes of `size` pixels a side; the usual ones of seeing unless said otherwise."""
    known = worlds.benchmarks(size) | worlds_pictures.benchmarks(size)
    for name in measures or ():
        if name not in known:
            raise BenchmarkError(f"Worlds has no measure {name!r}; choose of {', '.join(known)}.")
    return [known[name] for name in measures or worlds.USUAL]
