"""NumPy's .npz: several named arrays in one compressed archive."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame
from cavendish.errors import ImageError
from cavendish.files import replacing
from cavendish.formats.arrays import checked, in_project_frame, reading
from cavendish.results import DepthMap


def write_depth(result: DepthMap, path: Path) -> None:
    """`metres` (H, W) float32, `valid` (H, W) bool, `confidence` (H, W) float32, `provenance` a JSON string (0-d).

    `intrinsics` (3, 3) float64 exists only if known.
    """
    known: dict[str, Any] = {} if result.intrinsics is None else {"intrinsics": result.intrinsics}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(
            file,
            metres=result.metres,
            valid=result.valid,
            confidence=result.confidence,
            provenance=np.array(json.dumps(result.record(), ensure_ascii=False)),
            **known,
        )


def read_array(name: str, path: Path) -> NDArray[Any]:
    """The array of this name, or the only one."""
    with reading(path), np.load(path, allow_pickle=False) as archive:
        if name not in archive and len(archive) != 1:
            raise ImageError(f"{path}: none of its {len(archive)} arrays is called {name!r}: {', '.join(archive)}")
        array: NDArray[Any] = archive[name] if name in archive else next(iter(archive.values()))
    return checked(array, path)


def read_normals(path: Path, *, frame: Frame = "cavendish") -> NDArray[np.floating]:
    """The array `vectors`, or the only one, (H, W, 3) along the axes of `frame`, as vectors along the project's."""
    return in_project_frame(read_array("vectors", path), path, frame)
