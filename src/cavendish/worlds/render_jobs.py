"""Samples rendered on the fly in worker processes, and folders of shards that several processes may render at once."""

from collections.abc import Callable, Iterator
from itertools import count as counting
from pathlib import Path
from typing import Any

from cavendish.datasets.sample import Sample
from cavendish.datasets.shards import verify_shard, write_shard
from cavendish.errors import DatasetError, ExportError, optional_import
from cavendish.files import write_text
from cavendish.worker_pool import ordered
from cavendish.worlds.config import CONFIG_FILE, WorldsConfig, read_config
from cavendish.worlds.file_lock import locked
from cavendish.worlds.samples import render_sample


def stream(config: WorldsConfig, workers: int = 2, start: int = 0) -> Iterator[Sample]:
    """Endless samples in order, from sample `start` on: the same for any number of workers.

    Worker processes render a few samples ahead and then wait, so memory stays bounded; `workers` 0 renders in this
    process. To resume, pass the number of samples already taken as `start`.
    """
    return ordered(render_sample, ((config, config.number(index)) for index in counting(start)), workers)


def shard_path(folder: Path, shard: int) -> Path:
    """The file of a shard."""
    return folder / f"shard-{shard:06d}.tar"


def render_shard(folder: str, config: WorldsConfig, shard: int, wait: bool = False) -> int:
    """Render and write one shard; gives the number of its samples, 0 if it is there or another process renders it.

    With `wait` it waits for the other process, and renders the shard if that process died.
    """
    path = shard_path(Path(folder), shard)
    try:
        with locked(path.with_name(f".{path.name}.lock"), wait) as held:
            if not held or path.exists():
                return 0
            return write_shard(path, (render_sample(config, config.number(k)) for k in config.range(shard)))
    except OSError as error:
        raise DatasetError(f"{path} cannot be written: {error.strerror or error}.") from error


def render_folder(
    folder: Path,
    config: WorldsConfig,
    workers: int = 2,
    ray: bool = False,
    report: Callable[[int, int, int], None] | None = None,
) -> int:
    """Render the shards of `folder` that are missing; gives the number of samples rendered now.

    A shard appears only when it is whole, so a run that was killed goes on where it stopped. Several processes may
    render one folder at the same time: each shard is rendered by one of them, and all return when all shards are there.
    After every shard `report(rendered now, done, total)` is called. With `ray` the shards are rendered on a Ray
    cluster, to the same bytes; all its machines must see the folder. Raises DatasetError if the folder holds shards of
    another config or cannot be written to.
    """
    _claim(folder, config)
    rendered = 0
    for wait in (False, True):  # first the shards that nobody renders, then those that another process was rendering
        missing = [k for k in range(config.shards) if not shard_path(folder, k).exists()]
        done = config.count - sum(len(config.range(k)) for k in missing)
        jobs = ((str(folder), config, k, wait) for k in missing)
        for number in (_on_ray if ray else ordered)(render_shard, jobs, min(workers, len(missing))):
            rendered, done = rendered + number, done + number
            if report and number:
                report(rendered, done, config.count)
    return rendered


def _on_ray(work: Callable[..., int], jobs: Iterator[tuple[Any, ...]], workers: int) -> Iterator[int]:
    """Like `ordered`, as a Ray Data pipeline on the cluster that Ray finds, or on this machine."""
    with optional_import("Rendering on a cluster needs Ray", "ray[data]"):
        import ray
    items = [{"job": job} for job in jobs]
    if not items:
        return
    rows = ray.data.from_items(items, override_num_blocks=len(items)).map(lambda row: {"count": work(*row["job"])})
    for row in rows.iter_rows():
        yield int(row["count"])


def _claim(folder: Path, config: WorldsConfig) -> None:
    """Write the config into a new folder, or check that the folder holds the same one."""
    file = folder / CONFIG_FILE
    try:
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with locked(folder / f".{CONFIG_FILE}.lock", wait=True):
                if not file.exists():
                    write_text(file, config.to_json())
    except ExportError as error:
        raise DatasetError(f"{error}.") from error
    except OSError as error:
        raise DatasetError(f"{folder} cannot be written to: {error.strerror or error}.") from error
    if read_config(folder) != config:
        raise DatasetError(f"{folder} holds worlds of another config ({CONFIG_FILE} differs); choose a new folder.")


def verify_folder(folder: Path) -> int:
    """The number of samples of a folder whose shards are all there and whole; raises DatasetError otherwise."""
    config = read_config(folder)
    for shard in range(config.shards):
        path, expected = shard_path(folder, shard), len(config.range(shard))
        if (number := verify_shard(path)) != expected:
            raise DatasetError(f"{path} has {number} samples instead of {expected}.")
    return config.count
