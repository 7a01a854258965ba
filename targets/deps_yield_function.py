"""FastAPI with a session by yield, closed when the endpoint has returned."""

from typing import Annotated

from _ready import PLAIN
from _sessions import Session, session_until_done
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_yield",
    "adds": "scope=function",
    "requires": ["fastapi>=0.121"],
    "effort": "full",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain")
async def plain(_: Annotated[Session, Depends(session_until_done, scope="function")]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
