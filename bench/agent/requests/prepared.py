"""A request as what is asked again and again: over HTTP, or over a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.agent.app.asgi_app import App
from bench.agent.app.error import AppError
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.requests.websocket_client import PreparedWebSocket


def prepared(app: App, request: Mapping[str, Any], state: dict[str, Any]) -> PreparedRequest:
    """The `request` with its app; `state` is what the app's lifespan left."""
    made = PreparedRequest if request.get("messages") is None else PreparedWebSocket
    return made(app, request, state)


def check_status(exchange: PreparedRequest, request: Mapping[str, Any]) -> None:
    """Raises AppError if its last answer has another status than the request expects."""
    if exchange.status != (expected := request["expect"]["status"]):
        raise AppError(f"the first request returns status {exchange.status} instead of {expected}")
