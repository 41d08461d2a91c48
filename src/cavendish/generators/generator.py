"""The protocol of generators: a batch of requests in, paintings out, and a description of the generator itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cavendish.generators.canvas import Canvas


@dataclass(frozen=True, kw_only=True, eq=False)
class Request:
    """A picture to paint. Reference images and `size` fit the generator's canvas; None means its default."""

    instruction: str
    images: tuple[NDArray[np.uint8], ...] = ()  # reference images, each (h, w, 3) RGB
    size: tuple[int, int]  # (height, width) of the painting
    seed: int = 0
    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Painting:
    """A picture and the settings it was made with; None where the generator has no such setting."""

    rgb: NDArray[np.uint8]  # (h, w, 3); of `Request.size`, or of another size with the same aspect
    seed: int | None = None
    steps: int | None = None
    guidance: float | None = None


@dataclass(frozen=True, kw_only=True)
class About:
    """The description of a generator: what it is and the settings that suit it."""

    name: str
    revision: str | None = None  # identifies the weights: a commit of a hub, a digest of a checkpoint
    canvas: Canvas = field(default_factory=Canvas)
    native_size: tuple[int, int] = (1024, 1024)  # (height, width) of a picture generated without a given size
    references: int = 1  # reference images that one request may hold
    batch_size: int = 1  # requests that one call of `paint` works on at once; callers send at least so many if they can
    steps: int | None = None
    guidance: float | None = None
    votes: Mapping[str, int] = field(default_factory=dict)  # task -> paintings for one answer; 1 if not named
    seeded: bool = True  # whether the same seed gives the same painting
    max_classes: int = 64  # colours that one painting tells apart; longer legends are split
    licence: str = "unknown"
    price: float = 0.0  # US dollars for a picture, an estimate
    versions: dict[str, str] = field(default_factory=dict)  # of the libraries that paint


class Generator(Protocol):
    """Paints pictures. The opener of each kind is registered in `cavendish.generators`."""

    @property
    def about(self) -> About: ...

    def fits(self, instruction: str) -> bool:
        """Whether the generator reads the whole instruction."""
        ...

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        """One painting for each request, in order. Raises GeneratorError if any of them fails."""
        ...


def paint_in_batches(
    requests: Sequence[Request],
    size: int,
    settings: Callable[[Request], tuple[int, float]],
    paint: Callable[[list[Request], int, float], Iterable[NDArray[np.uint8]]],
) -> list[Painting]:
    """The paintings in order. `settings` are steps and guidance of a request; `paint` gets at most `size` requests of
    the same shapes and settings at once, with these settings."""
    groups: dict[Hashable, list[Request]] = {}
    for request in requests:
        shapes = request.size, tuple(image.shape for image in request.images)
        groups.setdefault((shapes, settings(request)), []).append(request)
    paintings: dict[int, Painting] = {}
    for group in groups.values():
        steps, guidance = settings(group[0])
        for start in range(0, len(group), size):
            batch = group[start : start + size]
            for request, rgb in zip(batch, paint(batch, steps, guidance)):
                paintings[id(request)] = Painting(rgb=rgb, seed=request.seed, steps=steps, guidance=guidance)
    return [paintings[id(request)] for request in requests]
