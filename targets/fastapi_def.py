"""FastAPI calling an endpoint that isn't async, and so runs in the thread pool."""

from _ready import PLAIN
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "a def endpoint",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain")
def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
