"""Retries while a service is busy: how many, how soon, and how long each may take."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cavendish.errors import ModelError, ServiceError
from cavendish.services.errors import Busy

Call = Callable[[], Awaitable[Any]]

NETWORK_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "anyio"}  # under the SDKs


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


async def with_retries(name: str, limits: Limits, call: Call) -> Any:
    """The answer to a call. ServiceError where `Busy` or a network error lasts through all attempts."""
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
        return await retrying(_attempt, limits.timeout, call)
    except Busy as error:
        count = retrying.statistics.get("attempt_number", 1)
        wished = f"; it asks to wait {error.wait:.0f} s" if error.wait else ""
        raise ServiceError(f"{name}: {error} ({count} attempt{'s' if count > 1 else ''}){wished}") from error


async def _attempt(timeout: float, call: Call) -> Any:
    import asyncio

    try:
        async with asyncio.timeout(timeout):
            return await call()
    except TimeoutError:
        raise Busy(f"no whole answer within {timeout:g} s") from None
    except Exception as error:
        if type(error).__module__.partition(".")[0] in NETWORK_LIBRARIES or isinstance(error, OSError):
            raise Busy(f"it cannot be reached ({str(error) or type(error).__name__})") from error
        raise


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
