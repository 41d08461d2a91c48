"""NumPy's own format. It has no place for text, so the record goes beside it: `depth.npy` and `depth.npy.json`."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals, normals_note
from cavendish.files import replacing
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


def _write(result: Result, array: NDArray[Any], path: Path, **notes: str) -> None:
    whole = io.BytesIO()  # straight to a file, NumPy would not notice when the last bytes do not fit on the disk
    np.save(whole, array)
    record = json.dumps({**result.record(), **notes}, indent=2, ensure_ascii=False) + "\n"
    with replacing(path) as temporary:
        temporary.write_bytes(whole.getbuffer())
        with replacing(path.with_name(f"{path.name}.json")) as sidecar:
            sidecar.write_text(record, encoding="utf-8")
