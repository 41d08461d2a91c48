"""Referring segmentation: the regions that sentences refer to, each in a colour, in one painting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cavendish.codes.colors import RGB, distinct_colors, format_color, parse_color
from cavendish.codes.labels import check_legend
from cavendish.codes.legend import format_legend, parse_legend
from cavendish.codes.masks import masks_to_rgb, rgb_to_masks
from cavendish.codes.paint import confidence
from cavendish.errors import LegendError
from cavendish.results import Mask
from cavendish.tasks.task import Task, pick

_TEMPLATES = (
    "This image shows segmentation masks from the given image. The background is {background}. {sentence}",
    "A segmentation map image. {sentence}",
    "Referring segmentation of the input. The background is {background}. {sentence}",
    "Segment what is described. {sentence} The background is {background}.",
    "Generate segmentation masks for the given image. {sentence}",
    "Find these things in the picture and paint them: {list}. The background is {background}.",
    "Show only what is named here, all else as background: {json}",
    "Produce a mask image of the input, using this color mapping: {json}",
    "Mark the described regions in flat colors. {sentence}",
    "Where is it? Paint the answer over a plain background. {sentence}",
    "Draw segmentation masks. Background is {background}. {sentence}",
    "Please highlight the following in solid colors: {list}.",
    "Mask out the objects that these phrases refer to. {sentence}",
    "This is a segmentation task derived from the input. {sentence} Background is {background}.",
)
_VERBS = (
    "is",
    "is rendered in",
    "is in",
    "is represented by",
    "is represented by a solid",
    "is colored in",
    "is shown in",
)
_NOTATIONS = ("word", "hex", "paren", "angle", "rgb")


@dataclass(frozen=True)
class Referring(Task):
    """Truth: (N, H, W) bool masks, one for each expression of `targets` ({expression: (r, g, b)}), in its order.

    A mask that is False everywhere says that what the expression names is not there, and paints nothing.
    """

    name: ClassVar[str] = "referring"
    targets: Mapping[str, str | Sequence[int]]
    background: str | Sequence[int] = (0, 0, 0)

    def __post_init__(self) -> None:
        if not (isinstance(self.targets, Mapping) and self.targets):
            raise LegendError("give at least one referring expression, as a mapping {expression: colour}")
        ground = parse_color(self.background)
        if "background" in self.targets:
            raise LegendError("'background' is no referring expression; its colour is the task's background")
        colors = check_legend({"background": ground, **self.targets})
        object.__setattr__(self, "background", ground)
        object.__setattr__(self, "targets", {text: color for text, color in colors.items() if text != "background"})

    @classmethod
    def of(cls, expressions: Sequence[str], seed: int | None = None) -> Self:
        """The task for these expressions: a single one in yellow on black, several in far-apart colours.

        LegendError if an expression is repeated or empty, or there are more than 255.
        """
        if isinstance(expressions, str) or not isinstance(expressions, Iterable):
            raise LegendError(f"expressions are a list of texts, not {expressions!r}; a single one is a list of one")
        texts = [str(text).strip() for text in expressions]
        if len(set(texts)) < len(texts):
            raise LegendError("a referring expression is given more than once")
        if not 1 <= len(texts) <= 255:
            raise LegendError(f"give 1 to 255 referring expressions, not {len(texts)}")
        if seed is None and len(texts) == 1:
            return cls({texts[0]: "yellow"})
        colors = distinct_colors(len(texts), seed or 0, avoid=[(0, 0, 0)])
        return cls({text: (int(r), int(g), int(b)) for text, (r, g, b) in zip(texts, colors)})

    @property
    def _colors(self) -> dict[str, RGB]:
        return cast(dict[str, RGB], self.targets)  # parsed when the task was made, and so is the background's

    @property
    def _ground(self) -> RGB:
        return cast(RGB, self.background)

    def instruction(self, seed: int | None = None) -> str:
        template, rng = pick(_TEMPLATES, seed)
        notation = "word" if seed is None else _NOTATIONS[rng.integers(len(_NOTATIONS))]
        verb = "is represented by" if seed is None else _VERBS[rng.integers(len(_VERBS))]
        legend, ground = self._colors, self._ground
        if ground != (0, 0, 0) and "{background}" not in template:  # an unnamed background is black
            legend = {"background": ground, **legend}
        style = re.findall(r"{(json|sentence|list)}", template)[0]
        said = {style: format_legend(legend, style, notation, verb)}
        return template.format(background=format_color(ground, notation), **said)

    def encode(self, truth: ArrayLike) -> NDArray[np.uint8]:
        return masks_to_rgb(truth, list(self._colors.values()), self.background)

    def decode(self, rgb: NDArray[np.uint8]) -> dict[str, Mask]:
        masks, distance = rgb_to_masks(rgb, list(self._colors.values()), self.background)
        sure = confidence(distance)
        about = self._about(rgb)
        return {
            text: Mask(mask=mask, expression=text, confidence=sure, **about) for text, mask in zip(self.targets, masks)
        }

    def code(self) -> dict[str, Any]:
        targets = {text: list(color) for text, color in self._colors.items()}
        return {"targets": targets, "background": list(self._ground)}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        try:
            legend = parse_legend(text)
            background = legend.pop("background", (0, 0, 0))
            return cls(legend, background) if legend else None
        except LegendError:
            return None
