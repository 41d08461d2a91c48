"""What all hosted generators share: the disk cache, the price, and reading what comes back."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import io
import json
import os
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import CostError, GeneratorError, ImageError, ModelError, NoPictureError
from cavendish.files import replacing
from cavendish.generators.generator import About, Painting, Request
from cavendish.generators.replay import digest
from cavendish.images import read_image
from cavendish.services.connection import Busy, Limits, Patiently, call_all


class Terms(TypedDict, total=False):
    """What the opener of every hosted kind takes beside options of its own."""

    price: float | None  # US dollars a picture, where it is known better than by the preset
    max_cost: float | None  # US dollars; a call that would bring `Hosted.spent` over it is not made
    cache: str | Path | bool  # a folder for answers, the usual one, or none
    concurrency: int  # calls at once
    attempts: int  # of one call, while the service is busy
    timeout: float  # seconds for one attempt
    backoff: float  # seconds before the second attempt, doubled with each


class Hosted(ABC):
    """A generator behind an API. Answers are kept on disk, so that no picture is paid for twice.

    `spent` counts what the pictures have cost, by the estimate `about.price`.
    """

    def __init__(
        self,
        about: About,
        *,
        price: float | None = None,
        max_cost: float | None = None,
        cache: str | Path | bool = True,
        **limits: Any,
    ) -> None:
        if price is not None:
            about = replace(about, price=price)
        if max_cost is not None and about.price <= 0:
            raise ModelError(f"the price of {about.name} is not known, so max_cost needs price= (dollars a picture)")
        self.spent = 0.0
        self._limits = Limits(**limits)
        self.about = replace(about, batch_size=self._limits.concurrency)
        self._cache = default_cache() if cache is True else Path(cache).expanduser() if cache else None
        self._max_cost = max_cost
        if self._cache:
            self._cache.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def _connect(self) -> AbstractAsyncContextManager[Any]:
        """A client of the SDK, without retries of its own."""

    @abstractmethod
    async def _ask(self, client: Any, request: Request) -> bytes | str:
        """The picture that the service answers, or its address. Raises Busy, RefusedError, NoPictureError, …"""

    @abstractmethod
    def _service(self) -> dict[str, Any]:
        """What else decides the answer, as JSON values: the address, the model, its options. No key."""

    def fits(self, instruction: str) -> bool:
        return len(instruction) <= 32_000  # characters

    def paint(self, requests: Sequence[Request]) -> list[Painting]:
        for request in requests:
            if len(request.images) > self.about.references:
                raise GeneratorError(f"{self.about.name} takes {self.about.references} reference pictures at most")
        pictures = [self._cached(request) for request in requests]
        missing = [k for k, picture in enumerate(pictures) if picture is None]
        self._afford(len(missing))

        def job(request: Request) -> Any:
            async def answered(client: Any, patiently: Patiently) -> NDArray[np.uint8]:
                answer = await patiently(lambda: self._ask(client, request))
                self.spent += self.about.price
                if isinstance(answer, str):
                    address = answer
                    answer = await patiently(lambda: asyncio.to_thread(self._fetched, address))
                return self._received(request, answer)

            return answered

        if missing:
            jobs = [job(requests[k]) for k in missing]
            for k, picture in zip(missing, call_all(self.about.name, self._limits, self._connect, jobs)):
                pictures[k] = picture
        return [
            Painting(rgb=picture, seed=request.seed, steps=request.steps, guidance=request.guidance)
            for picture, request in zip(pictures, requests)
            if picture is not None
        ]

    def _afford(self, count: int) -> None:
        cost = count * self.about.price
        if self._max_cost is not None and self.spent + cost > self._max_cost + 1e-9:
            raise CostError(
                f"{count} picture{'s' if count > 1 else ''} of {self.about.name} cost about ${cost:.2f}, "
                f"${self.spent:.2f} are spent, and max_cost is ${self._max_cost:.2f}"
            )

    def _received(self, request: Request, data: bytes) -> NDArray[np.uint8]:
        """A picture that has arrived: whole, and kept."""
        try:
            rgb = read_image(data)
        except ImageError as error:
            raise NoPictureError(f"{self.about.name} answered with a broken picture: {error}") from None
        if self._cache:
            with replacing(self._cache / self._key(request)) as path:
                path.write_bytes(data)
        return rgb

    def _fetched(self, address: str) -> bytes:
        """The file at the address that a service answered. Raises Busy."""
        try:
            with urllib.request.urlopen(address, timeout=self._limits.timeout) as answer:
                content: bytes = answer.read()
        except http.client.HTTPException as error:
            raise Busy(f"the picture that it painted cannot be fetched ({type(error).__name__})") from None
        except OSError as error:
            raise Busy(f"the picture that it painted cannot be fetched ({error})") from None
        return content

    def _cached(self, request: Request) -> NDArray[np.uint8] | None:
        if self._cache is None or not (file := self._cache / self._key(request)).is_file():
            return None
        try:
            return read_image(file)
        except ImageError:  # cut short by a full disk, say
            return None

    def _key(self, request: Request) -> str:
        service = json.dumps(self._service(), sort_keys=True)
        return hashlib.sha256(f"{service} {digest(request)}".encode()).hexdigest()


def default_cache() -> Path:
    """Where answers of hosted generators are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "cavendish" / "paintings"


def png(image: NDArray[np.uint8]) -> bytes:
    """(h, w, 3) uint8 as the bytes of a PNG file."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG")
    return stream.getvalue()


def shortened(text: str, key: str = "") -> str:
    """What a service said, on one line of at most 200 characters and without the key that it may repeat."""
    line = " ".join((text.replace(key, "***") if key else text).split())
    return line if len(line) <= 200 else line[:199] + "…"
