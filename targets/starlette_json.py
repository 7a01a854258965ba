"""Starlette encoding dicts with its JSONResponse, which uses the standard library's json."""

from _dicts import PUBLIC
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

TARGET = {
    "over": "starlette_plain",
    "adds": "JSONResponse",
    "requires": ["starlette>=0.27"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}},
    },
}


async def read_users(request: Request) -> JSONResponse:
    limit = int(request.query_params["limit"])
    return JSONResponse(PUBLIC[:limit])


app = Starlette(routes=[Route("/users", read_users)])
