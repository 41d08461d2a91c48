"""What a task answers: one frozen type per kind of answer, arrays on one grid, checked when they are made.

A task reads a painting into one of these at the painting's own resolution; `to_input` brings it back to the grid of
the picture that was asked about. Frames and units: depth is z-depth in metres in the OpenCV camera frame; normals are
unit vectors with +x right, +y up, +z toward the viewer; masks are bool; `confidence` is in [0, 1], 1 is certain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from cavendish.codes.normals import normals_note
from cavendish.errors import CodeError

if TYPE_CHECKING:
    from PIL.Image import Image

    from cavendish.geometry import Geometry
    from cavendish.images import ImageInput


@cache
def _versions() -> dict[str, str]:
    from cavendish import __version__

    return {"cavendish": __version__, "numpy": np.__version__}


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where an answer comes from: enough to paint and read it again. Every value is plain JSON."""

    task: str = ""
    generator: str | None = None  # None: the painting was given, or the answer is ground truth
    revision: str | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None
    votes: int = 1  # paintings combined; seeds, legends and mirrorings follow from their number and the first seed
    code: dict[str, Any] = field(default_factory=dict)  # parameters of the code that read the painting
    geometry: dict[str, Any] | None = None  # Geometry.to_dict() of the canvas; None: painting and answer share a grid
    versions: dict[str, str] = field(default_factory=lambda: dict(_versions()))

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: dict[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        return cls(**record)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result(ABC):
    """What all answers have in common. H, W is the grid of the answer; h, w that of the painting."""

    arrays: ClassVar[dict[str, tuple[type, str]]] = {"confidence": (np.float32, "HW")}
    """Name, dtype and axes of all arrays on the answer's grid: a letter is a length, the same in all of them."""

    confidence: NDArray[np.float32]  # (H, W) in [0, 1]
    painting: NDArray[np.uint8] | None = None  # (h, w, 3) RGB as the generator left it
    instruction: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        lengths = {"3": 3}
        for name, (dtype, axes) in self.arrays.items():
            self._check(name, getattr(self, name), dtype, tuple(lengths.get(axis) for axis in axes))
            lengths |= zip(axes, getattr(self, name).shape)
        if not ((self.confidence >= 0) & (self.confidence <= 1)).all():
            raise CodeError("confidence must lie in [0, 1] everywhere and hold no NaN")
        if self.painting is not None:
            self._check("painting", self.painting, np.uint8, (None, None, 3))

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the answer."""
        height, width = self.confidence.shape
        return height, width

    @staticmethod
    def _check(name: str, array: Any, dtype: type, shape: tuple[int | None, ...]) -> None:
        """Raise CodeError unless `array` has this dtype and shape; None in `shape` stands for any length."""
        wanted = f"{np.dtype(dtype)} of shape ({', '.join('any' if n is None else str(n) for n in shape)})"
        if not isinstance(array, np.ndarray):
            raise CodeError(f"{name} must be a NumPy array, {wanted}, not {type(array).__name__}")
        fits = array.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, array.shape))
        if array.dtype != dtype or not fits:
            raise CodeError(f"{name} must be {wanted}, not {array.dtype} of shape {array.shape}")

    def _on_input(self, geometry: Geometry, **answer: Any) -> Self:
        return replace(
            self,
            confidence=geometry.confidence(self.confidence),
            provenance=replace(self.provenance, geometry=geometry.to_dict()),
            **answer,
        )

    @abstractmethod
    def to_input(self, geometry: Geometry) -> Self:
        """This answer on the grid of the input; it must lie on the painting's grid, `geometry.painting_size`."""

    def mirrored(self) -> Self:
        """This answer about the picture with left and right swapped."""
        flipped: dict[str, Any] = {
            name: np.ascontiguousarray(np.flip(getattr(self, name), axes.index("W")))
            for name, (_, axes) in self.arrays.items()
            if "W" in axes
        }
        return replace(self, **flipped)

    def record(self) -> dict[str, Any]:
        """What a file about this answer must say beside its arrays, as JSON values."""
        return {
            "type": type(self).__name__,
            "instruction": self.instruction,
            "provenance": self.provenance.to_dict(),
        }

    def save(self, path: str | Path, **options: Any) -> Path:
        """Write the answer; the suffix of `path` picks the format, `options` are the format's own.

        Raises ExportError in one sentence (unknown suffix or option, folder missing, disk full, …). The file appears
        under its name whole or not at all.
        """
        from cavendish.formats import write

        return write(self, path, **options)

    def overlay(self, image: ImageInput | None = None, *, alpha: float | None = None, legend: bool = True) -> Image:
        """The answer drawn over `image` (of the answer's size; None draws it alone), with a legend strip below.

        `alpha` in [0, 1] is the opacity of the answer; None takes what suits this kind of answer.
        """
        from cavendish.overlay import draw

        return draw(self, image, alpha=alpha, legend=legend)

    def show(self, image: ImageInput | None = None) -> None:
        """Open the overlay in the desktop's picture viewer (in a notebook, just evaluate `overlay` instead)."""
        self.overlay(image).show()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.shape[1]} x {self.shape[0]}{self._summary()})"

    def _summary(self) -> str:
        return ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DepthMap(Result):
    """Depth along the optical axis (z-depth, not ray length), OpenCV camera frame."""

    arrays: ClassVar = {"metres": (np.float32, "HW"), "valid": (np.bool_, "HW")} | Result.arrays

    metres: NDArray[np.float32]  # (H, W) >= 0; inf is sky, NaN is unknown
    metric: bool = True  # False: the numbers are no metres, but depth up to an unknown scale
    valid: NDArray[np.bool_]  # (H, W); False exactly where metres is NaN
    intrinsics: NDArray[np.float64] | None = None  # (3, 3) pinhole K in pixels; pixel centres at integers + 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.array_equal(self.valid, ~np.isnan(self.metres)):
            raise CodeError("valid must be False exactly where metres is NaN; write NaN where there is no reading")
        if (self.metres < 0).any():
            raise CodeError("metres must not be negative")
        if self.intrinsics is not None:
            self._check("intrinsics", self.intrinsics, np.float64, (3, 3))

    @property
    def unit(self) -> str:
        """What a number of `metres` counts, in words."""
        return "metres" if self.metric else "units of unknown length"

    def to_input(self, geometry: Geometry) -> Self:
        metres = geometry.depth(self.metres)
        intrinsics = None if self.intrinsics is None else geometry.intrinsics(self.intrinsics)
        return self._on_input(geometry, metres=metres, valid=~np.isnan(metres), intrinsics=intrinsics)

    def record(self) -> dict[str, Any]:
        intrinsics = None if self.intrinsics is None else self.intrinsics.tolist()
        frame = f"z-depth in {self.unit}, OpenCV camera frame; inf is sky, NaN is unknown"
        return {**super().record(), "frame": frame, "metric": self.metric, "intrinsics": intrinsics}

    def _summary(self) -> str:
        seen = self.metres[np.isfinite(self.metres)]
        unit = "m" if self.metric else "units"
        reach = f", {seen.min():.3g} to {seen.max():.3g} {unit}" if seen.size else ""
        return f"{reach}, {self.valid.mean():.1%} valid" if self.valid.size else reach


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NormalMap(Result):
    """Surface normals in camera space: +x right, +y up, +z toward the viewer."""

    arrays: ClassVar = {"vectors": (np.float32, "HW3"), "valid": (np.bool_, "HW")} | Result.arrays

    vectors: NDArray[np.float32]  # (H, W, 3) unit length where valid, zeros where not
    valid: NDArray[np.bool_]  # (H, W)

    def __post_init__(self) -> None:
        super().__post_init__()
        length = np.sqrt(np.einsum("hwc,hwc->hw", self.vectors, self.vectors))
        if not (np.abs(length - self.valid) < 1e-3).all():
            raise CodeError("vectors must have length 1 where valid and be zeros where not")

    def to_input(self, geometry: Geometry) -> Self:
        vectors = geometry.normals(self.vectors)
        return self._on_input(geometry, vectors=vectors, valid=vectors.any(axis=-1))

    def mirrored(self) -> Self:
        flipped = super().mirrored()
        return replace(flipped, vectors=flipped.vectors * np.array([-1, 1, 1], np.float32))

    def record(self) -> dict[str, Any]:
        return {**super().record(), **normals_note("cavendish")}

    def _summary(self) -> str:
        return f", {self.valid.mean():.1%} valid" if self.valid.size else ""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SemanticMap(Result):
    """One class for every pixel."""

    arrays: ClassVar = {"labels": (np.int32, "HW")} | Result.arrays

    labels: NDArray[np.int32]  # (H, W) index into `classes`; -1 where no class was decided (only where asked for)
    classes: tuple[str, ...]
    colors: NDArray[np.uint8]  # (K, 3) the colour of each class

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check("colors", self.colors, np.uint8, (len(self.classes), 3))
        if len(set(self.classes)) != len(self.classes):
            raise CodeError("classes must differ from each other")
        if self.labels.size and not -1 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise CodeError(f"labels must be -1 or an index into the {len(self.classes)} classes")

    def to_input(self, geometry: Geometry) -> Self:
        return self._on_input(geometry, labels=geometry.labels(self.labels))

    def mask(self, name: str) -> NDArray[np.bool_]:
        """(H, W) bool: where the class called `name` is."""
        if name not in self.classes:
            raise CodeError(f"there is no class {name!r} here; the classes are {', '.join(self.classes)}")
        region: NDArray[np.bool_] = self.labels == self.classes.index(name)
        return region

    def record(self) -> dict[str, Any]:
        return {**super().record(), "classes": list(self.classes), "colors": self.colors.tolist()}

    def _summary(self) -> str:
        present = np.unique(self.labels)
        return f", {(present >= 0).sum()} of {len(self.classes)} classes"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Instances(Result):
    """Every instance of one class, each with its own mask."""

    arrays: ClassVar = {"masks": (np.bool_, "NHW"), "scores": (np.float32, "N")} | Result.arrays

    masks: NDArray[np.bool_]  # (N, H, W); N may be 0, masks may overlap
    scores: NDArray[np.float32]  # (N,) in [0, 1]
    label: str

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ((self.scores >= 0) & (self.scores <= 1)).all():
            raise CodeError("scores must lie in [0, 1] and hold no NaN")

    def __len__(self) -> int:
        return len(self.masks)

    def to_input(self, geometry: Geometry) -> Self:
        """Masks may come back empty when an instance is smaller than a pixel of the input; those are dropped."""
        masks = geometry.masks(self.masks)
        kept = masks.any(axis=(1, 2))
        return self._on_input(geometry, masks=masks[kept], scores=self.scores[kept])

    def record(self) -> dict[str, Any]:
        return {**super().record(), "label": self.label, "scores": self.scores.tolist()}

    def _summary(self) -> str:
        return f", {len(self)} of {self.label!r}"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Mask(Result):
    """The region that an expression refers to; all False when there is none."""

    arrays: ClassVar = {"mask": (np.bool_, "HW")} | Result.arrays

    mask: NDArray[np.bool_]  # (H, W)
    expression: str

    def to_input(self, geometry: Geometry) -> Self:
        return self._on_input(geometry, mask=geometry.masks(self.mask[None])[0])

    def record(self) -> dict[str, Any]:
        return {**super().record(), "expression": self.expression}

    def _summary(self) -> str:
        return f", {self.expression!r}, {self.mask.mean():.1%} of the picture" if self.mask.size else ""
