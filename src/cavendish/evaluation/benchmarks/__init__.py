"""Benchmarks in their official layouts, one file each; others add theirs by an entry point.

The entry point group is `cavendish.benchmarks`; each names a `Benchmark`.
"""

from collections.abc import Sequence
from importlib.metadata import entry_points

from cavendish.errors import BenchmarkError
from cavendish.evaluation.benchmarks import (
    ade20k,
    cityscapes,
    coco_instances,
    coco_object,
    diode,
    dsine_normals,
    eth3d,
    genai_bench,
    ibims,
    imgedit,
    kitti,
    nuscenes,
    nyu,
    reason_seg,
    refcoco,
    saco_gold,
    worlds,
    worlds_pictures,
)
from cavendish.evaluation.benchmarks.base import Benchmark, Item

BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        cityscapes.BENCHMARK,
        ade20k.BENCHMARK,
        coco_object.BENCHMARK,
        coco_instances.BENCHMARK,
        saco_gold.BENCHMARK,
        *refcoco.BENCHMARKS,
        reason_seg.BENCHMARK,
        nyu.BENCHMARK,
        ibims.BENCHMARK,
        eth3d.BENCHMARK,
        *diode.BENCHMARKS,
        kitti.BENCHMARK,
        nuscenes.BENCHMARK,
        *dsine_normals.BENCHMARKS,
        genai_bench.BENCHMARK,
        imgedit.BENCHMARK,
        *worlds.BENCHMARKS,
        *worlds_pictures.BENCHMARKS,
    )
}

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
