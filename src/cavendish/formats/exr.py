"""OpenEXR: 32-bit float channels, zip-compressed; the record is the header's string attribute `cavendish`."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals, normals_note
from cavendish.errors import ExportError, MissingExtraError
from cavendish.files import replacing
from cavendish.results import DepthMap, NormalMap, Result


def write_depth(result: DepthMap, path: Path) -> None:
    """One channel Z, metres; inf is sky, NaN is unknown."""
    _write(result, {"Z": result.metres}, path)


def write_normals(result: NormalMap, path: Path, *, frame: Frame = "cavendish") -> None:
    """Channels R, G, B hold x, y, z along the axes of `frame` (as for .npy); zeros are unknown."""
    _write(result, {"RGB": convert_normals(result.vectors, "cavendish", frame)}, path, **normals_note(frame))


def _write(result: Result, channels: dict[str, NDArray[np.floating]], path: Path, **notes: str) -> None:
    try:
        import OpenEXR
    except ImportError:
        raise MissingExtraError("to write .exr files: pip install 'cavendish[export]'") from None
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        "cavendish": json.dumps({**result.record(), **notes}),
    }
    contiguous = {name: np.ascontiguousarray(values) for name, values in channels.items()}
    with replacing(path) as temporary:
        try:
            OpenEXR.File(header, contiguous).write(str(temporary))
        except RuntimeError as error:  # what OpenEXR makes of a full disk
            raise ExportError(f"{path} cannot be written: {error}") from error
