"""OpenEXR: zip-compressed 32-bit float channels; the record is the string attribute `cavendish` of the header."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals, normals_note
from cavendish.errors import ExportError, optional_import
from cavendish.files import replacing
from cavendish.formats.arrays import in_project_frame, reading
from cavendish.results import DepthMap, NormalMap, Result


def write_depth(result: DepthMap, path: Path) -> None:
    """One channel Z, metres; inf is sky, NaN is unknown."""
    _write(result, {"Z": result.metres}, path)


def write_normals(result: NormalMap, path: Path, *, frame: Frame = "cavendish") -> None:
    """Channels R, G, B hold x, y, z along the axes of `frame` (as for .npy); zeros are unknown."""
    _write(result, {"RGB": convert_normals(result.vectors, "cavendish", frame)}, path, **normals_note(frame))


def read_depth(path: Path) -> NDArray[np.floating]:
    """Channel Z, or the only one."""
    return _read(path, "Z")[0]


def read_normals(path: Path, *, frame: Frame | None = None) -> NDArray[np.floating]:
    """Channels R, G, B, or the only one, as vectors along the project's axes; without `frame` by the file's record."""
    vectors, record = _read(path, "RGB")
    return in_project_frame(vectors, path, frame, record)


def _read(path: Path, name: str) -> tuple[NDArray[np.floating], str]:
    """A channel, or several interleaved, and the record of the file, which may not be ours."""
    openexr = _library("read")
    with reading(path):
        file = openexr.File(str(path))
        channels = file.channels()
        channel = channels[name] if name in channels or len(channels) > 1 else next(iter(channels.values()))
        return channel.pixels, file.header().get("cavendish", "{}")


def _library(verb: str) -> Any:
    with optional_import(f"to {verb} .exr files", "cavendish[export]"):
        import OpenEXR
    return OpenEXR


def _write(result: Result, channels: dict[str, NDArray[np.floating]], path: Path, **notes: str) -> None:
    openexr = _library("write")
    header = {
        "compression": openexr.ZIP_COMPRESSION,
        "type": openexr.scanlineimage,
        "cavendish": json.dumps({**result.record(), **notes}),
    }
    contiguous = {name: np.ascontiguousarray(values) for name, values in channels.items()}
    with replacing(path) as temporary:
        try:
            openexr.File(header, contiguous).write(str(temporary))
        except RuntimeError as error:  # OpenEXR's error for a full disk
            raise ExportError(f"{path} cannot be written: {error}") from error
