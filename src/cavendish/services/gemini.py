"""Google's models through the `google-genai` SDK: the Gemini API, or Vertex AI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ModelError, optional_import
from cavendish.services.connection import BUSY, error_of_status, key_from_environment, one_line, png, unreadable


@dataclass(frozen=True)
class GeminiService:
    """One model of Google's; without a key it goes through Vertex AI, with Google's own credentials."""

    model: str
    key: str = field(repr=False)
    base_url: str | None
    project: str | None = None  # of Vertex AI, like `location`
    location: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        return {"service": "gemini", "model": self.model, "base_url": self.base_url, **self._place}

    @property
    def _place(self) -> dict[str, Any]:
        return {"vertexai": not self.key, "project": self.project, "location": self.location}

    @asynccontextmanager
    async def connect(self, timeout: float) -> AsyncIterator[Any]:
        from google import genai
        from google.auth.exceptions import GoogleAuthError
        from google.genai import types

        http = types.HttpOptions(
            base_url=self.base_url,
            timeout=int(timeout * 1000),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        try:
            async with genai.Client(http_options=http, api_key=self.key or None, **self._place).aio as client:
                yield client
        except GoogleAuthError as error:
            raise ModelError(f"gemini: Google's credentials do not work: {one_line(str(error))}") from None

    def error_of(self, error: Exception) -> Exception | None:
        from google.genai.errors import APIError

        if not isinstance(error, APIError):
            return unreadable(error, self.key) if isinstance(error, ValueError) else None
        message = one_line(error.message or error.status or "", self.key)
        if "API key" in message and error.code not in BUSY:  # a bad key is status 400 here
            return ModelError(f"gemini does not accept the key ({error.code}): {message}")
        return error_of_status("gemini", self.model, error.code, message, getattr(error.response, "headers", None))

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        from google.genai import types

        picture = types.Part.from_bytes(data=png(image), mime_type="image/png")
        config = types.GenerateContentConfig(temperature=0)
        answer = await client.models.generate_content(model=self.model, contents=[picture, text], config=config)
        return str(answer.text or "")


def open_service(
    model: str,
    *,
    base_url: str | None = None,
    vertex: bool = False,
    project: str | None = None,
    location: str | None = None,
) -> GeminiService:
    """A model of Google's, with the key from the environment, or on Vertex AI with Google's own credentials."""
    with optional_import("to use Gemini", "cavendish[gemini]"):
        import google.genai  # noqa: F401
        import tenacity  # noqa: F401
    if vertex:
        return GeminiService(model, "", base_url, project, location)
    return GeminiService(model, key_from_environment("GEMINI_API_KEY", "GOOGLE_API_KEY", needed_by="gemini"), base_url)
