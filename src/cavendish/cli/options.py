"""The options that several commands share, each with one meaning."""

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write; its suffix picks the format.")]
Painting = Annotated[Path, typer.Argument(help="The picture a generator painted.", metavar="PAINTING")]
Like = Annotated[Path | None, typer.Option(help="The photo that was asked about: the answer gets its size.")]
Overlay = Annotated[Path | None, typer.Option(help="Also draw the answer over the --like photo, to this picture.")]
Colormap = Annotated[str, typer.Option(help="rainbow (the paper's), plasma, inferno, viridis, gray, or inverse.")]
Lam = Annotated[float, typer.Option(help="lambda of the depth transform.")]
C = Annotated[float, typer.Option(help="c of the depth transform.")]
Near = Annotated[float, typer.Option(help="With inverse: metres of white; alone it makes the answer relative.")]
Far = Annotated[float, typer.Option(help="With inverse: metres of black.")]
FRAME = typer.Option(help="Axes of the vectors in an array file: cavendish (= opengl), opencv, or lub (DSINE's).")
X = Annotated[str, typer.Option("--x", help="Way in which red grows: left (the paper, DSINE) or right.")]
LegendText = Annotated[
    str,
    typer.Option(
        "--legend",
        help='Names and colours: JSON such as {"road": "#804080"}, sentences as in a prompt, or a file with either.',
    ),
]
Background = Annotated[str, typer.Option(help="The background's colour.")]
Label = Annotated[str, typer.Option(help="The class whose instances these are.")]
Scale = Annotated[
    str | None, typer.Option(help="Units per metre of a 16-bit depth PNG: mm, kitti (256), or a number. Default: mm.")
]


def read_legend(text: str) -> dict[str, tuple[int, int, int]]:
    """The legend that an option gives, or that the file it names holds."""
    from cavendish.codes import parse_legend
    from cavendish.errors import LegendError

    if len(text) < 256 and "\n" not in text and Path(text).is_file():
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise LegendError(f"{text}: the legend cannot be read ({error})") from None
    return parse_legend(text)


def number(scale: str | None) -> str | float | None:
    """A scale given as a number, or by name as it stands."""
    try:
        return None if scale is None else float(scale)
    except ValueError:
        return scale
