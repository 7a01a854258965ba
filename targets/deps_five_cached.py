"""FastAPI with five dependencies that share the session on which they depend."""

from _ready import PLAIN
from _sessions import repositories
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_one",
    "adds": "five sharing it",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain", dependencies=[Depends(repository) for repository in repositories(5, use_cache=True)])
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
