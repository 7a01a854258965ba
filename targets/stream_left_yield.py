"""FastAPI's own streams whose client leaves before their end: is the generator closed, by what, and when."""

import asyncio
import time
from collections.abc import AsyncIterable, Iterable
from typing import Any

from _left import EVERY_S, SILENCE_S, seen, watched
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse

TARGET = {
    "over": None,
    "adds": "a client that leaves a `yield` endpoint, observed",
    "requires": ["fastapi>=0.135"],
    "effort": "default",
    "requests": {
        "sse": {"path": "/sse", "leaves_after": 2, "then": "/left?name=sse", "only": ["facts"]},
        "silent_sse": {"path": "/silent", "leaves_after": 1, "then": "/left?name=silent", "only": ["facts"]},
        "plain_sse": {"path": "/plain", "leaves_after": 2, "then": "/left?name=plain", "only": ["facts"]},
        "jsonl": {"path": "/jsonl", "leaves_after": 2, "then": "/left?name=jsonl", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/left")
async def left(name: str) -> dict[str, Any]:
    return seen[name]


@app.get("/sse", response_class=EventSourceResponse)
async def sse() -> AsyncIterable[int]:
    with watched("sse") as numbers:
        for number in numbers:
            yield number
            await asyncio.sleep(EVERY_S)


@app.get("/silent", response_class=EventSourceResponse)
async def silent() -> AsyncIterable[int]:
    with watched("silent") as numbers:
        yield next(numbers)
        await asyncio.sleep(SILENCE_S)


@app.get("/plain", response_class=EventSourceResponse)
def plain() -> Iterable[int]:
    with watched("plain") as numbers:
        for number in numbers:
            yield number
            time.sleep(EVERY_S)


@app.get("/jsonl")
async def jsonl() -> AsyncIterable[int]:
    with watched("jsonl") as numbers:
        for number in numbers:
            yield number
            await asyncio.sleep(EVERY_S)
