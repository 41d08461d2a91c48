"""PNG for all results; the text chunk `cavendish` holds the record as JSON."""

import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cavendish.codes.normals import X, normals_to_rgb
from cavendish.errors import ExportError, ImageError
from cavendish.files import replacing
from cavendish.formats.arrays import reading
from cavendish.results import DepthMap, Instances, Mask, NormalMap, Result, SemanticMap

UNITS_PER_METRE = {"mm": 1000.0, "kitti": 256.0}  # KITTI's depth devkit: metres = value / 256, 0 is unknown
UNDECIDED = 255  # palette index of pixels without a class
CITYSCAPES = (
    "unlabeled", "ego vehicle", "rectification border", "out of roi", "static", "dynamic", "ground", "road", "sidewalk",
    "parking", "rail track", "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole", "polegroup",
    "traffic light", "traffic sign", "vegetation", "terrain", "sky", "person", "rider", "car", "truck", "bus",
    "caravan", "trailer", "train", "motorcycle", "bicycle",
)  # fmt: skip
"""The names of the Cityscapes label table, in the order of its labelIds, from 0."""


def units_per_metre(scale: str | float) -> float:
    """The integer units in a metre of a 16-bit depth file: of "mm" 1000, of "kitti" 256, of a number itself."""
    if isinstance(scale, str) and scale in UNITS_PER_METRE:
        return UNITS_PER_METRE[scale]
    if isinstance(scale, (int, float)) and 0 < scale < float("inf"):
        return float(scale)
    raise ExportError(f"scale is 'mm', 'kitti' or a positive number of units per metre, not {scale!r}")


def write_depth(result: DepthMap, path: Path, *, scale: str | float = "mm", clip: bool = False) -> None:
    """16-bit gray, `scale` units per metre ("mm": 1000, "kitti": 256); 0 is unknown.

    Unknown depth and sky, which has no distance, are 0. Depth under half a unit is 1, so that it stays known. Depth too
    far for 16 bits is refused, or with `clip` written as 0.
    """
    per_metre = units_per_metre(scale)
    units = np.rint(result.metres.astype(np.float64) * per_metre)
    far = np.isfinite(units) & (units > 65535)
    if far.any() and not clip:
        raise ExportError(
            f"{path.name}: {far.sum()} pixels are farther than {65535 / per_metre:.6g} m, the most that 16 bits "
            "hold at this scale; use .exr, a coarser scale (kitti), or clip, which writes them as 0"
        )
    values = np.where(np.isfinite(units) & ~far, np.maximum(units, 1), 0).astype(np.uint16)
    _write(result, Image.fromarray(values), path, units_per_metre=per_metre, zero="unknown, sky or too far")


def write_normals(result: NormalMap, path: Path, *, bits: int = 8, x: X = "left") -> None:
    """RGB of `bits` 8 or 16: G = (1 + y)/2, B = (1 + z)/2 and, by `x`, R = (1 - x)/2 ("left") or (1 + x)/2 ("right").

    "left" is the convention of the paper and of DSINE. Black is unknown.
    """
    if bits not in (8, 16) or x not in ("left", "right"):
        raise ExportError(f"bits is 8 or 16 and x is 'left' or 'right', not bits={bits!r}, x={x!r}")
    if bits == 8:
        colors = normals_to_rgb(result.vectors, x, result.valid)
        _write(result, Image.fromarray(colors), path, bits=bits, x=x)
    else:
        signs = np.array([-1 if x == "left" else 1, 1, 1], np.float32)
        levels = np.rint((1 + result.vectors * signs) / 2 * 65535) * result.valid[..., None]
        _write_rgb16(result, levels.astype(">u2"), path, bits=bits, x=x)


def write_labels(result: SemanticMap, path: Path, *, format: str = "indexed") -> None:
    """One byte per pixel.

    "indexed": the class index, with the colours of the classes as palette, and 255 where undecided; 256 classes fit if
    no pixel is undecided. "cityscapes": the labelIds of the Cityscapes label table by class name; undecided is 0,
    "unlabeled".
    """
    if format == "indexed":
        undecided = UNDECIDED if len(result.classes) <= UNDECIDED else None
        if len(result.classes) > 256 or (undecided is None and (result.labels < 0).any()):
            limit = f"256 classes, or {UNDECIDED} and undecided pixels"
            raise ExportError(f"{path.name}: an indexed PNG holds at most {limit}; use .json")
        notes = {"format": format, "undecided": undecided}
        picture = Image.fromarray(np.where(result.labels < 0, UNDECIDED, result.labels).astype(np.uint8))
        # A full palette, since Pillow packs short ones in less than 8 bits and 255 would not fit.
        picture.putpalette(result.colors.tobytes().ljust(3 * 256, b"\0"))
    elif format == "cityscapes":
        if foreign := [name for name in result.classes if name not in CITYSCAPES]:
            legal = ", ".join(CITYSCAPES)
            raise ExportError(f"{path.name}: {foreign[0]!r} is not in the Cityscapes label table: {legal}")
        ids = np.array([CITYSCAPES.index(name) for name in (*result.classes, "unlabeled")], np.uint8)
        notes = {"format": format}
        picture = Image.fromarray(ids[result.labels])  # -1 takes the last
    else:
        raise ExportError(f"format is 'indexed' or 'cityscapes', not {format!r}")
    _write(result, picture, path, **notes)


def write_instances(result: Instances, path: Path) -> None:
    """Instance i has the value i + 1, in 8 bits or, over 255 instances, 16; where masks overlap the higher score wins.

    A path with `{index}`, such as out/{index}.png, gives one file per instance instead, counted from 0: 255 inside.
    """
    if "{index}" in path.name:
        for index, mask in enumerate(result.masks):
            name = path.name.replace("{index}", str(index))
            _write(result, Image.fromarray(mask.astype(np.uint8) * 255), path.with_name(name), index=index)
        return
    if len(result) > 65535:
        raise ExportError(f"{path.name}: 16 bits hold 65535 instances, not {len(result)}; use .json")
    ids = np.zeros(result.shape, np.uint8 if len(result) <= 255 else np.uint16)
    for index in np.argsort(result.scores, kind="stable"):
        ids[result.masks[index]] = index + 1
    _write(result, Image.fromarray(ids), path, overlap="the higher score is on top")


def write_mask(result: Mask, path: Path) -> None:
    """8-bit gray, 255 inside, 0 outside."""
    _write(result, Image.fromarray(result.mask.astype(np.uint8) * 255), path)


def read_depth(path: Path, *, scale: str | float | None = None) -> NDArray[np.float64]:
    """(H, W) metres of 16-bit gray at `scale` units per metre; NaN for 0. Without `scale` as the file says, or mm."""
    values, record = read_stored(path)
    if values.ndim != 2:
        raise ImageError(f"{path}: depth is one 16-bit gray channel, this PNG has {values.shape[2]} channels")
    if values.dtype == np.uint8:
        raise ImageError(f"{path}: depth is 16-bit gray, this PNG has 8 bits")
    per_metre = units_per_metre(scale if scale is not None else record.get("units_per_metre", "mm"))
    return np.where(values > 0, values / per_metre, np.nan)


def read_normals(path: Path, *, x: str | None = None) -> NDArray[np.floating]:
    """(H, W, 3) vectors of an RGB picture, zeros for black. Without `x` by the file's own convention, or "left"."""
    levels, record = read_stored(path)
    if levels.ndim != 3 or levels.shape[2] != 3:
        raise ImageError(f"{path}: a normal map is an RGB picture, this PNG has shape {levels.shape}")
    x = x or record.get("x", "left")
    if x not in ("left", "right"):
        raise ImageError(f"x is 'left' or 'right', not {x!r}")
    vectors = levels / np.float32(np.iinfo(levels.dtype).max / 2) - 1
    vectors[..., 0] *= -1 if x == "left" else 1
    vectors[~levels.any(axis=2)] = 0
    return vectors


def read_labels(path: Path) -> NDArray[np.int32]:
    """(H, W) palette indices or gray levels; -1 where our own files say undecided."""
    values, record = read_stored(path)
    if values.ndim == 3:
        raise ImageError(f"{path}: this PNG is a picture in colours; labels are one channel of class indices")
    labels = values.astype(np.int32)
    if (undecided := record.get("undecided")) is not None:
        labels[values == undecided] = -1
    return labels


def read_masks(path: Path) -> NDArray[Any]:
    """(H, W) ids of instances, 0 for none; bool for one mask in 1 bit."""
    return read_stored(path)[0]


def read_stored(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """The samples as stored, (H, W) or (H, W, C), palette indices and 16 bits as they are; and our own record."""
    with reading(path, "this PNG cannot be read"):
        with Image.open(path) as picture:
            record = dict(json.loads(picture.info.get("cavendish", "{}")))
            if picture.tile[0].args != "RGB;16B":
                return np.asarray(picture), record
            # Pillow keeps the high byte of 16-bit colours; read as little-endian, the same data gives the low one.
            tiles = [tile._replace(args="RGB;16L") for tile in picture.tile]
            high = np.asarray(picture).astype(np.uint16)
        with Image.open(path) as picture:
            picture.tile = tiles
            return high << 8 | np.asarray(picture), record


def _text(result: Result, notes: dict[str, Any]) -> str:
    return json.dumps({**result.record(), **notes})  # ASCII, which every PNG text chunk takes


def _write(result: Result, picture: Image.Image, path: Path, **notes: Any) -> None:
    text = PngInfo()
    text.add_text("cavendish", _text(result, notes))
    with replacing(path) as temporary, temporary.open("wb") as file:
        picture.save(file, format="PNG", pnginfo=text)


def _write_rgb16(result: Result, levels: NDArray[np.uint16], path: Path, **notes: Any) -> None:
    """Write (H, W, 3) big-endian uint16 as a PNG with 16 bits per channel, which Pillow cannot (W3C PNG, 2003)."""
    height, width, _ = levels.shape
    # Each row begins with the number of its filter: 2, the difference to the row above, byte by byte.
    lines = levels.reshape(height, -1).view(np.uint8)
    above = np.vstack([np.zeros_like(lines[:1]), lines[:-1]])
    filtered = np.insert(lines - above, 0, 2, axis=1)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)  # 16 bits, RGB, deflate, adaptive, not interlaced
    text = b"cavendish\0" + _text(result, notes).encode("ascii")
    chunks = [(b"IHDR", header), (b"tEXt", text), (b"IDAT", zlib.compress(filtered.tobytes(), 6)), (b"IEND", b"")]
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, body in chunks:
            file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))
