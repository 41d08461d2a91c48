"""NumPy's .npy: one array. It has no place for text, so the record lies beside it: `depth.npy` and `depth.npy.json`."""

import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals, normals_note
from cavendish.files import replacing
from cavendish.formats.arrays import checked, in_project_frame, reading
from cavendish.results import DepthMap, Mask, NormalMap, Result


def write_depth(result: DepthMap, path: Path) -> None:
    """(H, W) float32 metres; inf is sky, NaN is unknown."""
    _write(result, result.metres, path)


def write_normals(result: NormalMap, path: Path, *, frame: Frame = "cavendish") -> None:
    """(H, W, 3) float32 unit vectors along the axes of `frame` (see `codes.normals.Frame`); zeros are unknown."""
    _write(result, convert_normals(result.vectors, "cavendish", frame), path, **normals_note(frame))


def write_mask(result: Mask, path: Path) -> None:
    """(H, W) bool."""
    _write(result, result.mask, path)


def read_array(path: Path) -> NDArray[Any]:
    """The array of a file, whatever its shape; ImageError unless it holds numbers."""
    with reading(path), path.open("rb") as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return checked(array, path)


def read_normals(path: Path, *, frame: Frame | None = None) -> NDArray[np.floating]:
    """Vectors (H, W, 3) along the project's axes; without `frame` from those that our own sidecar names."""
    record = b"{}"
    with suppress(OSError):  # there is no sidecar
        record = path.with_name(f"{path.name}.json").read_bytes()
    return in_project_frame(read_array(path), path, frame, record)


def _write(result: Result, array: NDArray[Any], path: Path, **notes: str) -> None:
    whole = io.BytesIO()  # NumPy itself does not notice when the last bytes do not fit on the disk
    np.save(whole, array)
    record = json.dumps({**result.record(), **notes}, indent=2, ensure_ascii=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_bytes(whole.getbuffer())
        with replacing(path.with_name(f"{path.name}.json")) as sidecar:
            sidecar.write_text(record, encoding="utf-8")
