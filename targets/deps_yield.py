"""FastAPI with a session by yield, closed at the end of the request."""

from typing import Annotated

from _ready import PLAIN
from _sessions import Session, session_until_done
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_one",
    "adds": "yield",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain")
async def plain(_: Annotated[Session, Depends(session_until_done)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
