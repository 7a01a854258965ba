"""FastAPI's server-sent events: models that the endpoint yields, each validated and serialised into an event."""

import asyncio
from collections.abc import AsyncIterable

from _models import USERS, UserOut
from fastapi import FastAPI
from fastapi.sse import EventSourceResponse

TARGET = {
    "over": "stream_fastapi",
    "adds": "EventSourceResponse",
    "requires": ["fastapi>=0.135"],
    "effort": "default",
    "requests": {
        "sse100": {"path": "/users.sse?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "sse1": {"path": "/users.sse?limit=1", "expect": {"rows": 1, "chunks": 1}},
        "idle": {"path": "/idle", "only": ["connections"]},
    },
}

app = FastAPI()


@app.get("/users.sse", response_class=EventSourceResponse)
async def events(limit: int) -> AsyncIterable[UserOut]:
    for user in USERS[:limit]:
        yield user


@app.get("/idle", response_class=EventSourceResponse)
async def idle() -> AsyncIterable[UserOut]:
    """One event, and then none until the client leaves: a stream that waits for news."""
    yield USERS[0]
    await asyncio.Event().wait()
