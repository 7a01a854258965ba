"""FastAPI with five dependencies that each have a session made, by use_cache=False."""

from _ready import PLAIN
from _sessions import repositories
from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "deps_five_cached",
    "adds": "use_cache=False",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/plain", dependencies=[Depends(repository) for repository in repositories(5, use_cache=False)])
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
