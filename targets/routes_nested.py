"""FastAPI finding an endpoint behind routers that are included in one another, one to six deep.

Each depth has an app of its own, so that no request scans the routes of another depth.
"""

from _ready import PLAIN
from fastapi import APIRouter, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "nested routers",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "deep6": {"path": "/a/b/c/d/e/f/plain", "over": "plain", "expect": {"text": "Hello, world!"}},
        "deep3": {"path": "/a/b/c/plain", "over": "plain", "expect": {"text": "Hello, world!"}, "effort": "full"},
        "deep1": {"path": "/a/plain", "over": "plain", "expect": {"text": "Hello, world!"}},
        "deep2": {"path": "/a/b/plain", "over": "plain", "effort": "full", "expect": {"text": "Hello, world!"}},
        "deep4": {"path": "/a/b/c/d/plain", "over": "plain", "effort": "full", "expect": {"text": "Hello, world!"}},
        "deep5": {"path": "/a/b/c/d/e/plain", "over": "plain", "effort": "full", "expect": {"text": "Hello, world!"}},
    },
}


async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


def nested(prefixes: str) -> FastAPI:
    """/plain behind a router for each letter, the first outermost."""
    inner = APIRouter(prefix=f"/{prefixes[-1]}")
    inner.add_api_route("/plain", plain)
    for letter in reversed(prefixes[:-1]):
        outer = APIRouter(prefix=f"/{letter}")
        outer.include_router(inner)
        inner = outer
    app = FastAPI()
    app.include_router(inner)
    return app


APPS = {f"/{'/'.join(prefixes)}/plain": nested(prefixes) for prefixes in ("a", "ab", "abc", "abcd", "abcde", "abcdef")}


async def app(scope, receive, send):
    if scope["type"] != "lifespan":
        await APPS[scope["path"]](scope, receive, send)
