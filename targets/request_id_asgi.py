"""FastAPI giving every request an id by pure ASGI middleware."""

from _ready import PLAIN
from _request_id import AsgiRequestId
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "request id by ASGI middleware",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {
            "path": "/plain",
            "headers": {"X-Request-ID": "3f1c9a52e07b4d68"},
            "expect": {"text": "Hello, world!"},
        },
    },
}

app = FastAPI()
app.add_middleware(AsgiRequestId)


@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
