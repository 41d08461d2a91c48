"""Image models through the `openai` SDK: OpenAI's own, and any open server that speaks the same."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import Any, Unpack

from cavendish.errors import GeneratorError, MissingExtraError, ModelError, NoPictureError, RefusedError, ServiceError
from cavendish.generators.canvas import Canvas
from cavendish.generators.generator import About, Request
from cavendish.generators.hosted import Hosted, Terms, png, shortened
from cavendish.generators.presets import Preset
from cavendish.services.connection import BUSY, Busy, key_from_environment, retry_after

GPT_IMAGE_1 = Canvas(sizes=((1024, 1024), (1024, 1536), (1536, 1024)))
REFUSALS = {"moderation_blocked", "content_policy_violation", "content_filter"}


class OpenAI(Hosted):
    """One image model behind the images API."""

    def __init__(
        self, model: str, client_options: dict[str, Any], call_options: dict[str, Any], *arguments: Any, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        self._model = model
        self._client_options = client_options
        self._call_options = call_options
        self._open = client_options["base_url"] is not None  # such a server may know seeds, steps and guidance

    def _service(self) -> dict[str, Any]:
        where = self._client_options["base_url"]
        return {"service": "openai", "model": self._model, "base_url": where, **self._call_options}

    def _connect(self) -> AbstractAsyncContextManager[Any]:
        return connected(self._client_options, self._limits.timeout)

    async def _ask(self, client: Any, request: Request) -> bytes | str:
        height, width = request.size
        call = {
            "model": self._model,
            "prompt": request.instruction,
            "size": f"{width}x{height}",
            "n": 1,
            **self._call_options,
        }
        if self._open:
            wishes = {
                "seed": request.seed,
                "num_inference_steps": request.steps,
                "guidance_scale": request.guidance,
            }
            call["extra_body"] = {name: value for name, value in wishes.items() if value is not None}
        files = [(f"{k}.png", png(image), "image/png") for k, image in enumerate(request.images)]
        with reported(self._client_options, self._model):
            if files:
                answer = await client.images.edit(image=files[0] if len(files) == 1 else files, **call)
            else:
                answer = await client.images.generate(**call)
        return self._picture(answer)

    def _picture(self, answer: Any) -> bytes | str:
        name = self.about.name
        data = getattr(answer, "data", None)
        if not isinstance(data, list) or not data:
            said = shortened(str(answer), self._client_options["api_key"])
            raise NoPictureError(f"{name} answered without a picture: {said!r}")
        if data[0].b64_json:
            try:
                return base64.b64decode(data[0].b64_json, validate=True)
            except binascii.Error:
                raise NoPictureError(f"{name} answered with a broken picture: it is no base64") from None
        address = str(data[0].url or "")
        if address.startswith(("http://", "https://", "data:image/")):
            return address
        raise NoPictureError(f"{name} answered without a picture")


@asynccontextmanager
async def connected(client_options: dict[str, Any], timeout: float) -> AsyncIterator[Any]:
    """An asynchronous client of the SDK, which leaves trying again to us."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(max_retries=0, timeout=timeout, **client_options) as client:
        yield client


@contextmanager
def reported(client_options: dict[str, Any], model: str) -> Iterator[None]:
    """What the SDK raises becomes Busy, RefusedError, ModelError, ServiceError or GeneratorError."""
    import openai

    key = client_options["api_key"]
    try:
        yield
    except openai.APIStatusError as error:
        raise _refusal(error, model, shortened(str(error.message), key)) from None
    except openai.APIConnectionError as error:  # timeouts among them
        raise Busy(f"it cannot be reached ({shortened(str(error.__cause__ or error), key)})") from None
    except (openai.APIError, ValueError) as error:  # an answer that is no JSON, or not its schema
        raise Busy(f"it answers what cannot be read, {shortened(str(error), key)}") from None


def _refusal(error: Any, model: str, said: str) -> Exception:
    if error.code in REFUSALS:
        return RefusedError(f"{model} declines to paint this: {said}")
    if error.code == "insufficient_quota":
        return ServiceError(f"openai: the account has no credit left: {said}")
    if error.status_code in BUSY:
        return Busy(f"it answers {error.status_code}, {said}", retry_after(error.response.headers))
    if error.status_code in (401, 403):
        return ModelError(f"openai does not accept the key ({error.status_code}): {said}")
    if error.status_code == 404:
        return ModelError(f"openai has no model {model!r} there: {said}")
    return GeneratorError(f"openai refuses the call ({error.status_code}): {said}")


def client_settings(base_url: str | None) -> dict[str, Any]:
    """How the SDK is to reach the service; an open server may do without a key."""
    try:
        import openai  # noqa: F401
        import tenacity  # noqa: F401
    except ImportError:
        raise MissingExtraError("to use the OpenAI API: pip install 'cavendish[openai]'") from None
    try:
        key = key_from_environment("OPENAI_API_KEY", needed_by="openai")
    except ModelError:
        if base_url is None:
            raise
        key = "none"
    return {"api_key": key, "base_url": base_url}


def open_openai(
    preset: Preset,
    *,
    base_url: str | None = None,
    quality: str | None = None,
    **terms: Unpack[Terms],
) -> OpenAI:
    """An image model of OpenAI, or of the server at `base_url`. The key is OPENAI_API_KEY of the environment.

    An open server may do without a key; it is told seeds, steps and guidance too. Raises ModelError without a key,
    MissingExtraError without the SDK.
    """
    client = client_settings(base_url)
    about = preset.applied(
        About(
            name=preset.name,
            revision=preset.repository,
            canvas=GPT_IMAGE_1 if base_url is None else Canvas(),
            references=16,
            seeded=False,
            versions={"openai": version("openai")},
        )
    )
    return OpenAI(
        preset.repository,
        client,
        {} if quality is None else {"quality": quality},
        about,
        **terms,
    )
