"""`cavendish worlds`: render synthetic data."""

import sys
import time
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from cavendish.errors import DatasetError


def worlds(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the shards (or for --layers).")] = None,
    count: Annotated[int, typer.Option(help="Number of samples.")] = 100,
    size: Annotated[str, typer.Option(help="Pixels: 256, or HEIGHTxWIDTH such as 192x256.")] = "256",
    workers: Annotated[int, typer.Option(help="Worker processes.")] = 2,
    split: Annotated[str, typer.Option(help="train, held-out or test.")] = "train",
    seed: Annotated[int, typer.Option(help="Another seed gives other worlds.")] = 0,
    family: Annotated[list[str] | None, typer.Option(help="Only this family; may be repeated.")] = None,
    edits: Annotated[int, typer.Option(help="Edited pictures for each sample.")] = 0,
    portraits: Annotated[float, typer.Option(help="Share of samples seen from close to one thing, 0 to 1.")] = 0.0,
    per_shard: Annotated[int, typer.Option(help="Samples in a shard.")] = 100,
    ray: Annotated[bool, typer.Option("--ray", help="Render on a Ray cluster; the bytes are the same.")] = False,
    progress: Annotated[bool, typer.Option("--progress", help="Print progress even if stderr is no terminal.")] = False,
    verify: Annotated[Path | None, typer.Option(help="Check every byte of a folder of shards.")] = None,
    gallery: Annotated[Path | None, typer.Option(help="Write an HTML page with all layers of --count samples.")] = None,
    layers: Annotated[bool, typer.Option("--layers", help="Write the layers of one sample, --seed, as PNG.")] = False,
    stats: Annotated[bool, typer.Option("--stats", help="Print how varied --count samples are.")] = False,
) -> None:
    """Render synthetic pictures with exact depth, normals, instances, classes, captions, expressions and edits."""
    from cavendish.worlds import WorldsConfig, render_folder, sample, stream, verify_folder

    pixels, families = _pixels(size), tuple(family) if family else None
    if workers < 1:
        raise DatasetError(f"--workers is {workers}; give at least 1.")
    config = WorldsConfig(count, pixels, split, seed, families, edits, per_shard, portraits)
    if verify is not None:
        typer.echo(f"{verify_folder(verify)} samples, every byte as it was written")
    elif layers:
        from cavendish.worlds.gallery import save_layers

        for path in save_layers(sample(split, seed, pixels, families, edits, portraits), out or Path()):
            typer.echo(path)
    elif gallery is not None:
        from cavendish.worlds.gallery import page

        page(list(islice(stream(config, workers), count)), gallery)
        typer.echo(gallery)
    elif stats:
        from cavendish.worlds.stats import measure

        typer.echo(measure(islice(stream(config, workers), count)).report())
    elif out is None:
        raise DatasetError("Say where to: --out FOLDER (or --gallery, --layers, --stats, --verify).")
    else:
        shown = progress or sys.stderr.isatty()
        number = render_folder(out, config, workers, ray, _Progress() if shown else None)
        typer.echo(f"{number} samples rendered, {count} in {out}")


def _pixels(text: str) -> tuple[int, int]:
    """(height, width) of "256" or "192x256"."""
    parts = text.lower().split("x")
    if not all(part.isdigit() for part in parts) or len(parts) > 2:
        raise DatasetError(f"--size is {text!r}; write pixels as 256 or HEIGHTxWIDTH.")
    return int(parts[0]), int(parts[-1])


class _Progress:
    """Prints what is done, the rate and the time left after each shard."""

    def __init__(self) -> None:
        self.began = time.monotonic()

    def __call__(self, rendered: int, done: int, total: int) -> None:
        rate = rendered / max(time.monotonic() - self.began, 1e-9)
        left = (total - done) / max(rate, 1e-9)
        end = "\r" if sys.stderr.isatty() and done < total else "\n"
        print(f"{done}/{total} samples, {rate:.1f}/s, {left:.0f} s left  ", end=end, file=sys.stderr, flush=True)
