"""FastAPI with one dependency that isn't async, and so runs in the thread pool."""

from typing import Annotated

from _ready import PLAIN
from _sessions import Session
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_one",
    "adds": "a def dependency",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


def open_session() -> Session:
    return Session()


@app.get("/plain")
async def plain(_: Annotated[Session, Depends(open_session)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
