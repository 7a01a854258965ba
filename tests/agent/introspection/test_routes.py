"""A walk through apps of unusual make, and through those that lie."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Host, Match, Mount, Route, Router

from bench.agent.app.description import describe
from bench.model.app import AppDescription


async def home(request: Any) -> None: ...


def described(app: Any) -> AppDescription:
    return AppDescription.model_validate(describe(app, "shop:app", Path(__file__).parent)["description"])


def ids(app: Any) -> list[str]:
    return [route.id for route in described(app).routes]


def test_what_is_mounted_in_an_included_router_has_the_prefix() -> None:
    router = APIRouter(prefix="/in")
    router.routes += [Mount("/mount", routes=[Route("/x", home)]), Host("h.org", Router([Route("/y", home)]))]
    router.add_route("/plain", home)
    router.get("/x")(home)
    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/v1")
    assert ids(app) == ["GET /v1/mount/x", "GET h.org/v1/y", "GET /v1/plain", "GET /v1/in/x"]


def test_an_app_that_is_mounted_twice_is_told_twice_and_one_that_mounts_itself_once() -> None:
    sub = Starlette(routes=[Route("/x", home)])
    sub.mount("/self", sub)
    app = Starlette(routes=[Mount("/a", sub), Mount("/b", sub)])
    assert ids(app) == ["GET /a/x", "ASGI /a/self/{path:path}", "GET /b/x", "ASGI /b/self/{path:path}"]


def test_a_router_and_a_mount_are_apps_of_their_own() -> None:
    assert ids(Router([Route("/x", home)])) == ["GET /x"]
    assert ids(Mount("/in", routes=[Route("/x", home)])) == ["GET /in/x"]


def test_a_route_that_another_one_hides_is_told_apart() -> None:
    app = described(Starlette(routes=[Route("/a", home), Route("/a", home, methods=["GET", "POST"])]))
    assert [route.id for route in app.routes] == ["GET /a", "POST /a"]
    assert [(route.id, route.place) for route in app.shadowed] == [("GET /a", 1)]


def test_an_endpoint_at_several_paths_is_told_by_its_first_one() -> None:
    router = APIRouter()

    @router.get("/info")
    @router.get("/about")
    def info() -> None: ...

    @router.post("/info")
    def other() -> None: ...

    app = FastAPI(openapi_url=None)
    app.include_router(router)
    app.include_router(router, prefix="/v1")
    assert [(route.id, route.mirrors) for route in described(app).routes] == [
        ("GET /about", None),
        ("GET /info", "GET /about"),
        ("POST /info", None),
        ("GET /v1/about", "GET /about"),
        ("GET /v1/info", "GET /about"),
        ("POST /v1/info", "POST /info"),
    ]


def test_a_folder_that_is_served_after_all_routes_is_static(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>")
    app = FastAPI(openapi_url=None, dependencies=[Depends(lambda: None)])
    if not hasattr(app, "frontend"):
        pytest.skip("this FastAPI serves none")
    app.frontend("/web", directory=tmp_path)
    router = APIRouter()
    router.frontend("/", directory=tmp_path)
    app.include_router(router, prefix="/in")
    app.get("/late")(home)
    routes = described(app).routes
    assert [route.id for route in routes] == ["GET /late", "GET /web/{path:path}", "GET /in/{path:path}"]
    assert {route.kind for route in routes[1:]} == {"static"}
    assert len(routes[1].dependencies) == 1


class Lying:
    """An endpoint that raises whatever it is asked, once its app is made."""

    lies = False

    def __getattribute__(self, name: str) -> Any:
        if Lying.lies:
            raise SystemExit(name)
        return super().__getattribute__(name)

    def __call__(self) -> None: ...


class OwnRoute(BaseRoute):
    """It has nothing of what routes of Starlette have."""

    def matches(self, scope: Any) -> tuple[Match, Any]:
        return Match.NONE, {}


class BrokenRoute(Route):
    """It raises once its app is made."""

    def __getattribute__(self, name: str) -> Any:
        if Lying.lies and name == "methods":
            return 7
        return super().__getattribute__(name)


class OwnApiRoute(APIRoute):
    """As many projects have one."""


def test_a_route_that_cant_be_looked_into_is_told_and_the_others_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/lying", Lying(), name="<b>lies</b>")
    app.router.routes += [OwnRoute(), BrokenRoute("/broken", home)]
    app.router.route_class = OwnApiRoute
    app.add_api_route("/partial", functools.partial(home, request=1), response_model=None)
    app.mount("/mock", MagicMock())
    monkeypatch.setattr(Lying, "lies", True)
    found = {route.id: route for route in described(app).routes}
    assert list(found) == [
        "GET /lying",
        "ASGI ",
        "ASGI /broken",
        "GET /partial",
        "ASGI /mock/{path:path}",
    ]
    assert found["GET /lying"].endpoint == f"{__name__}:Lying"
    assert found["GET /partial"].endpoint == f"{__name__}:home"
    assert found["ASGI "].endpoint == f"{__name__}:OwnRoute"


def test_an_included_router_that_cant_be_gone_through_hides_no_other_route() -> None:
    class Broken(APIRoute):
        """FastAPI asks it for this when it makes the routes of a tree."""

        tags = property(lambda self: 7, lambda self, value: None)

    router, app = APIRouter(route_class=Broken), FastAPI(openapi_url=None)
    router.get("/broken")(home)
    app.get("/before")(home)
    app.include_router(router, prefix="/in")
    app.get("/after")(home)
    found = ids(app)
    assert (found[0], found[-1], len(found)) == ("GET /before", "GET /after", 3)


def test_collections_that_are_none_are_empty() -> None:
    class Odd(Starlette):
        user_middleware = property(lambda self: 7, lambda self, value: None)
        routes = property(lambda self: 7)

    odd = Odd()
    odd.router = MagicMock(spec=Router, routes=[Route("/x", home), 7, None])
    assert ids(odd) == ["GET /x", "ASGI "]


def test_an_app_whose_own_attributes_raise_is_described_as_far_as_it_goes() -> None:
    class Odd(Starlette):
        @property
        def user_middleware(self) -> Any:
            raise RuntimeError

        @user_middleware.setter
        def user_middleware(self, value: Any) -> None: ...

    assert ids(Odd(routes=[Route("/x", home)])) == ["GET /x"]
    assert ids(MagicMock()) == []
