"""Overlays: a result drawn over a photo or alone, with a legend below that explains the colours.

The width of lines and the size of letters follow the size of the picture.
"""

from __future__ import annotations

import math
from functools import cache, singledispatch
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from cavendish.codes import distinct_colors, normals_to_rgb
from cavendish.errors import ExportError, ImageError
from cavendish.images import read_image
from cavendish.results import DepthMap, Instances, Mask, NormalMap, Result, SemanticMap

if TYPE_CHECKING:
    from cavendish.images import ImageInput

RGB = tuple[int, ...]

STRIP = (22, 24, 28)  # background of the legend
INK = (240, 240, 240)  # its text
SKY = (198, 214, 230)
UNKNOWN = (112, 112, 112)
CANVAS = 92  # gray level of the background where no photo is given
TINT = (255, 196, 0)  # colour of a mask
DEPTH_COLORMAP = "inferno"  # perceptually uniform; near is bright


def draw(result: Result, image: ImageInput | None, *, alpha: float | None, legend: bool) -> Image.Image:
    """The overlay of `Result.overlay`. Raises ImageError for an `image` of another size or an `alpha` outside [0, 1].

    Raises ExportError for a type of result that has registered no drawing with `cavendish.overlay.paint`.
    """
    height, width = result.shape
    if alpha is not None and not (isinstance(alpha, (int, float)) and 0 <= alpha <= 1):
        raise ImageError(f"alpha must be between 0 and 1, not {alpha!r}")
    if image is None:
        photo = np.full((height, width, 3), CANVAS, np.uint8)
    else:
        photo = read_image(image)
        if photo.shape[:2] != result.shape:
            size = f"{photo.shape[1]} x {photo.shape[0]}"
            raise ImageError(f"the image is {size} pixels and the answer {width} x {height}; they must be the same")
    if alpha is None:
        alpha = 1.0 if image is None else next((a for kind, a in _ALPHA.items() if isinstance(result, kind)), 0.5)
    picture = Image.fromarray(paint(result, photo, alpha))
    if isinstance(result, Instances):
        _number(picture, result)
    return _below(picture, _legend(result, width, _unit(result.shape))) if legend else picture


_ALPHA: dict[type[Result], float] = {DepthMap: 0.75, NormalMap: 0.75, SemanticMap: 0.55, Instances: 0.5, Mask: 0.5}


def _unit(shape: tuple[int, int]) -> int:
    """The height of letters in pixels, the unit of all other lengths."""
    return int(np.clip(round(math.sqrt(shape[0] * shape[1]) / 42), 11, 72))


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


@singledispatch
def paint(result: Result, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    """(H, W, 3) uint8: the colours of the answer over the photo."""
    kind = type(result).__name__
    raise ExportError(f"there is no drawing for {kind}; register one with @cavendish.overlay.paint.register")


@paint.register
def _(result: DepthMap, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    near, far = _depth_range(result.metres)
    with np.errstate(invalid="ignore", divide="ignore"):
        position = np.log(np.maximum(result.metres, near) / near) / math.log(far / near)
    index = np.nan_to_num(position * 255, nan=0, posinf=0).clip(0, 255).astype(np.uint8)
    colors = _colormap()[index]
    colors[np.isinf(result.metres)] = SKY
    colors[~result.valid] = UNKNOWN
    return _blend(_gray(photo), colors, alpha)


@paint.register
def _(result: NormalMap, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    colors = normals_to_rgb(result.vectors)
    colors[~result.valid] = UNKNOWN
    return _blend(_gray(photo), colors, alpha)


@paint.register
def _(result: SemanticMap, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    table = np.vstack([result.colors, UNKNOWN]).astype(np.uint8)  # -1 takes the last
    drawn = _blend(photo, table[result.labels], alpha)
    border = np.zeros(result.shape, bool)
    border[:, 1:] |= result.labels[:, 1:] != result.labels[:, :-1]
    border[1:] |= result.labels[1:] != result.labels[:-1]
    thickness = _line(result.shape)
    if thickness > 1:
        border = ndimage.maximum_filter(border, size=thickness)
    drawn[border] = (drawn[border] * 0.25).astype(np.uint8)
    return drawn


@paint.register
def _(result: Instances, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    drawn = photo.copy()
    reserved = [(0, 0, 0), (255, 255, 255)]  # numbers and outlines
    colors = distinct_colors(min(len(result), 128), avoid=reserved)
    areas = result.masks.sum(axis=(1, 2))
    for index in np.argsort(-areas, kind="stable"):  # small ones on top of large ones
        _tint(drawn, result.masks[index], colors[index % len(colors)], alpha)
    return drawn


@paint.register
def _(result: Mask, photo: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    drawn = photo.copy()
    drawn[~result.mask] = (drawn[~result.mask] * 0.6).astype(np.uint8)  # the rest is darkened
    _tint(drawn, result.mask, np.array(TINT), alpha)
    return drawn


def _tint(drawn: NDArray[np.uint8], mask: NDArray[np.bool_], color: NDArray[np.integer], alpha: float) -> None:
    """Tint a region in place and draw its outline, in the full colour with a dark line around it."""
    boxes = ndimage.find_objects(mask.astype(np.uint8))
    if not boxes:
        return
    thickness = _line(mask.shape)
    box = tuple(slice(max(0, side.start - thickness), side.stop + thickness) for side in boxes[0])
    part, region = drawn[box], mask[box]
    part[region] = _blend(part[region], np.asarray(color, np.uint8), alpha)
    disc = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), thickness)
    # The outside of the picture counts as mask, so that there is no line along the edge of the picture.
    inner = region & ~ndimage.binary_erosion(region, disc, border_value=1)
    outer = ndimage.binary_dilation(region, disc) & ~region
    part[outer] = (part[outer] * 0.35).astype(np.uint8)
    part[inner] = color


def _number(picture: Image.Image, result: Instances) -> None:
    """Write the index of each instance at the point of its mask that is farthest from the border."""
    pen = ImageDraw.Draw(picture)
    unit = _unit(result.shape)
    for index, mask in enumerate(result.masks):
        boxes = ndimage.find_objects(mask.astype(np.uint8))
        if not boxes:
            continue
        down, across = boxes[0]
        inside = ndimage.distance_transform_cdt(np.pad(mask[down, across], 1))
        y, x = np.unravel_index(inside.argmax(), inside.shape)
        centre = across.start + int(x) - 0.5, down.start + int(y) - 0.5
        stroke = max(1, unit // 8)
        pen.text(centre, str(index), (255,) * 3, _font(unit), anchor="mm", stroke_width=stroke, stroke_fill=(0,) * 3)


def _line(shape: tuple[int, ...]) -> int:
    """The thickness of outlines in pixels."""
    return max(1, round(math.sqrt(shape[0] * shape[1]) / 500))


def _blend(below: NDArray[np.uint8], above: NDArray[np.uint8], alpha: float) -> NDArray[np.uint8]:
    return np.rint(below * np.float32(1 - alpha) + above * np.float32(alpha)).astype(np.uint8)


def _gray(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(photo).convert("L").convert("RGB"))


@cache
def _colormap() -> NDArray[np.uint8]:
    """(256, 3) uint8: colours from near to far."""
    from matplotlib import colormaps

    colors: NDArray[np.float64] = colormaps[DEPTH_COLORMAP](np.linspace(0.97, 0.08, 256))[:, :3]
    return (colors * 255).round().astype(np.uint8)


def _depth_range(metres: NDArray[np.float32]) -> tuple[float, float]:
    """The depths of the first and the last colour: the range without the most extreme 0.5 % at each end."""
    known = metres[np.isfinite(metres) & (metres > 0)]
    if not known.size:
        return 1.0, 10.0
    near, far = np.percentile(known[:: max(1, known.size // 100_000)], [0.5, 99.5])
    return (float(near), float(far)) if far > near * 1.05 else (float(near) / 1.1, float(near) * 1.1)


@singledispatch
def _legend(result: Result, width: int, unit: int) -> Image.Image:
    """The legend: a strip of this width that explains the colours."""
    return _swatches([(type(result).__name__, STRIP)], width, unit)


@_legend.register
def _(result: DepthMap, width: int, unit: int) -> Image.Image:
    near, far = _depth_range(result.metres)
    extra: list[tuple[str, RGB]] = []
    if np.isinf(result.metres).any():
        extra.append(("sky", SKY))
    if not result.valid.all():
        extra.append(("unknown", UNKNOWN))
    bar_height, margin = round(1.1 * unit), unit
    strip = Image.new("RGB", (width, round(4.2 * unit)), STRIP)
    pen = ImageDraw.Draw(strip)
    length = width - 2 * margin
    if length > 0:
        bar = Image.fromarray(_colormap()[np.linspace(0, 255, length).round().astype(int)][None])
        strip.paste(bar.resize((length, bar_height)), (margin, round(0.7 * unit)))
    bottom, free = round(0.7 * unit) + bar_height, 0.0
    for metres in _ticks(near, far, max(2, length // (5 * unit))):
        x = margin + length * math.log(metres / near) / math.log(far / near)
        text = f"{metres:g} m" if result.metric else f"{metres:g}"
        half = pen.textlength(text, _font(unit)) / 2
        x_text = min(max(x, half + 2), width - half - 2)
        if x_text - half >= free:
            pen.line([(x, bottom), (x, bottom + unit // 3)], INK, max(1, unit // 10))
            pen.text((x_text, bottom + unit // 2), text, INK, _font(unit), anchor="ma")
            free = x_text + half + unit / 2
    return _below(strip, _swatches(extra, width, unit)) if extra else strip


@_legend.register
def _(result: NormalMap, width: int, unit: int) -> Image.Image:
    sides: list[tuple[str, RGB]] = [
        ("left", (255, 128, 128)),
        ("right", (0, 128, 128)),
        ("up", (128, 255, 128)),
        ("down", (128, 0, 128)),
        ("to the viewer", (128, 128, 255)),
    ]
    return _swatches(sides if result.valid.all() else [*sides, ("unknown", UNKNOWN)], width, unit)


@_legend.register
def _(result: SemanticMap, width: int, unit: int) -> Image.Image:
    counts = np.bincount(result.labels.ravel() + 1, minlength=len(result.classes) + 1)
    order = [index for index in np.argsort(-counts[1:], kind="stable") if counts[index + 1]]
    entries = [(result.classes[index], tuple(result.colors[index].tolist())) for index in order]
    return _swatches([*entries, ("undecided", UNKNOWN)] if counts[0] else entries, width, unit)


@_legend.register
def _(result: Instances, width: int, unit: int) -> Image.Image:
    return _swatches([(f"{result.label}: {len(result)}", STRIP)], width, unit)


@_legend.register
def _(result: Mask, width: int, unit: int) -> Image.Image:
    text = result.expression if result.mask.any() else f"not found: {result.expression}"
    return _swatches([(text, TINT)], width, unit)


def _ticks(near: float, far: float, count: int) -> list[float]:
    """Round numbers of metres in [near, far]: those of the finest series with at most `count`, else the two ends."""
    decades = range(math.floor(math.log10(near)), math.ceil(math.log10(far)) + 1)
    for digits in ((1, 1.5, 2, 3, 4, 5, 6, 8), (1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{digit}e{decade}") for decade in decades for digit in digits]
        ticks = [tick for tick in ticks if near <= tick <= far]
        if 2 <= len(ticks) <= count:
            return ticks
    return [float(f"{near:.3g}"), float(f"{far:.3g}")]


def _swatches(entries: list[tuple[str, RGB]], width: int, unit: int) -> Image.Image:
    """Colour patches with their names, in as many lines as necessary."""
    font, margin, line = _font(unit), unit, round(1.9 * unit)
    x, y = margin, round(0.7 * unit)
    strip = Image.new("RGB", (width, y + line * len(entries)), STRIP)  # tall enough for a line each
    pen = ImageDraw.Draw(strip)
    for text, color in entries:
        patch = 0 if color == STRIP else round(1.5 * unit)
        text = _shortened(text, max(0, width - 2 * margin - patch), pen, font)
        wide = patch + math.ceil(pen.textlength(text, font))
        if x > margin and x + wide > width - margin:
            x, y = margin, y + line
        if patch:
            pen.rounded_rectangle([x, y, x + unit, y + unit], max(1, unit // 5), color, outline=UNKNOWN)
        pen.text((x + patch, y + unit / 2), text, INK, font, anchor="lm")
        x += wide + round(1.3 * unit)
    return strip.crop((0, 0, width, y + line))


def _shortened(text: str, width: int, measure: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont) -> str:
    text = " ".join(text.split())
    if measure.textlength(text, font) <= width:
        return text
    while text and measure.textlength(text + "…", font) > width:
        text = text[:-1]
    return text + "…"


def _below(picture: Image.Image, strip: Image.Image) -> Image.Image:
    return Image.fromarray(np.vstack([np.asarray(picture), np.asarray(strip)]))
