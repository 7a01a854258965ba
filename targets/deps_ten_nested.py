"""FastAPI with ten dependencies, each depending on the next."""

from collections.abc import Callable
from typing import Annotated

from _ready import PLAIN
from _sessions import Session, open_session
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_one",
    "adds": "nine more, nested",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


def depending_on(inner: Callable[..., object]) -> Callable[..., object]:
    async def dependency(session: Annotated[Session, Depends(inner)]) -> Session:
        return session

    return dependency


outermost = open_session
for _ in range(9):
    outermost = depending_on(outermost)


@app.get("/plain")
async def plain(_: Annotated[Session, Depends(outermost)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
