"""Calls to a service over the network: so many at once, patient with one that is busy, never without an end."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, TypeVar

from cavendish.errors import ModelError, ServiceError

Client = TypeVar("Client")
T = TypeVar("T")
Call = Callable[[], Awaitable[Any]]
Patiently = Callable[[Call], Awaitable[Any]]

BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}  # statuses after which the same call may succeed
NETWORK = {"httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "anyio"}  # libraries under the SDKs


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
    timeout: float = 300.0  # seconds for one attempt, whole, so that an answer that only drips counts as none
    backoff: float = 1.0  # seconds before the second attempt; doubled with each, and jittered
    longest_wait: float = 120.0  # seconds; who asks for a longer one is not waited for

    def __post_init__(self) -> None:
        if self.concurrency < 1 or self.attempts < 1 or self.timeout <= 0 or self.backoff < 0:
            raise ModelError("concurrency and attempts are at least 1, timeout is over 0 and backoff not under 0")


def call_all(
    name: str,
    limits: Limits,
    connect: Callable[[], AbstractAsyncContextManager[Client]],
    jobs: Sequence[Callable[[Client, Patiently], Awaitable[T]]],
) -> list[T]:
    """The answer of every job, in order. The first that fails for good ends all.

    A job makes each of its calls through `Patiently`, which tries that call again and no other: what is answered is
    paid for, and not asked for again where, say, the picture that it points at cannot be fetched at once. Raises what
    a job raises; ServiceError where `Busy` or a network error lasts through all attempts.
    """

    def patiently(call: Call) -> Awaitable[Any]:
        return _patient(name, limits, call)

    async def work() -> list[T]:
        gate, failed = asyncio.Semaphore(limits.concurrency), asyncio.Event()
        async with connect() as client:

            async def admitted(job: Callable[[Client, Patiently], Awaitable[T]]) -> T:
                async with gate:
                    if failed.is_set():  # the next in line is woken before all are cancelled, and would be paid for
                        raise asyncio.CancelledError
                    try:
                        return await job(client, patiently)
                    except BaseException:
                        failed.set()
                        raise

            tasks = [asyncio.ensure_future(admitted(job)) for job in jobs]
            try:
                return await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()

    return _in_own_loop(work)


async def _patient(name: str, limits: Limits, call: Call) -> Any:
    import tenacity

    backoff = tenacity.wait_exponential_jitter(initial=limits.backoff, max=60, jitter=limits.backoff)

    def wait(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return error.wait if isinstance(error, Busy) and error.wait is not None else backoff(state)

    def again(error: BaseException) -> bool:
        return isinstance(error, Busy) and (error.wait or 0) <= limits.longest_wait

    retrying = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(limits.attempts),
        wait=wait,
        retry=tenacity.retry_if_exception(again),
        reraise=True,
    )
    try:
        async for attempt in retrying:
            with attempt:
                return await _once(limits.timeout, call)
    except Busy as error:
        tries = retrying.statistics.get("attempt_number", 1)
        asked = f"; it asks to wait {error.wait:.0f} s" if error.wait else ""
        raise ServiceError(f"{name}: {error} ({tries} attempt{'s' if tries > 1 else ''}){asked}") from error
    raise AssertionError("an attempt returns or raises")


async def _once(timeout: float, call: Call) -> Any:
    try:
        async with asyncio.timeout(timeout):
            return await call()
    except TimeoutError:
        raise Busy(f"no whole answer within {timeout:g} s") from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] in NETWORK or isinstance(error, OSError):
            raise Busy(f"it cannot be reached ({str(error) or type(error).__name__})") from error
        raise


def _in_own_loop(work: Callable[[], Any]) -> Any:
    """Run a coroutine in a thread of its own, for the caller (a notebook) may be inside an event loop."""
    outcome: dict[str, Any] = {}

    def run() -> None:
        try:
            outcome["value"] = asyncio.run(work())
        except BaseException as error:
            outcome["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]


def retry_after(headers: Mapping[str, str] | None) -> float | None:
    """Seconds that a Retry-After header asks for, given as a number or a date; None without one."""
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    value = (headers or {}).get("retry-after") or (headers or {}).get("Retry-After")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def key_from_environment(*names: str, needed_by: str) -> str:
    """The first of these variables that is set; ModelError names them. Keys are never logged nor stored."""
    for name in names:
        if key := os.environ.get(name):
            return key
    raise ModelError(f"{needed_by} needs a key: set {' or '.join(names)} in the environment")
