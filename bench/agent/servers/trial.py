"""An app that is served to see whether a server starts with its settings: it has a lifespan, and an empty answer."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from bench.agent.app.asgi_app import Receive, Send


async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    while scope["type"] == "lifespan":
        event = await receive()
        await send({"type": f"{event['type']}.complete"})
        if event["type"] == "lifespan.shutdown":
            return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})
