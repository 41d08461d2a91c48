"""Models through the `openai` SDK: OpenAI's own, and those of any server that speaks the same."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ModelError, RefusedError, ServiceError, optional_import
from cavendish.services.connection import key_from_environment, png
from cavendish.services.errors import Busy, error_of_status, one_line, unreadable
from cavendish.services.retries import retry_after

REFUSALS = {"moderation_blocked", "content_policy_violation", "content_filter"}


@dataclass(frozen=True)
class OpenAIService:
    """One model, at OpenAI or at the server `base_url`."""

    model: str
    base_url: str | None
    api_key: str = field(repr=False)

    @property
    def identity(self) -> dict[str, Any]:
        return {"service": "openai", "model": self.model, "base_url": self.base_url}

    @asynccontextmanager
    async def connect(self, timeout: float) -> AsyncIterator[Any]:
        from openai import AsyncOpenAI

        async with AsyncOpenAI(api_key=self.api_key, base_url=self.base_url, timeout=timeout, max_retries=0) as client:
            yield client

    @contextmanager
    def errors(self) -> Iterator[None]:
        """What the SDK raises inside becomes Busy, RefusedError, ModelError, ServiceError or GeneratorError."""
        import openai

        try:
            yield
        except openai.APIStatusError as error:
            raise self._error(error) from None
        except openai.APIConnectionError as error:  # timeouts among them
            reason = one_line(str(error.__cause__ or error), self.api_key)
            raise Busy(f"it cannot be reached ({reason})") from None
        except (openai.APIError, ValueError) as error:
            raise unreadable(error, self.api_key) from None

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        url = "data:image/png;base64," + base64.b64encode(png(image)).decode()
        content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}]
        with self.errors():
            answer = await client.chat.completions.create(
                model=self.model, messages=[{"role": "user", "content": content}]
            )
        return str(answer.choices[0].message.content or "") if answer.choices else ""

    def _error(self, error: Any) -> Exception:
        message = one_line(str(error.message), self.api_key)
        if error.code in REFUSALS:
            return RefusedError(f"{self.model} declines to paint this: {message}")
        if error.code == "insufficient_quota":
            return ServiceError(f"openai: the account has no credit left: {message}")
        wait = retry_after(error.response.headers)
        return error_of_status("openai", self.model, error.status_code, message, wait)


def open_service(model: str, *, base_url: str | None = None) -> OpenAIService:
    """A model with the key OPENAI_API_KEY from the environment, which a server at `base_url` may not need."""
    with optional_import("to use the OpenAI API", "cavendish[openai]"):
        import openai  # noqa: F401
        import tenacity  # noqa: F401
    try:
        key = key_from_environment("OPENAI_API_KEY", needed_by="openai")
    except ModelError:
        if base_url is None:
            raise
        key = "none"
    return OpenAIService(model, base_url, key)
