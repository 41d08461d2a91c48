"""Surface normals to colours and back, and between the coordinate frames of the field.

The project's frame: camera space, right-handed, +x right, +y up, +z out of the picture toward the viewer.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.paint import as_array, as_rgb, blocks
from cavendish.errors import CodeError

X = Literal["left", "right"]
"""Where red grows: "left", R = (1 - x) / 2, in the paper and DSINE; "right", R = (1 + x) / 2, elsewhere."""

Frame = Literal["cavendish", "opencv", "opengl", "lub"]
"""Axes of stored vectors: "opencv" is x right, y down, z forward; "opengl" equals the project's own; "lub" (DSINE, NYU
and ScanNet ground truth) is x left, y up, z back."""

_TO_CAVENDISH = {"cavendish": (1, 1, 1), "opengl": (1, 1, 1), "opencv": (1, -1, -1), "lub": (-1, 1, 1)}

_BLACK = 27 * 2 / 255 - 1


def normals_to_rgb(vectors: ArrayLike, x: X = "left", valid: NDArray[np.bool_] | None = None) -> NDArray[np.uint8]:
    """Paint (H, W, 3) unit vectors as (H, W, 3) uint8: G = (1 + y) / 2, B = (1 + z) / 2 and R by `x`.

    Vectors of any positive length are normalised. Zero vectors, and pixels where `valid` (H, W) is False, are painted
    black, the colour of no normal. CodeError for other shapes and for NaN or infinite components of valid pixels.
    """
    n = as_array(vectors, "normals")
    if n.ndim != 3 or n.shape[2] != 3 or n.dtype.kind != "f":
        raise CodeError(f"normals must be an (H, W, 3) float array, not {n.shape} {n.dtype}")
    if valid is not None:
        if np.shape(valid) != n.shape[:2]:
            raise CodeError(f"valid must have the normals' shape {n.shape[:2]}, not {np.shape(valid)}")
        n = np.where(np.asarray(valid)[..., None], n, 0)
    if not np.isfinite(n).all():
        raise CodeError("normals have NaN or infinite components; mark those pixels with valid=False or repair them")
    rgb = np.empty(n.shape, dtype=np.uint8)
    sign = np.array([_sign(x), 1, 1])
    for rows in blocks(n.shape):
        part = n[rows].astype(np.float64)
        length = np.linalg.norm(part, axis=-1, keepdims=True)
        unit = part / np.where(length > 0, length, 1)
        rgb[rows] = np.where(length > 0, np.rint((1 + sign * unit) * 127.5), 0)
    return rgb


def rgb_to_normals(rgb: ArrayLike, x: X = "left") -> NDArray[np.float32]:
    """Read (H, W, 3) RGB, uint8 or float in [0, 1], as unit normals (H, W, 3) float32.

    Black, also with noise (all channels under 27; no unit vector has all of them under 54), gives the zero vector.
    """
    image = as_rgb(rgb)
    sign = np.array([_sign(x), 1, 1], dtype=np.float32)
    vectors = np.empty(image.shape, dtype=np.float32)
    for rows in blocks(image.shape):
        raw = _raw(image[rows])
        length = np.sqrt(np.square(raw).sum(axis=-1))
        none = (raw.max(axis=-1) < _BLACK) | (length < 1e-6)
        raw *= sign
        vectors[rows] = raw / np.where(none, 1, length)[..., None]
        vectors[rows][none] = 0
    return vectors


def normals_distance(rgb: ArrayLike) -> NDArray[np.float32]:
    """(H, W) float32: Euclidean distance in 8-bit levels of the colours of (H, W, 3) RGB from those of unit normals."""
    image = as_rgb(rgb)
    distance = np.empty(image.shape[:2], dtype=np.float32)
    for rows in blocks(image.shape):
        length = np.sqrt(np.square(_raw(image[rows])).sum(axis=-1))
        distance[rows] = np.abs(length - 1) * np.float32(127.5)
    return distance


def _raw(image: NDArray[np.uint8] | NDArray[np.floating]) -> NDArray[np.float32]:
    return image.astype(np.float32) * np.float32(2 / 255 if image.dtype == np.uint8 else 2) - 1


def convert_normals(vectors: ArrayLike, source: Frame, target: Frame = "cavendish") -> NDArray[np.floating]:
    """(..., 3) vectors from one named frame to another; CodeError for an unknown frame."""
    v = as_array(vectors, "normals")
    if v.ndim < 1 or v.shape[-1] != 3 or v.dtype.kind != "f":
        raise CodeError(f"normals must be a (..., 3) float array, not {v.shape} {v.dtype}")
    signs = np.array(_axes(source), v.dtype) * np.array(_axes(target), v.dtype)
    converted: NDArray[np.floating] = v * signs
    return converted


def _axes(frame: str) -> tuple[int, int, int]:
    if not isinstance(frame, str) or frame not in _TO_CAVENDISH:
        raise CodeError(f"unknown frame {frame!r}; use one of {', '.join(_TO_CAVENDISH)}")
    return _TO_CAVENDISH[frame]


def normals_note(frame: Frame) -> dict[str, str]:
    """The record of the frame for a file: its name as `axes`, and its description as `frame`."""
    x, y, z = _axes(frame)
    axes = f"+x {'right' if x > 0 else 'left'}, +y {'up' if y > 0 else 'down'}, +z "
    return {
        "axes": frame,
        "frame": f"unit normals, {axes}{'toward' if z > 0 else 'away from'} the viewer; zeros are unknown",
    }


def _sign(x: str) -> int:
    if x not in ("left", "right"):
        raise CodeError(f'x must be "left" or "right", the direction in which red grows, not {x!r}')
    return -1 if x == "left" else 1
