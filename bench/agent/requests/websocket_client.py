"""One prepared WebSocket, opened to an ASGI app without a server: a message, sent again after each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bench.agent.app.asgi_app import App, Message, Send
from bench.agent.requests.asgi_client import ChangedAnswerError, PreparedRequest, ResponseTrace

ACCEPTED, REFUSED = 101, 403
"""The statuses of an opened WebSocket, and of one that the app closes before it has accepted it."""
# What a client sends to open one (RFC 6455, 1.3); the key is that of the RFC's example.
_HANDSHAKE = {
    "upgrade": "websocket",
    "connection": "Upgrade",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
}


class PreparedWebSocket(PreparedRequest):
    """A WebSocket with its app. `perform` opens it, sends the request's body as text so often as the request says, each
    time after the answer to the one before, and leaves with code 1000.

    `length` counts the characters, or bytes, of what came back. The scope is the one that uvicorn builds.
    """

    def __init__(self, app: App, request: Mapping[str, Any], state: dict[str, Any]) -> None:
        text = _text(request)
        headers = _HANDSHAKE | {name.lower(): value for name, value in request["headers"].items()}
        super().__init__(app, {**request, "headers": headers, "body": None, "body_json": None}, state)
        self._request = request
        self._template |= {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "scheme": "ws",
            "subprotocols": [],
            "extensions": {"websocket.http.response": {}},
        }
        del self._template["method"]
        self._text = text
        self._wanted: int = request["messages"]
        self._connecting = True
        self._sent = self._came = 0
        self._waiting: asyncio.Future[None] | None = None

    @property
    def changes_state(self) -> bool:
        return False

    async def perform(self) -> None:
        self._begin()
        await super().perform()

    async def answer(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and what came back: a line for each message, or the body of a refusal."""
        start: Message = {}
        lines: list[bytes] = []

        async def keep(message: Message) -> None:
            await self._send(message)
            if message["type"] in ("websocket.accept", "websocket.http.response.start"):
                start.update(message)
            lines.append(_line(message))

        await self._put(keep)
        if not self.status:
            raise ChangedAnswerError("the app returned without accepting the WebSocket")
        headers = [(bytes(k).decode("latin-1"), bytes(v).decode("latin-1")) for k, v in start.get("headers") or ()]
        return self.status, headers, b"".join(lines)

    async def trace(self) -> ResponseTrace:
        trace = ResponseTrace()

        async def look(message: Message) -> None:
            await self._send(message)
            trace.add(_line(message))

        await self._put(look)
        trace.status, trace.elapsed_ms = self.status, trace.since_ms()
        return trace

    async def _put(self, send: Send) -> None:
        self._begin()
        await super()._put(send)

    def _begin(self) -> None:
        self._connecting, self._waiting = True, None
        self._sent = self._came = self.status = self.length = 0

    @property
    def _answered(self) -> bool:
        """Whether it was opened as expected, and each message answered."""
        return self.status == self._right_status and (self.status != ACCEPTED or self._came >= self._wanted)

    async def _receive(self) -> Message:
        if self._connecting:
            self._connecting = False
            return {"type": "websocket.connect"}
        if self._came < self._sent or not self.status:  # it listens while another task of the app answers
            self._waiting = self._loop.create_future()
            await self._waiting
        if self._sent < self._wanted and self.status == ACCEPTED:
            self._sent += 1
            return {"type": "websocket.receive", "text": self._text}
        return {"type": "websocket.disconnect", "code": 1000, "reason": ""}

    async def _send(self, message: Message) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            text = message.get("text")
            self.length += len(message["bytes"] if text is None else text)
            self._came += 1
        elif kind == "websocket.accept":
            self.status = ACCEPTED
        elif kind == "websocket.http.response.start":
            self.status = message["status"]
        elif kind == "websocket.http.response.body":
            self.length += len(message.get("body", b""))
        elif not self.status:
            self.status = REFUSED
        if self._waiting is not None and not self._waiting.done() and self._came >= self._sent:
            self._waiting.set_result(None)


def _text(request: Mapping[str, Any]) -> str:
    return str(request["body"] or "")


def _line(message: Message) -> bytes:
    """What a message brings of the answer."""
    if message["type"] == "websocket.send":
        text = message.get("text")
        return (bytes(message["bytes"]) if text is None else text.encode()) + b"\n"
    return bytes(message.get("body", b""))
