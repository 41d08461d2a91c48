"""Calls to a service over the network: keys, concurrency, pictures that are sent and fetched."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ModelError
from cavendish.services.errors import Busy
from cavendish.services.retries import Call, Limits, with_retries

T = TypeVar("T")
Retry = Callable[[Call], Awaitable[Any]]
Job = Callable[[Any, Retry], Awaitable[T]]


class Service(Protocol):
    """One model behind an SDK."""

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on apart from the call, as JSON values: the address and the model, not the key."""
        ...

    def connect(self, timeout: float) -> AbstractAsyncContextManager[Any]:
        """A client of the SDK, without retries of its own."""
        ...

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        """The reply of a language model to (H, W, 3) uint8 and a text. Raises Busy, ModelError or GeneratorError."""
        ...


def call_all(name: str, limits: Limits, service: Service, jobs: Sequence[Job[T]]) -> list[T]:
    """The answer of every job, in order. The first that fails for good ends all.

    A job makes each of its calls through `Retry`, which repeats that call alone: an answer is paid for, so it is not
    asked for again when the picture that it points at cannot be fetched at once. Raises what a job raises;
    ServiceError where `Busy` or a network error lasts through all attempts.
    """

    def retry(call: Call) -> Awaitable[Any]:
        return with_retries(name, limits, call)

    async def work() -> list[T]:
        gate, failed = asyncio.Semaphore(limits.concurrency), asyncio.Event()
        async with service.connect(limits.timeout) as client:

            async def admitted(job: Job[T]) -> T:
                async with gate:
                    if failed.is_set():  # the next in line wakes before all are cancelled, and its call would cost
                        raise asyncio.CancelledError
                    try:
                        return await job(client, retry)
                    except BaseException:
                        failed.set()
                        raise

            tasks = [asyncio.ensure_future(admitted(job)) for job in jobs]
            try:
                return await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    thread = ThreadPoolExecutor(1)  # the caller, such as a notebook, may be inside an event loop of its own
    try:
        return thread.submit(asyncio.run, work()).result()
    finally:
        thread.shutdown(wait=False)


def key_from_environment(*names: str, needed_by: str) -> str:
    """The value of the first variable that is set; ModelError names them. Keys are never logged or stored."""
    for name in names:
        if key := os.environ.get(name):
            return key
    raise ModelError(f"{needed_by} needs a key: set {' or '.join(names)} in the environment")


def png(image: NDArray[np.uint8]) -> bytes:
    """(h, w, 3) uint8 as the bytes of a PNG file."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG")
    return stream.getvalue()


def fetch(address: str, timeout: float) -> bytes:
    """The picture at an address that a service answered. Raises Busy."""
    import http.client
    import urllib.request

    try:
        with urllib.request.urlopen(address, timeout=timeout) as answer:
            content: bytes = answer.read()
    except http.client.HTTPException as error:
        raise Busy(f"the picture that it painted cannot be fetched ({type(error).__name__})") from None
    except OSError as error:
        raise Busy(f"the picture that it painted cannot be fetched ({error})") from None
    return content
