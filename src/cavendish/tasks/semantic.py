"""Semantic segmentation: any classes in free text, each in a colour of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.colors import RGB, distinct_colors
from cavendish.codes.labels import Legend, check_legend, labels_to_rgb, rgb_to_labels
from cavendish.codes.legend import format_legend, parse_legend
from cavendish.codes.paint import confidence
from cavendish.errors import LegendError
from cavendish.results import SemanticMap
from cavendish.tasks.task import Task, pick

_TEMPLATES = (
    "Generate a semantic segmentation visualization image, using this color mapping: {json}",
    "Generate a semantic segmentation visualization of the input. {sentence}",
    "This image is a per-pixel class labeling of the input. {sentence}",
    "Conduct per-class semantic segmentation for the given image. {sentence}",
    "Semantic segmentation of this photo, with the legend {json}",
    "Segment the picture into these classes: {list}.",
    "Paint every pixel in the color of its class. {sentence}",
    "Label each pixel of the image with the color of its class, by this mapping: {json}",
    "Create a class map of the scene. The colors are: {list}.",
    "Perform semantic segmentation. Color code: {json}",
    "Turn this image into a flat map of classes. {sentence}",
    "Which class does every pixel belong to? Answer in these colors: {list}.",
    "A semantic segmentation map of the input image. {sentence}",
    "Please segment the given image by class, using this color mapping: {json}",
)
_NOTATIONS = ("hex", "paren", "angle", "rgb", "word")
_VERBS = ("is", "are", "is represented by", "are represented by", "is rendered in", "is painted in", "is shown as")


@dataclass(frozen=True)
class Semantic(Task):
    """Truth: (H, W) integer labels, indices into `legend` ({class: (r, g, b)}); "background" is a class like others.

    Label -1 says that nobody knows the class; it is painted black.
    """

    name: ClassVar[str] = "semantic"
    legend: Legend

    def __post_init__(self) -> None:
        object.__setattr__(self, "legend", check_legend(self.legend))

    @classmethod
    def of(cls, classes: Sequence[str], seed: int = 0) -> Self:
        """The task for these classes in the colours that are hardest to confuse; `seed` draws another set of them.

        LegendError if a class is repeated, has no name, or there are more than 256.
        """
        if isinstance(classes, str) or not isinstance(classes, Iterable):
            raise LegendError(f"classes are a list of names, not {classes!r}; a single one is a list of one")
        names = [str(name) for name in classes]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise LegendError(f"the class {twice[0]!r} is given more than once")
        if not 1 <= len(names) <= 256:
            raise LegendError(f"give 1 to 256 classes, not {len(names)}")
        colors = distinct_colors(len(names), seed)
        return cls({name: (int(r), int(g), int(b)) for name, (r, g, b) in zip(names, colors)})

    @property
    def palette(self) -> dict[str, RGB]:
        """The legend as levels."""
        return cast(dict[str, RGB], self.legend)  # its colours were parsed when the task was made

    def instruction(self, seed: int | None = None) -> str:
        template, rng = pick(_TEMPLATES, seed)
        notation = "hex" if seed is None else _NOTATIONS[rng.integers(len(_NOTATIONS))]
        verb = "is" if seed is None else _VERBS[rng.integers(len(_VERBS))]
        style = re.findall(r"{(\w+)}", template)[0]
        return template.format(**{style: format_legend(self.palette, style, notation, verb)})

    def encode(self, truth: NDArray[np.integer]) -> NDArray[np.uint8]:
        return labels_to_rgb(truth, self.palette, valid=np.asarray(truth) != -1)

    def decode(self, rgb: NDArray[np.uint8]) -> SemanticMap:
        labels, distance = rgb_to_labels(rgb, self.palette)
        return SemanticMap(
            labels=labels,
            classes=tuple(self.palette),
            colors=np.array(list(self.palette.values()), dtype=np.uint8),
            confidence=confidence(distance),
            **self._about(rgb),
        )

    def code(self) -> dict[str, Any]:
        return {"legend": {name: list(color) for name, color in self.palette.items()}}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        try:
            return cls(parse_legend(text))
        except LegendError:
            return None
