"""Streams whose client leaves before their end: is the generator closed, by what, and when."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from _left import EVERY_S, SILENCE_S, seen, watched
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

TARGET = {
    "over": None,
    "adds": "a client that leaves, observed",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "raw_asgi": {"path": "/raw/", "leaves_after": 2, "then": "/left?name=raw", "only": ["facts"]},
        "async_generator": {"path": "/async", "leaves_after": 2, "then": "/left?name=async", "only": ["facts"]},
        "silent_generator": {"path": "/silent", "leaves_after": 1, "then": "/left?name=silent", "only": ["facts"]},
        "plain_generator": {"path": "/plain", "leaves_after": 2, "then": "/left?name=plain", "only": ["facts"]},
        "base_middleware": {"path": "/behind/", "leaves_after": 2, "then": "/left?name=behind", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/left")
async def left(name: str) -> dict[str, Any]:
    return seen[name]


async def ticking(name: str) -> AsyncIterator[str]:
    with watched(name) as numbers:
        for number in numbers:
            yield f"{number}\n"
            await asyncio.sleep(EVERY_S)


async def falling_silent(name: str) -> AsyncIterator[str]:
    with watched(name) as numbers:
        yield f"{next(numbers)}\n"
        await asyncio.sleep(SILENCE_S)


def ticking_in_a_thread(name: str) -> Iterator[str]:
    with watched(name) as numbers:
        for number in numbers:
            yield f"{number}\n"
            time.sleep(EVERY_S)


@app.get("/async")
async def of_async_generator() -> StreamingResponse:
    return StreamingResponse(ticking("async"))


@app.get("/silent")
async def of_silent_generator() -> StreamingResponse:
    return StreamingResponse(falling_silent("silent"))


@app.get("/plain")
async def of_plain_generator() -> StreamingResponse:
    return StreamingResponse(ticking_in_a_thread("plain"))


class Passing(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        return await call_next(request)


behind = FastAPI()
behind.add_middleware(Passing)


@behind.get("/")
async def behind_middleware() -> StreamingResponse:
    return StreamingResponse(ticking("behind"))


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """Never looks whether its client is still there, as the protocol allows."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    async for text in ticking("raw"):
        await send({"type": "http.response.body", "body": text.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


app.mount("/behind", behind)
app.mount("/raw", raw)
