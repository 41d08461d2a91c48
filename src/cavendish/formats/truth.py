"""Reading back the arrays that people and Cavendish keep answers in: ground truth for painting, results for scoring."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import Frame, convert_normals
from cavendish.errors import ImageError, MissingExtraError
from cavendish.formats.png import units_per_metre


def read_depth(path: str | Path, *, scale: str | float | None = None) -> NDArray[np.float32]:
    """(H, W) float32 metres from .npy, 16-bit .png, .npz (`metres`) or .exr (Z), or the only array in these.

    A PNG holds integers, 0 for unknown (NaN here), at `scale` units per metre ("mm", "kitti" or a number); None takes
    what the file itself says, and millimetres if it says nothing. Raises ImageError.
    """
    path = _existing(path)
    if path.suffix.lower() == ".png":
        values, note = _read_png(path)
        if values.ndim != 2:
            raise ImageError(f"{path}: depth is one 16-bit gray channel, this PNG has {values.shape[2]} channels")
        if values.dtype == np.uint8:
            raise ImageError(f"{path}: depth is 16-bit gray, this PNG has 8 bits")
        per_metre = units_per_metre(scale if scale is not None else note.get("units_per_metre", "mm"))
        metres = np.where(values > 0, values / per_metre, np.nan)
    elif scale is not None:
        raise ImageError(f"{path}: scale is for 16-bit PNG; other files hold metres")
    else:
        metres = _read_array(path, {".npy": "", ".npz": "metres", ".exr": "Z"})
    if metres.ndim != 2:
        raise ImageError(f"{path}: depth has shape (H, W), not {metres.shape}")
    return metres.astype(np.float32)


def read_normals(path: str | Path, *, x: str | None = None, frame: Frame | None = None) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit normals, zeros where unknown, from .npy, .npz, .exr (R, G, B) or .png of 8 or 16 bits.

    `x` is the convention of a PNG, "left" or "right"; None takes what the file itself says, and "left" if it says
    nothing. In a PNG black, which no unit vector has, is unknown. `frame` names the axes of other files' vectors
    (see `codes.convert_normals`); None takes what our own files say of themselves, and the project's frame elsewhere.
    Raises ImageError, or CodeError for an unknown frame.
    """
    path = _existing(path)
    vectors: NDArray[np.floating]
    if path.suffix.lower() == ".png":
        levels, note = _read_png(path)
        if levels.ndim != 3 or levels.shape[2] != 3:
            raise ImageError(f"{path}: a normal map is an RGB picture, this PNG has shape {levels.shape}")
        if frame is not None:
            raise ImageError(f"{path}: a frame is named for arrays; a picture's convention is x")
        x = x or note.get("x", "left")
        if x not in ("left", "right"):
            raise ImageError(f"x is 'left' or 'right', not {x!r}")
        vectors = levels / np.float32(np.iinfo(levels.dtype).max / 2) - 1
        vectors[..., 0] *= -1 if x == "left" else 1
        vectors[~levels.any(axis=2)] = 0
    else:
        vectors = _read_array(path, {".npy": "", ".npz": "vectors", ".exr": "RGB"})
        if vectors.dtype.kind != "f":
            raise ImageError(f"{path}: normals are floats from -1 to 1, not {vectors.dtype}")
        vectors = convert_normals(vectors, frame or _axes_said(path))
    if vectors.ndim != 3 or vectors.shape[2] != 3:
        raise ImageError(f"{path}: normals have shape (H, W, 3), not {vectors.shape}")
    vectors[~np.isfinite(vectors).all(axis=2)] = 0
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-6).astype(np.float32)


def read_labels(path: str | Path) -> NDArray[np.int32]:
    """(H, W) int32 class indices from an indexed or gray .png, .npy or .npz; -1 where our own files say undecided."""
    path = _existing(path)
    if path.suffix.lower() == ".png":
        values, note = _read_png(path)
        if values.ndim == 3:
            raise ImageError(f"{path}: this PNG is a picture in colours; labels are one channel of class indices")
        labels = values.astype(np.int32)
        if (undecided := note.get("undecided")) is not None:
            labels[values == undecided] = -1
    else:
        labels = _read_array(path, {".npy": "", ".npz": "labels"})
    if labels.ndim != 2 or not np.issubdtype(labels.dtype, np.integer):
        raise ImageError(f"{path}: labels are (H, W) integers, not {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.int32)


def read_masks(path: str | Path) -> NDArray[np.bool_]:
    """(N, H, W) bool: one mask for each annotation of a COCO .json, id but 0 of a .png, or plane of a .npy or .npz.

    Planes are bool or integers 0 and 1. A (H, W) array is one mask if it is bool, and ids like a PNG's if it holds
    integers. In .npz it is called `masks`, or is the only one. Raises ImageError.
    """
    path = _existing(path)
    if path.suffix.lower() == ".json":
        return _read_coco(path)
    values = _read_png(path)[0] if path.suffix.lower() == ".png" else _read_array(path, {".npy": "", ".npz": "masks"})
    if values.ndim == 3 and values.dtype.kind in "iu" and values.min() >= 0 and values.max() <= 1:
        values = values.astype(bool)
    if values.dtype == np.bool_ and values.ndim in (2, 3):
        return values.reshape(-1, *values.shape[-2:])
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.integer):
        raise ImageError(f"{path}: masks are (N, H, W) bool or (H, W) ids, not {values.dtype} of shape {values.shape}")
    ids = np.unique(values)
    return values == ids[ids != 0][:, None, None]


def _existing(path: str | Path) -> Path:
    try:
        path = Path(path)
    except TypeError:
        raise ImageError(f"the path of a file is a text or a Path, not {path!r}") from None
    if not path.exists():
        raise ImageError(f"{path}: there is no such file")
    return path


def _read_png(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """The stored levels, (H, W) or (H, W, C), not a picture of them: palette indices, 16 bits; and our own record."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            note = dict(json.loads(picture.info.get("cavendish", "{}")))
            if picture.tile[0].args != "RGB;16B":
                return np.asarray(picture), note
            # Pillow keeps the high byte of 16-bit colours; read as little-endian, the same data gives the low one.
            tiles = [tile._replace(args="RGB;16L") for tile in picture.tile]
            high = np.asarray(picture).astype(np.uint16)
        with Image.open(path) as picture:
            picture.tile = tiles
            return high << 8 | np.asarray(picture), note
    except Exception as error:  # on broken files Pillow's readers raise nearly anything
        raise ImageError(f"{path}: this PNG cannot be read ({error})") from error


def _read_array(path: Path, keys: dict[str, str]) -> NDArray[Any]:
    suffix = path.suffix.lower()
    if suffix not in keys:
        raise ImageError(f"{path}: this is read from {', '.join((*keys, '.png'))}")
    try:
        if suffix == ".exr":
            return _read_exr(path, keys[suffix])
        loaded = np.load(path, allow_pickle=False)
        array: NDArray[Any] = loaded if suffix == ".npy" else _named(loaded, keys[suffix], path)
    except (MissingExtraError, ImageError):
        raise
    except Exception as error:  # zipfile, NumPy and OpenEXR each raise their own on broken files
        raise ImageError(f"{path}: this file cannot be read ({error})") from error
    if array.dtype.kind not in "biuf" or not array.size:
        raise ImageError(f"{path}: truth is an array of numbers, not {array.dtype} of shape {array.shape}")
    return array


def _named(archive: Mapping[str, NDArray[Any]], name: str, path: Path) -> NDArray[Any]:
    if name not in archive and len(archive) != 1:
        raise ImageError(f"{path}: none of its {len(archive)} arrays is called {name!r}: {', '.join(archive)}")
    return archive[name] if name in archive else next(iter(archive.values()))


def _read_coco(path: Path) -> NDArray[np.bool_]:
    from pycocotools import mask as coco

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if len(document["images"]) != 1:
            raise ValueError(f"it has {len(document['images'])}")
        picture = document["images"][0]
        size = picture["height"], picture["width"]
        masks = np.zeros((len(document["annotations"]), *size), bool)
        for mask, annotation in zip(masks, document["annotations"]):
            shape = annotation["segmentation"]  # run lengths, packed or as a list, or polygons
            if not isinstance(shape, dict) or isinstance(shape["counts"], list):
                shape = coco.frPyObjects(shape, *size)
            mask[:] = coco.decode(coco.merge(shape) if isinstance(shape, list) else shape)
        return masks
    except Exception as error:  # pycocotools raises bare exceptions for shapes it does not know
        raise ImageError(f"{path}: this is not a COCO file of one image ({error or type(error).__name__})") from error


def _axes_said(path: Path) -> Frame:
    """The frame that a file of normals of our own names: in an EXR's header, or in the sidecar of a .npy."""
    sidecar = path.with_name(f"{path.name}.json")
    try:
        if path.suffix.lower() == ".exr":
            import OpenEXR

            note = OpenEXR.File(str(path), header_only=True).header().get("cavendish", "{}")
        else:
            note = sidecar.read_text(encoding="utf-8") if sidecar.is_file() else "{}"
        said: Frame = json.loads(note).get("axes", "cavendish")
        return said
    except (ValueError, AttributeError, OSError):  # a note of somebody else's
        return "cavendish"


def _read_exr(path: Path, name: str) -> NDArray[np.float32]:
    try:
        import OpenEXR
    except ImportError:
        raise MissingExtraError("to read .exr files: pip install 'cavendish[export]'") from None
    channels = OpenEXR.File(str(path)).channels()
    channel = channels[name] if name in channels or len(channels) > 1 else next(iter(channels.values()))
    pixels: NDArray[np.float32] = channel.pixels
    return pixels
