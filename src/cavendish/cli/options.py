"""The options that several commands share, each with one meaning."""

import inspect
import os
from collections.abc import Callable
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer


def number(scale: str | None) -> str | float | None:
    """A scale given as a number, or by name as it stands."""
    try:
        return None if scale is None else float(scale)
    except ValueError:
        return scale


Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write; its suffix picks the format.")]
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
    str | None,
    typer.Option(
        help="Units per metre of a 16-bit depth PNG: mm, kitti (256), or a number. Default: mm.", callback=number
    ),
]
Fov = Annotated[
    float | None,
    typer.Option("--fov", help="Field of view along the longer side in degrees, for .ply and .glb."),
]


@dataclass(kw_only=True)
class DepthPaint:
    """How depth is painted."""

    colormap: Annotated[
        str, typer.Option(help="rainbow (the paper's), plasma, inferno, viridis, gray, or inverse.")
    ] = "rainbow"
    lam: Annotated[float, typer.Option(help="lambda of the depth transform.")] = -3.0
    c: Annotated[float, typer.Option(help="c of the depth transform.")] = 10 / 3
    near: Annotated[float, typer.Option(help="With inverse: metres of white; alone it makes the answer relative.")] = (
        1.0
    )
    far: Annotated[float, typer.Option(help="With inverse: metres of black.")] = float("inf")

    def task(self) -> Any:
        from cavendish.codes import DepthCode
        from cavendish.tasks import Depth

        return Depth(DepthCode(**asdict(self)))


def referring(legend: str) -> Any:
    """The referring task of a legend {expression: colour}, whose "background" is the task's."""
    from cavendish.tasks import Referring

    targets = read_legend(legend)
    return Referring(targets, targets.pop("background", (0, 0, 0)))


def expanded(run: Callable[..., None], task: type | None = None) -> Callable[..., None]:
    """`run` as typer reads it: a parameter that is a dataclass of options is expanded into its fields.

    So is the parameter `task`, of that class; what is not a text, a number or a switch there keeps its default.
    """
    kinds = get_type_hints(run, include_extras=True) | ({"task": task} if task else {})
    groups: dict[str, list[str]] = {}  # parameter -> the fields that stand for it
    found: dict[str, tuple[Any, Any]] = {}  # option -> type and default
    for name, parameter in inspect.signature(run).parameters.items():
        if not is_dataclass(kinds[name]):
            found[name] = kinds[name], parameter.default
            continue
        options = {}
        hints = get_type_hints(kinds[name], include_extras=True)
        for field in fields(kinds[name]):
            kind = hints[field.name]
            if kind in (str, int, float, bool):
                kind = Annotated[kind, typer.Option()]
            if get_origin(kind) is Annotated:
                options[field.name] = kind, inspect.Parameter.empty if field.default is MISSING else field.default
        groups[name] = list(options)
        found |= options

    @wraps(run)
    def command(**given: Any) -> None:
        made = {name: kinds[name](**{field: given.pop(field) for field in names}) for name, names in groups.items()}
        run(**given, **made)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter(name, keyword, default=d, annotation=kind) for name, (kind, d) in found.items()]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {name: kind for name, (kind, _) in found.items()}
    return command


def read_legend(text: str) -> dict[str, tuple[int, int, int]]:
    """The legend that an option gives, or that the file it names holds."""
    from cavendish.codes import parse_legend
    from cavendish.errors import CavendishError, LegendError

    if (file := file_named(text)) is None:
        return parse_legend(text)
    try:
        return parse_legend(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, CavendishError) as error:
        raise LegendError(f"{text}: the legend cannot be read ({error})") from None


def file_named(text: str) -> Path | None:
    """The file that an option names, None if the option gives the text itself; LegendError if the file is not there."""
    from cavendish.errors import LegendError

    if os.path.isfile(text):  # noqa: PTH113  of a text too long for a name it says no, where Path.is_file raises
        return Path(text)
    if Path(text).suffix.lower() in (".json", ".txt"):
        raise LegendError(f"{text}: there is no such file")
    return None
