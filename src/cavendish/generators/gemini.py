"""Google's image models, by the Gemini API or Vertex AI."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Unpack

from cavendish.errors import NoPictureError, RefusedError
from cavendish.generators.canvas import Canvas, Size
from cavendish.generators.generator import About, Request
from cavendish.generators.hosted import Hosted, HostedOptions
from cavendish.generators.presets import Preset
from cavendish.services.connection import one_line, png
from cavendish.services.gemini import GeminiService, open_service

SIZES: dict[str, tuple[Size, Size]] = {  # aspect of a request -> (height, width) painted by Gemini 2.5 and by Gemini 3
    "1:1": ((1024, 1024), (1024, 1024)),
    "2:3": ((1248, 832), (1264, 848)),
    "3:2": ((832, 1248), (848, 1264)),
    "3:4": ((1184, 864), (1200, 896)),
    "4:3": ((864, 1184), (896, 1200)),
    "4:5": ((1152, 896), (1152, 928)),
    "5:4": ((896, 1152), (928, 1152)),
    "9:16": ((1344, 768), (1376, 768)),
    "16:9": ((768, 1344), (768, 1376)),
    "21:9": ((672, 1536), (672, 1584)),
}
SIZES_2_5 = {aspect: sizes[0] for aspect, sizes in SIZES.items()}
SIZES_3 = {aspect: sizes[1] for aspect, sizes in SIZES.items()}
REFUSALS = {"SAFETY", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "RECITATION", "MODEL_ARMOR", "JAILBREAK"}


class Gemini(Hosted):
    """One image model of Google's."""

    service: GeminiService

    async def _ask(self, client: Any, request: Request) -> bytes:
        from google.genai import types

        pictures = [types.Part.from_bytes(data=png(image), mime_type="image/png") for image in request.images]
        aspects = {size: aspect for aspect, size in _sizes(self.service.model).items()}
        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=types.ImageConfig(aspect_ratio=aspects.get(request.size)),
            seed=request.seed % 2**31,
        )
        answer = await client.models.generate_content(
            model=self.service.model, contents=[*pictures, request.instruction], config=config
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
        reasons = [each.value for each in (blocked, *(each.finish_reason for each in candidates)) if each]
        for reason in reasons:
            if reason.removeprefix("IMAGE_") in REFUSALS:
                raise RefusedError(f"{name} declines to paint this: {reason}")
        text = " ".join(part.text for part in parts if part.text)
        if text:
            raise NoPictureError(f"{name} answered with words, not a picture: {one_line(text)!r}")
        ended = f" ({reasons[0]})" if reasons else ""
        raise NoPictureError(f"{name} answered without a picture{ended}")


def open_gemini(
    preset: Preset,
    *,
    vertex: bool = False,
    project: str | None = None,
    location: str | None = None,
    base_url: str | None = None,
    **options: Unpack[HostedOptions],
) -> Gemini:
    """A Gemini image model. The key is GEMINI_API_KEY or GOOGLE_API_KEY of the environment.

    `vertex` goes through Vertex AI, in a `project` and `location`, with Google's own credentials. Raises ModelError
    without a key, MissingExtraError without the SDK.
    """
    model = preset.repository
    service = open_service(model, base_url=base_url, vertex=vertex, project=project, location=location)
    about = About(
        name=preset.name,
        revision=model,
        canvas=Canvas(sizes=tuple(_sizes(model).values())),
        references=3,
        seeded=False,
        versions={"google-genai": version("google-genai")},
    )
    return Gemini(service, preset.applied(about), **options)


def _sizes(model: str) -> dict[str, Size]:
    return SIZES_2_5 if "2.5" in model else SIZES_3
