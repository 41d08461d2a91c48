"""`cavendish encode`: ground truth to the painting that a generator should be taught."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.tasks import task_group
from cavendish.errors import ExportError

if TYPE_CHECKING:
    from cavendish.tasks import Task

Truth = Annotated[Path, typer.Argument(help="The file of truth.", metavar="TRUTH")]


def paint(task: Task[Any], truth: Any, out: Path) -> None:
    from PIL import Image

    from cavendish.files import replacing

    if out.suffix.lower() not in (".png", ".webp", ".tiff", ".bmp"):
        raise ExportError(f"{out}: a painting must be stored without loss; use .png, .webp, .tiff or .bmp")
    painting = Image.fromarray(task.encode(truth))
    with replacing(out) as part:
        painting.save(part, format=out.suffix[1:].upper(), lossless=True)  # an option of WebP alone
    typer.echo(task.instruction())


def any_task(task: Any, truth: Truth, out: opt.Out) -> None:
    from cavendish.formats import read_truth

    paint(task, read_truth(task.truth, truth), out)


app = typer.Typer(
    cls=task_group(any_task, "Paint the truth of {name}."),
    help="Paint ground truth as a generator should paint it, and print the instruction that asks for it.",
)


@app.command()
@opt.expanded
def depth(truth: Truth, out: opt.Out, code: opt.DepthPaint, scale: opt.Scale = None) -> None:
    """Depth in metres (.npy, .npz, 16-bit .png, .exr) as false colour; unknown depth is painted like 0."""
    from cavendish.formats import read_depth

    paint(code.task(), read_depth(truth, scale=scale), out)


@app.command()
def normals(truth: Truth, out: opt.Out, x: opt.X = "left", frame: Annotated[str | None, opt.FRAME] = None) -> None:
    """Surface normals (.npy, .npz, .exr, .png) as colours; unknown normals are painted black."""
    from cavendish.formats import read_normals
    from cavendish.tasks import Normals

    paint(Normals(x), read_normals(truth, frame=frame), out)  # type: ignore[arg-type]


@app.command()
def segment(
    truth: Truth,
    out: opt.Out,
    legend: opt.LegendText,
    ignore: Annotated[int, typer.Option(help="The label of pixels whose class nobody knows: painted black.")] = -1,
) -> None:
    """Labels (.png, .npy, .npz; 0 is the legend's first class) in the colours of a legend."""
    from cavendish.formats import read_labels
    from cavendish.tasks import Semantic

    labels = read_labels(truth)
    labels[labels == ignore] = -1
    paint(Semantic(opt.read_legend(legend)), labels, out)


@app.command()
def instances(
    truth: Truth, out: opt.Out, label: opt.Label = "object", background: opt.Background = "black", discs: bool = False
) -> None:
    """Instance masks (COCO .json, id .png, .npy, .npz), each in a colour of its own."""
    from cavendish.formats import read_masks
    from cavendish.tasks import Instance

    paint(Instance(label, background, discs), read_masks(truth), out)


@app.command()
def refer(truth: Truth, out: opt.Out, legend: opt.LegendText) -> None:
    """Masks (COCO .json, id .png, .npy, .npz) in the colours of a legend {expression: colour}, in its order."""
    from cavendish.formats import read_masks

    paint(opt.referring(legend), read_masks(truth), out)
