"""Surface normals, painted as colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import X, normals_distance, normals_to_rgb, rgb_to_normals
from cavendish.codes.paint import confidence
from cavendish.results import NormalMap
from cavendish.tasks.task import Task, pick

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
class Normals(Task):
    """Truth: (H, W, 3) normals, +x right, +y up, +z toward the viewer; zeros where unknown (painted black)."""

    name: ClassVar[str] = "normals"
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
