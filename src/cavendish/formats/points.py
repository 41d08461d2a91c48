"""Point clouds of depth maps in metres: .ply in the OpenCV camera frame, .glb in OpenGL's.

A pixel (column u, row v) of depth Z becomes X = (u + 0.5 - cx) Z / fx, Y = (v + 0.5 - cy) Z / fy; pixels without a
finite depth give no point. The camera has the given `intrinsics`, else those of the result, else an assumed field of
view; the file says which.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.errors import ExportError, optional_import
from cavendish.files import replacing
from cavendish.results import DepthMap

if TYPE_CHECKING:
    from cavendish.images import ImageInput

ASSUMED_FOV_DEGREES = 60.0  # along the longer side of the picture, about that of a phone's main camera


class Cloud(NamedTuple):
    xyz: NDArray[np.float32]  # (P, 3) metres, OpenCV: x right, y down, z forward
    rgb: NDArray[np.uint8] | None  # (P, 3)
    camera: dict[str, Any]  # the note about the camera in the file


def write_ply(
    result: DepthMap,
    path: Path,
    *,
    image: ImageInput | None = None,
    intrinsics: ArrayLike | None = None,
    fov_degrees: float | None = None,
) -> None:
    """Binary little-endian PLY: float x, y, z in metres, OpenCV frame; uchar red, green, blue if `image` is given."""
    cloud = _cloud(result, image, intrinsics, fov_degrees)
    fields: list[tuple[str, str]] = [("x", "<f4"), ("y", "<f4"), ("z", "<f4")]
    if cloud.rgb is not None:
        fields += [("red", "u1"), ("green", "u1"), ("blue", "u1")]
    vertices = np.empty(len(cloud.xyz), fields)
    for axis, name in enumerate("xyz"):
        vertices[name] = cloud.xyz[:, axis]
    if cloud.rgb is not None:
        for channel, name in enumerate(("red", "green", "blue")):
            vertices[name] = cloud.rgb[:, channel]
    header = [
        "ply",
        "format binary_little_endian 1.0",
        f"comment {result.unit}, OpenCV camera frame: x right, y down, z forward",
        f"comment camera {json.dumps(cloud.camera)}",
        f"comment cavendish {json.dumps(result.record())}",
        f"element vertex {len(vertices)}",
        *(f"property {'float' if kind == '<f4' else 'uchar'} {name}" for name, kind in fields),
        "end_header",
    ]
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(header) + "\n").encode("ascii"))
        file.write(vertices.tobytes())


def write_glb(
    result: DepthMap,
    path: Path,
    *,
    image: ImageInput | None = None,
    intrinsics: ArrayLike | None = None,
    fov_degrees: float | None = None,
) -> None:
    """Binary glTF with one cloud of points, in metres in the OpenGL frame: x right, y up, z toward the viewer."""
    with optional_import("to write .glb files", "cavendish[export]"):
        import trimesh
    cloud = _cloud(result, image, intrinsics, fov_degrees)
    scene = trimesh.Scene(trimesh.PointCloud(cloud.xyz * np.array([1, -1, -1], np.float32), colors=cloud.rgb))
    scene.metadata["frame"] = f"{result.unit}, OpenGL frame: x right, y up, z toward the viewer"
    scene.metadata["camera"] = json.dumps(cloud.camera)
    scene.metadata["cavendish"] = json.dumps(result.record())
    with replacing(path) as temporary:
        temporary.write_bytes(scene.export(file_type="glb"))


def _cloud(
    result: DepthMap, image: ImageInput | None, intrinsics: ArrayLike | None, fov_degrees: float | None
) -> Cloud:
    matrix, camera = _camera(result, intrinsics, fov_degrees)
    seen = np.isfinite(result.metres)
    if not seen.any():
        raise ExportError("no pixel has a finite depth, so the point cloud is empty")
    rows, columns = np.nonzero(seen)
    z = result.metres[seen].astype(np.float64)
    directions = np.linalg.solve(matrix, np.stack([columns + 0.5, rows + 0.5, np.ones_like(z)]))
    xyz = (directions * z).T.astype(np.float32)
    if image is None:
        return Cloud(xyz, None, camera)
    from cavendish.images import read_image

    pixels = read_image(image)
    if pixels.shape[:2] != result.shape:
        sizes = f"{pixels.shape[1]} x {pixels.shape[0]}", f"{result.shape[1]} x {result.shape[0]}"
        raise ExportError(f"the image is {sizes[0]} pixels and the depth map {sizes[1]}; they must be the same")
    return Cloud(xyz, pixels[seen], camera)


def _camera(
    result: DepthMap, intrinsics: ArrayLike | None, fov_degrees: float | None
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """The pinhole matrix and the note about it for the file."""
    if intrinsics is not None and fov_degrees is not None:
        raise ExportError("give the intrinsics or a field of view, not both")
    if fov_degrees is None:
        given = result.intrinsics
        if intrinsics is not None:
            try:
                given = np.asarray(intrinsics, np.float64)
            except (TypeError, ValueError):
                given = np.zeros(0)
        if given is not None:
            if given.shape != (3, 3) or not np.isfinite(given).all() or min(given[0, 0], given[1, 1]) <= 0:
                raise ExportError("intrinsics must be a 3 x 3 pinhole matrix in pixels with positive focal lengths")
            return given, {"intrinsics": given.tolist(), "source": "given"}
    degrees = ASSUMED_FOV_DEGREES if fov_degrees is None else fov_degrees
    if not (isinstance(degrees, (int, float)) and 0 < degrees < 180):
        raise ExportError(f"a field of view must be between 0 and 180 degrees, not {fov_degrees!r}")
    height, width = result.shape
    focal = max(height, width) / 2 / math.tan(math.radians(degrees) / 2)
    matrix = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
    source = (
        f"{'assumed' if fov_degrees is None else 'given'} field of view of {degrees:g} degrees along the longer side"
    )
    return matrix, {"intrinsics": matrix.tolist(), "source": source}
