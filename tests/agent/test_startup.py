"""A start is one only if its first request is answered as expected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bench.agent.app.error import AppError
from bench.agent.startup import startup

APP = """
async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.send", "text": "ping"})
        await receive()
    elif scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    else:
        raise RuntimeError("no lifespan")
"""


def request(status: int, **others: Any) -> dict[str, Any]:
    asked: dict[str, Any] = {"method": "GET", "path": "/", "headers": {}, "body": None, "body_json": None}
    return asked | {"varies": False, "messages": None, "expect": {"status": status}} | others


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "answers_404.py").write_text(APP)
    return tmp_path


def test_a_first_request_with_another_status_than_expected_is_no_start(folder: Path) -> None:
    with pytest.raises(AppError) as refused:
        asyncio.run(startup(folder, "answers_404", request(200)))
    assert str(refused.value) == "the first request returns status 404 instead of 200"
    assert asyncio.run(startup(folder, "answers_404", request(404)))["rest_mb"] > 0


def test_what_an_opened_websocket_leaves_is_counted_as_such(folder: Path) -> None:
    heap = pytest.importorskip("bench.agent.memory.startup_heap")
    opened = request(101, messages=1, body="ping")
    assert asyncio.run(heap.at_rest(folder, "answers_404", opened, []))["live_allocs"] > 0
    with pytest.raises(AppError):
        asyncio.run(heap.at_rest(folder, "answers_404", request(200), []))
