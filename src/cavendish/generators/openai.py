"""Image models of OpenAI, and of any server that speaks its images API."""

from __future__ import annotations

import base64
import binascii
from importlib.metadata import version
from typing import Any, Unpack

from cavendish.errors import NoPictureError
from cavendish.generators.canvas import Canvas
from cavendish.generators.generator import About, Request
from cavendish.generators.hosted import Hosted, HostedOptions
from cavendish.generators.presets import Preset
from cavendish.services.connection import one_line, png
from cavendish.services.openai import OpenAIService, open_service

GPT_IMAGE_1 = Canvas(sizes=((1024, 1024), (1024, 1536), (1536, 1024)))


class OpenAI(Hosted):
    """One image model behind the images API."""

    service: OpenAIService

    async def _ask(self, client: Any, request: Request) -> bytes | str:
        height, width = request.size
        call = {
            "model": self.service.model,
            "prompt": request.instruction,
            "size": f"{width}x{height}",
            "n": 1,
            **self.call_options,
        }
        if self.service.base_url is not None:  # an open server may know these
            wishes = {
                "seed": request.seed,
                "num_inference_steps": request.steps,
                "guidance_scale": request.guidance,
            }
            call["extra_body"] = {name: value for name, value in wishes.items() if value is not None}
        files = [(f"{k}.png", png(image), "image/png") for k, image in enumerate(request.images)]
        if files:
            return self._picture(await client.images.edit(image=files[0] if len(files) == 1 else files, **call))
        return self._picture(await client.images.generate(**call))

    def _picture(self, answer: Any) -> bytes | str:
        name = self.about.name
        data = getattr(answer, "data", None)
        if not isinstance(data, list) or not data:
            message = one_line(str(answer), self.service.key)
            raise NoPictureError(f"{name} answered without a picture: {message!r}")
        if data[0].b64_json:
            try:
                return base64.b64decode(data[0].b64_json, validate=True)
            except binascii.Error:
                raise NoPictureError(f"{name} answered with a broken picture: it is not base64") from None
        address = str(data[0].url or "")
        if address.startswith(("http://", "https://", "data:image/")):
            return address
        raise NoPictureError(f"{name} answered without a picture")


def open_openai(
    preset: Preset,
    *,
    base_url: str | None = None,
    quality: str | None = None,
    **options: Unpack[HostedOptions],
) -> OpenAI:
    """An image model of OpenAI, or of the server at `base_url`. The key is OPENAI_API_KEY of the environment.

    Such a server may do without a key, and gets seeds, steps and guidance too. Raises ModelError without a key,
    MissingExtraError without the SDK.
    """
    service = open_service(preset.repository, base_url=base_url)
    about = About(
        name=preset.name,
        revision=preset.repository,
        canvas=GPT_IMAGE_1 if base_url is None else Canvas(),
        references=16,
        seeded=False,
        versions={"openai": version("openai")},
    )
    call_options = {} if quality is None else {"quality": quality}
    return OpenAI(service, preset.applied(about), call_options=call_options, **options)
