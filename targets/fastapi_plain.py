"""FastAPI calling an endpoint with a validated parameter; the Response is ready, so nothing is serialised."""

from _ready import CSV, JSON, PLAIN
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse, Response

TARGET = {
    "over": "starlette_plain",
    "adds": "FastAPI",
    "requires": ["fastapi>=0.100"],
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows10": {"path": "/users?limit=10", "effort": "default", "expect": {"rows": 10}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "rows10000": {"path": "/users?limit=10000", "effort": "full", "expect": {"rows": 10000}},
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
    },
}

app = FastAPI()


# Routes are tried in order: /users stands first, as in the targets over this one, so that they differ in nothing else.
@app.get("/users")
async def users(limit: int) -> Response:
    return Response(JSON[limit], media_type="application/json")


@app.get("/users.csv")
async def users_csv(limit: int) -> Response:
    return Response(CSV[limit], media_type="text/csv")


@app.get("/plain")
async def plain() -> PlainTextResponse:
    return PlainTextResponse(PLAIN)
