"""Augmentation that keeps a sample's truth true: crop, flip, and the jitter of cameras and files."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.datasets.sample import Edit, Sample

_SIDES = {"left": "right", "right": "left", "leftmost": "rightmost", "rightmost": "leftmost"}
_SIDE = re.compile(r"\b(left|right|leftmost|rightmost)\b")


def crop(sample: Sample, top: int, left: int, height: int, width: int, size: tuple[int, int]) -> Sample:
    """The part of the sample from (top, left), `height` x `width`, resized to `size` (h, w).

    Depth stays in metres; images are averaged, maps take the nearest pixel. Expressions must mean exactly what is
    visible, so they are dropped unless the crop is the whole; captions and edits may name a thing that is cut off.
    """
    rows = top + (np.arange(size[0]) + 0.5) * height / size[0]
    columns = left + (np.arange(size[1]) + 0.5) * width / size[1]
    grid = np.ix_(rows.astype(int), columns.astype(int))
    box = (left, top, left + width, top + height)

    def scaled(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        from PIL import Image

        method = Image.Resampling.BOX if height >= size[0] else Image.Resampling.BICUBIC
        return np.asarray(Image.fromarray(image).resize(size[::-1], method, box))

    whole = (height, width) == sample.image.shape[:2]
    return replace(
        sample,
        image=scaled(sample.image),
        **{name: values[grid] for name, values in _maps(sample).items()},
        intrinsics=None,
        expressions=sample.expressions if whole else (),
        edits=tuple(replace(edit, image=scaled(edit.image)) for edit in sample.edits),
    )


def flip(sample: Sample) -> Sample:
    """The sample flipped from left to right: its words swap "left" and "right", and x of its normals changes sign."""
    maps = {name: values[:, ::-1] for name, values in _maps(sample).items()}
    if "normals" in maps:
        maps["normals"] = maps["normals"] * np.array([-1, 1, 1], np.float32)
    return replace(
        sample,
        image=sample.image[:, ::-1],
        **maps,
        captions=tuple(map(_swapped, sample.captions)),
        expressions=tuple(replace(e, text=_swapped(e.text)) for e in sample.expressions),
        edits=tuple(Edit(_swapped(e.instruction), e.image[:, ::-1], e.kind) for e in sample.edits),
    )


def _maps(sample: Sample) -> dict[str, Any]:
    """The maps (H, W, …) that the sample has, by the names of its fields."""
    maps = {name: getattr(sample, name) for name in ("depth", "normals", "instances", "labels")}
    return {name: values for name, values in maps.items() if values is not None}


def _swapped(text: str) -> str:
    return _SIDE.sub(lambda match: _SIDES[match[0]], text)


def jitter(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The image as another camera or file would have it: colour, light, sharpness, noise and JPEG vary."""
    from PIL import Image, ImageFilter

    x = image.astype(np.float32) / 255
    if rng.random() < 0.8:
        x = x ** np.float32(np.exp(rng.normal(0, 0.25)))
        x = x * (1 + rng.normal(0, 0.08, 3).astype(np.float32)) * np.float32(np.exp(rng.normal(0, 0.15)))
        gray = x.mean(-1, keepdims=True)
        x = gray + (x - gray) * np.float32(rng.uniform(0.4, 1.5))
        mean = x.mean()
        x = mean + (x - mean) * np.float32(rng.uniform(0.7, 1.3))
    if rng.random() < 0.4:
        x = x + rng.normal(0, rng.uniform(0.01, 0.06), x.shape).astype(np.float32)
    result = Image.fromarray((np.clip(x, 0, 1) * 255).astype(np.uint8))
    if rng.random() < 0.25:
        result = result.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 0.9)))
    if rng.random() < 0.3:
        buffer = io.BytesIO()
        result.save(buffer, "JPEG", quality=int(rng.integers(40, 95)))
        result = Image.open(buffer)
    return np.asarray(result)
