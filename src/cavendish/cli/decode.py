"""`cavendish decode`: a painting from any generator to numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.inputs import filled
from cavendish.cli.predict import save_picture
from cavendish.cli.tasks import DecodeGroup
from cavendish.errors import ExportError

if TYPE_CHECKING:
    from cavendish.results import Result
    from cavendish.tasks import Task

Clip = Annotated[bool, typer.Option("--clip", help="In a 16-bit PNG of depth, write 0 where it does not fit.")]
Bits = Annotated[int | None, typer.Option(help="Of a .png of normals: 8 (the default) or 16.")]

_DOUBTFUL = 0.05  # confidence of a colour 60 levels off

app = typer.Typer(cls=DecodeGroup, help="Read a painting from any generator: depth, normals, classes, regions, …")


def read(
    task: Task[Any] | str, painting: Path, out: Path, like: Path | None, overlay: Path | None, **options: Any
) -> None:
    """Decode, and write what is found; several answers go to OUT with {index} filled in. A None is no option."""
    import numpy as np

    from cavendish import decode
    from cavendish.results import Instances

    if overlay is not None and like is None:
        raise ExportError("--overlay draws over a photo; name it with --like")
    found: Any = decode(task, painting, like=like)
    answers: list[Result] = list(found.values()) if isinstance(found, dict) else [found]
    if out.suffix.lower() in (".ply", ".glb"):
        options["image"] = like  # the colours of a point cloud
    options = {name: value for name, value in options.items() if value is not None}
    for place in filter(None, (out, overlay)):
        if len(answers) > 1 and "{index}" not in str(place):
            raise ExportError(f"{place}: {len(answers)} answers need a pattern such as mask-{{index}}.png")
    for index, answer in enumerate(answers):
        # Instances go to one file each by a pattern of their own.
        place = out if isinstance(answer, Instances) else filled(out, "index", index)
        typer.echo(f"{answer.save(place, **options)}: {answer!r}")
        if overlay is not None:
            save_picture(answer.overlay(like), filled(overlay, "index", index))
    known = answers[0].confidence[answers[0].confidence > 0]
    if known.size and np.median(known) < _DOUBTFUL:
        typer.echo(f"note: most of {painting} is in other colours than it is read by: are they right?", err=True)


@app.command()
def depth(
    painting: opt.Painting,
    out: opt.Out,
    like: opt.Like = None,
    overlay: opt.Overlay = None,
    scale: opt.Scale = None,
    clip: Clip = False,
    fov: opt.Fov = None,
    colormap: opt.Colormap = "rainbow",
    lam: opt.Lam = -3.0,
    c: opt.C = 10 / 3,
    near: opt.Near = 1.0,
    far: opt.Far = float("inf"),
) -> None:
    """Metric depth: .npy, .npz, .exr, 16-bit .png, or a point cloud as .ply or .glb."""
    from cavendish.codes import DepthCode
    from cavendish.tasks import Depth

    task = Depth(DepthCode(colormap, lam, c, near, far))
    read(task, painting, out, like, overlay, scale=opt.number(scale), clip=clip or None, fov_degrees=fov)


@app.command()
def normals(
    painting: opt.Painting,
    out: opt.Out,
    like: opt.Like = None,
    overlay: opt.Overlay = None,
    x: opt.X = "left",
    bits: Bits = None,
    frame: Annotated[str | None, opt.FRAME] = None,
) -> None:
    """Surface normals: .npy, .exr or .png."""
    from cavendish.tasks import Normals

    read(Normals(x), painting, out, like, overlay, bits=bits, frame=frame)  # type: ignore[arg-type]


@app.command()
def segment(
    painting: opt.Painting,
    out: opt.Out,
    legend: opt.LegendText,
    like: opt.Like = None,
    overlay: opt.Overlay = None,
    cityscapes: Annotated[bool, typer.Option("--cityscapes", help="Write Cityscapes label ids to the PNG.")] = False,
) -> None:
    """Classes: indexed .png, Cityscapes labelIds .png, or .json with COCO run lengths."""
    from cavendish.tasks import Semantic

    task = Semantic(opt.read_legend(legend))
    read(task, painting, out, like, overlay, format="cityscapes" if cityscapes else None)


@app.command()
def instances(
    painting: opt.Painting,
    out: opt.Out,
    label: opt.Label = "object",
    background: opt.Background = "black",
    like: opt.Like = None,
    overlay: opt.Overlay = None,
) -> None:
    """Instances: COCO .json, an id .png, or one .png each (OUT with {index} in its name)."""
    from cavendish.tasks import Instance

    read(Instance(label, background), painting, out, like, overlay)


@app.command()
def refer(
    painting: opt.Painting, out: opt.Out, legend: opt.LegendText, like: opt.Like = None, overlay: opt.Overlay = None
) -> None:
    """Regions in the colours of a legend {expression: colour}: .png, .npy or .json, with {index} in OUT for several."""
    from cavendish.tasks import Referring

    targets = opt.read_legend(legend)
    read(Referring(targets, targets.pop("background", (0, 0, 0))), painting, out, like, overlay)


@app.command()
def ask(
    painting: opt.Painting,
    instruction: Annotated[str, typer.Argument(help="What the generator was told.")],
    out: opt.Out,
    like: opt.Like = None,
    overlay: opt.Overlay = None,
    scale: opt.Scale = None,
    clip: Clip = False,
    fov: opt.Fov = None,
    bits: Bits = None,
    frame: Annotated[str | None, opt.FRAME] = None,
) -> None:
    """Whatever the instruction asked for: the task, its colours and conventions are read from its text."""
    told = {"scale": opt.number(scale), "clip": clip or None, "fov_degrees": fov, "bits": bits, "frame": frame}
    read(instruction, painting, out, like, overlay, **told)
