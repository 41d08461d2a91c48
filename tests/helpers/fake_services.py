"""A local server that speaks the wire formats of the Gemini API and of OpenAI's images and chat APIs.

It paints a copy of the picture it is sent, in the size asked for, unless a script says otherwise: each entry of
`script` is used up by one call, and is a status with headers and a body, or a function that answers by itself.
"""

import base64
import email
import io
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image

from cavendish.generators.gemini import SIZES_3

Answer = tuple[int, dict[str, str], bytes]


class Service:
    """The server; `seen` holds every call's path and fields, `most_at_once` the calls that overlapped."""

    def __init__(self) -> None:
        self.script: list[Answer | Callable[[Handler], None]] = []
        self.words = "yes"
        self.files: dict[str, Callable[[Handler], None]] = {}  # how a path is answered that is only fetched
        self.seen: list[tuple[str, dict]] = []
        self.headers: list[dict[str, str]] = []
        self.times: list[float] = []
        self.delay = 0.0
        self.most_at_once = 0
        self._now = 0
        self._lock = threading.Lock()
        service = self

        class Bound(Handler):
            owner = service

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def enter(self) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.times.append(time.monotonic())

    def leave(self) -> None:
        with self._lock:
            self._now -= 1

    def next(self) -> "Answer | Callable[[Handler], None] | None":
        with self._lock:
            return self.script.pop(0) if self.script else None


class Handler(BaseHTTPRequestHandler):
    owner: Service
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token":  # of Google's accounts
            self.reply(200, {}, b'{"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"}')
            return
        self.owner.enter()
        try:
            fields = self._fields(body)
            self.owner.seen.append((self.path, fields))
            self.owner.headers.append(dict(self.headers))
            time.sleep(self.owner.delay)
            answer = self.owner.next()
            if callable(answer):
                answer(self)
            else:
                self.reply(*(answer or (200, {}, self._usual(fields))))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self.owner.leave()

    def do_GET(self) -> None:
        self.owner.files[self.path](self)

    def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments) -> None:
        pass

    def _fields(self, body: bytes) -> dict:
        if "multipart" not in self.headers["Content-Type"]:
            return json.loads(body)
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields: dict = {"images": []}
        for part in email.message_from_bytes(head + body).get_payload():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if name.startswith("image"):
                fields["images"].append(content)
            else:
                fields[name] = content.decode()
        return fields

    def _usual(self, fields: dict) -> bytes:
        if ":generateContent" in self.path:
            return self._gemini(fields)
        if "/chat/completions" in self.path:
            message = {"role": "assistant", "content": self.owner.words}
            choice = {"index": 0, "finish_reason": "stop", "message": message}
            return json.dumps({"id": "1", "object": "chat.completion", "created": 1, "choices": [choice]}).encode()
        width, height = (int(side) for side in fields["size"].split("x"))
        first = fields["images"][0] if fields.get("images") else None
        painted = base64.b64encode(copy(first, height, width)).decode()
        return json.dumps({"created": 1, "data": [{"b64_json": painted}]}).encode()

    def _gemini(self, fields: dict) -> bytes:
        shape = fields.get("generationConfig", {}).get("imageConfig")
        if shape is None:
            return gemini_parts({"text": self.owner.words})
        parts = fields["contents"][0]["parts"]
        files = [base64.urlsafe_b64decode(part["inlineData"]["data"]) for part in parts if "inlineData" in part]
        return gemini_picture(copy(files[0] if files else None, *SIZES_3[shape["aspectRatio"]]))


def gemini_parts(*parts: dict, reason: str = "STOP") -> bytes:
    candidate = {"content": {"role": "model", "parts": list(parts)}, "finishReason": reason, "index": 0}
    return json.dumps({"candidates": [candidate]}).encode()


def gemini_picture(file: bytes) -> bytes:
    return gemini_parts({"inlineData": {"mimeType": "image/png", "data": base64.b64encode(file).decode()}})


def copy(file: bytes | None, height: int, width: int) -> bytes:
    """The picture of a PNG file, or gray, in another size."""
    image = Image.open(io.BytesIO(file)) if file else Image.fromarray(np.full((8, 8, 3), 128, np.uint8))
    stream = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(stream, format="PNG", compress_level=1)
    return stream.getvalue()


def kind_of(model) -> str:
    return model.about.name.partition(":")[0]


def error_body(model, status: int, message: str, code: str | None = None) -> bytes:
    if kind_of(model) == "gemini":
        return json.dumps({"error": {"code": status, "message": message, "status": "SOMETHING"}}).encode()
    return json.dumps({"error": {"message": message, "type": "x", "param": None, "code": code}}).encode()
