"""Calls to a service over the network: keys, concurrency, retries, errors, pictures that are sent and fetched."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import CavendishError, GeneratorError, ModelError, ServiceError

T = TypeVar("T")
Call = Callable[[], Awaitable[Any]]
Retry = Callable[[Call], Awaitable[Any]]
Job = Callable[[Any, Retry], Awaitable[T]]

NETWORK_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "anyio"}  # under the SDKs
BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}  # statuses after which the same call may succeed
KEY_REJECTED = {401, 403}
NO_SUCH_MODEL = 404


class Busy(Exception):
    """The call may be made again, not before `wait` seconds if the service says so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Limits:
    """How calls are made."""

    concurrency: int = 4
    attempts: int = 5
    timeout: float = 300.0  # seconds for one attempt, from the call to the last byte of the answer
    backoff: float = 1.0  # seconds before the second attempt; doubled with each, and jittered
    longest_wait: float = 120.0  # seconds; a service that asks for a longer wait is given up

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.attempts < 1 or self.timeout <= 0 or self.backoff < 0:
            raise ModelError("concurrency and attempts are at least 1, timeout is over 0 and backoff not under 0")


class Service(Protocol):
    """One model behind an SDK."""

    @property
    def identity(self) -> dict[str, Any]:
        """What its answers depend on apart from the call, as JSON values: the address and the model, not the key."""
        ...

    def connect(self, timeout: float) -> AbstractAsyncContextManager[Any]:
        """A client of the SDK, without retries of its own."""
        ...

    def error_of(self, error: Exception) -> Exception | None:
        """Busy or our error for an exception of the SDK; None for one that is not its own."""
        ...

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        """The reply of a language model to (H, W, 3) uint8 and a text."""
        ...


def call_all(name: str, limits: Limits, service: Service, jobs: Sequence[Job[T]]) -> list[T]:
    """The answer of every job, in order. The first that fails for good ends all.

    A job makes each of its calls through `Retry`, which repeats that call alone: an answer is paid for, so it is not
    asked for again when the picture that it points at cannot be fetched at once. Raises what a job raises;
    ServiceError where `Busy` or a network error lasts through all attempts.
    """

    def retry(call: Call) -> Awaitable[Any]:
        return _with_retries(name, limits, service, call)

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


async def _with_retries(name: str, limits: Limits, service: Service, call: Call) -> Any:
    """The answer to a call that raises Busy while it may be made again."""
    import tenacity

    backoff = tenacity.wait_exponential_jitter(initial=limits.backoff, max=60, jitter=limits.backoff)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return error.wait if isinstance(error, Busy) and error.wait is not None else backoff(state)

    def is_worth_it(error: BaseException) -> bool:
        return isinstance(error, Busy) and (error.wait or 0) <= limits.longest_wait

    retrying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(limits.attempts),
        wait=wait,
        retry=tenacity.retry_if_exception(is_worth_it),
        reraise=True,
    )
    try:
        return await retrying(_attempt, service, limits.timeout, call)
    except Busy as error:
        count = retrying.statistics.get("attempt_number", 1)
        wished = f"; it asks to wait {error.wait:.0f} s" if error.wait else ""
        raise ServiceError(f"{name}: {error} ({count} attempt{'s' if count > 1 else ''}){wished}") from error


async def _attempt(service: Service, timeout: float, call: Call) -> Any:
    """The answer to a call. Errors of the SDK and of the network become Busy or ours."""
    try:
        async with asyncio.timeout(timeout):
            return await call()
    except (Busy, CavendishError):
        raise
    except TimeoutError:
        raise Busy(f"no whole answer within {timeout:g} s") from None
    except Exception as error:
        if (known := service.error_of(error)) is not None:
            raise known from None
        if type(error).__module__.partition(".")[0] in NETWORK_LIBRARIES or isinstance(error, OSError):
            raise Busy(f"it cannot be reached ({str(error) or type(error).__name__})") from error
        raise


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
    except (http.client.HTTPException, OSError) as error:
        reason = type(error).__name__ if isinstance(error, http.client.HTTPException) else error
        raise Busy(f"the picture that it painted cannot be fetched ({reason})") from None
    return content


def error_of_status(
    service: str, model: str, status: int, message: str, headers: Mapping[str, str] | None = None
) -> Exception:
    """Our error for the status and headers of an answer, with the service's message."""
    if status in BUSY:
        return Busy(f"it answers {status}, {message}", retry_after(headers))
    if status in KEY_REJECTED:
        return ModelError(f"{service} does not accept the key ({status}): {message}")
    if status == NO_SUCH_MODEL:
        return ModelError(f"{service} has no model {model!r}: {message}")
    return GeneratorError(f"{service} refuses the call ({status}): {message}")


def unreadable(error: Exception, key: str) -> Busy:
    """Our error for an answer that is not JSON, or does not fit the schema of the SDK."""
    return Busy(f"it answers what cannot be read, {one_line(str(error), key)}")


def retry_after(headers: Mapping[str, str] | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or a date; None without one."""
    value = (headers or {}).get("retry-after") or (headers or {}).get("Retry-After") or ""
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def one_line(message: str, key: str = "") -> str:
    """A service's message on one line of at most 200 characters, without the key that it may repeat."""
    line = " ".join((message.replace(key, "***") if key else message).split())
    return line if len(line) <= 200 else line[:199] + "…"
