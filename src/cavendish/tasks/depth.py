"""Metric depth, painted in false colour."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.depth import COLORMAPS, DepthCode, depth_to_rgb, rgb_to_depth
from cavendish.codes.paint import as_array, confidence
from cavendish.errors import TaskError
from cavendish.results import DepthMap
from cavendish.tasks.example import Ask, Example, Question, even_weight
from cavendish.tasks.panels import colormapped
from cavendish.tasks.task import Known, Measures, Task, agreement, pick

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample

_RAINBOW = (
    "Generate a metric depth map of the input image.",
    "Generate a metric depth map of the provided image.",
    "Predict the metric depth of this scene as an image. Visualized in the rainbow colormap.",
    "Predict the metric depth of this scene as an image, in the rainbow "
    "(black-red-yellow-green-cyan-blue-violet-white) color palette.",
    "Metric depth map of this photo.",
    "Show how far away everything in this picture is, as a metric depth map.",
    "Estimate the depth of every pixel in metres and paint it with the rainbow colormap.",
    "Depth map, metric, black is near and white is infinitely far, in rainbow colors.",
    "What is the distance of each point along the optical axis? Answer with a metric depth image.",
    "Turn this image into a metric depth map in rainbow colors.",
    "Paint the metric depth of the scene: black-red-yellow-green-cyan-blue-violet-white from near to far.",
    "Render the depth of the input in metres as false color, rainbow palette.",
    "Please produce the metric depth visualization for this image.",
    "Monocular metric depth estimation of the given image, rainbow visualization.",
)
_NAMED = (
    "Generate a metric depth map of the input image in the {map} colormap.",
    "Predict the metric depth of this scene as an image. Visualized in the {map} colormap.",
    "Metric depth map of this photo, {map} colormap.",
    "Estimate the depth of every pixel in metres and paint it with the {map} colormap.",
    "Turn this image into a metric depth map in {map}.",
    "Show how far away everything in this picture is, as a metric depth map in {map} colors.",
    "Render the depth of the input in metres with the {map} palette.",
    "What is the distance of each point along the optical axis? Answer with a {map} depth image.",
    "Please produce the metric depth visualization for this image, using {map}.",
    "Monocular metric depth estimation of the given image, {map} visualization.",
    "Depth map, metric, colored with {map} from near to far.",
    "Paint the metric depth of the scene in the {map} color scale.",
    "Generate a metric depth map of the provided image. The color palette is {map}.",
)
_INVERSE = (
    "Generate a relative inverse depth map of the input image in gray, near is bright.",
    "Predict the relative depth of this scene as a gray image, bright where it is near.",
    "Relative inverse depth of this photo, in gray.",
    "Show the relative depth of the picture: white is the nearest point, black is far away.",
    "Estimate disparity for every pixel and paint it in gray, near bright.",
    "Turn this image into a relative inverse depth map in gray.",
    "Paint relative inverse depth, from white for near to black for far.",
    "Render the relative depth of the input in shades of gray, the nearest brightest.",
    "Disparity map of the given image.",
    "Monocular relative depth estimation of the given image, gray, near is bright.",
    "Please produce a gray relative depth map for this image, bright is near.",
    "Generate a relative depth map of the provided image in gray, nearest in white.",
    "Generate a disparity image of the input in gray.",
)


@dataclass(frozen=True)
class Depth(Task[DepthMap]):
    """Truth: (H, W) z-depth in metres, inf for sky, NaN for unknown (painted as 0)."""

    name: ClassVar[str] = "depth"
    truth: ClassVar[str] = "depth"
    error_caption: ClassVar[str] = "|ln predicted - ln true|, black 0 to white 0.5; gray is not measured"
    mirrors: ClassVar[bool] = True
    depth_code: DepthCode = field(default_factory=DepthCode)

    def instruction(self, seed: int | None = None) -> str:
        colormap = self.depth_code.colormap
        templates = {"rainbow": _RAINBOW, "inverse": _INVERSE}.get(colormap, _NAMED)
        template, rng = pick(templates, seed)
        word = "grayscale" if colormap == "gray" and seed is not None and rng.random() < 0.5 else colormap
        return template.format(map=word)

    def encode(self, truth: NDArray[np.floating]) -> NDArray[np.uint8]:
        metres = as_array(truth, "depth")
        return depth_to_rgb(metres, self.depth_code, valid=metres == metres)  # NaN alone differs from itself

    def decode(self, rgb: NDArray[np.uint8]) -> DepthMap:
        """Nothing is 0 m from a camera: what is painted so is unknown."""
        metres, distance = rgb_to_depth(rgb, self.depth_code, repair=True)
        valid = metres > 0
        metres[~valid] = np.nan
        sure = confidence(distance)
        return DepthMap(metres=metres, metric=self.depth_code.metric, valid=valid, confidence=sure, **self._about(rgb))

    def code(self) -> dict[str, Any]:
        return self.depth_code.to_json()

    @classmethod
    def parse(cls, text: str) -> Self | None:
        words = text.lower()
        if not re.search(
            r"\b(?:depth (?:map|image|of|estimation)|(?:metric|relative|inverse) depth|disparity|how far away)\b",
            words,
        ):
            return None
        if re.search(r"\bdisparity\b|\brelative\b|\binverse depth\b", words):
            return cls(DepthCode("inverse"))
        named = re.search(r"\bthe (\w+) colou?r ?(?:map|palette)\b", words)
        if named and named[1] not in (*COLORMAPS, "grey", "grayscale", "greyscale"):
            raise TaskError(f"unknown depth colour map {named[1]!r}; use one of {', '.join(COLORMAPS)}")
        usual = "gray" if re.search(r"\bgr[ae]y(?:scale)?\b", words) else "rainbow"
        return cls(DepthCode(next((each for each in ("plasma", "inferno", "viridis") if each in words), usual)))

    @classmethod
    def from_query(cls, query: Sequence[str] = (), **code: Any) -> Self:
        return cls(DepthCode(**code))

    def vote(self, answers: Sequence[DepthMap]) -> DepthMap:
        """The median of the readings there are; of an even number the nearer middle one, for a mean fits no surface."""
        stack = np.sort([answer.metres for answer in answers], axis=0)  # NaN comes last
        readings = (~np.isnan(stack)).sum(axis=0)
        middle = np.maximum(readings - 1, 0) // 2
        metres = np.take_along_axis(stack, middle[None], axis=0)[0]

        def agrees(answer: DepthMap) -> NDArray[np.float32]:
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.minimum(answer.metres, metres) / np.maximum(answer.metres, metres)
            return np.where(answer.metres == metres, np.float32(1), np.nan_to_num(ratio))

        sure = agreement(answers, [agrees(answer) for answer in answers])
        return replace(answers[0], metres=metres, valid=readings > 0, confidence=sure)

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """Metric depth, mostly in the paper's false colour."""
        if sample.depth is None:
            return None
        maps = ("plasma", "inferno", "viridis", "gray")
        task = cls(DepthCode("rainbow" if rng.random() < 0.8 else maps[rng.integers(len(maps))]))
        return Example(task, sample.depth, even_weight(~np.isnan(sample.depth)))

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        return {"depth": lambda sample, draws: None if sample.depth is None else Question(sample.depth)}

    def as_truth(self, answer: DepthMap) -> NDArray[np.float32]:
        return answer.metres

    @classmethod
    def measure(cls, prediction: NDArray[np.floating], truth: NDArray[np.floating], known: Known = True) -> Measures:
        here = np.isfinite(truth) & known
        far = np.clip(np.nan_to_num(prediction[here], nan=1e-3, posinf=1e3), 1e-3, 1e3)
        ratio = np.maximum(far / truth[here], truth[here] / far)
        return {
            "delta1": (float((ratio < 1.25).mean()), 1),
            "absrel": (float((np.abs(far - truth[here]) / truth[here]).mean()), 1),
        }

    @classmethod
    def panels(cls, prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> dict[str, NDArray[np.uint8]]:
        """Inverse depth on the truth's range, so that near things have contrast."""
        known = (truth > 0) & np.isfinite(truth)
        seen = truth[known]
        low, high = np.quantile(1 / seen, [0.02, 0.98]) if seen.size else (0.0, 1.0)
        answer = np.clip(np.nan_to_num(prediction, nan=1e3, posinf=1e3), 1e-3, 1e3)
        metres = np.where(known, truth, 1.0)
        ratio = np.abs(np.log(answer) - np.log(metres))
        return {
            "decoded": colormapped((1 / answer - low) / (high - low + 1e-9), "Spectral_r"),
            "truth": colormapped((1 / metres - low) / (high - low + 1e-9), "Spectral_r", known),
            "error": colormapped(ratio / 0.5, "magma", known),
        }
