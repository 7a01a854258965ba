"""FastAPI giving a request an id by a dependency that depends on two more."""

from typing import Annotated

from _ready import PLAIN
from _request_id import HEADER, request_id_thrice
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "request_id_dependency",
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


@app.get("/plain")
async def plain(request_id: Annotated[str, Depends(request_id_thrice)]) -> PlainTextResponse:
    return PlainTextResponse(PLAIN, headers={HEADER: request_id})
