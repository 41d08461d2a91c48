"""The real SDKs against a local server that speaks the real wire formats: success and every failure."""

import base64
import json
import time

import numpy as np
import pytest

import cavendish
from cavendish.errors import (
    CavendishError,
    CostError,
    GeneratorError,
    ModelError,
    NoPictureError,
    RefusedError,
    ServiceError,
)
from cavendish.generators import Request
from helpers.fake_services import Service, copy, error_body, gemini_parts, gemini_picture, kind_of
from helpers.textures import SIZES, shift_of, texture

pytestmark = pytest.mark.filterwarnings("ignore::cavendish.loading.LicenceNotice")
KEY = "secret-key-123456"
PHOTO = texture(48, 64)


@pytest.fixture
def service():
    made = Service()
    yield made
    made.close()


@pytest.fixture(params=["gemini", "openai"])
def model(request, service, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return opened(request.param, service)


def opened(kind: str, service: Service, **options):
    name = {"gemini": "gemini:gemini-3-pro-image-preview", "openai": "openai:gpt-image-1"}[kind]
    base = service.address + ("/v1" if kind == "openai" else "")
    usual = {"base_url": base, "cache": False, "backoff": 0.01, "timeout": 5.0, "attempts": 3}
    return cavendish.load(name, **{**usual, **options})


def picture_body(model, file: bytes) -> bytes:
    if kind_of(model) == "gemini":
        return gemini_picture(file)
    return json.dumps({"created": 1, "data": [{"b64_json": base64.b64encode(file).decode()}]}).encode()


QUICK = {(375, 1242), (427, 640), (1, 1000), (37, 53)}


@pytest.mark.parametrize(
    "size", [pytest.param(size, marks=[] if size in QUICK else pytest.mark.slow) for size in SIZES]
)
def test_a_service_that_copies_comes_back_aligned(model, size) -> None:
    image = texture(*size)
    back = np.asarray(model.edit(image, "copy it"))
    assert back.shape == image.shape
    reduce = max(1, max(size) // 1000)
    shift = shift_of(back[::reduce, ::reduce, 0], image[::reduce, ::reduce, 0]) * reduce
    assert np.abs(shift).max() < 0.5


def test_what_is_said_is_the_wire_format(model, service) -> None:
    model.depth(PHOTO, seed=7)
    path, fields = service.seen[0]
    if kind_of(model) == "gemini":
        assert path.endswith("/models/gemini-3-pro-image-preview:generateContent")
        parts = fields["contents"][0]["parts"]
        assert [set(part) for part in parts] == [{"inlineData"}, {"text"}]
        assert parts[1]["text"] == "Generate a metric depth map of the input image."
        assert fields["generationConfig"]["imageConfig"] == {"aspectRatio": "4:3"}
        assert fields["generationConfig"]["responseModalities"] == ["IMAGE"]
    else:
        assert path == "/v1/images/edits"
        assert fields["prompt"] == "Generate a metric depth map of the input image."
        assert (fields["size"], fields["n"], fields["seed"]) == ("64x64", "1", "7")
        assert len(fields["images"]) == 1
    model.generate("a taxi", width=1024, height=1024)
    assert service.seen[1][0].endswith(("generateContent", "/v1/images/generations"))


def test_all_tasks_of_a_hosted_model(model) -> None:
    assert model.depth(PHOTO).shape == (48, 64)
    assert model.segment(PHOTO, ["road", "sky"]).shape == (48, 64)
    result = model.refer(PHOTO, "the dog")
    assert result.shape == (48, 64)
    assert result.provenance.generator == model.about.name
    assert result.provenance.versions[{"gemini": "google-genai"}.get(kind_of(model), "openai")]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_is_asked_again(model, service, status) -> None:
    service.script = [(status, {}, error_body(model, status, "slow down"))] * 2
    model.depth(PHOTO)
    assert len(service.seen) == 3


def test_retry_after_is_honoured(model, service) -> None:
    service.script = [(429, {"Retry-After": "1"}, error_body(model, 429, "slow down"))]
    model.depth(PHOTO)
    assert 0.95 < service.times[1] - service.times[0] < 3


def test_a_long_retry_after_is_not_waited_for(model, service) -> None:
    service.script = [(429, {"Retry-After": "3600"}, error_body(model, 429, "slow down"))]
    with pytest.raises(ServiceError, match=r"429.*1 attempt\); it asks to wait 3600 s"):
        model.depth(PHOTO)
    assert len(service.seen) == 1


def test_a_service_that_stays_broken_is_given_up(model, service) -> None:
    service.script = [(500, {}, error_body(model, 500, "oh no"))] * 9
    with pytest.raises(ServiceError, match=r"500.*oh no.*3 attempts"):
        model.depth(PHOTO)
    assert len(service.seen) == 3


def test_no_answer_in_time(service, model) -> None:
    slow = opened(kind_of(model), service, timeout=0.3, attempts=2)
    service.script = [lambda handler: time.sleep(1.0)] * 2
    with pytest.raises(ServiceError, match=r"2 attempts"):
        slow.depth(PHOTO)


def test_an_answer_that_drips_is_cut_off(service, model) -> None:
    """Every byte comes in time for a read timeout; the whole does not."""

    def drip(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)

    slow = opened(kind_of(model), service, timeout=0.5, attempts=1)
    service.script = [drip]
    start = time.monotonic()
    with pytest.raises(ServiceError, match=r"no whole answer within 0.5 s"):
        slow.depth(PHOTO)
    assert time.monotonic() - start < 3


def test_no_network(model, service) -> None:
    far = opened(kind_of(model), service, base_url="http://127.0.0.1:9", attempts=2)
    with pytest.raises(ServiceError, match=r"cannot be reached"):
        far.depth(PHOTO)


def test_a_refusal_is_told_from_a_failure(model, service) -> None:
    if kind_of(model) == "gemini":
        blocked = json.dumps({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}).encode()
        answers = [(200, {}, blocked), (200, {}, gemini_parts(reason="IMAGE_SAFETY"))]
    else:
        answers = [(400, {}, error_body(model, 400, "not this", "moderation_blocked"))]
    service.script = list(answers)
    for _ in answers:
        with pytest.raises(RefusedError, match=r"declines to paint this"):
            model.depth(PHOTO)
    assert len(service.seen) == len(answers)


def test_words_or_nothing_instead_of_a_picture(model, service) -> None:
    if kind_of(model) == "gemini":
        service.script = [(200, {}, gemini_parts({"text": "I see a dog."})), (200, {}, b"{}")]
        with pytest.raises(NoPictureError, match=r"answered with words, not a picture: 'I see a dog.'"):
            model.depth(PHOTO)
    else:
        service.script = [(200, {}, b'{"created": 1, "data": []}')]
    with pytest.raises(NoPictureError, match=r"without a picture"):
        model.depth(PHOTO)


def test_a_broken_picture(model, service) -> None:
    service.script = [(200, {}, picture_body(model, copy(None, 512, 512)[:300]))]
    with pytest.raises(NoPictureError, match=r"broken picture"):
        model.depth(PHOTO)


def test_a_broken_answer(model, service) -> None:
    service.script = [(200, {}, b"<html>a proxy says hello</html>")] * 3
    with pytest.raises(CavendishError, match=r"cannot be read|without a picture"):
        model.depth(PHOTO)


def test_a_picture_of_another_size(model, service) -> None:
    service.script = [(200, {}, picture_body(model, copy(None, 600, 800)))]  # a 4:3 picture, 64 x 48 for a square
    if kind_of(model) == "gemini":
        assert model.depth(PHOTO).provenance.geometry["painting_size"] == [600, 800]
        service.script = [(200, {}, picture_body(model, copy(None, 600, 600)))]
    with pytest.raises(NoPictureError, match=r"another aspect"):
        model.depth(PHOTO)


def test_a_wrong_key_or_model(model, service) -> None:
    service.script = [
        (401, {}, error_body(model, 401, f"Incorrect API key provided: {KEY}", "invalid_api_key")),
        (404, {}, error_body(model, 404, "no such model")),
        (400, {}, error_body(model, 400, "bad size")),
    ]
    with pytest.raises(ModelError, match=r"does not accept the key") as caught:
        model.depth(PHOTO)
    assert KEY not in str(caught.value)
    with pytest.raises(ModelError, match=r"has no model"):
        model.depth(PHOTO)
    with pytest.raises(GeneratorError, match=r"bad size"):
        model.depth(PHOTO)
    assert len(service.seen) == 3


def test_the_key_is_never_logged(model, service, caplog) -> None:
    """Not by us, nor by the SDKs and what lies beneath them, however much they are asked to say."""
    caplog.set_level("DEBUG")
    service.script = [(500, {}, error_body(model, 500, "oh no"))]
    model.depth(PHOTO)
    assert any(KEY in str(headers) for headers in service.headers)
    assert KEY not in caplog.text
    assert KEY not in repr(model) + repr(model.generator) + json.dumps(model.depth(PHOTO).provenance.to_dict())


def test_vertex_goes_by_googles_own_credentials(service, monkeypatch, tmp_path) -> None:
    """A service account's file, the token of which the local server gives out."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    account = {"type": "service_account", "client_email": "a@b", "private_key": pem.decode(), "project_id": "mine"}
    (tmp_path / "account.json").write_text(json.dumps({**account, "token_uri": f"{service.address}/token"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    model = opened("gemini", service, vertex=True, project="mine", location="somewhere")
    assert model.depth(PHOTO).shape == (48, 64)
    assert "projects/mine/locations/somewhere" in service.seen[-1][0]
    assert service.headers[-1]["Authorization"] == "Bearer a-token"


def test_vertex_without_credentials(service, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    model = opened("gemini", service, vertex=True, project="mine", location="somewhere")
    with pytest.raises(ModelError, match=r"Google's credentials do not work: .*default credentials"):
        model.depth(PHOTO)


@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_options_that_make_no_sense(kind, service, monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    for options, why in [
        ({"concurrency": 0}, "concurrency and attempts are at least 1"),
        ({"timeout": -1.0}, "timeout is over 0"),
        ({"timeout": "soon"}, f"'timeout', an option of {kind} generators, is a number, not 'soon'"),
        ({"max_cost": "two dollars"}, "'max_cost', .* is a number"),
        ({"speed": 3}, "'speed' is not an option of .*price, max_cost, cache"),
    ]:
        with pytest.raises(ModelError, match=why):
            opened(kind, service, **options)


@pytest.mark.parametrize("kind", ["gemini", "openai"])
def test_a_missing_key(kind, service, monkeypatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ModelError, match=r"set .*_API_KEY in the environment"):
        opened(kind, service, base_url=None)
    if kind == "openai":  # a local server needs none
        assert opened(kind, service).depth(PHOTO).shape == (48, 64)


def test_calls_at_once_are_bounded(model, service) -> None:
    bounded = opened(kind_of(model), service, concurrency=3)
    service.delay = 0.1
    assert len(bounded.depth([texture(40 + k, 64) for k in range(9)])) == 9
    assert service.most_at_once == bounded.about.batch_size == 3


def test_no_picture_is_paid_twice(model, service, tmp_path) -> None:
    first = opened(kind_of(model), service, cache=tmp_path, price=0.5)
    a = first.depth(PHOTO)
    again = opened(kind_of(model), service, cache=tmp_path, price=0.5)
    b = again.depth(PHOTO)
    np.testing.assert_array_equal(a.painting, b.painting)
    assert (first.generator.spent, again.generator.spent, len(service.seen)) == (0.5, 0, 1)
    again.depth(PHOTO, seed=1)
    assert len(service.seen) == 2
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert KEY.encode() not in kept


@pytest.mark.parametrize(
    ("name", "options", "key"),
    [
        ("gemini:x", {}, "d414c9fb71cb8dfd870d7758fe4efdf134983016c8b726436b3d5039a754f06e"),
        ("openai:gpt-image-1", {"quality": "high"}, "f5a1a54f6693b73b8e3ab689b0880555477ab86645726d539a2425a08dca5329"),
    ],
)
def test_what_an_earlier_version_paid_for_is_found(name, options, key, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    where = {"base_url": "http://h/1"} if name == "gemini:x" else {}
    (tmp_path / key).write_bytes(copy(None, 64, 64))
    generator = cavendish.load(name, cache=tmp_path, **where, **options).generator
    black = np.zeros((64, 64, 3), np.uint8)
    asked = Request(instruction="paint depth", images=(black,), size=(1024, 1024), seed=3, steps=4)
    assert generator.paint([asked])[0].rgb.shape == (64, 64, 3)
    assert generator.spent == 0


def test_a_failed_batch_keeps_what_was_paid(model, service, tmp_path) -> None:
    thrifty = opened(kind_of(model), service, cache=tmp_path, concurrency=1)
    pictures = [texture(40 + k, 64) for k in range(3)]
    service.script = [lambda handler: handler.reply(200, {}, handler._usual(service.seen[-1][1]))]
    service.script += [(400, {}, error_body(model, 400, "no"))]
    with pytest.raises(GeneratorError):
        thrifty.depth(pictures)
    before = len(service.seen)
    thrifty.depth(pictures)
    assert len(service.seen) == before + 2


def test_a_picture_behind_an_address_is_fetched_again_not_painted_again(service, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = opened("openai", service, cache=tmp_path, price=0.5)
    file = copy(None, 1024, 1024)
    asked: list[str] = []

    def fetched(handler) -> None:
        asked.append(handler.path)
        if len(asked) == 1:
            handler.reply(503, {}, b"busy")
        elif len(asked) == 2:  # cut short
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(file)))
            handler.end_headers()
            handler.wfile.write(file[:20])
            handler.close_connection = True
        else:
            handler.reply(200, {}, file)

    service.files["/painted.png"] = fetched
    where = {"created": 1, "data": [{"url": f"{service.address}/painted.png"}]}
    service.script = [(200, {}, json.dumps(where).encode())]
    picture = model.generate("a mug", width=1024, height=1024)
    assert picture.size == (1024, 1024)
    assert (len(asked), len(service.seen), model.generator.spent) == (3, 1, 0.5)


def test_a_picture_that_can_never_be_fetched_is_given_up(service, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    model = opened("openai", service, cache=tmp_path, price=0.5)
    service.files["/painted.png"] = lambda handler: handler.reply(404, {}, b"gone")
    where = {"created": 1, "data": [{"url": f"{service.address}/painted.png"}]}
    service.script = [(200, {}, json.dumps(where).encode())]
    with pytest.raises(ServiceError, match=r"cannot be fetched \(HTTP Error 404.*3 attempts"):
        model.generate("a mug", width=1024, height=1024)
    assert (len(service.seen), model.generator.spent) == (1, 0.5)


def test_the_cost_is_capped_before_anything_is_sent(model, service) -> None:
    capped = opened(kind_of(model), service, price=0.04, max_cost=0.1)
    with pytest.raises(
        CostError, match=r"3 pictures of .* cost about \$0.12, \$0.00 are spent, and max_cost is \$0.10"
    ):
        capped.depth([PHOTO] * 3)
    assert not service.seen
    capped.depth([PHOTO, texture(50, 64)])
    with pytest.raises(CostError, match=r"\$0.08 are spent"):
        capped.depth(PHOTO)
    assert len(service.seen) == 2


def test_a_cap_needs_a_price(service, monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    with pytest.raises(ModelError, match=r"the price of gemini:new is not known"):
        cavendish.load("gemini:new", base_url=service.address, max_cost=1.0)


def test_more_references_than_the_service_takes(model) -> None:
    canvas = np.zeros((64, 64, 3), np.uint8)
    with pytest.raises(GeneratorError, match=r"reference pictures at most"):
        model.generator.paint([Request(instruction="x", images=(canvas,) * 20, size=(64, 64))])


def test_inside_a_running_event_loop(model) -> None:
    """As in a notebook."""
    import asyncio

    async def cell():
        return model.depth(PHOTO)

    assert asyncio.run(cell()).shape == (48, 64)
