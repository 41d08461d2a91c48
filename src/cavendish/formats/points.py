"""Point clouds of depth maps in metres: .ply in the OpenCV camera frame, .glb in OpenGL's.

A pixel (column u, row v) of depth Z becomes X = (u + 0.5 - cx) Z / fx, Y = (v + 0.5 - cy) Z / fy; pixels without a
finite depth give no point. The camera has the given `intrinsics`, else those of the result, else an assumed field of
view; the file says which.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.errors import ExportError, optional_import
from cavendish.files import replacing
from cavendish.results import DepthMap

if TYPE_CHECKING:
    from cavendish.images import ImageInput

ASSUMED_FOV_DEGREES = 60.0  # along the longer side of the picture, about that of a phone's main camera


def write(
    result: DepthMap,
    path: Path,
    *,
    image: ImageInput | None = None,
    intrinsics: ArrayLike | None = None,
    fov_degrees: float | None = None,
) -> None:
    """A cloud of points in metres, in the colours of `image` (of the result's size) if it is given.

    PLY is binary little-endian: float x, y, z, and uchar red, green, blue. GLB is binary glTF with one cloud.
    """
    matrix, camera = _camera(result, intrinsics, fov_degrees)
    seen = np.isfinite(result.metres)
    if not seen.any():
        raise ExportError("no pixel has a finite depth, so the point cloud is empty")
    rows, columns = np.nonzero(seen)
    z = result.metres[seen].astype(np.float64)
    directions = np.linalg.solve(matrix, np.stack([columns + 0.5, rows + 0.5, np.ones_like(z)]))
    xyz = (directions * z).T.astype(np.float32)
    colors = None if image is None else _pixels(image, result.shape)[seen]
    notes = {"camera": json.dumps(camera), "cavendish": json.dumps(result.record())}
    content = (_glb if path.suffix.lower() == ".glb" else _ply)(xyz, colors, result.unit, notes)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.writelines(content)


def _ply(xyz: NDArray[np.float32], rgb: NDArray[np.uint8] | None, unit: str, notes: dict[str, str]) -> list[Any]:
    """The parts of the file, written one after the other; none of them is copied."""
    fields, columns = [(axis, "<f4") for axis in "xyz"], [*xyz.T]
    if rgb is not None:
        fields += [(name, "u1") for name in ("red", "green", "blue")]
        columns += [*rgb.T]
    vertices = np.rec.fromarrays(columns, dtype=fields)
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment {unit}, OpenCV camera frame: x right, y down, z forward",
        *(f"comment {name} {note}" for name, note in notes.items()),
        f"element vertex {len(vertices)}",
        *(f"property {'float' if kind == '<f4' else 'uchar'} {name}" for name, kind in fields),
        "end_header\n",
    ]
    return ["\n".join(header).encode("ascii"), vertices.view(np.uint8)]


def _glb(xyz: NDArray[np.float32], rgb: NDArray[np.uint8] | None, unit: str, notes: dict[str, str]) -> list[Any]:
    with optional_import("to write .glb files", "cavendish[export]"):
        import trimesh
    scene = trimesh.Scene(trimesh.PointCloud(xyz * np.array([1, -1, -1], np.float32), colors=rgb))
    scene.metadata["frame"] = f"{unit}, OpenGL frame: x right, y up, z toward the viewer"
    scene.metadata.update(notes)
    return [scene.export(file_type="glb")]


def _pixels(image: ImageInput, shape: tuple[int, int]) -> NDArray[np.uint8]:
    from cavendish.images import read_image

    pixels = read_image(image)
    if pixels.shape[:2] != shape:
        sizes = f"{pixels.shape[1]} x {pixels.shape[0]}", f"{shape[1]} x {shape[0]}"
        raise ExportError(f"the image is {sizes[0]} pixels and the depth map {sizes[1]}; they must be the same")
    return pixels


def _camera(
    result: DepthMap, intrinsics: ArrayLike | None, fov_degrees: float | None
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The pinhole matrix and the note about it for the file."""
    if intrinsics is not None and fov_degrees is not None:
        raise ExportError("give the intrinsics or a field of view, not both")
    given = result.intrinsics if intrinsics is None else intrinsics
    if given is not None and fov_degrees is None:
        try:
            matrix = np.asarray(given, np.float64)
        except (TypeError, ValueError):
            matrix = np.zeros(0)
        if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or min(matrix[0, 0], matrix[1, 1]) <= 0:
            raise ExportError("intrinsics must be a 3 x 3 pinhole matrix in pixels with positive focal lengths")
        return matrix, {"intrinsics": matrix.tolist(), "source": "given"}
    degrees = ASSUMED_FOV_DEGREES if fov_degrees is None else fov_degrees
    if not (isinstance(degrees, (int, float)) and 0 < degrees < 180):
        raise ExportError(f"a field of view must be between 0 and 180 degrees, not {fov_degrees!r}")
    height, width = result.shape
    focal = max(height, width) / 2 / math.tan(math.radians(degrees) / 2)
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    origin = "assumed" if fov_degrees is None else "given"
    source = f"{origin} field of view of {degrees:g} degrees along the longer side"
    return matrix, {"intrinsics": matrix.tolist(), "source": source}
