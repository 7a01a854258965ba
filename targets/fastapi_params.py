"""FastAPI validating a parameter in the path, or in the query."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

TARGET = {
    "over": "fastapi_hello",
    "adds": "a parameter",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "path": {"path": "/hello/world", "over": "plain", "expect": {"text": "Hello, world!"}},
        "query": {"path": "/hello?name=world", "over": "plain", "expect": {"text": "Hello, world!"}},
    },
}

app = FastAPI()


@app.get("/hello/{name}")
async def by_path(name: str) -> PlainTextResponse:
    return PlainTextResponse(f"Hello, {name}!")


@app.get("/hello")
async def by_query(name: str) -> PlainTextResponse:
    return PlainTextResponse(f"Hello, {name}!")
