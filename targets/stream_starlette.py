"""Starlette's StreamingResponse over chunks that are ready, a `yield` for each."""

from _streams import EVENTS, JSON_LINES, LINES, SSE, each
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

TARGET = {
    "over": "stream_asgi",
    "adds": "StreamingResponse",
    "requires": ["starlette>=0.27"],
    "effort": "default",
    "requests": {
        "sse100": {"path": "/users.sse?limit=100", "expect": {"rows": 100, "chunks": 100}},
        "sse1": {"path": "/users.sse?limit=1", "expect": {"rows": 1, "chunks": 1}},
        "jsonl100": {"path": "/users.jsonl?limit=100", "effort": "full", "expect": {"rows": 100, "chunks": 100}},
        "jsonl1": {"path": "/users.jsonl?limit=1", "effort": "full", "expect": {"rows": 1, "chunks": 1}},
    },
}


async def events(request: Request) -> StreamingResponse:
    limit = int(request.query_params["limit"])
    return StreamingResponse(each(EVENTS[:limit]), media_type=SSE)


async def lines(request: Request) -> StreamingResponse:
    limit = int(request.query_params["limit"])
    return StreamingResponse(each(LINES[:limit]), media_type=JSON_LINES)


app = Starlette(routes=[Route("/users.sse", events), Route("/users.jsonl", lines)])
