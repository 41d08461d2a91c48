"""Writing results: the type of a result and the suffix of a path pick a writer.

A writer is a function `(result, path, **options) -> None` that puts the file there through `atomic.replacing`. Others
add theirs by an entry point of the group `cavendish.export`, named like `DepthMap.tiff`.
"""

import inspect
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from cavendish.errors import ExportError
from cavendish.formats import coco, exr, npy, npz, png, points
from cavendish.results import Result

Writer = Callable[..., None]

WRITERS: dict[str, Writer] = {
    "DepthMap.npy": npy.write_depth,
    "DepthMap.npz": npz.write_depth,
    "DepthMap.png": png.write_depth,
    "DepthMap.exr": exr.write_depth,
    "DepthMap.ply": points.write_ply,
    "DepthMap.glb": points.write_glb,
    "NormalMap.npy": npy.write_normals,
    "NormalMap.png": png.write_normals,
    "NormalMap.exr": exr.write_normals,
    "SemanticMap.png": png.write_labels,
    "SemanticMap.json": coco.write_labels,
    "Instances.png": png.write_instances,
    "Instances.json": coco.write_instances,
    "Mask.png": png.write_mask,
    "Mask.npy": npy.write_mask,
    "Mask.json": coco.write_mask,
}


def find_writer(kind: type[Result], suffix: str) -> Writer:
    """The writer for this type of result and suffix (".png"); our own come first. Raises ExportError naming what is."""
    others = {point.name: point for point in entry_points(group="cavendish.export")}
    name = f"{kind.__name__}{suffix}"
    if name in WRITERS:
        return WRITERS[name]
    if name in others:
        writer: Writer = others[name].load()
        return writer
    own = f"{kind.__name__}."
    known = sorted(name.removeprefix(kind.__name__) for name in {*WRITERS, *others} if name.startswith(own))
    wrong = f"as {suffix}" if suffix else "without a suffix"
    raise ExportError(f"{kind.__name__} cannot be written {wrong}; its suffixes are {', '.join(known)}")


def write(result: Result, path: str | Path, **options: Any) -> Path:
    """Write a result and return its path. `options` are the keyword parameters of the format's writer."""
    try:
        path = Path(path)
    except TypeError:
        raise ExportError(f"the path of a file is a text or a Path, not {path!r}") from None
    writer = find_writer(type(result), path.suffix.lower())
    legal = [name for name, p in inspect.signature(writer).parameters.items() if p.kind is p.KEYWORD_ONLY]
    for name in options:
        if name not in legal:
            names = f"the options are {', '.join(legal)}" if legal else "there are none"
            raise ExportError(f"{path.name}: {name!r} is no option of {type(result).__name__}{path.suffix}; {names}")
    writer(result, path, **options)
    return path
