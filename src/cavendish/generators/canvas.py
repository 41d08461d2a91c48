"""The sizes that a generator paints, and how a picture is laid on one of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ImageError, ModelError
from cavendish.geometry import Geometry, fit

Size = tuple[int, int]  # (height, width)


@dataclass(frozen=True)
class Canvas:
    """The rule for sizes: one of `sizes` if there are any, else sides that are multiples of `multiple` within limits.

    Pictures smaller than `min_side` grow, those over `max_pixels` shrink, and those longer than `max_aspect` (the
    longer side over the shorter) get a border.
    """

    multiple: int = 16
    max_pixels: int = 1024 * 1024
    min_side: int = 64
    max_aspect: float = 8.0
    sizes: tuple[Size, ...] = ()

    def __post_init__(self) -> None:
        if min(self.multiple, self.min_side) < 1 or self.max_aspect < 1:
            raise ModelError("multiple, min_side and max_aspect of a canvas are at least 1")
        smallest = math.ceil(self.min_side / self.multiple) * self.multiple
        if not self.sizes and self.max_pixels < smallest**2:
            raise ModelError(f"max_pixels must be at least {smallest**2}, for the smallest side painted is {smallest}")

    def within(self, max_pixels: int) -> Canvas:
        """The canvas with those of its `sizes` that hold at most `max_pixels`; ModelError if none does."""
        sizes = tuple(size for size in self.sizes if size[0] * size[1] <= max_pixels)
        if not sizes:
            least = min(height * width for height, width in self.sizes)
            raise ModelError(f"this generator paints {least} pixels or more; max_pixels is {max_pixels}")
        return replace(self, sizes=sizes)

    def lay(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Geometry]:
        """(H, W, 3) uint8 -> the picture on a canvas (h, w, 3) uint8, and its place there."""
        if self.sizes:
            return fit(image, size=self.nearest(image.shape[0], image.shape[1]), multiple=1)
        height, width = (math.ceil(side / self.multiple) * self.multiple for side in image.shape[:2])
        too_large = height * width > self.max_pixels
        canvas, geometry = fit(image, multiple=self.multiple, max_pixels=self.max_pixels if too_large else None)
        size = self._within(geometry.canvas_size)
        return (canvas, geometry) if size == geometry.canvas_size else fit(image, size=size, multiple=self.multiple)

    def nearest(self, height: int, width: int) -> Size:
        """The one of `sizes` on which a picture of this size leaves the smallest border; the largest of equals."""

        def used(size: Size) -> tuple[float, int]:
            scale = min(size[0] / height, size[1] / width)
            return round(scale * height * scale * width / (size[0] * size[1]), 6), size[0] * size[1]

        return max(self.sizes, key=used)

    def check(self, size: Size) -> Size:
        """`size` if it can be painted as it is; ImageError names the sizes that can."""
        height, width = size
        if self.sizes:
            if size not in self.sizes:
                known = ", ".join(f"{w} x {h}" for h, w in self.sizes)
                raise ImageError(f"this generator paints {known} (width x height), not {width} x {height}")
        elif min(size) < self.multiple or height % self.multiple or width % self.multiple:
            raise ImageError(f"the sides of a picture must be multiples of {self.multiple}, not {width} x {height}")
        elif self._within(size) != size or height * width > self.max_pixels:
            limits = f"sides from {self.min_side}, aspect up to {self.max_aspect:g}, {self.max_pixels:,} pixels"
            raise ImageError(f"this generator paints {limits}; {width} x {height} is outside")
        return size

    def _within(self, size: Size) -> Size:
        """The smallest size that holds `size` and obeys `min_side` and `max_aspect`, area permitting."""
        shortest = max(self.min_side, max(size) / self.max_aspect)
        grown = (math.ceil(max(side, shortest) / self.multiple - 1e-9) * self.multiple for side in size)
        height, width = grown
        while height * width > self.max_pixels:  # the long side gives way
            height, width = (height - self.multiple, width) if height > width else (height, width - self.multiple)
        return height, width


def sizes_of_area(area: int, multiple: int, max_aspect: float = 4.0) -> tuple[Size, ...]:
    """The sizes that a pipeline does not change when it resizes pictures to sqrt(area r) x sqrt(area / r), aspect r.

    It rounds both sides to `multiple`; a size that the rounding maps to itself is neither stretched nor cropped.
    """

    def rounded(side: float) -> int:
        return round(side / multiple) * multiple

    low, high = rounded(math.sqrt(area / max_aspect)), rounded(math.sqrt(area * max_aspect))
    sides = range(low, high + 1, multiple)
    return tuple(
        (height, width)
        for height in sides
        for width in sides
        if (rounded(math.sqrt(area * height / width)), rounded(math.sqrt(area * width / height))) == (height, width)
    )
