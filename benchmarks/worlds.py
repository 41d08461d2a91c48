"""How fast worlds are rendered, everything included: shading, all truth, words, PNG and maps encoded.

Prints scenes a second and milliseconds of CPU a scene for 128 and 256 pixels, with one and two worker processes, the
scaling between them, the memory of a worker, and the ratio to a naive path tracer on the same scenes: trimesh's own
ray caster shading nothing (and Blender's `bpy`, if it is installed).
"""

import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from cavendish.datasets.shards import encode
from cavendish.worlds import sample
from cavendish.worlds.camera import rays
from cavendish.worlds.geometry import build
from cavendish.worlds.layouts import compose
from cavendish.worlds.render import render

WARM, ROUNDS = 96, 3


def batch(first: int, count: int, size: int) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds, MiB at most) to make and encode `count` samples."""
    wall, cpu = time.perf_counter(), time.process_time()
    for seed in range(first, first + count):
        encode(sample("train", seed, size))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.perf_counter() - wall, time.process_time() - cpu, memory


def throughput(workers: int, size: int, count: int) -> tuple[float, float, float]:
    """(scenes a second, CPU milliseconds a scene, MiB a worker), the median of ROUNDS, workers warm."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(batch, range(0, WARM * workers, WARM), [WARM] * workers, [32] * workers))
        rates, cpus, memory = [], [], 0.0
        for k in range(ROUNDS):
            start = time.perf_counter()
            starts = [10_000 * (k + 1) + w * count for w in range(workers)]
            done = list(pool.map(batch, starts, [count] * workers, [size] * workers))
            rates.append(count * workers / (time.perf_counter() - start))
            cpus.append(1e3 * sum(d[1] for d in done) / (count * workers))
            memory = max(memory, *(d[2] for d in done))
    return statistics.median(rates), statistics.median(cpus), memory


def trimesh_rays(size: int = 128) -> tuple[float, float]:
    """Seconds to shade a scene here, and to cast only its primary rays with trimesh's public ray caster."""
    import trimesh

    scene = compose("train", 3, 0, "street")
    render(scene, size, size)
    start = time.perf_counter()
    render(scene, size, size)
    ours = time.perf_counter() - start
    geometry = build(scene)
    start = time.perf_counter()
    mesh = trimesh.Trimesh(geometry.vertices, geometry.faces, process=False)
    y, x = np.mgrid[0:size, 0:size] + 0.5
    ways = rays(scene.camera, size, size, x.ravel(), y.ravel()).T
    mesh.ray.intersects_location(np.broadcast_to(scene.camera.position, ways.shape), ways, multiple_hits=False)
    return ours, time.perf_counter() - start


def blender(size: int = 128) -> float | None:
    """Seconds that Cycles needs for the same triangles at 16 samples a pixel, or None without bpy."""
    try:
        import bpy
    except ImportError:
        return None
    scene = compose("train", 3, 0, "street")
    geometry = build(scene)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("scene")
    mesh.from_pydata(geometry.vertices.tolist(), [], geometry.faces.tolist())
    bpy.context.collection.objects.link(bpy.data.objects.new("scene", mesh))
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location, camera.rotation_euler = scene.camera.position, (np.pi / 2, 0, np.radians(scene.camera.yaw))
    bpy.context.collection.objects.link(camera)
    settings = bpy.context.scene
    settings.camera = camera
    settings.render.engine, settings.cycles.samples = "CYCLES", 16
    settings.render.resolution_x = settings.render.resolution_y = size
    with tempfile.TemporaryDirectory() as folder:
        settings.render.filepath = str(Path(folder) / "blender.png")
        start = time.perf_counter()
        bpy.ops.render.render(write_still=True)
        return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    for size, count, target in ((128, 100, 50), (256, 40, 15)):
        one, cpu, _ = throughput(1, size, count)
        two, cpu_two, memory = throughput(2, size, count)
        print(
            f"{size} px: 1 worker {one:.1f}/s ({cpu:.1f} ms CPU a scene), 2 workers {two:.1f}/s "
            f"({cpu_two:.1f} ms; target {target}/s), scaling {two / one / 2:.2f} a core, {memory:.0f} MiB a worker"
        )
        sys.stdout.flush()
    ours, theirs = trimesh_rays()
    print(f"one street at 128 px: {ours * 1e3:.0f} ms shaded here; trimesh's caster {theirs * 1e3:.0f} ms for primary "
          f"rays alone, ratio {theirs / ours:.2f}")  # fmt: skip
    cycles = blender()
    if cycles is None:
        print("Blender: bpy is not installed, no ratio")
    else:
        print(f"Blender's Cycles, same triangles, 16 samples: {cycles * 1e3:.0f} ms, ratio {cycles / ours:.1f}")


if __name__ == "__main__":
    main()
