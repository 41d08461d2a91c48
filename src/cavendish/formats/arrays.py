"""What readers of arrays have in common: one error for broken files, checks, and the frame of stored normals."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals
from cavendish.errors import CavendishError, ImageError


@contextmanager
def reading(path: Path, what: str = "this file cannot be read") -> Iterator[None]:
    """Whatever a library raises on a broken file becomes ImageError, which begins with `what`."""
    try:
        yield
    except CavendishError:
        raise
    except Exception as error:  # zipfile, NumPy, Pillow, OpenEXR and pycocotools each raise their own, or bare ones
        raise ImageError(f"{path}: {what} ({error or type(error).__name__})") from error


def checked(array: NDArray[Any], path: Path) -> NDArray[Any]:
    """The array; ImageError unless it holds numbers."""
    if array.dtype.kind not in "biuf" or not array.size:
        raise ImageError(f"{path}: truth is an array of numbers, not {array.dtype} of shape {array.shape}")
    return array


def in_project_frame(
    vectors: NDArray[Any], path: Path, frame: Frame | None, record: str | bytes = "{}"
) -> NDArray[np.floating]:
    """Stored normals along the project's axes, from those of `frame`, else those that our own `record` of them names.

    ImageError unless they are floats, CodeError for an unknown frame.
    """
    if vectors.dtype.kind != "f":
        raise ImageError(f"{path}: normals are floats from -1 to 1, not {vectors.dtype}")
    with suppress(ValueError, TypeError, AttributeError):  # the record of somebody else
        frame = frame or json.loads(record).get("axes")
    return convert_normals(vectors, frame or "cavendish")
