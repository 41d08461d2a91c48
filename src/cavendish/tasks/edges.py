"""Edges: where one thing ends in front of another, white lines on black."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.paint import confidence
from cavendish.errors import CodeError
from cavendish.results import Mask
from cavendish.tasks.example import Ask, Example, Question, balanced_weight
from cavendish.tasks.panels import regions
from cavendish.tasks.task import Known, Measures, Task, agreement, colors_named, pick

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample
    from cavendish.geometry import Geometry

TOLERANCE = 0.008  # of the diagonal: how far a line may lie from its truth, as in the measure of DAVIS
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
_FAINT = 48  # a painting without a brighter pixel shows no line
_FULL, _SURE, _DIM = 0.9, 0.65, 0.35  # of the lines' brightness: surely a line, reached by each piece, a line at all
_JUMP = 0.1  # relative step of inverse depth between neighbours that lie on two surfaces
_TEMPLATES = (
    "Generate an edge map of the input image, white lines on black.",
    "Edge map of this photo, white on black.",
    "Generate a boundary map of the provided image: thin white lines on a black background.",
    "Draw the boundaries of all things in this picture as thin white lines on black.",
    "Predict the occlusion boundaries of this scene as an edge map, in white on black.",
    "Trace the edges of everything in the image with white lines, all else black.",
    "An edge map of the scene, white on black.",
    "Turn this image into a boundary map in white on black.",
    "Show where each thing ends: an edge map with thin white lines.",
    "Outline every object in white on black, as an edge map.",
    "Edge detection of the given image: white edges on a black background.",
    "Please produce the boundary map for this image, thin and white on black.",
    "Paint the edges of the picture in white over black.",
    "Render the object boundaries of the input as white lines on black.",
)
_ASKS = re.compile(
    r"\b(?:edge|boundary) (?:map|detection)\b|\bobject boundaries\b"
    r"|\b(?:edges|boundaries) of (?:everything|all things|(?:the|this) (?:image|picture|photo|scene|input))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class EdgeMap(Mask):
    """The lines, as `mask` (H, W) bool."""

    expression: str = "edges"

    def to_input(self, geometry: Geometry) -> Self:
        """A line never vanishes where the picture is smaller than the painting: it is widened to a pixel of it."""
        from scipy import ndimage

        left, top, right, bottom = geometry.box
        per_pixel = max((right - left) / geometry.input_size[1], (bottom - top) / geometry.input_size[0])
        lines = ndimage.maximum_filter(self.mask, math.ceil(per_pixel)) if per_pixel > 1 else self.mask
        return self._on_input(geometry, mask=geometry.masks(lines[None])[0])


@dataclass(frozen=True)
class Edges(Task[EdgeMap]):
    """Truth: (H, W) bool, True on the pixels of the nearer side of every boundary between things."""

    name: ClassVar[str] = "edges"
    truth: ClassVar[str] = "mask"
    headline: ClassVar[str] = "boundary F"
    error_caption: ClassVar[str] = "green hit, blue missed, red too much, to the pixel"
    mirrors: ClassVar[bool] = True

    def instruction(self, seed: int | None = None) -> str:
        return pick(_TEMPLATES, seed)[0]

    def encode(self, truth: NDArray[np.bool_]) -> NDArray[np.uint8]:
        lines = np.asarray(truth)
        if lines.ndim != 2 or lines.dtype != np.bool_:
            raise CodeError(f"edges must be bool (H, W), not {lines.dtype} of shape {lines.shape}")
        return np.where(lines[..., None], np.uint8(255), np.uint8(0)).repeat(3, axis=2)

    def decode(self, rgb: NDArray[np.uint8]) -> EdgeMap:
        """Lines are paint of full brightness, and the ridges of paint that blur and JPEG have dimmed."""
        from scipy import ndimage

        brightness = rgb.mean(axis=2, dtype=np.float32)
        bright = brightness[brightness > _FAINT]
        level = float(np.quantile(bright, 0.9)) if bright.size else 255.0
        lines = (brightness >= _FULL * level) | (_ridges(brightness) & (brightness >= max(_FAINT, _DIM * level)))
        pieces, count = ndimage.label(lines, np.ones((3, 3)))
        sure = ndimage.maximum(brightness, pieces, np.arange(1, count + 1)) >= _SURE * level
        lines = np.isin(pieces, 1 + np.flatnonzero(sure))
        distance = np.where(lines, 255 - brightness, brightness) * np.float32(3**0.5)
        return EdgeMap(mask=lines, confidence=confidence(distance), **self._about(rgb))

    def code(self) -> dict[str, Any]:
        return {"lines": list(WHITE), "background": list(BLACK)}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        asked = text.strip() in _TEMPLATES or (_ASKS.search(text) and not colors_named(text).keys() - {"background"})
        return cls() if asked else None

    def vote(self, answers: Sequence[EdgeMap]) -> EdgeMap:
        """What at least half of the votes hold, for a thin line seldom lies on the same pixels twice."""
        mask = np.sum([answer.mask for answer in answers], axis=0) * 2 >= len(answers)
        return replace(answers[0], mask=mask, confidence=agreement(answers, [each.mask == mask for each in answers]))

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        if sample.instances is None or sample.depth is None:
            return None
        lines = boundaries(sample.instances, sample.depth)
        return Example(cls(), lines, balanced_weight(np.where(np.isnan(sample.depth), -1, lines)))

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        def ask(sample: Sample, draws: Any) -> Question | None:
            if sample.instances is None or sample.depth is None:
                return None
            return Question(boundaries(sample.instances, sample.depth))

        return {"edges": ask}

    def as_truth(self, answer: EdgeMap) -> NDArray[np.bool_]:
        return answer.mask

    @classmethod
    def measure(cls, prediction: NDArray[np.bool_], truth: NDArray[np.bool_], known: Known = True) -> Measures:
        """Boundary F-measure of Perazzi et al. (DAVIS, 2016): a line hits within TOLERANCE of the diagonal."""
        ours, theirs = (prediction != 0) & known, (truth != 0) & known
        reach = math.ceil(TOLERANCE * math.hypot(*truth.shape))
        precision, recall = _near(ours, theirs, reach), _near(theirs, ours, reach)
        both = precision + recall
        mean = 2 * precision * recall / both if both else 0.0
        return {"boundary F": (mean, 1), "precision": (precision, 1), "recall": (recall, 1)}

    @classmethod
    def baselines(cls) -> Mapping[str, Callable[[Any], Any]]:
        return {"every pixel": lambda truth: np.ones(truth.shape, bool)}

    @classmethod
    def panels(cls, prediction: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, NDArray[np.uint8]]:
        return regions(prediction, truth)


def boundaries(instances: NDArray[np.integer], depth: NDArray[np.floating]) -> NDArray[np.bool_]:
    """(H, W) bool: pixels whose right or lower neighbour is of another instance, or of a surface behind or before them.

    The pixel of the nearer of the two is marked. Surfaces part where inverse depth, which is linear on a plane, steps
    by more than a tenth and more than twice what it steps on either side. Unknown depth (NaN) makes no boundary.
    """
    nearness = np.where(depth > 0, 1 / np.maximum(depth, 1e-6), 0)  # 0 for the sky
    lines = np.zeros(instances.shape, bool)
    for ids, w, out in ((instances, nearness, lines), (instances.T, nearness.T, lines.T)):
        with np.errstate(invalid="ignore"):
            step = np.diff(w, axis=1)
            around = np.pad(np.abs(step), ((0, 0), (1, 1)), mode="edge")
            slope = np.minimum(around[:, :-2], around[:, 2:])
            jump = (np.abs(step) > _JUMP * np.maximum(w[:, 1:], w[:, :-1])) & (np.abs(step) > 2 * slope)
            edge = jump | (ids[:, 1:] != ids[:, :-1])
            behind = step < 0  # the second of the two is farther away
        out[:, :-1] |= edge & (behind | (step == 0) | np.isnan(step))
        out[:, 1:] |= edge & (step > 0)
    return lines


def _ridges(brightness: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W) bool: no darker than both neighbours across the line, which is where the brightness bends most."""
    from scipy import ndimage

    padded = np.pad(ndimage.gaussian_filter(brightness, 0.6), 1, mode="edge")
    height, width = brightness.shape

    def shifted(dy: int, dx: int) -> NDArray[np.float32]:
        return padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]

    middle, best = shifted(0, 0), np.zeros(brightness.shape, np.float32)
    ridge = np.zeros(brightness.shape, bool)
    for dy, dx in ((0, 1), (1, 0), (1, 1), (1, -1)):
        before, after = shifted(-dy, -dx), shifted(dy, dx)
        bend = np.abs(2 * middle - before - after) / math.hypot(dy, dx)
        most = bend > best
        ridge[most] = ((middle >= before) & (middle >= after))[most]
        best[most] = bend[most]
    return ridge


def _near(lines: NDArray[np.bool_], others: NDArray[np.bool_], reach: int) -> float:
    """The share of `lines` within `reach` pixels of `others`; 1 where there are neither, 0 where only one is there."""
    from scipy import ndimage

    if not lines.any():
        return float(not others.any())
    if not others.any():
        return 0.0
    return float((ndimage.distance_transform_edt(~others)[lines] <= reach).mean())
