"""Presence and rewriting: real SDKs against a local server, replies of many shapes, and the model that asks first."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cavendish.assistant import Assistant, Query, open_assistant
from cavendish.errors import CavendishError, GeneratorError, ModelError
from cavendish.generators import About, Painting
from cavendish.model import VisionModel
from cavendish.tasks import Instance, Referring, parse
from helpers.fake_services import Service

PHOTO = np.zeros((64, 80, 3), np.uint8)
MASK = np.zeros((1, 64, 80), bool)
MASK[0, 4:20, 8:30] = True


class Paints:
    """Paints one rectangle for whatever is asked, and counts the calls."""

    about = About(name="paints")

    def __init__(self) -> None:
        self.said: list[str] = []

    def fits(self, instruction: str) -> bool:
        return True

    def paint(self, requests):
        paintings = []
        for request in requests:
            self.said.append(request.instruction)
            task = parse(request.instruction)
            count = len(task.targets) if isinstance(task, Referring) else 1
            masks = np.concatenate([np.roll(MASK, 20 * k, axis=1) for k in range(count)])
            paintings.append(Painting(rgb=task.encode(masks)))
        return paintings


def answering(reply: str) -> Assistant:
    return Assistant("test", lambda image, text: reply)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("A", True), ("b.", False), ("A. yes", True), ("No, there is none.", False), ("<think>A or B?</think>B", False)],
)
def test_presence_is_read_from_many_replies(reply, expected) -> None:
    assert answering(reply).present(PHOTO, "dog") is expected


def test_replies_that_say_nothing_are_errors() -> None:
    with pytest.raises(GeneratorError, match=r"asked for A or B and answers 'Perhaps\?'"):
        answering("Perhaps?").present(PHOTO, "dog")
    with pytest.raises(GeneratorError, match="asked for JSON"):
        answering("the dog").rewrite(PHOTO, "what barks?")


@given(st.text())
def test_any_reply_is_an_answer_or_an_error(reply) -> None:
    for ask in (lambda: answering(reply).present(PHOTO, "dog"), lambda: answering(reply).rewrite(PHOTO, "x")):
        try:
            ask()
        except CavendishError as error:
            assert "test was asked for" in str(error)


def test_rewriting_reads_json_in_whatever_surrounds_it() -> None:
    said = {"present": True, "targets": ["the red chair.", "the stool"], "count": 2, "category": "seat"}
    expected = Query(True, ("the red chair", "the stool"), 2, "seat")
    for reply in (json.dumps(said), f"<think>{{hm}}</think>\n```json\n{json.dumps(said)}\n``` Done."):
        assert answering(reply).rewrite(PHOTO, "where can I sit?") == expected
    bare = answering('{"present": true}').rewrite(PHOTO, "where can I sit?")
    assert bare.targets == ("where can I sit?",)


def test_nothing_is_painted_of_what_is_not_there() -> None:
    generator = Paints()
    model = VisionModel(generator, assistant=answering("B"))
    none = model.instances(PHOTO, "dog", check_presence=True)
    assert (len(none), none.shape, generator.said) == (0, (64, 80), [])
    model = VisionModel(generator, assistant=answering("A"))
    assert [len(each) for each in model.instances([PHOTO, PHOTO], "dog", check_presence=True)] == [1, 1]
    assert generator.said == [Instance("dog").instruction()] * 2


def test_referring_by_reason() -> None:
    reply = '{"present": true, "targets": ["the left dog", "the cat"], "count": 2, "category": "pet"}'
    generator = Paints()
    model = VisionModel(generator, assistant=answering(reply))
    found = model.refer(PHOTO, "who barks or meows?", reason=True)
    np.testing.assert_array_equal(found.mask, MASK[0] | np.roll(MASK[0], 20, axis=0))
    assert found.expression == "who barks or meows?"
    assert "left dog" in found.instruction and "cat" in found.instruction
    model = VisionModel(generator, assistant=answering('{"present": false, "targets": []}'))
    before = len(generator.said)
    many = model.refer(PHOTO, {"a": "who flies?", "b": "who swims?"}, reason=True)
    assert not many["a"].mask.any() and not many["b"].mask.any() and len(generator.said) == before
    twice = model.refer(PHOTO, {"a": "who flies?", "b": "who flies?"}, reason=True)
    assert list(twice) == ["a", "b"]


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "k")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    made = Service()
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_real_chat_services(service, kind, tmp_path) -> None:
    base = service.address + ("/v1" if kind == "openai" else "")
    file = tmp_path / "replies.json"
    assistant = open_assistant(f"{kind}:some-model", base_url=base, record=file)
    service.words = "A"
    assert assistant.present(PHOTO, "dog")
    path, fields = service.seen[0]
    text = json.dumps(fields)
    assert "Is at least one dog visible" in text
    assert ("inlineData" in text) if kind == "gemini" else ("data:image/png;base64," in text)
    assert "some-model" in (path if kind == "gemini" else fields["model"])
    service.words = "B"
    assert assistant.present(PHOTO, "dog"), "the recorded reply holds"
    assert len(service.seen) == 1
    replayed = open_assistant(f"replay:{file}")
    assert replayed.present(PHOTO, "dog")
    with pytest.raises(GeneratorError, match="no reply is recorded"):
        replayed.present(PHOTO, "cat")
    service.script = [(503, {"Retry-After": "0"}, b'{"error": {"message": "busy", "code": 503}}')]
    assert not assistant.present(PHOTO, "cat")


def test_a_local_model_of_transformers(tmp_path) -> None:
    """A real Qwen2.5-VL with random weights: its reply means nothing, but the way there is whole."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("diffusers")
    from cavendish.generators.checkpoint import for_stills
    from helpers import tiny_checkpoints

    tiny_checkpoints.qwen_edit(tmp_path / "qwen")
    words = tiny_checkpoints.tokenizer()
    words.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% for c in m['content'] %}{% if c['type'] == 'image' %}"
        "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ c['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
        "{% endfor %}<|im_start|>assistant\n"
    )
    folder = tmp_path / "qwen" / "text_encoder"
    for_stills(transformers.Qwen2_5_VLProcessor)(
        transformers.Qwen2VLImageProcessorPil(), words, chat_template=words.chat_template
    ).save_pretrained(folder)
    reply = open_assistant(f"transformers:{folder}")._talk(np.zeros((56, 56, 3), np.uint8), "Is there a dog?")
    assert isinstance(reply, str)


def test_local_models_that_cannot_be_opened(tmp_path) -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match=r"cannot be loaded|hub cannot be reached"):
        open_assistant(f"transformers:{tmp_path}")
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"is a pickle, which can run any code"):
        open_assistant(f"transformers:{tmp_path}")


def test_names_that_are_no_assistant(monkeypatch) -> None:
    for name in ("gemini", "claude:x", "", "openai:"):
        with pytest.raises(ModelError, match="an assistant is"):
            open_assistant(name)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelError, match="set OPENAI_API_KEY"):
        open_assistant("openai:gpt")
    with pytest.raises(ModelError, match="there is no file nowhere"):
        open_assistant("replay:nowhere.json")
