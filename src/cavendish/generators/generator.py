"""What every generator is: something that paints pictures to instructions, and says what it needs and what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cavendish.generators.canvas import Canvas


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """One picture asked for. Reference pictures and `size` obey the generator's canvas; None takes its defaults."""

    instruction: str
    images: tuple[NDArray[np.uint8], ...] = ()  # reference pictures, each (h, w, 3) RGB
    size: tuple[int, int]  # (height, width) of the painting
    seed: int = 0
    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Painting:
    """A picture and how it was made; None where the generator has no such setting."""

    rgb: NDArray[np.uint8]  # (h, w, 3); of `Request.size`, or of another size with the same aspect
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """What a generator is and how it is best used."""

    name: str
    revision: str | None = None  # what pins the weights: a commit of a hub, a digest of a checkpoint
    canvas: Canvas = field(default_factory=Canvas)
    native_size: tuple[int, int] = (1024, 1024)  # (height, width) painted when nobody says otherwise
    references: int = 1  # reference pictures that one request may hold
    batch_size: int = 1  # requests that one call of `paint` works on at once; callers send at least so many if they can
    steps: int | None = None
    guidance: float | None = None
    votes: Mapping[str, int] = field(default_factory=dict)  # paintings for an answer, task -> number; 1 unless named
    seeded: bool = True  # whether the same seed gives the same painting
    max_classes: int = 64  # colours that one painting tells apart well; longer legends are split over several
    licence: str = "unknown"
    price: float = 0.0  # US dollars a picture, an estimate
    versions: dict[str, str] = field(default_factory=dict)  # of the libraries that paint


class Generator(Protocol):
    """A kind of generator is one file that makes these; register its opener in `cavendish.generators`."""

    @property
    def about(self) -> About: ...

    def fits(self, instruction: str) -> bool:
        """Whether the generator reads an instruction of this length to its end."""
        ...

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        """One painting for each request, in order. Raises a GeneratorError if any of them cannot be had."""
        ...
