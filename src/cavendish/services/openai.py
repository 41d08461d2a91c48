"""Models through the `openai` SDK: OpenAI's own, and those of any server that speaks the same."""

from __future__ import annotations

import base64
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ModelError, RefusedError, ServiceError, optional_import
from cavendish.services.connection import Busy, error_of_status, key_from_environment, one_line, png, unreadable

REFUSALS = {"moderation_blocked", "content_policy_violation", "content_filter"}


@dataclass(frozen=True)
class OpenAIService:
    """One model, at OpenAI or at the server `base_url`."""

    model: str
    base_url: str | None
    key: str = field(repr=False)

    @property
    def identity(self) -> dict[str, Any]:
        return {"service": "openai", "model": self.model, "base_url": self.base_url}

    def connect(self, timeout: float) -> AbstractAsyncContextManager[Any]:
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=self.key, base_url=self.base_url, timeout=timeout, max_retries=0)

    def error_of(self, error: Exception) -> Exception | None:
        import openai

        if isinstance(error, openai.APIConnectionError):  # timeouts among them
            return Busy(f"it cannot be reached ({one_line(str(error.__cause__ or error), self.key)})")
        if not isinstance(error, openai.APIStatusError):
            return unreadable(error, self.key) if isinstance(error, (openai.APIError, ValueError)) else None
        message = one_line(str(error.message), self.key)
        if error.code in REFUSALS:
            return RefusedError(f"{self.model} declines to paint this: {message}")
        if error.code == "insufficient_quota":
            return ServiceError(f"openai: the account has no credit left: {message}")
        return error_of_status("openai", self.model, error.status_code, message, error.response.headers)

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        url = "data:image/png;base64," + base64.b64encode(png(image)).decode()
        content = [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": text}]
        answer = await client.chat.completions.create(model=self.model, messages=[{"role": "user", "content": content}])
        return str(answer.choices[0].message.content or "") if answer.choices else ""


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
