"""What all hosted generators share: a cache of answers on disk, a budget, and reading the pictures."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import GeneratorError, ImageError, NoPictureError
from cavendish.files import replacing
from cavendish.generators.generator import About, Painting, Request
from cavendish.generators.replay import digest
from cavendish.images import read_image
from cavendish.services.budget import Budget
from cavendish.services.connection import Job, Retry, Service, call_all, fetch
from cavendish.services.retries import Limits

S = TypeVar("S", bound=Service)
LONGEST_INSTRUCTION = 32_000  # characters


class HostedOptions(TypedDict, total=False):
    """The options that the opener of every hosted kind takes in addition to its own."""

    price: float | None  # US dollars for a picture; by default the preset's
    max_cost: float | None  # US dollars; a call that would bring `Hosted.spent` above it is not made
    cache: str | Path | bool  # a folder for answers; True is the default one, False none
    concurrency: int  # calls at once
    attempts: int  # of one call, while the service is busy
    timeout: float  # seconds for one attempt
    backoff: float  # seconds before the second attempt, doubled with each


class Hosted(ABC, Generic[S]):
    """A generator behind an API. Its answers are cached on disk, so that no picture is paid for twice."""

    def __init__(
        self,
        service: S,
        about: About,
        *,
        price: float | None = None,
        max_cost: float | None = None,
        cache: str | Path | bool = True,
        **limits: Any,
    ) -> None:
        self.service = service
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

    def _identity(self) -> dict[str, Any]:
        """What a painting depends on apart from the request, as JSON values."""
        return self.service.identity

    def fits(self, instruction: str) -> bool:
        return len(instruction) <= LONGEST_INSTRUCTION

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        for request in requests:
            if len(request.images) > self.about.references:
                raise GeneratorError(f"{self.about.name} takes {self.about.references} reference pictures at most")
        pictures = [self._cached(request) for request in requests]
        missing = [k for k, picture in enumerate(pictures) if picture is None]
        if missing:
            self._budget.check(len(missing))
            jobs = [self._job(requests[k]) for k in missing]
            for k, picture in zip(missing, call_all(self.about.name, self._limits, self.service, jobs)):
                pictures[k] = picture
        return [
            Painting(rgb=picture, seed=request.seed, steps=request.steps, guidance=request.guidance)
            for picture, request in zip(pictures, requests)
            if picture is not None
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

    def _cached(self, request: Request) -> NDArray[np.uint8] | None:
        if self._cache is None or not (file := self._cache / self._key(request)).is_file():
            return None
        try:
            return read_image(file)
        except ImageError:  # cut short by a full disk, say
            return None

    def _key(self, request: Request) -> str:
        identity = json.dumps(self._identity(), sort_keys=True)
        return hashlib.sha256(f"{identity} {digest(request)}".encode()).hexdigest()


def default_cache() -> Path:
    """The default folder for answers of hosted generators."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cavendish" / "paintings"
