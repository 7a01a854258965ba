"""Starlette routing a request to an endpoint whose Response is ready."""

from _ready import CSV, JSON, PLAIN
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

TARGET = {
    "over": "raw_asgi",
    "adds": "Starlette",
    "requires": ["starlette>=0.27"],
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "plain": {"path": "/plain", "expect": {"text": "Hello, world!"}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
        "csv1000": {"path": "/users.csv?limit=1000", "expect": {"rows": 1000}},
    },
}


async def users(request: Request) -> Response:
    limit = int(request.query_params["limit"])
    return Response(JSON[limit], media_type="application/json")


async def users_csv(request: Request) -> Response:
    limit = int(request.query_params["limit"])
    return Response(CSV[limit], media_type="text/csv")


async def plain(request: Request) -> PlainTextResponse:
    return PlainTextResponse(PLAIN)


# Routes are tried in order: /users stands first, as in the targets over this one, so that they differ in nothing else.
app = Starlette(routes=[Route("/users", users), Route("/users.csv", users_csv), Route("/plain", plain)])
