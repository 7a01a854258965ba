"""A request put to an app from inside another, so that what happens around its answer can be told in an answer."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


async def traced_get(app: App, query: bytes = b"") -> dict[str, object]:
    """The status of GET / and its events: those that the app adds to `scope["events"]`, and "response sent"."""
    events: list[str] = []
    statuses: list[int] = []
    requests: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Message:
        # Then a client that stays connected, and waits.
        return requests.pop() if requests else await asyncio.get_running_loop().create_future()

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
        elif not message.get("more_body"):
            events.append("response sent")

    await app(_scope(query, events), receive, send)
    return {"status": statuses[0], "events": events}


def _scope(query: bytes, events: list[str]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/",
        "raw_path": b"/",
        "query_string": query,
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": {},
        "events": events,
    }
