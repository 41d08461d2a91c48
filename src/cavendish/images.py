"""Pictures of any kind as (H, W, 3) uint8 sRGB, the form that everything else works on."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from cavendish.errors import ImageError, MissingExtraError, optional_import


class Tensor(Protocol):
    """A torch tensor, as far as it is asked here; torch is not imported for it."""

    def detach(self) -> Any: ...


ImageInput = str | os.PathLike[str] | bytes | Image.Image | NDArray[Any] | Tensor

MAX_PIXELS = 150_000_000  # of a file; one that claims more counts as a decompression bomb
PAPER = (255, 255, 255)  # the colour behind transparent pictures
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MOVING = {"GIF", "PNG", "TIFF", "WEBP"}  # formats whose further pictures are frames or pages
SIXTEEN_BIT = {"I;16", "I;16B", "I;16L", "I;16N"}


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was read, and what was done to it."""

    rgb: NDArray[np.uint8]  # (H, W, 3) sRGB, upright
    source: str = ""  # the path of the file; empty for what came from memory
    mode: str = "RGB"  # as stored: Pillow's name, or the dtype of an array
    orientation: int = 1  # the EXIF orientation that was undone; 1 is upright
    profile: str = ""  # the name of the colour profile that was converted to sRGB
    paper: tuple[int, int, int] | None = None  # the colour that transparent parts were laid on
    frame: int = 0  # its number, from 0
    frames: int | None = 1  # how many the file has; None where only reading all of them would tell


def load(image: ImageInput, frame: int = 0) -> Picture:
    """A picture as (H, W, 3) uint8 RGB, upright, with the record of what was converted.

    `image` is a path, the bytes of a file, a PIL image, a NumPy array (H, W, 3), (H, W) or (H, W, 4), or a torch tensor
    (3, H, W), (1, H, W) or (4, H, W); arrays and tensors are uint8, or floating in [0, 1]. Of files and PIL images the
    EXIF orientation is honoured, an embedded ICC profile is converted to sRGB (one that cannot be read counts as sRGB,
    as in browsers), transparency is laid on white, and 16-bit gray is scaled to 8. `frame` picks a picture of an
    animation or of a file with several pages; a PIL image is read at the frame it stands at. Raises ImageError, or
    MissingExtraError for HEIC without its library.
    """
    is_file = isinstance(image, (str, os.PathLike, bytes))
    if frame != 0 and not is_file:
        raise ImageError(f"frame {frame} can be asked of a file only; of a PIL image, seek the frame first")
    if isinstance(image, np.ndarray):
        return _from_array(image)
    if hasattr(image, "detach"):
        return _from_tensor(image)
    with _opened(image) as picture:
        if not is_file:
            return _from_pil(picture, image)
        count = getattr(picture, "n_frames", 1)
        if not 0 <= frame < count:
            raise ImageError(f"there is no frame {frame}; its frames are 0 to {count - 1}")
        picture.seek(frame)
        return _from_pil(picture, image, count)


def read_image(image: ImageInput, frame: int = 0) -> NDArray[np.uint8]:
    """The pixels (H, W, 3) that `load` gives for the same arguments."""
    return load(image, frame).rgb


def load_frames(image: ImageInput) -> Iterator[Picture]:
    """Every picture of an animation or a document of several pages in order, each as `load` gives it."""
    if isinstance(image, np.ndarray) or hasattr(image, "detach"):
        yield load(image)
        return
    with _opened(image) as picture:
        for page in ImageSequence.Iterator(picture):
            yield _from_pil(page, image)


def count_frames(image: str | os.PathLike[str]) -> int:
    """The number of pictures that a file shows one after the other: 1 for a still.

    Files that hold other versions of one picture (the MPO of phones, HEIC) count as stills. Raises as `load`.
    """
    with _opened(image) as picture:
        return getattr(picture, "n_frames", 1) if picture.format in MOVING else 1


@contextmanager
def _opened(image: ImageInput) -> Iterator[Image.Image]:
    """The PIL image of a path, bytes or a PIL image; every error inside becomes one that names the picture."""
    name = str(image) if isinstance(image, (str, os.PathLike)) else "the picture"
    try:
        yield image if isinstance(image, Image.Image) else _open(image)
    except MissingExtraError:
        raise
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{name}: it claims too many pixels; the limit is {MAX_PIXELS:,}") from None
    except UnidentifiedImageError:
        raise ImageError(f"{name}: not a picture in a known format") from None
    except Exception as error:  # on broken files Pillow's readers raise nearly anything: SyntaxError, struct.error, …
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ImageError(f"{name}: the picture is broken or cut short ({reason})") from error


def _open(image: Any) -> Image.Image:
    if isinstance(image, (str, os.PathLike)):
        image = _read_file(Path(image))
    if not isinstance(image, bytes):
        kind = type(image).__name__
        raise ImageError(f"a picture is a path, bytes, a PIL image, a NumPy array or a torch tensor, not {kind}")
    if not image:
        raise ImageError("the file is empty (zero bytes)")
    try:
        picture = Image.open(io.BytesIO(image))
    except UnidentifiedImageError:
        if image[4:8] != b"ftyp" or image[8:12] not in HEIF_BRANDS:
            raise
        with optional_import("to read HEIC pictures", "cavendish[heif]"):
            import pillow_heif
        pillow_heif.register_heif_opener()
        picture = Image.open(io.BytesIO(image))
    if picture.width * picture.height > MAX_PIXELS:
        raise Image.DecompressionBombError
    return picture


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ImageError("there is no such file") from None
    except IsADirectoryError:
        raise ImageError("this is a folder, not a picture") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ImageError(f"it cannot be read ({getattr(error, 'strerror', None) or error})") from None


def _from_pil(picture: Image.Image, source: ImageInput, frames: int | None = None) -> Picture:
    """A PIL image at its current frame: orientation, bit depth, colour profile and transparency, each in one place."""
    done: dict[str, Any] = {"mode": picture.mode, "frame": picture.tell(), "frames": frames}
    if isinstance(source, (str, os.PathLike)):
        done["source"] = os.fspath(source)
    profile = picture.info.get("icc_profile")
    orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation != 1:
        picture = ImageOps.exif_transpose(picture)
        done["orientation"] = orientation
    if picture.width == 0 or picture.height == 0:
        raise ImageError("the picture has no pixels")
    if picture.mode in SIXTEEN_BIT or picture.mode in ("I", "F"):
        picture = _to_eight_bits(picture)
    alpha = None
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
    if alpha is not None or picture.mode in ("1", "P"):
        picture = picture.convert("RGB")
    picture, done["profile"] = _to_srgb(picture, profile)
    if alpha is not None:
        picture = Image.composite(picture, Image.new("RGB", picture.size, PAPER), alpha)
        done["paper"] = PAPER
    return Picture(np.array(picture), **done)


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit gray scaled (65535 is white), 32-bit integer gray if it holds 16-bit values, float gray in [0, 1]."""
    values = np.asarray(picture)
    if picture.mode == "F":
        return Image.fromarray(_float_to_uint8(values))
    if picture.mode == "I" and not 0 <= values.min() <= values.max() <= 65535:
        raise ImageError(f"32-bit gray must hold 16-bit values, not {values.min()} to {values.max()}")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _to_srgb(picture: Image.Image, profile: bytes | None) -> tuple[Image.Image, str]:
    """The picture in sRGB, and the name of the profile that it was converted from, empty if there was nothing to do."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            name = ImageCms.getProfileDescription(source)
            if "sRGB" not in name:  # else the round trip would only lose bits
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
                assert converted is not None  # it is None only where the change is made in place
                return converted, name.strip()
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert("RGB"), ""


def _from_array(array: NDArray[Any]) -> Picture:
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ImageError(f"a picture array has shape (H, W, 3), (H, W) or (H, W, 4), not {array.shape}")
    if array.size == 0:
        raise ImageError(f"the picture array is empty: its shape is {array.shape}")
    levels = array
    if np.issubdtype(array.dtype, np.floating):
        levels = _float_to_uint8(array)
    elif array.dtype != np.uint8:
        raise ImageError(f"a picture array is uint8, or floating in [0, 1], not {array.dtype}")
    mode = str(array.dtype)
    if levels.ndim == 2:
        return Picture(np.repeat(levels[..., None], 3, axis=2), mode=mode)
    if levels.shape[2] == 4:
        return replace(_from_pil(Image.fromarray(levels), array, 1), mode=mode)
    return Picture(levels.copy(), mode=mode)


def _from_tensor(tensor: Any) -> Picture:
    tensor = tensor.detach().cpu()
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3, 4):
        raise ImageError(f"a picture tensor has shape (3, H, W), (1, H, W) or (4, H, W), not {tuple(tensor.shape)}")
    if tensor.is_floating_point():
        tensor = tensor.float()  # NumPy has no bfloat16
    array = np.moveaxis(tensor.numpy(), 0, 2)
    return _from_array(array[..., 0] if array.shape[2] == 1 else array)


def _float_to_uint8(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Floats in [0, 1] to the nearest of 0..255; values that would round to another level are refused, not clipped."""
    low, high = float(values.min()), float(values.max())
    if not (low >= -0.5 / 255 and high <= 255.5 / 255):  # also False for NaN
        span = f"values from {low:.4g} to {high:.4g}" if low == low else "NaN"
        raise ImageError(f"a floating picture lies in [0, 1]; this one holds {span}")
    return (values * 255).round().clip(0, 255).astype(np.uint8)
