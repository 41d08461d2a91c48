"""Google's models through the `google-genai` SDK: the Gemini API, or Vertex AI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import ModelError, optional_import
from cavendish.services.connection import key_from_environment, png
from cavendish.services.errors import BUSY, error_of_status, one_line, unreadable
from cavendish.services.retries import retry_after


@dataclass(frozen=True)
class GeminiService:
    """One model of Google's and the settings of the SDK's client."""

    model: str
    client: Mapping[str, Any] = field(repr=False)  # options of `genai.Client` with its key, and base_url

    @property
    def identity(self) -> dict[str, Any]:
        place = {name: self.client.get(name) for name in ("vertexai", "project", "location", "base_url")}
        return {"service": "gemini", "model": self.model, **place}

    @asynccontextmanager
    async def connect(self, timeout: float) -> AsyncIterator[Any]:
        from google import genai
        from google.auth.exceptions import GoogleAuthError
        from google.genai import types

        options = dict(self.client)
        http = types.HttpOptions(
            base_url=options.pop("base_url"),
            timeout=int(timeout * 1000),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        try:
            async with genai.Client(http_options=http, **options).aio as client:
                yield client
        except GoogleAuthError as error:
            raise ModelError(f"gemini: Google's credentials do not work: {one_line(str(error))}") from None

    async def generate(self, client: Any, contents: list[Any], config: Any) -> Any:
        """The model's answer. Raises Busy, ModelError or GeneratorError."""
        from google.genai import errors

        try:
            return await client.models.generate_content(model=self.model, contents=contents, config=config)
        except errors.APIError as error:
            raise self._error(error) from None
        except (ValueError, errors.UnknownApiResponseError) as error:
            raise unreadable(error, self._key) from None

    async def chat(self, client: Any, image: NDArray[np.uint8], text: str) -> str:
        from google.genai import types

        picture = types.Part.from_bytes(data=png(image), mime_type="image/png")
        answer = await self.generate(client, [picture, text], types.GenerateContentConfig(temperature=0))
        return str(answer.text or "")

    @property
    def _key(self) -> str:
        return str(self.client.get("api_key", ""))

    def _error(self, error: Any) -> Exception:
        message = one_line(error.message or error.status or "", self._key)
        if "API key" in message and error.code not in BUSY:  # a bad key is status 400 here
            return ModelError(f"gemini does not accept the key ({error.code}): {message}")
        wait = retry_after(getattr(error.response, "headers", None))
        return error_of_status("gemini", self.model, error.code, message, wait)


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
        return GeminiService(model, {"vertexai": True, "project": project, "location": location, "base_url": base_url})
    key = key_from_environment("GEMINI_API_KEY", "GOOGLE_API_KEY", needed_by="gemini")
    return GeminiService(model, {"api_key": key, "vertexai": False, "base_url": base_url})
