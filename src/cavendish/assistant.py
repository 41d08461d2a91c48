"""The multimodal language model beside a generator: it checks presence and turns questions into descriptions.

A generator always paints something, so the assistant is asked first whether a thing is visible at all; and a generator
does not reason, so a question ("what could I sit on?") is rewritten into a description of the things that answer it
("the red armchair on the left").
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cavendish.errors import GeneratorError, ModelError, optional_import
from cavendish.files import write_text
from cavendish.services import gemini, openai
from cavendish.services.connection import Limits, Retry, Service, call_all

PRESENCE = (
    "Look at the picture. Is at least one {label} visible in it, even partly?\n"
    "A. yes\nB. no\nAnswer with the letter alone."
)
REWRITE = (
    "Somebody wants to have something in this picture marked and asks: {query!r}\n"
    "Say what to mark. Describe each thing by what can be seen: its kind, and colour, place in the picture or what it "
    "does where that tells it from others of its kind. Keep what the question itself says of place and looks; leave "
    "the reasoning out. If nothing in the picture answers, say so.\n"
    'Answer with one JSON object alone: {{"present": true or false, "targets": ["a short description of each thing"], '
    '"count": how many, "category": "the noun for their kind"}}'
)

Talk = Callable[[NDArray[np.uint8], str], str]
"""A model's reply to one picture and one text."""


@dataclass(frozen=True)
class Query:
    """The things that a question asks to mark."""

    present: bool
    targets: tuple[str, ...]
    count: int
    category: str


class Assistant:
    """Presence checks and rewriting, over any model that replies to a picture and a text."""

    def __init__(self, name: str, talk: Talk) -> None:
        self.name = name
        self._talk = talk

    def reply(self, image: NDArray[np.uint8], text: str) -> str:
        """The model's reply to (H, W, 3) uint8 and a text, without the thoughts that some models show before it."""
        return self._talk(image, text).rpartition("</think>")[2]

    def present(self, image: NDArray[np.uint8], label: str) -> bool:
        """Whether an instance of `label` is visible in (H, W, 3) uint8. GeneratorError if the answer is neither."""
        reply = self.reply(image, PRESENCE.format(label=label))
        found = re.search(r"\b(a|yes|b|no)\b", reply.lower())
        if found is None:
            raise GeneratorError(f"{self.name} was asked for A or B and answers {reply[:100]!r}")
        return found[1] in ("a", "yes")

    def rewrite(self, image: NDArray[np.uint8], query: str) -> Query:
        """The things in (H, W, 3) uint8 that answer `query`. GeneratorError if the reply is not the JSON asked for."""
        reply = self._talk(image, REWRITE.format(query=query))
        for start in (match.start() for match in re.finditer(r"\{", reply)):
            try:
                found, _ = json.JSONDecoder().raw_decode(reply, start)
            except json.JSONDecodeError:
                continue
            if isinstance(found, dict) and isinstance(found.get("present"), bool):
                return _query(found, query)
        raise GeneratorError(f"{self.name} was asked for JSON and answers {reply[:100]!r}")


def _query(found: dict[str, Any], query: str) -> Query:
    listed = found.get("targets")
    names = [listed] if isinstance(listed, str) else listed if isinstance(listed, list) else []
    targets = tuple(dict.fromkeys(str(target).strip().rstrip(".") for target in names if str(target).strip()))
    count = found.get("count")
    return Query(
        present=found["present"],
        targets=targets or (query,),
        count=count if isinstance(count, int) else len(targets),
        category=str(found.get("category") or ""),
    )


class Recorded:
    """`Talk` that keeps the replies of another one in a JSON file and gives a kept reply to a repeated question.

    Without `talk` it only replays: GeneratorError for a question that is not in the file.
    """

    def __init__(self, file: str | Path, talk: Talk | None = None) -> None:
        self._file = Path(file)
        self._talk = talk
        if talk is None and not self._file.is_file():
            raise ModelError(f"replay: there is no file {file}")
        self._replies: dict[str, str] = json.loads(self._file.read_text()) if self._file.is_file() else {}

    def __call__(self, image: NDArray[np.uint8], text: str) -> str:
        key = hashlib.sha256(f"{image.shape} {text}".encode() + image.tobytes()).hexdigest()[:32]
        if key not in self._replies:
            if self._talk is None:
                raise GeneratorError(f"no reply is recorded in {self._file} for {text[:60]!r}")
            self._replies[key] = self._talk(image, text)
            write_text(self._file, json.dumps(self._replies, indent=1, ensure_ascii=False))
        return self._replies[key]


def hosted(name: str, service: Service) -> Talk:
    """`Talk` over a hosted chat model, with the retries of hosted generators."""

    def talk(image: NDArray[np.uint8], text: str) -> str:
        async def job(client: Any, retry: Retry) -> str:
            return str(await retry(lambda: service.chat(client, image, text)))

        return call_all(name, Limits(), service, [job])[0]

    return talk


def local(repository: str) -> Talk:
    """`Talk` over a transformers model that takes pictures: a folder, or a repository of the hub."""
    with optional_import("to run a local assistant", "cavendish[diffusers]"):
        import torch
        from transformers import AutoConfig, AutoModelForImageTextToText
        from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
    from PIL import Image

    from cavendish.generators import checkpoint, device

    best = device.choose()
    checkpoint.vet(Path(repository))
    with checkpoint.reading(repository), device.out_of_memory(repository):
        config = AutoConfig.from_pretrained(repository)
        processor = checkpoint.for_stills(PROCESSOR_MAPPING[type(config)]).from_pretrained(repository)
        model: Any = AutoModelForImageTextToText.from_pretrained(repository, dtype="auto", use_safetensors=True)
        model = model.to(best).eval()

    def talk(image: NDArray[np.uint8], text: str) -> str:
        content = [{"type": "image", "image": Image.fromarray(image)}, {"type": "text", "text": text}]
        inputs = processor.apply_chat_template(
            [{"role": "user", "content": content}],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=True,
            return_tensors="pt",
        ).to(model.device)
        with torch.no_grad():
            tokens = model.generate(**inputs, max_new_tokens=1024, do_sample=False)
        reply: str = processor.decode(tokens[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return reply

    return talk


def open_assistant(name: str, *, base_url: str | None = None, record: str | Path | None = None) -> Assistant:
    """The assistant called KIND:NAME: "gemini:MODEL", "openai:MODEL" (also of an open server at `base_url`),
    "transformers:REPOSITORY", or "replay:FILE" of replies that `record=FILE` kept.

    Keys come from the environment as for generators. Raises ModelError or MissingExtraError.
    """
    kind, _, model = name.partition(":")
    talk: Talk
    match kind:
        case "gemini" if model:
            talk = hosted(name, gemini.open_service(model, base_url=base_url))
        case "openai" if model:
            talk = hosted(name, openai.open_service(model, base_url=base_url))
        case "transformers" if model:
            talk = local(model)
        case "replay" if model:
            talk = Recorded(model)
        case _:
            known = "gemini:MODEL, openai:MODEL, transformers:NAME or replay:FILE"
            raise ModelError(f"an assistant is {known}, not {name!r}")
    return Assistant(name, Recorded(record, talk) if record else talk)
