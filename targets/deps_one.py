"""FastAPI with one dependency, an async function."""

from typing import Annotated

from _ready import PLAIN
from _sessions import Session, open_session
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "a dependency",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain")
async def plain(_: Annotated[Session, Depends(open_session)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
