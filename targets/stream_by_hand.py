"""Server-sent events that the endpoint writes itself: each model dumped by Pydantic, into a StreamingResponse."""

from collections.abc import AsyncIterator

from _models import USERS
from _streams import SSE
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "stream_fastapi",
    "adds": "events by hand",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "sse100": {"path": "/users.sse?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "sse1": {"path": "/users.sse?limit=1", "expect": {"rows": 1, "chunks": 1}},
    },
}
PUBLIC = {"id", "name", "email"}

app = FastAPI()


async def dumped(limit: int) -> AsyncIterator[str]:
    for user in USERS[:limit]:
        yield f"data: {user.model_dump_json(include=PUBLIC)}\n\n"


@app.get("/users.sse")
async def events(limit: int) -> StreamingResponse:
    return StreamingResponse(dumped(limit), media_type=SSE)
