"""Starlette with one route, as it starts."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

TARGET = {
    "over": "start_asgi",
    "adds": "Starlette",
    "requires": ["starlette>=0.27"],
    "effort": "default",
    "requests": {"start": {"path": "/route001", "only": ["start-up"], "expect": {"text": "Hello, world!"}}},
}


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse(b"Hello, world!")


app = Starlette(routes=[Route("/route001", plain)])
