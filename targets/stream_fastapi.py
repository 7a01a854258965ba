"""FastAPI returning a StreamingResponse over chunks that are ready, a `yield` for each."""

from _streams import EVENTS, JSON_LINES, LINES, SSE, each
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

TARGET = {
    "over": "stream_starlette",
    "adds": "FastAPI",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "sse100": {"path": "/users.sse?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "sse1": {"path": "/users.sse?limit=1", "expect": {"rows": 1, "chunks": 1}},
        "jsonl100": {"path": "/users.jsonl?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "jsonl1": {"path": "/users.jsonl?limit=1", "expect": {"rows": 1, "chunks": 1}},
    },
}

app = FastAPI()


@app.get("/users.sse")
async def events(limit: int) -> StreamingResponse:
    return StreamingResponse(each(EVENTS[:limit]), media_type=SSE)


@app.get("/users.jsonl")
async def lines(limit: int) -> StreamingResponse:
    return StreamingResponse(each(LINES[:limit]), media_type=JSON_LINES)
