"""`cavendish decode`: a painting from any generator to numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.predict import save_picture
from cavendish.errors import ExportError, ImageError

if TYPE_CHECKING:
    from cavendish.results import Result
    from cavendish.tasks import Task

Clip = Annotated[bool, typer.Option("--clip", help="In a 16-bit PNG of depth, write 0 where it does not fit.")]
Bits = Annotated[int | None, typer.Option(help="Of a .png of normals: 8 (the default) or 16.")]

_DOUBTFUL = 0.05  # confidence of a colour 60 levels off

app = typer.Typer(help="Read a painting from any generator: depth, normals, classes, instances, regions.")


def _read(
    task: Task,
    painting: Path,
    out: Path,
    like: Path | None,
    overlay: Path | None,
    instruction: str | None = None,
    **options: Any,
) -> None:
    """Decode, bring to the photo's size if there is one, and write; several go to OUT with {index} filled in.

    `instruction` is what the generator was told, where that is known; an option that is None is not given.
    """
    import numpy as np

    from cavendish.geometry import Geometry
    from cavendish.images import read_image

    if overlay is not None and like is None:
        raise ExportError("--overlay draws over a photo; name it with --like")
    rgb = read_image(painting)
    answer = task.decode(rgb)
    answers: list[Result] = list(answer.values()) if isinstance(answer, dict) else [answer]
    if instruction is not None:
        answers = [replace(one, instruction=instruction) for one in answers]
    if out.suffix.lower() in (".ply", ".glb"):
        options["image"] = like  # the colours of a point cloud
    options = {name: value for name, value in options.items() if value is not None}
    for place in filter(None, (out, overlay)):
        if len(answers) > 1 and "{index}" not in str(place):
            raise ExportError(f"{place}: {len(answers)} answers need a pattern such as mask-{{index}}.png")
    photo = None if like is None else read_image(like)
    if photo is not None:
        size = photo.shape[:2]
        if not 0.94 < (rgb.shape[0] / rgb.shape[1]) / (size[0] / size[1]) < 1.06:
            raise ImageError(
                f"{painting} is {rgb.shape[1]} x {rgb.shape[0]} and {like} is {size[1]} x {size[0]}: "
                "the shapes differ too much for the painting to show the whole photo; crop or pad one of them first"
            )
        geometry = Geometry(size, size, size, 1.0, 0, 0).for_painting(*rgb.shape[:2])
        answers = [one.to_input(geometry) for one in answers]
    for index, one in enumerate(answers):
        place = Path(str(out).replace("{index}", str(index))) if isinstance(answer, dict) else out
        typer.echo(f"{one.save(place, **options)}: {one!r}")
        if overlay is not None:
            save_picture(one.overlay(photo), Path(str(overlay).replace("{index}", str(index))))
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
    _read(task, painting, out, like, overlay, scale=opt.number(scale), clip=clip or None, fov_degrees=fov)


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

    _read(Normals(x), painting, out, like, overlay, bits=bits, frame=frame)  # type: ignore[arg-type]


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
    _read(task, painting, out, like, overlay, format="cityscapes" if cityscapes else None)


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

    _read(Instance(label, background), painting, out, like, overlay)


@app.command()
def refer(
    painting: opt.Painting, out: opt.Out, legend: opt.LegendText, like: opt.Like = None, overlay: opt.Overlay = None
) -> None:
    """Regions in the colours of a legend {expression: colour}: .png, .npy or .json, with {index} in OUT for several."""
    from cavendish.tasks import Referring

    targets = opt.read_legend(legend)
    _read(Referring(targets, targets.pop("background", (0, 0, 0))), painting, out, like, overlay)


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
    from cavendish import tasks

    told = {"scale": opt.number(scale), "clip": clip or None, "fov_degrees": fov, "bits": bits, "frame": frame}
    _read(tasks.parse(instruction), painting, out, like, overlay, instruction, **told)
