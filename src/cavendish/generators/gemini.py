"""Google's image models through the `google-genai` SDK, the Gemini API or Vertex AI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any, Unpack

from cavendish.errors import GeneratorError, MissingExtraError, ModelError, NoPictureError, RefusedError
from cavendish.generators.canvas import Canvas, Size
from cavendish.generators.generator import About, Request
from cavendish.generators.hosted import Hosted, Terms, png, shortened
from cavendish.generators.presets import Preset
from cavendish.services.connection import BUSY, Busy, key_from_environment, retry_after

# The aspects that may be asked for, and the (height, width) painted then.
SIZES_2_5: dict[str, Size] = {
    "1:1": (1024, 1024),
    "2:3": (1248, 832),
    "3:2": (832, 1248),
    "3:4": (1184, 864),
    "4:3": (864, 1184),
    "4:5": (1152, 896),
    "5:4": (896, 1152),
    "9:16": (1344, 768),
    "16:9": (768, 1344),
    "21:9": (672, 1536),
}
SIZES_3: dict[str, Size] = {
    "1:1": (1024, 1024),
    "2:3": (1264, 848),
    "3:2": (848, 1264),
    "3:4": (1200, 896),
    "4:3": (896, 1200),
    "4:5": (1152, 928),
    "5:4": (928, 1152),
    "9:16": (1376, 768),
    "16:9": (768, 1376),
    "21:9": (672, 1584),
}
REFUSALS = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "MODEL_ARMOR", "JAILBREAK"}


class Gemini(Hosted):
    """One image model of Google's."""

    def __init__(self, model: str, client_options: dict[str, Any], *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._model = model
        self._client_options = client_options
        self._aspects = {size: aspect for aspect, size in _sizes(model).items()}

    def _service(self) -> dict[str, Any]:
        where = {name: self._client_options.get(name) for name in ("vertexai", "project", "location", "base_url")}
        return {"service": "gemini", "model": self._model, **where}

    def _connect(self) -> AbstractAsyncContextManager[Any]:
        return connected(self._client_options, self._limits.timeout)

    async def _ask(self, client: Any, request: Request) -> bytes:
        from google.genai import types

        contents: list[Any] = [
            types.Part.from_bytes(data=png(image), mime_type="image/png") for image in request.images
        ]
        shape = types.ImageConfig(aspect_ratio=self._aspects.get(request.size))
        answer = await generated(
            client,
            self._client_options,
            model=self._model,
            contents=[*contents, request.instruction],
            config=types.GenerateContentConfig(
                response_modalities=["IMAGE"], image_config=shape, seed=request.seed % 2**31
            ),
        )
        return self._picture(answer)

    def _picture(self, answer: Any) -> bytes:
        name = self.about.name
        candidates = answer.candidates or []
        parts = [part for each in candidates if each.content for part in each.content.parts or []]
        for part in parts:
            if part.inline_data and (part.inline_data.mime_type or "").startswith("image/") and not part.thought:
                return bytes(part.inline_data.data or b"")
        blocked = answer.prompt_feedback and answer.prompt_feedback.block_reason
        reasons = [each.finish_reason for each in candidates if each.finish_reason]
        for reason in (str(getattr(each, "value", each)) for each in [blocked, *reasons] if each):
            if reason.removeprefix("IMAGE_") in REFUSALS:
                raise RefusedError(f"{name} declines to paint this: {reason}")
        said = " ".join(part.text for part in parts if part.text)
        if said:
            raise NoPictureError(f"{name} answered with words, not a picture: {shortened(said)!r}")
        ended = f" ({getattr(reasons[0], 'value', reasons[0])})" if reasons else ""
        raise NoPictureError(f"{name} answered without a picture{ended}")


@asynccontextmanager
async def connected(client_options: dict[str, Any], timeout: float) -> AsyncIterator[Any]:
    """An asynchronous client of the SDK."""
    from google import genai
    from google.auth.exceptions import GoogleAuthError
    from google.genai import types

    options = dict(client_options)
    http = types.HttpOptions(
        base_url=options.pop("base_url", None),
        timeout=int(timeout * 1000),
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    try:
        async with genai.Client(http_options=http, **options).aio as client:
            yield client
    except GoogleAuthError as error:
        raise ModelError(f"gemini: Google's credentials do not work: {shortened(str(error))}") from None


async def generated(client: Any, client_options: dict[str, Any], **call: Any) -> Any:
    """What the service answers to one call; its errors become Busy, ModelError or GeneratorError."""
    from google.genai import errors

    key = client_options.get("api_key") or ""
    model = call["model"]
    try:
        return await client.models.generate_content(**call)
    except errors.APIError as error:
        said = shortened(error.message or error.status or "", key)
        if error.code in BUSY:
            wait = retry_after(getattr(error.response, "headers", None))
            raise Busy(f"it answers {error.code}, {said}", wait) from None
        if error.code in (401, 403) or "API key" in said:
            raise ModelError(f"gemini does not accept the key ({error.code}): {said}") from None
        if error.code == 404:
            raise ModelError(f"gemini has no model {model!r}: {said}") from None
        raise GeneratorError(f"gemini refuses the call ({error.code}): {said}") from None
    except (ValueError, errors.UnknownApiResponseError) as error:  # an answer that is no JSON, or not its schema
        raise Busy(f"it answers what cannot be read, {shortened(str(error), key)}") from None


def client_settings(*, vertex: bool, project: str | None, location: str | None, base_url: str | None) -> dict[str, Any]:
    """How the SDK is to reach the service: by a key from the environment, or by Vertex AI's own credentials."""
    try:
        import google.genai  # noqa: F401
        import tenacity  # noqa: F401
    except ImportError:
        raise MissingExtraError("to use Gemini: pip install 'cavendish[gemini]'") from None
    if vertex:
        return {"vertexai": True, "project": project, "location": location, "base_url": base_url}
    key = key_from_environment("GEMINI_API_KEY", "GOOGLE_API_KEY", needed_by="gemini")
    return {"api_key": key, "vertexai": False, "base_url": base_url}


def open_gemini(
    preset: Preset,
    *,
    vertex: bool = False,
    project: str | None = None,
    location: str | None = None,
    base_url: str | None = None,
    **terms: Unpack[Terms],
) -> Gemini:
    """A Gemini image model. The key is GEMINI_API_KEY or GOOGLE_API_KEY of the environment.

    `vertex` goes through Vertex AI, in a `project` and `location`, with Google's own credentials. Raises ModelError
    without a key, MissingExtraError without the SDK.
    """
    client = client_settings(vertex=vertex, project=project, location=location, base_url=base_url)
    about = preset.applied(
        About(
            name=preset.name,
            revision=preset.repository,
            canvas=Canvas(sizes=tuple(_sizes(preset.repository).values())),
            references=3,
            seeded=False,
            versions={"google-genai": version("google-genai")},
        )
    )
    return Gemini(
        preset.repository,
        client,
        about,
        **terms,
    )


def _sizes(model: str) -> dict[str, Size]:
    return SIZES_2_5 if "2.5" in model else SIZES_3
