"""Every kind of picture people have becomes (H, W, 3) uint8, and what is no picture becomes one clear sentence."""

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from cavendish.errors import ImageError
from cavendish.images import MAX_PIXELS, PAPER, Picture, load, read_image
from cavendish.video import iter_frames, load_frames

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (6, 9, 3), np.uint8)


def encoded(picture: Image.Image, format: str, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, format=format, **options)
    return file.getvalue()


PNG = encoded(Image.fromarray(PICTURE), "PNG")


def test_every_kind_of_input_gives_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    path.write_bytes(PNG)
    floats = PICTURE / 255
    inputs = [path, str(path), PNG, Image.open(path), Image.fromarray(PICTURE), PICTURE, floats]
    inputs += [floats.astype(np.float32), np.asfortranarray(PICTURE), PICTURE[::-1][::-1]]
    for image in inputs:
        read = read_image(image)
        assert read.dtype == np.uint8
        np.testing.assert_array_equal(read, PICTURE)


def test_a_torch_tensor_is_channels_first() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(PICTURE).permute(2, 0, 1)
    np.testing.assert_array_equal(read_image(tensor), PICTURE)
    np.testing.assert_array_equal(read_image((tensor / 255.0).requires_grad_()), PICTURE)
    assert np.abs(read_image((tensor / 255.0).bfloat16()).astype(int) - PICTURE).max() <= 1
    np.testing.assert_array_equal(read_image(tensor[:1]), np.repeat(PICTURE[..., :1], 3, axis=2))
    with pytest.raises(ImageError, match=r"shape \(3, H, W\)"):
        read_image(tensor.permute(1, 2, 0)[None])


def test_the_answer_is_the_callers_own() -> None:
    array = PICTURE.copy()
    read_image(array)[:] = 0
    np.testing.assert_array_equal(array, PICTURE)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int) -> None:
    """The stored picture is made from the upright one by the inverse of what EXIF says each value means."""
    upright = PICTURE
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),  # to be turned 90 degrees clockwise
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), "PNG", exif=exif)
    np.testing.assert_array_equal(read_image(data), upright)
    np.testing.assert_array_equal(read_image(Image.open(io.BytesIO(data))), upright)


def test_gray_of_every_depth() -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    wanted = np.repeat(ramp[..., None], 3, axis=2)
    fine = ramp.astype(np.uint16) * 257
    as_float = Image.fromarray(ramp.astype(np.float32) / 255)
    whole = Image.fromarray(fine.astype(np.int32))
    for data in [
        encoded(Image.fromarray(ramp), "PNG"),
        encoded(Image.fromarray(fine), "PNG"),
        encoded(Image.fromarray(fine), "TIFF"),
        encoded(Image.fromarray(fine.astype(">u2")), "TIFF"),
        encoded(as_float, "TIFF"),
        encoded(whole, "TIFF"),
        ramp,
    ]:
        np.testing.assert_array_equal(read_image(data), wanted)
    one_bit = Image.fromarray(ramp > 100)
    assert one_bit.mode == "1"
    np.testing.assert_array_equal(read_image(encoded(one_bit, "PNG"))[..., 0], (ramp > 100) * 255)


def test_16_bit_gray_rounds_to_the_nearest_of_8() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    read = read_image(encoded(Image.fromarray(values), "PNG"))[..., 0]
    np.testing.assert_array_equal(read, np.rint(values / 65535 * 255))


def test_transparency_is_laid_on_white() -> None:
    alpha = RNG.integers(0, 256, (6, 9, 1), np.uint8)
    rgba = np.concatenate([PICTURE, alpha], axis=2)
    share = alpha / 255
    wanted = PICTURE * share + 255 * (1 - share)
    for image in (rgba, rgba / 255, encoded(Image.fromarray(rgba), "PNG"), Image.fromarray(rgba)):
        assert np.abs(read_image(image) - wanted).max() <= 1
    gray = Image.merge("LA", [Image.fromarray(PICTURE[..., 0]), Image.fromarray(alpha[..., 0])])
    assert np.abs(read_image(encoded(gray, "PNG")) - wanted[..., :1]).max() <= 1


def test_palettes_with_and_without_transparency() -> None:
    picture = Image.fromarray(np.array([[0, 1, 2]], np.uint8))
    picture.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    assert read_image(encoded(picture, "PNG")).tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]
    assert read_image(encoded(picture, "PNG", transparency=1)).tolist() == [[[255, 0, 0], [255] * 3, [0, 0, 255]]]


def test_cmyk_as_pillow_and_the_formula_have_it() -> None:
    flat = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert np.abs(read_image(encoded(flat, "TIFF")).astype(int) - (255, 0, 0)).max() <= 1
    jpeg = encoded(flat, "JPEG", quality=100)
    assert np.abs(read_image(jpeg).astype(int) - (255, 0, 0)).max() <= 4


def swapped_profile() -> bytes:
    """An RGB profile whose red and blue primaries are exchanged, made from Pillow's sRGB by editing its tag table."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    at = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    profile[at[b"rXYZ"] : at[b"rXYZ"] + 4], profile[at[b"bXYZ"] : at[b"bXYZ"] + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be")).replace(b"sRGB", b"swap")


def test_an_icc_profile_is_converted_to_srgb() -> None:
    red = Image.new("RGB", (2, 2), (255, 0, 0))
    read = read_image(encoded(red, "PNG", icc_profile=swapped_profile()))
    assert np.abs(read.astype(int) - (0, 0, 255)).max() <= 2
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    np.testing.assert_array_equal(read_image(encoded(Image.fromarray(PICTURE), "PNG", icc_profile=srgb)), PICTURE)
    broken = encoded(Image.fromarray(PICTURE), "PNG", icc_profile=b"no profile at all")
    np.testing.assert_array_equal(read_image(broken), PICTURE)


@pytest.mark.parametrize("format", ["GIF", "TIFF", "WEBP", "PNG"])
def test_every_frame(format: str, tmp_path: Path) -> None:
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]
    first, *rest = [Image.new("RGB", (5, 4), color) for color in colors]
    options = {"lossless": True} if format == "WEBP" else {}
    data = encoded(first, format, save_all=True, append_images=rest, **options)
    for index, color in enumerate(colors):
        assert (read_image(data, frame=index) == color).all()
    frames = list(iter_frames(data))
    assert [tuple(frame[0, 0]) for frame in frames] == colors
    with pytest.raises(ImageError, match="there is no frame 3; its frames are 0 to 2"):
        read_image(data, frame=3)
    opened = Image.open(io.BytesIO(data))
    opened.seek(1)
    assert (read_image(opened) == colors[1]).all()
    assert len(list(iter_frames(PICTURE))) == 1


def test_what_was_done_is_on_record(tmp_path: Path) -> None:
    def record(picture: Picture) -> dict[str, object]:
        return {name: value for name, value in vars(picture).items() if name not in ("rgb", "source")}

    plain = {"mode": "RGB", "orientation": 1, "profile": "", "paper": None, "frame": 0, "frames": 1}
    path = tmp_path / "plain.png"
    path.write_bytes(PNG)
    assert record(load(path)) == plain
    assert (load(path).source, load(PNG).source) == (str(path), "")
    assert record(load(PICTURE / 255)) == plain | {"mode": "float64"}
    clear = np.dstack([PICTURE, np.zeros_like(PICTURE[..., 0])])
    assert record(load(clear)) == plain | {"mode": "uint8", "paper": PAPER}
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = encoded(Image.fromarray(PICTURE), "PNG", exif=exif, icc_profile=swapped_profile())
    assert record(load(turned)) == plain | {"orientation": 6, "profile": "swap built-in"}
    gray = Image.new("L", (4, 4))
    pages = encoded(gray, "TIFF", save_all=True, append_images=[gray, gray])
    assert record(load(pages, 1)) == plain | {"mode": "L", "frame": 1, "frames": 3}
    assert [(page.frame, page.frames) for page in load_frames(pages)] == [(0, None), (1, None), (2, None)]
    assert [record(page) for page in load_frames(PICTURE)] == [plain | {"mode": "uint8"}]


def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    heif.from_pillow(Image.new("RGB", (64, 48), (200, 100, 50))).save(file, quality=90)
    read = read_image(file.getvalue())
    assert read.shape == (48, 64, 3)
    assert np.abs(read.astype(int) - (200, 100, 50)).max() < 8


def test_heic_without_its_library_says_what_to_install() -> None:
    heic = b"\0\0\0\x18ftypheic" + bytes(100)
    program = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from cavendish import errors, images\n"
        f"try: images.read_image({heic!r})\n"
        "except errors.MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "pip install 'cavendish[heif]'" in done.stdout


def test_the_smallest_and_the_longest() -> None:
    assert read_image(encoded(Image.new("RGB", (1, 1)), "PNG")).shape == (1, 1, 3)
    assert read_image(encoded(Image.new("L", (30000, 2), 7), "PNG")).shape == (2, 30000, 3)
    assert read_image(np.zeros((1, 1))).shape == (1, 1, 3)


def bomb() -> bytes:
    """A PNG of a few bytes that claims 40000 x 40000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_files_that_are_no_pictures_are_named(tmp_path: Path) -> None:
    long = encoded(Image.new("1", (MAX_PIXELS // 1000 + 1, 1000)), "PNG")
    cases = {
        "text.png": (b"hello, I am not a picture", "not a picture in a known format"),
        "empty.png": (b"", "empty"),
        "cut.png": (PNG[: len(PNG) // 2], "broken or cut short"),
        "cut.jpg": (encoded(Image.fromarray(PICTURE).resize((200, 200)), "JPEG")[:900], "broken or cut short"),
        "bomb.png": (bomb(), "too many pixels"),
        "large.png": (long, "too many pixels"),
    }
    for name, (data, reason) in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ImageError, match=reason) as caught:
            read_image(tmp_path / name)
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(ImageError, match=r"missing\.png: there is no such file"):
        read_image(tmp_path / "missing.png")
    with pytest.raises(ImageError, match="this is a folder"):
        read_image(tmp_path)
    with pytest.raises(ImageError, match="cannot be read"):
        read_image("nul\0.png")


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((4, 4, 3), np.int64), "not int64"),
        (np.zeros((4, 4, 3), np.uint16), "not uint16"),
        (np.zeros((4, 4, 3), bool), "not bool"),
        (np.zeros((4, 4, 3)) + 200.0, "values from 200 to 200"),
        (np.zeros((4, 4, 3)) - 0.1, "values from -0.1 to -0.1"),
        (np.full((4, 4, 3), np.nan), "holds NaN"),
        (np.full((4, 4), np.inf), "values from inf"),
        (np.zeros((3, 4, 4)).reshape(3, 4, 2, 2), r"not \(3, 4, 2, 2\)"),
        (np.zeros((4, 4, 2)), r"not \(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), "empty"),
        (np.zeros(7), r"not \(7,\)"),
    ],
)
def test_arrays_that_are_no_pictures(array: np.ndarray, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        read_image(array)


def test_other_things_are_no_pictures() -> None:
    for thing in (None, 7, [1, 2], {"a": 1}):
        with pytest.raises(ImageError, match="a picture is a path"):
            read_image(thing)
    with pytest.raises(ImageError, match="frame 1 can be asked of a file only"):
        read_image(PICTURE, frame=1)


def seeds() -> list[bytes]:
    """One file of every format and mode, as material to damage."""
    rgb, gray = Image.fromarray(PICTURE), Image.fromarray(PICTURE[..., 0])
    exif = Image.Exif()
    exif[0x0112] = 6
    files = [
        encoded(rgb, "PNG", exif=exif, icc_profile=swapped_profile()),
        encoded(rgb, "JPEG", exif=exif, icc_profile=swapped_profile()),
        encoded(rgb, "GIF", save_all=True, append_images=[rgb, rgb]),
        encoded(rgb, "BMP"),
        encoded(rgb, "WEBP", exif=exif),
        encoded(rgb, "PPM"),
        encoded(rgb, "TGA"),
        encoded(gray, "TIFF", compression="tiff_lzw"),
        encoded(rgb.convert("CMYK"), "TIFF", exif=exif),
        encoded(Image.fromarray(PICTURE[..., 0].astype(np.uint16)), "PNG"),
        encoded(Image.fromarray(PICTURE[..., 0].astype(np.float32)), "TIFF"),
        encoded(rgb.quantize(8), "PNG", transparency=0),
        encoded(rgb, "ICO"),
    ]
    return files + [encoded(rgb, "AVIF", exif=exif)] * features.check("avif")


SEEDS = seeds()


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files_are_pictures_or_image_errors(data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(SEEDS)))
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=8)):
        damaged[at] = value
    end = data.draw(st.one_of(st.just(len(damaged)), st.integers(0, len(damaged))))
    try:
        read = read_image(bytes(damaged[:end]))
    except ImageError as error:
        assert "\n" not in str(error)
    else:
        assert read.dtype == np.uint8
        assert read.ndim == 3
        assert read.shape[2] == 3
        assert read.size


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_noise_is_an_image_error_or_a_picture(data: bytes) -> None:
    with contextlib.suppress(ImageError):
        assert read_image(data).shape[2] == 3
