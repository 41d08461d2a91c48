"""Reading the pictures people have into the one form everything else works on: (H, W, 3) uint8 sRGB."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageOps, ImageSequence, UnidentifiedImageError

from cavendish.errors import ImageError, MissingExtraError

# A path, the bytes of a file, a PIL image, a NumPy array, or a torch tensor (Any, so that torch is not imported).
ImageInput = str | os.PathLike[str] | bytes | Image.Image | NDArray[Any] | Any

MAX_PIXELS = 150_000_000  # of a file; what claims more is taken for a decompression bomb
PAPER = (255, 255, 255)  # what shows through where a picture is transparent
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MOVING = {"GIF", "PNG", "TIFF", "WEBP"}  # formats whose further pictures are frames or pages
SIXTEEN_BIT = {"I;16", "I;16B", "I;16L", "I;16N"}


def read_image(image: ImageInput, frame: int = 0) -> NDArray[np.uint8]:
    """A picture as (H, W, 3) uint8 RGB, upright.

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
        if is_file:
            count = getattr(picture, "n_frames", 1)
            if not 0 <= frame < count:
                raise ImageError(f"there is no frame {frame} among its {count}, counted from 0")
            picture.seek(frame)
        return _to_rgb(picture)


def iter_frames(image: ImageInput) -> Iterator[NDArray[np.uint8]]:
    """Every picture of an animation or a document of several pages in order, each as `read_image` gives it."""
    if isinstance(image, np.ndarray) or hasattr(image, "detach"):
        yield read_image(image)
        return
    with _opened(image) as picture:
        for page in ImageSequence.Iterator(picture):
            yield _to_rgb(page)


def count_frames(image: str | os.PathLike[str]) -> int:
    """How many pictures a file shows one after the other: 1 for a still.

    Files that hold other versions of one picture (the MPO of phones, HEIC) count as stills. Raises as `read_image`.
    """
    with _opened(image) as picture:
        return getattr(picture, "n_frames", 1) if picture.format in MOVING else 1


@contextmanager
def _opened(image: ImageInput) -> Iterator[Image.Image]:
    """The PIL image behind a path, bytes or a PIL image; all that goes wrong with it becomes an error that names it."""
    name = str(image) if isinstance(image, (str, os.PathLike)) else "the picture"
    try:
        yield image if isinstance(image, Image.Image) else _open(image)
    except MissingExtraError:
        raise
    except ImageError as error:
        raise ImageError(f"{name}: {error}") from None
    except Image.DecompressionBombError:
        raise ImageError(f"{name}: it claims too many pixels for a picture; the limit is {MAX_PIXELS:,}") from None
    except UnidentifiedImageError:
        raise ImageError(f"{name}: not a picture in a format known here") from None
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
        try:
            import pillow_heif
        except ImportError:
            raise MissingExtraError("to read HEIC pictures: pip install 'cavendish[heif]'") from None
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


def _to_rgb(picture: Image.Image) -> NDArray[np.uint8]:
    """A PIL image at its current frame as (H, W, 3) uint8."""
    profile = picture.info.get("icc_profile")
    picture = ImageOps.exif_transpose(picture) if picture.getexif().get(ExifTags.Base.Orientation, 1) != 1 else picture
    if picture.width == 0 or picture.height == 0:
        raise ImageError("the picture has no pixels")
    if picture.mode in SIXTEEN_BIT or picture.mode in ("I", "F"):
        picture = _to_eight_bits(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        alpha = picture.getchannel("A")
        opaque = _to_srgb(picture.convert("RGB"), profile)
        paper = Image.new("RGB", picture.size, PAPER)
        return np.array(Image.composite(opaque, paper, alpha))
    if picture.mode in ("1", "P"):
        picture = picture.convert("RGB")
    return np.array(_to_srgb(picture, profile))


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """16-bit gray scaled (65535 is white), 32-bit integer gray if it holds 16-bit values, float gray in [0, 1]."""
    values = np.asarray(picture)
    if picture.mode == "F":
        return Image.fromarray(_float_to_uint8(values))
    if picture.mode == "I" and not 0 <= values.min() <= values.max() <= 65535:
        raise ImageError(f"32-bit gray must hold 16-bit values, not {values.min()} to {values.max()}")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):  # else the round trip would only lose bits
                srgb = ImageCms.createProfile("sRGB")
                converted = ImageCms.profileToProfile(picture, source, srgb, outputMode="RGB")
                assert converted is not None  # it is None only where the change is made in place
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass
    return picture.convert("RGB")


def _from_array(array: NDArray[Any]) -> NDArray[np.uint8]:
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ImageError(f"a picture array has shape (H, W, 3), (H, W) or (H, W, 4), not {array.shape}")
    if array.size == 0:
        raise ImageError(f"the picture array is empty: its shape is {array.shape}")
    if np.issubdtype(array.dtype, np.floating):
        array = _float_to_uint8(array)
    elif array.dtype != np.uint8:
        raise ImageError(f"a picture array is uint8, or floating in [0, 1], not {array.dtype}")
    if array.ndim == 2:
        return np.repeat(array[..., None], 3, axis=2)
    return _to_rgb(Image.fromarray(array)) if array.shape[2] == 4 else array.copy()


def _from_tensor(tensor: Any) -> NDArray[np.uint8]:
    tensor = tensor.detach().cpu()
    if tensor.ndim != 3 or tensor.shape[0] not in (1, 3, 4):
        raise ImageError(f"a picture tensor has shape (3, H, W), (1, H, W) or (4, H, W), not {tuple(tensor.shape)}")
    if tensor.is_floating_point():
        tensor = tensor.float()  # NumPy has no bfloat16
    array = np.moveaxis(tensor.numpy(), 0, 2)
    return _from_array(array[..., 0] if array.shape[2] == 1 else array)


def _float_to_uint8(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Floats in [0, 1] to the nearest of 0..255; what would round to a level outside is refused, not clipped."""
    low, high = float(values.min()), float(values.max())
    if not (low >= -0.5 / 255 and high <= 255.5 / 255):  # also False for NaN
        span = f"values from {low:.4g} to {high:.4g}" if low == low else "NaN"
        raise ImageError(f"a floating picture lies in [0, 1]; this one holds {span}")
    return np.rint(values * 255).clip(0, 255).astype(np.uint8)
