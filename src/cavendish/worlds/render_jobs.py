"""Samples rendered on the fly in worker processes, and whole folders of shards."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count as counting
from pathlib import Path
from typing import Any

from cavendish.datasets.sample import Sample
from cavendish.datasets.shards import verify_shard, write_shard
from cavendish.errors import DatasetError
from cavendish.worker_pool import ordered
from cavendish.worlds.make import check, sample
from cavendish.worlds.scene import VERSION

PER_SEED = 10**9  # samples a seed has before the next seed's begin
RECIPE = "worlds.json"


def stream(
    split: str = "train",
    size: int | tuple[int, int] = 128,
    seed: int = 0,
    workers: int = 2,
    start: int = 0,
    families: tuple[str, ...] | None = None,
    edits: int = 0,
    portraits: float = 0.0,
) -> Iterator[Sample]:
    """Endless samples in order, from sample `start` on: the same whatever the number of workers.

    Worker processes render a few samples ahead and then wait, so memory stays bounded; `workers` 0 renders in this
    process. To resume, pass the number of samples already taken as `start`. Raises DatasetError for bad arguments.
    """
    check(split, size, families, portraits)
    jobs = ((split, seed * PER_SEED + index, size, families, edits, portraits) for index in counting(start))
    return ordered(sample, jobs, workers)


@dataclass(frozen=True)
class Recipe:
    """All that decides the bytes of a folder of shards."""

    count: int
    size: tuple[int, int]
    split: str = "train"
    seed: int = 0
    families: tuple[str, ...] | None = None
    edits: int = 0
    per_shard: int = 100
    portraits: float = 0.0
    version: int = VERSION

    @property
    def shards(self) -> int:
        """The number of shards."""
        return -(-self.count // self.per_shard)

    def range(self, shard: int) -> range:
        """Indices of the samples of a shard."""
        return range(shard * self.per_shard, min(self.count, (shard + 1) * self.per_shard))


def shard_path(folder: Path, shard: int) -> Path:
    """Where a shard lies."""
    return folder / f"shard-{shard:06d}.tar"


def render_shard(folder: str, recipe: Recipe, shard: int) -> int:
    """Render one shard and write it; gives its number of samples."""
    numbers = (recipe.seed * PER_SEED + index for index in recipe.range(shard))
    r = recipe
    samples = (sample(r.split, n, r.size, r.families, r.edits, r.portraits) for n in numbers)
    return write_shard(shard_path(Path(folder), shard), samples)


def render_folder(
    folder: Path,
    recipe: Recipe,
    workers: int = 2,
    ray: bool = False,
    report: Callable[[int, int, int], None] | None = None,
) -> int:
    """Render the shards of `folder` that are not there yet; gives the number of samples rendered now.

    A shard appears only when it is whole, so a run that was killed goes on where it stopped. After every shard
    `report(rendered now, done, total)` is called. With `ray` the shards are rendered on a Ray cluster, to the same
    bytes; the folder must then be one that all its machines see. Raises DatasetError if the folder holds another
    recipe or cannot be written.
    """
    if recipe.count < 1:
        raise DatasetError(f"count is {recipe.count}; at least one sample must be asked for.")
    check(recipe.split, recipe.size, recipe.families, recipe.portraits)
    _claim(folder, recipe)
    missing = [k for k in range(recipe.shards) if not shard_path(folder, k).exists()]
    done = recipe.count - sum(len(recipe.range(k)) for k in missing)
    rendered = 0
    run = _on_ray if ray else ordered
    for number in run(render_shard, ((str(folder), recipe, k) for k in missing), min(workers, len(missing))):
        rendered += number
        if report:
            report(rendered, done + rendered, recipe.count)
    return rendered


def _on_ray(work: Callable[..., int], jobs: Iterator[tuple[Any, ...]], workers: int) -> Iterator[int]:
    """Like `ordered`, as a Ray Data pipeline on whatever cluster Ray finds, or this machine."""
    try:
        import ray
    except ImportError as error:
        from cavendish.errors import MissingExtraError

        raise MissingExtraError("Rendering on a cluster needs Ray: pip install 'ray[data]'.") from error
    items = [{"job": job} for job in jobs]
    if not items:
        return
    rows = ray.data.from_items(items, override_num_blocks=len(items)).map(lambda row: {"count": work(*row["job"])})
    for row in rows.iter_rows():
        yield int(row["count"])


def _claim(folder: Path, recipe: Recipe) -> None:
    """Make the folder and write the recipe into it, or check that it holds the same one."""
    text = json.dumps(asdict(recipe), indent=1) + "\n"
    file, partial = folder / RECIPE, folder / f".{RECIPE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if file.exists():
            if read_recipe(folder) != recipe:
                raise DatasetError(f"{folder} holds worlds of another recipe ({RECIPE} differs); choose a new folder.")
            return
        try:
            partial.write_text(text)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(f"{folder} cannot be written to: {error.strerror or error}.") from error


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a folder; raises DatasetError if there is none."""
    try:
        found = json.loads((folder / RECIPE).read_text())
        found["size"] = tuple(found["size"])
        found["families"] = found["families"] and tuple(found["families"])
        return Recipe(**found)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DatasetError(f"{folder} is not a folder of worlds: {RECIPE} is missing or damaged.") from error


def verify_folder(folder: Path) -> int:
    """The number of samples of a folder all of whose shards are there and whole; raises DatasetError otherwise."""
    recipe = read_recipe(folder)
    total = 0
    for shard in range(recipe.shards):
        number = verify_shard(shard_path(folder, shard))
        if number != len(recipe.range(shard)):
            raise DatasetError(
                f"{shard_path(folder, shard)} has {number} samples instead of {len(recipe.range(shard))}."
            )
        total += number
    return total
