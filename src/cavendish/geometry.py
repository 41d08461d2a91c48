"""Exact mapping from a picture to the canvas of a generator, and from the painting back to the picture's grid.

Positions are real numbers with pixel i covering [i, i + 1), so its centre is i + 0.5. A point (x, y) of the picture
lies at (scale x + left, scale y + top) on the canvas, and the painting shows the whole canvas at whatever size it has.
One mapping makes the canvas and brings answers back, so nothing is shifted, cropped or stretched.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cavendish.errors import CodeError, ImageError
from cavendish.resampling import Axis, resample_depth, resample_labels, resample_normals

ASPECT_SLACK = 0.06  # of the logarithm: hosted generators answer in about, not exactly, the aspect that was asked for


@dataclass(frozen=True)
class Geometry:
    """The place of the picture on the canvas. Sizes are (height, width)."""

    input_size: tuple[int, int]
    canvas_size: tuple[int, int]
    painting_size: tuple[int, int]  # canvas_size, unless the generator paints in another resolution
    scale: float  # canvas pixels per picture pixel, one factor for both axes
    left: int  # canvas pixels of padding before the picture
    top: int

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        fields: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in record.items()}
        return cls(**fields)

    @classmethod
    def of_painting(cls, size: tuple[int, int], painting: tuple[int, int]) -> Self:
        """The record of a painting that shows a whole picture of `size`; ImageError where its aspect is another."""
        check_aspect(painting, size)
        return cls(size, size, painting, 1.0, 0, 0)

    def for_painting(self, height: int, width: int) -> Self:
        """The record for a painting that shows the whole canvas in another size (hosted generators choose their own).

        If its aspect differs a little from the canvas's (see `check_aspect`), each axis has a scale of its own, as the
        generator scaled them.
        """
        return replace(self, painting_size=(height, width))

    @property
    def painting_scale(self) -> tuple[float, float]:
        """Painting pixels per canvas pixel, (down, across)."""
        return self.painting_size[0] / self.canvas_size[0], self.painting_size[1] / self.canvas_size[1]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the picture in the painting, in real-valued painting pixels."""
        (height, width), (down, across) = self.input_size, self.painting_scale
        right = min((self.left + self.scale * width) * across, self.painting_size[1])
        bottom = min((self.top + self.scale * height) * down, self.painting_size[0])
        return self.left * across, self.top * down, right, bottom

    @cached_property
    def _axes(self) -> tuple[Axis, Axis]:
        left, top, right, bottom = self.box
        (height, width), (rows, columns) = self.input_size, self.painting_size
        return Axis.resample(height, top, bottom, rows), Axis.resample(width, left, right, columns)

    def rgb(self, painting: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 picture on the canvas -> (H, W, 3) uint8, by Lanczos resampling."""
        return self._resized(painting, Image.Resampling.LANCZOS)

    def confidence(self, confidence: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w) float32 -> (H, W) float32, bilinear; antialiased where it shrinks."""
        return self._resized(confidence, Image.Resampling.BILINEAR).clip(0, 1)

    def _resized(self, array: NDArray[Any], by: Image.Resampling) -> NDArray[Any]:
        self._check(array)
        height, width = self.input_size
        return np.asarray(Image.fromarray(array).resize((width, height), by, box=self.box))

    def labels(self, labels: NDArray[np.int32]) -> NDArray[np.int32]:
        """(h, w) int32 -> (H, W) int32: the label that covers most of the area under each pixel."""
        self._check(labels)
        return resample_labels(labels, *self._axes)

    def masks(self, masks: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(N, h, w) bool -> (N, H, W) bool: True where a mask covers more than half of the area under a pixel."""
        rows, columns = self._axes
        back = np.zeros((len(masks), *self.input_size), bool)
        for mask, target in zip(masks, back):
            self._check(mask)
            marked = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            if marked[0].size:  # work only where the mask is, so that many small masks cost little
                down, across = rows.touching(marked[0]), columns.touching(marked[1])
                target[down, across] = resample_labels(mask, rows[down], columns[across])
        return back

    def depth(self, metres: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w) float32 -> (H, W) float32 metres, never mixed across a step (`resampling.resample_depth`)."""
        self._check(metres)
        return resample_depth(metres, *self._axes)

    def normals(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(h, w, 3) float32 -> (H, W, 3) float32 unit, never mixed across an edge (`resampling.resample_normals`)."""
        self._check(vectors)
        return resample_normals(vectors, *self._axes)

    def intrinsics(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """(3, 3) pinhole matrix in painting pixels -> the same camera in pixels of the picture."""
        down, across = self.painting_scale
        to_input = [
            [1 / (self.scale * across), 0, -self.left / self.scale],
            [0, 1 / (self.scale * down), -self.top / self.scale],
            [0, 0, 1],
        ]
        return np.array(to_input) @ matrix

    def _check(self, array: NDArray[Any]) -> None:
        if array.shape[:2] != self.painting_size:
            size, wanted = ("{1} x {0}".format(*pair) for pair in (array.shape, self.painting_size))
            raise CodeError(f"the array is {size} pixels; this geometry expects a painting of {wanted}")


def check_aspect(painting: tuple[int, int], canvas: tuple[int, int]) -> None:
    """Raise ImageError unless a painting of this (height, width) can show the whole of a canvas of that."""
    if abs(math.log((painting[1] / painting[0]) / (canvas[1] / canvas[0]))) > ASPECT_SLACK:
        given, wanted = ("{1} x {0}".format(*size) for size in (painting, canvas))
        raise ImageError(
            f"the painting is {given} pixels and the picture {wanted}: their aspects differ by more than "
            f"{ASPECT_SLACK:.0%}, so the painting cannot show the whole picture; crop or pad one of them first"
        )


def fit(
    image: NDArray[np.uint8],
    *,
    multiple: int = 16,
    max_pixels: int | None = None,
    min_side: int | None = None,
    size: tuple[int, int] | None = None,
) -> tuple[NDArray[np.uint8], Geometry]:
    """The canvas for a picture, (H, W, 3) uint8 -> (h, w, 3) uint8, and the picture's place on it.

    Without `size` the picture keeps its scale unless its shorter side is under `min_side` (it grows) or its canvas
    would have more than `max_pixels` (it shrinks as little as needed; this wins over `min_side`), and the canvas is the
    smallest whose sides are multiples of `multiple`. With `size` (height, width) the canvas has that size, and the
    picture is as large as fits. The picture lies in the middle. The padding repeats its border pixels: mirroring would
    show a generator objects that do not exist. Raises ImageError where no canvas is possible.
    """
    height, width = image.shape[:2]
    if size is None:
        scale = max(1.0, (min_side or 0) / min(height, width))
        if max_pixels is not None:
            scale = min(scale, _largest_scale(height, width, multiple, max_pixels))
        canvas_height, canvas_width = (multiple * math.ceil(scale * n / multiple - 1e-9) for n in (height, width))
    elif min(size) < multiple or size[0] % multiple or size[1] % multiple:
        raise ImageError(f"the sides of a canvas are multiples of {multiple}, not {size[1]} x {size[0]}")
    else:
        canvas_height, canvas_width = size
        scale = min(canvas_height / height, canvas_width / width)
    canvas_size = canvas_height, canvas_width
    left = math.floor((canvas_width - scale * width) / 2 + 1e-9)
    top = math.floor((canvas_height - scale * height) / 2 + 1e-9)
    geometry = Geometry((height, width), canvas_size, canvas_size, scale, left, top)
    return _place(image, geometry), geometry


def _largest_scale(height: int, width: int, multiple: int, max_pixels: int) -> float:
    """The largest scale at which the picture fits on a canvas of at most `max_pixels` with sides in `multiple`."""
    tiles = max_pixels // multiple**2
    if tiles < 1:
        raise ImageError(f"max_pixels must be at least {multiple**2}, one tile of {multiple} x {multiple}")
    across = np.arange(1, tiles + 1)
    down = tiles // across
    return float(np.minimum(across * multiple / width, down * multiple / height).max())


def _place(image: NDArray[np.uint8], geometry: Geometry) -> NDArray[np.uint8]:
    """The picture on its canvas: padded with its border pixels, then resampled in one step from real-valued edges."""
    height, width = geometry.canvas_size
    scale = geometry.scale
    left, top = geometry.left / scale, geometry.top / scale  # padding in pixels of the picture
    right = max(0.0, width / scale - left - image.shape[1])
    bottom = max(0.0, height / scale - top - image.shape[0])
    before, above, after, below = (math.ceil(side - 1e-9) for side in (left, top, right, bottom))
    padded = np.pad(image, ((above, below), (before, after), (0, 0)), mode="edge")
    if scale == 1:
        return padded
    box = (before - left, above - top, before + image.shape[1] + right, above + image.shape[0] + bottom)
    box = tuple(np.clip(box, 0, (padded.shape[1], padded.shape[0]) * 2))  # rounding can exceed them by 1e-13
    return np.asarray(Image.fromarray(padded).resize((width, height), Image.Resampling.LANCZOS, box=box))
