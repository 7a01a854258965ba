"""FastAPI giving every request an id by pure ASGI middleware, three deep."""

from _ready import PLAIN
from _request_id import AsgiRequestId
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "request_id_asgi",
    "adds": "two more of them",
    "requires": ["fastapi>=0.100"],
    "effort": "full",
    "requests": {
        "plain": {
            "path": "/plain",
            "headers": {"X-Request-ID": "3f1c9a52e07b4d68"},
            "expect": {"text": "Hello, world!"},
        },
    },
}

app = FastAPI()
for _ in range(3):
    app.add_middleware(AsgiRequestId)


@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
