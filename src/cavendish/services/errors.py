"""Errors of hosted services: which are worth another attempt, and our error for each status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cavendish.errors import GeneratorError, ModelError

BUSY = {408, 409, 425, 429, 500, 502, 503, 504, 529}  # statuses after which the same call may succeed
KEY_REJECTED = {401, 403}
NO_SUCH_MODEL = 404


class Busy(Exception):
    """The call may be made again, not before `wait` seconds if the service says so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


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
