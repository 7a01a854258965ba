"""An app without one of its middlewares answers so, and is as it was afterwards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware

from bench.agent.peeling import CannotPeelError, without
from bench.agent.requests.asgi_client import PreparedRequest
from bench.model import workload


class Tag:
    """Adds its tag to a header of what it lets through."""

    def __init__(self, app: Any, tag: str) -> None:
        self.app = app
        self.tag = tag

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def tagged(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-tag", self.tag.encode())]
            await send(message)

        await self.app(scope, receive, tagged)


def tags(app: Any, path: str = "/") -> str:
    async def ask() -> str:
        _, headers, _ = await PreparedRequest(app, workload.Request(path=path).model_dump(), {}).answer()
        return "".join(value for name, value in headers if name == "x-tag")

    return asyncio.run(ask())


def in_list(place: int, of: str = "") -> dict[str, Any]:
    return {"name": "tests:Tag", "of": of, "place": place}


def outside() -> dict[str, Any]:
    return {"name": "tests:Tag", "of": "", "place": None}


def service() -> FastAPI:
    app = FastAPI()
    for tag in "cba":
        app.add_middleware(Tag, tag=tag)

    @app.get("/")
    def root(request: Request) -> dict[str, bool]:
        return {"same": request.app is app}

    return app


LIST = [in_list(0), in_list(1), in_list(2)]


@pytest.mark.parametrize(("left_out", "rest"), [([0], "cb"), ([1], "ca"), ([2], "ba"), ([0, 1, 2], ""), ([], "cba")])
def test_any_of_the_middlewares_can_be_left_out(left_out: list[int], rest: str) -> None:
    assert tags(without(service(), LIST, left_out)) == rest


def test_the_app_itself_stays_as_it_was() -> None:
    app = service()
    before = tags(app), list(app.user_middleware), app.middleware_stack
    assert tags(without(app, LIST, [1])) == "ca"
    assert (tags(app), list(app.user_middleware), app.middleware_stack) == before


def test_a_request_sees_the_app_that_it_is_put_to() -> None:
    app = service()

    async def ask() -> bytes:
        peeled = without(app, LIST, [0, 1])
        return (await PreparedRequest(peeled, workload.Request(path="/").model_dump(), {}).answer())[2]

    assert asyncio.run(ask()) == b'{"same":true}'


def test_wrappers_from_outside_stay_and_can_be_left_out_too() -> None:
    app = Tag(Tag(service(), "y"), "z")
    known = [outside(), outside(), *LIST]
    assert tags(without(app, known, [3])) == "cayz"
    assert tags(without(app, known, [0])) == "cbay"
    assert tags(without(app, known, [1])) == "cbaz"
    assert tags(without(app, known, [0, 1, 2, 3, 4])) == ""
    assert tags(app) == "cbayz"


def test_a_sub_application_has_a_stack_of_its_own_that_is_peeled() -> None:
    inner, app = service(), service()
    app.mount("/sub", inner)
    known = [*LIST, in_list(0, "/sub"), in_list(1, "/sub"), in_list(2, "/sub")]
    assert tags(app, "/sub/") == "cbacba"
    assert tags(without(app, known, [4]), "/sub/") == "cacba"
    assert tags(without(app, known, [0, 4]), "/sub/") == "cacb"


def test_an_application_that_is_mounted_below_itself_is_peeled_once() -> None:
    app = service()
    app.mount("/again", Tag(app, "z"))
    assert tags(without(app, LIST, [0])) == "cb"


def test_a_sub_application_of_an_included_router_is_found() -> None:
    inner, app, router = service(), FastAPI(), APIRouter()
    router.mount("/sub", inner)
    app.include_router(router, prefix="/v1")
    assert tags(without(app, [in_list(0, "/v1/sub")], [0]), "/v1/sub/") == "cb"


def test_a_base_http_middleware_by_a_function_is_left_out() -> None:
    app = FastAPI()

    @app.get("/")
    async def root() -> None: ...

    @app.middleware("http")
    async def tag(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-tag"] = "f"
        return response

    assert app.user_middleware[0].cls is BaseHTTPMiddleware
    assert tags(app) == "f"
    assert tags(without(app, [in_list(0)], [0])) == ""


def test_what_can_be_made_only_once_is_not_peeled() -> None:
    made = []

    class Once(Tag):
        def __init__(self, app: Any) -> None:
            if made:
                raise ValueError("duplicated timeseries")
            made.append(self)
            super().__init__(app, "o")

    app = Starlette(middleware=[])
    app.add_middleware(Tag, tag="a")
    app.add_middleware(Once)
    tags(Wrapped(app))
    with pytest.raises(CannotPeelError, match="made twice: ValueError: duplicated"):
        without(app, [in_list(0), in_list(1)], [1])


class Wrapped:
    """Asks for what isn't there, which a stack answers all the same."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def test_a_middleware_of_a_route_is_in_no_list() -> None:
    with pytest.raises(CannotPeelError):
        without(service(), [*LIST, outside()], [3])


def test_an_app_without_a_stack_is_not_peeled() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    with pytest.raises(CannotPeelError):
        without(app, [in_list(0)], [0])
