"""Surface normals, painted as colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import X, normals_distance, normals_to_rgb, rgb_to_normals
from cavendish.codes.paint import confidence
from cavendish.results import NormalMap
from cavendish.tasks.example import Ask, Example, Question, even_weight
from cavendish.tasks.panels import colormapped
from cavendish.tasks.task import Known, Measures, Task, agreement, pick

if TYPE_CHECKING:
    from cavendish.datasets.sample import Sample

_TEMPLATES = (
    "Generate a surface normal map of the input image{x}.",
    "Predict the surface normal of this scene{x}.",
    "Surface normals of this photo{x}.",
    "Generate a surface normal map of the provided image{x}.",
    "Estimate the surface normal of every pixel and paint it as a color{x}.",
    "Turn this image into a normal map{x}.",
    "Which way does each surface face? Answer with a normal map{x}.",
    "Render the camera-space surface normals of the input{x}.",
    "Normal map of the given image{x}.",
    "Paint the orientation of all surfaces as surface normals{x}.",
    "Please produce the surface normal visualization for this image{x}.",
    "Monocular surface normal estimation of the given image{x}.",
    "Show the surface normals of the scene as an RGB picture{x}.",
)
_RIGHT = ", with red for surfaces that face right"
_SAYS_RIGHT = re.compile(r"\bred\b[^.;]*\bright\b", re.IGNORECASE)


@dataclass(frozen=True)
class Normals(Task[NormalMap]):
    """Truth: (H, W, 3) normals, +x right, +y up, +z toward the viewer; zeros where unknown (painted black)."""

    name: ClassVar[str] = "normals"
    truth: ClassVar[str] = "normals"
    error_caption: ClassVar[str] = "angle, black 0 to white 60 degrees; gray is not measured"
    mirrors: ClassVar[bool] = True
    x: X = "left"

    def instruction(self, seed: int | None = None) -> str:
        template, _ = pick(_TEMPLATES, seed)
        return template.format(x=_RIGHT if self.x == "right" else "")

    def encode(self, truth: NDArray[np.floating]) -> NDArray[np.uint8]:
        return normals_to_rgb(truth, self.x)

    def decode(self, rgb: NDArray[np.uint8]) -> NormalMap:
        vectors = rgb_to_normals(rgb, self.x)
        valid = np.any(vectors != 0, axis=-1)
        sure = np.where(valid, confidence(normals_distance(rgb)), np.float32(0))
        return NormalMap(vectors=vectors, valid=valid, confidence=sure, **self._about(rgb))

    def code(self) -> dict[str, Any]:
        return {"x": self.x}

    @classmethod
    def parse(cls, text: str) -> Self | None:
        if not re.search(r"\bsurface normals?\b|\bnormal map\b", text, re.IGNORECASE):
            return None
        return cls("right" if _SAYS_RIGHT.search(text) else "left")

    def vote(self, answers: Sequence[NormalMap]) -> NormalMap:
        """The direction of the mean vector; where the votes cancel there is none."""
        mean = np.mean([answer.vectors for answer in answers], axis=0, dtype=np.float32)
        length = np.linalg.norm(mean, axis=-1, keepdims=True)
        vectors = np.divide(mean, length, out=np.zeros_like(mean), where=length > 1e-3)
        agrees = [np.clip(np.einsum("hwc,hwc->hw", answer.vectors, vectors), 0, 1) for answer in answers]
        return replace(answers[0], vectors=vectors, valid=vectors.any(axis=-1), confidence=agreement(answers, agrees))

    @classmethod
    def example(cls, sample: Sample, rng: np.random.Generator) -> Example | None:
        """Surface normals, mostly in the paper's convention."""
        if sample.normals is None:
            return None
        task = cls("left" if rng.random() < 0.9 else "right")
        return Example(task, sample.normals, even_weight(sample.normals.any(-1)))

    @classmethod
    def questions(cls) -> Mapping[str, Ask]:
        return {"normals": lambda sample, draws: None if sample.normals is None else Question(sample.normals)}

    def as_truth(self, answer: NormalMap) -> NDArray[np.float32]:
        return answer.vectors

    @classmethod
    def measure(cls, prediction: NDArray[np.floating], truth: NDArray[np.floating], known: Known = True) -> Measures:
        here = truth.any(axis=-1) & known
        cosine = (prediction[here] * truth[here]).sum(-1)
        return {"angle": (float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean()), 1)}

    @classmethod
    def panels(cls, prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> dict[str, NDArray[np.uint8]]:
        """The paper's colours."""
        known = np.asarray(truth.any(axis=-1))
        length = np.linalg.norm(prediction, axis=2) * np.linalg.norm(truth, axis=2)
        cosine = (prediction * truth).sum(2) / np.maximum(length, 1e-9)
        return {
            "decoded": _colors(prediction, np.ones(known.shape, bool)),
            "truth": _colors(truth, known),
            "error": colormapped(np.degrees(np.arccos(np.clip(cosine, -1, 1))) / 60, "magma", known),
        }


def _colors(vectors: NDArray[np.floating], known: NDArray[np.bool_]) -> NDArray[np.uint8]:
    levels = (1 + vectors * (-1, 1, 1)) / 2 * 255
    return np.where(known[..., None], np.clip(levels, 0, 255), 0).astype(np.uint8)
