"""`cavendish decode`: a painting from any generator to numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cavendish.cli import options as opt
from cavendish.cli.inputs import write_answers
from cavendish.cli.tasks import task_group
from cavendish.errors import ExportError

if TYPE_CHECKING:
    from cavendish.tasks import Task

_DOUBTFUL = 0.05  # confidence of a colour 60 levels off


@dataclass(kw_only=True)
class Reading:
    """A painting to read, and where its answer goes."""

    painting: Annotated[Path, typer.Argument(help="The picture a generator painted.", metavar="PAINTING")]
    out: opt.Out
    like: Annotated[Path | None, typer.Option(help="The photo that was asked about: the answer gets its size.")] = None
    overlay: Annotated[Path | None, typer.Option(help="Also draw the answer over the --like photo.")] = None

    def read(self, task: Task[Any] | str, **options: Any) -> None:
        """Decode, and write what is found; several answers go to `out` with {index} filled in. None is no option."""
        import numpy as np

        from cavendish import decode

        if self.overlay is not None and self.like is None:
            raise ExportError("--overlay draws over a photo; name it with --like")
        found: Any = decode(task, self.painting, like=self.like)
        if self.out.suffix.lower() in (".ply", ".glb"):
            options["image"] = self.like  # the colours of a point cloud
        write_answers(found, "index", [place for place in (self.out, self.overlay) if place], self.like, options)
        first = next(iter(found.values())) if isinstance(found, dict) else found
        known = first.confidence[first.confidence > 0]
        if known.size and np.median(known) < _DOUBTFUL:
            typer.echo(
                f"note: most of {self.painting} is in other colours than it is read by: are they right?", err=True
            )


@dataclass(kw_only=True)
class DepthFile:
    """How depth is written."""

    scale: opt.Scale = None
    clip: Annotated[
        bool | None, typer.Option("--clip", help="In a 16-bit PNG of depth, write 0 where it does not fit.")
    ] = None
    fov_degrees: opt.Fov = None


@dataclass(kw_only=True)
class NormalFile:
    """How normals are written."""

    bits: Annotated[int | None, typer.Option(help="Of a .png of normals: 8 (the default) or 16.")] = None
    frame: Annotated[str | None, opt.FRAME] = None


def any_task(task: Any, asked: Reading) -> None:
    asked.read(task)


app = typer.Typer(
    cls=task_group(any_task, "Read a painting of {name}."),
    help="Read a painting from any generator: depth, normals, classes, regions, …",
)


@app.command()
@opt.expanded
def depth(asked: Reading, file: DepthFile, code: opt.DepthPaint) -> None:
    """Metric depth: .npy, .npz, .exr, 16-bit .png, or a point cloud as .ply or .glb."""
    asked.read(code.task(), **asdict(file))


@app.command()
@opt.expanded
def normals(asked: Reading, file: NormalFile, x: opt.X = "left") -> None:
    """Surface normals: .npy, .exr or .png."""
    from cavendish.tasks import Normals

    asked.read(Normals(x), **asdict(file))  # type: ignore[arg-type]


@app.command()
@opt.expanded
def segment(
    asked: Reading,
    legend: opt.LegendText,
    cityscapes: Annotated[bool, typer.Option("--cityscapes", help="Write Cityscapes label ids to the PNG.")] = False,
) -> None:
    """Classes: indexed .png, Cityscapes labelIds .png, or .json with COCO run lengths."""
    from cavendish.tasks import Semantic

    asked.read(Semantic(opt.read_legend(legend)), format="cityscapes" if cityscapes else None)


@app.command()
@opt.expanded
def instances(asked: Reading, label: opt.Label = "object", background: opt.Background = "black") -> None:
    """Instances: COCO .json, an id .png, or one .png each (OUT with {index} in its name)."""
    from cavendish.tasks import Instance

    asked.read(Instance(label, background))


@app.command()
@opt.expanded
def refer(asked: Reading, legend: opt.LegendText) -> None:
    """Regions in the colours of a legend {expression: colour}: .png, .npy or .json, with {index} in OUT for several."""
    asked.read(opt.referring(legend))


@app.command()
@opt.expanded
def ask(
    asked: Reading,
    instruction: Annotated[str, typer.Argument(help="The instruction given to the generator.")],
    depth_file: DepthFile,
    normal_file: NormalFile,
) -> None:
    """Whatever the instruction asked for: the task, its colours and conventions are read from its text."""
    asked.read(instruction, **asdict(depth_file), **asdict(normal_file))
