"""What all hosted generators share: a cache of answers on disk, a budget, and reading the pictures."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import CostError, GeneratorError, ImageError, ModelError, NoPictureError
from cavendish.files import replacing
from cavendish.generators.generator import About, Painting, Request
from cavendish.generators.replay import digest
from cavendish.images import read_image
from cavendish.services.connection import Job, Limits, Retry, Service, call_all, fetch

LONGEST_INSTRUCTION = 32_000  # characters


@dataclass
class Budget:
    """US dollars spent on pictures of one generator, by an estimate of their price."""

    name: str  # of the generator
    price: float  # of one picture; 0 where it is not known
    max_cost: float | None = None
    spent: float = 0.0

    def __post_init__(self) -> None:
        if self.max_cost is not None and self.price <= 0:
            raise ModelError(f"the price of {self.name} is not known, so max_cost needs price= (dollars a picture)")

    def check(self, pictures: int) -> None:
        """CostError if this many more pictures would cost more than is left."""
        cost = pictures * self.price
        if self.max_cost is not None and self.spent + cost > self.max_cost + 1e-9:
            raise CostError(
                f"{pictures} picture{'s' if pictures > 1 else ''} of {self.name} cost about ${cost:.2f}, "
                f"${self.spent:.2f} are spent, and max_cost is ${self.max_cost:.2f}"
            )

    def pay(self) -> None:
        """Count one picture."""
        self.spent += self.price


class HostedOptions(TypedDict, total=False):
    """The options that the opener of every hosted kind takes in addition to its own."""

    price: float | None  # US dollars for a picture; by default the preset's
    max_cost: float | None  # US dollars; a call that would bring `Hosted.spent` above it is not made
    cache: str | Path | bool  # a folder for answers; True is the default one, False none
    concurrency: int  # calls at once
    attempts: int  # of one call, while the service is busy
    timeout: float  # seconds for one attempt
    backoff: float  # seconds before the second attempt, doubled with each


class Hosted(ABC):
    """A generator behind an API. Its answers are cached on disk, so that no picture is paid for twice."""

    def __init__(
        self,
        service: Service,
        about: About,
        *,
        call_options: Mapping[str, Any] | None = None,
        price: float | None = None,
        max_cost: float | None = None,
        cache: str | Path | bool = True,
        **limits: Any,
    ) -> None:
        self.service = service
        self.call_options = call_options or {}  # of every call; a painting depends on them
        self._budget = Budget(about.name, about.price if price is None else price, max_cost)
        self._limits = Limits(**limits)
        self.about = replace(about, price=self._budget.price, batch_size=self._limits.concurrency)
        self._cache = default_cache() if cache is True else Path(cache).expanduser() if cache else None
        if self._cache:
            self._cache.mkdir(parents=True, exist_ok=True)

    @property
    def spent(self) -> float:
        """US dollars that the pictures have cost, by the estimate `about.price`."""
        return self._budget.spent

    @abstractmethod
    async def _ask(self, client: Any, request: Request) -> bytes | str:
        """The picture that the service answers, or its address. Raises Busy, RefusedError, NoPictureError, …"""

    def fits(self, instruction: str) -> bool:
        return len(instruction) <= LONGEST_INSTRUCTION

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        for request in requests:
            if len(request.images) > self.about.references:
                raise GeneratorError(f"{self.about.name} takes {self.about.references} reference pictures at most")
        pictures = {k: self._cached(request) for k, request in enumerate(requests)}
        missing = [k for k, picture in pictures.items() if picture is None]
        if missing:
            self._budget.check(len(missing))
            jobs = [self._job(requests[k]) for k in missing]
            pictures |= zip(missing, call_all(self.about.name, self._limits, self.service, jobs))
        return [
            Painting(rgb=pictures[k], seed=request.seed, steps=request.steps, guidance=request.guidance)
            for k, request in enumerate(requests)
        ]

    def _job(self, request: Request) -> Job[NDArray[np.uint8]]:
        async def answered(client: Any, retry: Retry) -> NDArray[np.uint8]:
            answer = await retry(lambda: self._ask(client, request))
            self._budget.pay()
            if isinstance(answer, str):
                address = answer
                answer = await retry(lambda: asyncio.to_thread(fetch, address, self._limits.timeout))
            return self._received(request, answer)

        return answered

    def _received(self, request: Request, data: bytes) -> NDArray[np.uint8]:
        """The picture of an answer, which goes to the cache."""
        try:
            rgb = read_image(data)
        except ImageError as error:
            raise NoPictureError(f"{self.about.name} answered with a broken picture: {error}") from None
        if self._cache:
            with replacing(self._cache / self._key(request)) as path:
                path.write_bytes(data)
        return rgb

    def _cached(self, request: Request) -> Any:
        """(h, w, 3) uint8, the picture that was answered before; None if there is none, or only a part of its file."""
        if self._cache is None:
            return None
        try:
            return read_image(self._cache / self._key(request))
        except ImageError:
            return None

    def _key(self, request: Request) -> str:
        identity = json.dumps({**self.service.identity, **self.call_options}, sort_keys=True)
        return hashlib.sha256(f"{identity} {digest(request)}".encode()).hexdigest()


def default_cache() -> Path:
    """The default folder for answers of hosted generators."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cavendish" / "paintings"
