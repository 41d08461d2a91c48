"""Answers as files: the type of a result and the suffix of a path pick the writer and the reader.

A writer is a function `(result, path, **options) -> None` that puts the file there through `files.replacing`. Others
add theirs by an entry point of the group `cavendish.export`, named like `DepthMap.tiff`. A reader is a function
`(path, **options) -> array`; what its array must be is checked here, once for all formats. The options of both are
their keyword parameters.
"""

import inspect
from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame
from cavendish.errors import ExportError, ImageError
from cavendish.formats import coco, exr, npy, npz, png, points
from cavendish.results import DepthMap, Instances, NormalMap, Result, SemanticMap

Writer = Callable[..., None]
Reader = Callable[..., NDArray[Any]]

FORMATS: dict[str, tuple[Writer | None, Reader | None]] = {  # masks of any kind are read as those of Instances
    "DepthMap.npy": (npy.write_depth, npy.read_array),
    "DepthMap.npz": (npz.write_depth, partial(npz.read_array, "metres")),
    "DepthMap.exr": (exr.write_depth, exr.read_depth),
    "DepthMap.png": (png.write_depth, png.read_depth),
    "DepthMap.ply": (points.write, None),
    "DepthMap.glb": (points.write, None),
    "NormalMap.npy": (npy.write_normals, npy.read_normals),
    "NormalMap.npz": (None, npz.read_normals),
    "NormalMap.exr": (exr.write_normals, exr.read_normals),
    "NormalMap.png": (png.write_normals, png.read_normals),
    "SemanticMap.npy": (None, npy.read_array),
    "SemanticMap.npz": (None, partial(npz.read_array, "labels")),
    "SemanticMap.png": (png.write_labels, png.read_labels),
    "SemanticMap.json": (coco.write, None),
    "Instances.npy": (None, npy.read_array),
    "Instances.npz": (None, partial(npz.read_array, "masks")),
    "Instances.png": (png.write_instances, png.read_masks),
    "Instances.json": (coco.write, coco.read_masks),
    "Mask.npy": (npy.write_mask, None),
    "Mask.png": (png.write_mask, None),
    "Mask.json": (coco.write, None),
}


def find_writer(kind: type[Result], suffix: str) -> Writer:
    """The writer for this type of result, or a type it derives from, and a suffix; ExportError names those known."""
    own = {name: writer for name, (writer, _) in FORMATS.items() if writer}
    others = {point.name: point for point in entry_points(group="cavendish.export")}
    bases = [base.__name__ for base in kind.__mro__]
    for name in (f"{base}{suffix}" for base in bases):
        if name in own:
            return own[name]
        if name in others:
            writer: Writer = others[name].load()
            return writer
    known = sorted({Path(name).suffix for name in {*own, *others} if Path(name).stem in bases})
    wrong = f"as {suffix}" if suffix else "without a suffix"
    raise ExportError(f"{kind.__name__} cannot be written {wrong}; its suffixes are {', '.join(known)}")


def write(result: Result, path: str | Path, **options: Any) -> Path:
    """Write a result and return its path. `options` are the keyword parameters of the format's writer."""
    try:
        path = Path(path)
    except TypeError:
        raise ExportError(f"the path of a file is a text or a Path, not {path!r}") from None
    writer = find_writer(type(result), path.suffix.lower())
    legal = _options(writer)
    for name in options:
        if name not in legal:
            names = f"the options are {', '.join(legal)}" if legal else "it has none"
            raise ExportError(f"{path.name}: {type(result).__name__}{path.suffix} has no option {name!r}; {names}")
    writer(result, path, **options)
    return path


def read_depth(path: str | Path, *, scale: str | float | None = None) -> NDArray[np.float32]:
    """(H, W) float32 metres from .npy, 16-bit .png, .npz (`metres`) or .exr (Z), or the only array in these.

    A PNG holds integers, 0 for unknown (NaN here), at `scale` units per metre ("mm", "kitti" or a number); None takes
    what the file itself says, and millimetres if it says nothing. Raises ImageError.
    """
    metres = _read(DepthMap, path, scale=scale)
    if metres.ndim != 2:
        raise ImageError(f"{path}: depth has shape (H, W), not {metres.shape}")
    return metres.astype(np.float32)


def read_normals(path: str | Path, *, x: str | None = None, frame: Frame | None = None) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit normals, zeros where unknown, from .npy, .npz, .exr (R, G, B) or .png of 8 or 16 bits.

    `x` is the convention of a PNG, "left" or "right"; None takes what the file itself says, and "left" if it says
    nothing. Black in a PNG, the colour of no unit vector, is unknown. `frame` names the axes of other files' vectors
    (see `codes.convert_normals`); None takes what our own files say of themselves, and the project's frame elsewhere.
    Raises ImageError, or CodeError for an unknown frame.
    """
    vectors = _read(NormalMap, path, x=x, frame=frame)
    if vectors.ndim != 3 or vectors.shape[2] != 3:
        raise ImageError(f"{path}: normals have shape (H, W, 3), not {vectors.shape}")
    vectors[~np.isfinite(vectors).all(axis=2)] = 0
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    unit: NDArray[Any] = np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-6)
    return unit.astype(np.float32)


def read_labels(path: str | Path) -> NDArray[np.int32]:
    """(H, W) int32 class indices from an indexed or gray .png, .npy or .npz (`labels`); -1 is undecided in our own."""
    labels = _read(SemanticMap, path)
    if labels.ndim != 2 or not np.issubdtype(labels.dtype, np.integer):
        raise ImageError(f"{path}: labels are (H, W) integers, not {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.int32)


def read_masks(path: str | Path) -> NDArray[np.bool_]:
    """(N, H, W) bool: one mask for each annotation of a COCO .json, id except 0 of a .png, or plane of a .npy or .npz.

    Planes are bool, or integers 0 and 1. An (H, W) array is one mask if it is bool, and ids as in a PNG if it holds
    integers. In .npz it is called `masks`, or is the only array. Raises ImageError.
    """
    values = _read(Instances, path)
    if values.ndim == 3 and values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 1:
        values = values.astype(bool)
    if values.dtype == np.bool_ and values.ndim in (2, 3):
        return values.reshape(-1, *values.shape[-2:])
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        raise ImageError(f"{path}: masks are (N, H, W) bool or (H, W) ids, not {values.dtype} of shape {values.shape}")
    ids = np.unique(values)
    masks: NDArray[np.bool_] = values == ids[ids != 0][:, None, None]
    return masks


def read_mask(path: str | Path) -> NDArray[np.bool_]:
    """(H, W) bool: the union of the masks of a file, see `read_masks`."""
    return np.asarray(read_masks(path).any(axis=0))


def read_truth(kind: str, path: str | Path) -> NDArray[Any]:
    """What a task calls its truth, `Task.truth`, from a file; ImageError for a task that reads none."""
    readers: dict[str, Reader] = {
        "depth": read_depth, "normals": read_normals, "labels": read_labels, "mask": read_mask, "masks": read_masks,
    }  # fmt: skip
    if kind not in readers:
        raise ImageError(f"{path}: no truth is read from files for this task")
    return readers[kind](path)


def _read(kind: type[Result], path: str | Path, **options: Any) -> NDArray[Any]:
    """The array from the reader for this suffix; options that are None are left to the file."""
    try:
        path = Path(path)
    except TypeError:
        raise ImageError(f"the path of a file is a text or a Path, not {path!r}") from None
    if not path.exists():
        raise ImageError(f"{path}: there is no such file")
    all_readers = {Path(name): reader for name, (_, reader) in FORMATS.items() if reader}
    readers = {name.suffix: reader for name, reader in all_readers.items() if name.stem == kind.__name__}
    suffix = path.suffix.lower()
    if suffix not in readers:
        raise ImageError(f"{path}: this is read from {', '.join(readers)}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in given:
        if name not in _options(readers[suffix]):
            legal = ", ".join(one for one, reader in readers.items() if name in _options(reader))
            raise ImageError(f"{path}: {name} is an option for {legal}, not for {suffix}")
    return readers[suffix](path, **given)


def _options(function: Callable[..., Any]) -> list[str]:
    return [name for name, p in inspect.signature(function).parameters.items() if p.kind is p.KEYWORD_ONLY]
