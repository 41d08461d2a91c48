"""How fast worlds are rendered, everything included: shading, all truth, words, PNG and maps packed, shards on disk.

    python benchmarks/worlds.py            # all of it, or a part of it:
    python benchmarks/worlds.py 128        # 128 pixels, or 256
    python benchmarks/worlds.py peers      # against others on the same triangles

Prints scenes a second and milliseconds of CPU a scene with one and two worker processes, the scaling between them and
the memory of a worker. The workers are warm: every shape is built and every texture painted, which a process does once
and which is printed apart. The peers are trimesh's public ray caster, shading nothing, and Blender's Cycles (`bpy`).
"""

import argparse
import resource
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from cavendish.worlds.camera import rays
from cavendish.worlds.catalog import KINDS, SHAPES, shape
from cavendish.worlds.catalog.registry import LEVELS
from cavendish.worlds.config import WorldsConfig
from cavendish.worlds.layouts import compose
from cavendish.worlds.render import render
from cavendish.worlds.render_jobs import render_shard
from cavendish.worlds.textures import atlas
from cavendish.worlds.triangles import build

ROUNDS = 3
TARGETS = {128: 50, 256: 15}  # scenes a second with two workers


def warm_up(_: int) -> float:
    """CPU seconds to build every shape and paint every texture."""
    start = time.process_time()
    for name, variant in atlas().names:
        atlas().row(name, variant)
    for kind in KINDS:
        for number in range(SHAPES):
            for level in range(len(LEVELS)):
                shape(kind, number, level)
    return time.process_time() - start


def batch(folder: str, size: int, count: int, shard: int) -> tuple[float, float]:
    """(CPU seconds, MiB at most) to render one shard of `count` samples."""
    start = time.process_time()
    render_shard(folder, WorldsConfig(10**6, (size, size), per_shard=count), shard)
    return time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def throughput(workers: int, size: int, count: int) -> tuple[float, float, float, float]:
    """(scenes a second, CPU milliseconds a scene, MiB a worker, CPU seconds to warm up), the median of ROUNDS."""
    with (
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
        tempfile.TemporaryDirectory() as folder,
    ):
        warm = max(pool.map(warm_up, range(workers)))
        rates, cpus, memory = [], [], 0.0
        for k in range(ROUNDS):
            start = time.perf_counter()
            jobs = [pool.submit(batch, folder, size, count, k * workers + w) for w in range(workers)]
            done = [job.result() for job in jobs]
            rates.append(count * workers / (time.perf_counter() - start))
            cpus.append(1e3 * sum(cpu for cpu, _ in done) / (count * workers))
            memory = max(memory, *(peak for _, peak in done))
    return statistics.median(rates), statistics.median(cpus), memory, warm


def speed(size: int, count: int) -> None:
    """Print the line of one size."""
    one, cpu_one, _, warm = throughput(1, size, count)
    two, cpu_two, memory, _ = throughput(2, size, count)
    print(
        f"{size} px: 1 worker {one:.1f}/s ({cpu_one:.1f} ms CPU a scene), 2 workers {two:.1f}/s ({cpu_two:.1f} ms; "
        f"target {TARGETS[size]}/s), scaling {two / one / 2:.2f} a core, {memory:.0f} MiB a worker; "
        f"warming up took {warm:.1f} s of CPU",
        flush=True,
    )


def trimesh_rays(size: int = 128) -> tuple[float, float]:
    """Seconds to shade a scene here, and to cast only its primary rays with trimesh's public ray caster."""
    import trimesh

    scene = compose("train", 3, 0, "street")
    render(scene, size, size)
    start = time.perf_counter()
    render(scene, size, size)
    ours = time.perf_counter() - start
    built = build(scene)
    start = time.perf_counter()
    mesh = trimesh.Trimesh(built.vertices, built.faces, process=False)
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
    built = build(scene)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    mesh = bpy.data.meshes.new("scene")
    mesh.from_pydata(built.vertices.tolist(), [], built.faces.tolist())
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


def peers() -> None:
    """Print the ratios to others."""
    ours, theirs = trimesh_rays()
    print(
        f"one street at 128 px: {ours * 1e3:.0f} ms shaded here; trimesh's caster {theirs * 1e3:.0f} ms for primary "
        f"rays alone, ratio {theirs / ours:.2f}"
    )
    cycles = blender()
    if cycles is None:
        print("Blender: bpy is not installed, no ratio")
    else:
        print(f"Blender's Cycles, same triangles, 16 samples: {cycles * 1e3:.0f} ms, ratio {cycles / ours:.1f}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", choices=("128", "256", "peers"), help="only this part")
    part = parser.parse_args().part
    for size, count in ((128, 120), (256, 60)):
        if part in (None, str(size)):
            speed(size, count)
    if part in (None, "peers"):
        peers()


if __name__ == "__main__":
    main()
