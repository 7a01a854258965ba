"""One prepared request, put to an ASGI app without a server: what a case costs in process."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from bench.agent.app.asgi_app import App, Message, Send
from bench.agent.app.error import AppError

ANOTHER_ANSWER = "another answer than at first: "
HOST = "127.0.0.1:8000"
"""What an app is called by in requests that name no host. It is in the URLs that the app writes into its answers."""


class ChangedAnswerError(AppError):
    """The app answered something else than it did at first; the message says what, after `ANOTHER_ANSWER`."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{ANOTHER_ANSWER}{said}")


class ResponseTrace:
    """What came back without its body: how long it was, how many lines it had, its hash, and when it came.

    `first_byte_ms` and `elapsed_ms` count from the request; the hashing takes about 2 ms of them for a megabyte.
    """

    def __init__(self) -> None:
        self.status = self.length = self.lines = 0
        self.content_type = self.content_encoding = ""
        self.first_byte_ms = self.elapsed_ms = 0.0
        self._digest = hashlib.sha256()
        self._start_ns = time.perf_counter_ns()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def since_ms(self) -> float:
        return (time.perf_counter_ns() - self._start_ns) / 1e6

    def begin(self, message: Message) -> None:
        self.status = message["status"]
        headers = {bytes(name).lower(): bytes(value) for name, value in message.get("headers", ())}
        self.content_type = headers.get(b"content-type", b"").decode("latin-1")
        self.content_encoding = headers.get(b"content-encoding", b"").decode("latin-1")

    def add(self, chunk: bytes) -> None:
        if chunk and not self.length:
            self.first_byte_ms = self.since_ms()
        self.length += len(chunk)
        self.lines += chunk.count(b"\n")
        self._digest.update(chunk)


class PreparedRequest:
    """A request with its app. `perform` does it once, and checks status and length against the first answer; of answers
    that vary, the status alone.

    An app may raise after it has sent the answer that is expected, as Starlette does with a 500: a server only logs it.
    The scope is the one that uvicorn's httptools protocol builds for a browserless client on a loopback connection.
    """

    def __init__(self, app: App, request: Mapping[str, Any], state: dict[str, Any]) -> None:
        self._app = app
        self._request = request
        self._body = _body(request)
        self._template = _scope(request, self._body)
        self._state = state
        self._sent_body = False
        self._loop = asyncio.get_running_loop()
        self._right_status = request["expect"]["status"]
        self._varies = bool(request["varies"])
        self._more = True
        self.status = 0
        self.length = 0
        self.raised = False
        """Whether the app raised after its last `answer` or `trace`."""
        self.chunks = 0
        """In how many pieces the body of the last `answer` was sent."""
        self.expected: tuple[int, int] | None = None

    def put_to(self, app: App) -> PreparedRequest:
        """The same request with another app, which knows the same lifespan."""
        return type(self)(app, self._request, self._state)

    @property
    def changes_state(self) -> bool:
        return self._request["method"] not in ("GET", "HEAD", "OPTIONS")

    async def perform(self) -> None:
        self._sent_body = False
        self._more = True
        self.status = self.length = 0
        scope = self._template.copy()
        scope["headers"] = self._template["headers"].copy()
        scope["state"] = self._state.copy()
        try:
            await self._app(scope, self._receive, self._send)
        except Exception:
            if not self._answered:
                raise
        if (self.status, self.length) != self.expected:
            self._compare()

    async def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body of one exchange."""
        start: Message = {}
        chunks: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                start.update(message)
            else:
                self._more = message.get("more_body", False)
                chunks.append(bytes(message.get("body", b"")))

        await self._put(keep)
        if not start:
            raise ChangedAnswerError("the app returned without a response")
        self.chunks = sum(map(bool, chunks))
        headers = [(bytes(k).decode("latin-1"), bytes(v).decode("latin-1")) for k, v in start.get("headers", ())]
        return start["status"], headers, b"".join(chunks)

    async def trace(self) -> ResponseTrace:
        """One exchange whose body is looked at as it comes, and not kept: for answers of any size."""
        trace = ResponseTrace()

        async def look(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                trace.begin(message)
            else:
                self._more = message.get("more_body", False)
                trace.add(message.get("body", b""))

        await self._put(look)
        trace.elapsed_ms = trace.since_ms()
        return trace

    async def _put(self, send: Send) -> None:
        """The request, whose answer goes to `send`; `perform` does it by itself, with as few steps as it can."""
        self._sent_body = self.raised = False
        self._more = True
        try:
            await self._app({**self._template, "state": self._state.copy()}, self._receive, send)
        except Exception:
            if not self._answered:
                raise
            self.raised = True

    @property
    def _answered(self) -> bool:
        """Whether the answer that is expected was sent to its end."""
        return not self._more and self.status == self._right_status

    async def _receive(self) -> Message:
        if not self._sent_body:
            self._sent_body = True
            return {"type": "http.request", "body": self._body, "more_body": False}
        # A client that stays connected. A fresh waiter each time: Starlette's disconnect listener cancels it.
        waiter: asyncio.Future[Message] = self._loop.create_future()
        return await waiter

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            self.length += len(message.get("body", b""))
            self._more = message.get("more_body", False)
        else:
            self.status = message["status"]

    def _compare(self) -> None:
        if self.expected is None:
            self.expected = (self.status, self.length)
        elif self.status != self.expected[0] or not self._varies:
            raise ChangedAnswerError(
                f"status {self.status} with {self.length} bytes, not "
                f"status {self.expected[0]} with {self.expected[1]} bytes"
            )


def _body(request: Mapping[str, Any]) -> bytes:
    if request["body_json"] is not None:
        return json.dumps(request["body_json"]).encode()
    return (request["body"] or "").encode()


def _scope(request: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    url = urlsplit(request["path"])
    headers = {"host": HOST}
    if request["body_json"] is not None:
        headers["content-type"] = "application/json"  # FastAPI >= 0.132 answers 422 without it
    if body:
        headers["content-length"] = str(len(body))
    headers |= {name.lower(): value for name, value in request["headers"].items()}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
        "scheme": request.get("scheme", "http"),
        "method": request["method"],
        "root_path": "",
        "path": unquote(url.path),
        "raw_path": url.path.encode(),
        "query_string": url.query.encode(),
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
    }
