"""FastAPI's JSON Lines: models that the endpoint yields, each validated and serialised into a line."""

import asyncio
from collections.abc import AsyncIterable

from _models import USERS, UserOut
from fastapi import FastAPI

TARGET = {
    "over": "stream_fastapi",
    "adds": "JSON Lines",
    "requires": ["fastapi>=0.134"],
    "effort": "default",
    "requests": {
        "jsonl100": {"path": "/users.jsonl?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "jsonl1": {"path": "/users.jsonl?limit=1", "expect": {"rows": 1, "chunks": 1}},
    },
}

app = FastAPI()


@app.get("/users.jsonl")
async def lines(limit: int) -> AsyncIterable[UserOut]:
    for user in USERS[:limit]:
        yield user


@app.get("/idle")
async def idle() -> AsyncIterable[UserOut]:
    """One line, and then none until the client leaves: a stream that waits for news."""
    yield USERS[0]
    await asyncio.Event().wait()
