"""What is found in an app that runs, by real agents: the same whatever release of FastAPI it runs on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.audit.routes import Described, describe
from bench.model.app import Dependency, Route
from bench.model.errors import UsageError
from bench.runner.agent_process import Agent
from bench.stack.environment import Environment, build
from bench.stack.recipe import of_requirements

APPS = Path(__file__).parent / "apps"

Asked = Callable[[str], Described]


@pytest.fixture
def asked(environment: Environment, tmp_path: Path) -> Asked:
    """What is found in a module of this source, called `shop`, or in one of the apps beside this file."""

    def ask(source: str) -> Described:
        if source.startswith("many_ways:"):
            return found_in(environment, APPS, source)
        (tmp_path / "shop.py").write_text(source, "utf-8")
        return found_in(environment, tmp_path, "shop:app")

    return ask


def found_in(environment: Environment, folder: Path, spec: str) -> Described:
    with Agent(environment, folder) as agent:
        return describe(agent, spec)


def routes(described: Described) -> dict[str, Route]:
    return {route.id: route for route in described.description.routes}


DOCUMENTATION = ("GET /openapi.json", "GET /docs", "GET /docs/oauth2-redirect", "GET /redoc")
MANY_WAYS = (
    *DOCUMENTATION,
    "GET /api/v1/users/{user_id}",
    "POST /api/v1/users",
    "GET /api/v1/users/secret",
    "WEBSOCKET /api/v1/users/{user_id}/feed",
    "GET /sub/things/{thing:path}",
    "ASGI /raw/{path:path}",
    "GET /plain/{name}",
    "GET /plain/multi",
    "PUT /plain/multi",
    "GET files.example.org/f/",
    "DELETE /late",
    "GET /late",
)
STACK = ("many_ways:Timing", "many_ways:stamp", "many_ways:Audit", "many_ways:Timing")


def test_routes_are_found_however_they_are_reached(asked: Asked) -> None:
    found_in_many_ways(asked("many_ways:app"))


@pytest.mark.parametrize(
    "version",
    ["0.100.1", *(pytest.param(one, marks=pytest.mark.slow) for one in ("0.115.12", "0.136.3", "0.137.0")), "0.137.2"],
)
def test_every_release_of_fastapi_gives_the_same_routes(root: Path, version: str) -> None:
    environment = build(of_requirements([f"fastapi=={version}"]), root)
    assert environment.stack.packages["fastapi"] == version
    found_in_many_ways(found_in(environment, APPS, "many_ways:app"))


def found_in_many_ways(described: Described) -> None:
    """All that `apps/many_ways.py` says."""
    app = described.description
    assert tuple(routes(described)) == MANY_WAYS
    assert (app.name, app.type, app.overrides) == ("many_ways:app", "many_ways:Timing", ("many_ways:settings",))
    assert [(one.name, one.base_http, one.of, one.place) for one in app.middleware] == [
        ("many_ways:Timing", False, "", None),
        ("many_ways:stamp", True, "", 0),
        ("many_ways:Audit", True, "", 1),
        ("many_ways:Timing", False, "", 2),
        ("many_ways:Timing", False, "/sub", 0),
    ]
    assert app.slash_redirects == ("/sub/", "/plain/", "files.example.org/f/", "/")
    user, create, thing = (
        routes(described)[name] for name in (MANY_WAYS[4], "POST /api/v1/users", "GET /sub/things/{thing:path}")
    )
    assert user.endpoint == "many_ways:user"
    assert user.at == place('@users.get("/{user_id}"')
    assert (user.in_thread, create.in_thread, user.response_model, create.response_model) == (False, True, True, False)
    assert user.response_class == "starlette.responses:JSONResponse"
    assert [app.middleware[one].name for one in user.middleware] == list(STACK)
    assert [app.middleware[one].of for one in thing.middleware] == ["", "", "", "", "/sub"]
    assert thing.mount == "/sub"
    assert user.dependencies == (
        dependency("Permission", "class Permission"),
        dependency("Session", "class Session", in_thread=True),
        dependency("fake_settings", "def fake_settings", in_thread=True),
        dependency("tracked", "async def tracked", yields=True),
        dependency("fake_settings", "def fake_settings", in_thread=True, use_cache=False),
    )
    assert [one.name for one in routes(described)[MANY_WAYS[7]].dependencies] == [
        one.name for one in user.dependencies[:4]
    ]
    hidden = {name for name, one in routes(described).items() if not one.in_schema}
    assert hidden >= {"GET /api/v1/users/secret", *DOCUMENTATION, "GET /plain/{name}"}
    assert described.openapi is not None
    assert {"/api/v1/users/{user_id}", "/api/v1/users/secret", "/late", "/sub/things/{thing}"} <= described.openapi[
        "paths"
    ].keys()
    assert described.openapi_error is None


def place(begins: str) -> str:
    """Where a line of `apps/many_ways.py` stands."""
    lines = (APPS / "many_ways.py").read_text("utf-8").splitlines()
    return f"many_ways.py:{next(number for number, line in enumerate(lines, 1) if line.startswith(begins))}"


def dependency(name: str, begins: str, **more: bool) -> Dependency:
    return Dependency.model_validate({"name": f"many_ways:{name}", "at": place(begins), **more})


def test_an_app_of_starlette_alone_is_described_without_fastapi(asked: Asked) -> None:
    described = asked(STARLETTE)
    assert {name: one.kind for name, one in routes(described).items()} == {
        "GET /": "http",
        "GET /item/{id:int}": "http",
        "DELETE /item/{id:int}": "http",
        "WEBSOCKET /feed": "websocket",
        "GET /static/{path:path}": "static",
        "REDIRECT /old": "redirect",
        "WSGI /flask/{path:path}": "wsgi",
    }
    item = routes(described)["DELETE /item/{id:int}"]
    assert (item.endpoint, item.in_thread) == ("shop:Item.delete", True)
    names = [one.name for one in described.description.middleware]
    assert names == ["starlette.middleware.gzip:GZipMiddleware", "shop:Own", "shop:Own"]
    assert [one.of for one in described.description.middleware] == ["", "/", "/static"]
    assert described.openapi is None


STARLETTE = """
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

class WSGIMiddleware:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send): ...

class Own:
    def __init__(self, app):
        self.app = app

class Item(HTTPEndpoint):
    async def get(self, request): ...
    async def head(self, request): ...
    def delete(self, request): ...

async def home(request): ...
async def feed(socket): ...

app = Starlette(
    routes=[
        Route("/", home, middleware=[Middleware(Own)]),
        Route("/item/{id:int}", Item),
        WebSocketRoute("/feed", feed),
        Mount("/static", StaticFiles(directory="/"), middleware=[Middleware(Own)]),
        Route("/old", RedirectResponse("/")),
        Mount("/flask", WSGIMiddleware(lambda environ, start: [])),
    ],
    middleware=[Middleware(GZipMiddleware)],
)
"""


def test_ten_thousand_routes_are_found(asked: Asked) -> None:
    described = asked(
        "from starlette.applications import Starlette\nfrom starlette.routing import Route\n"
        "async def one(request): ...\n"
        "app = Starlette(routes=[Route(f'/r{number}/{{id}}', one) for number in range(10_000)])\n"
    )
    assert len(described.description.routes) == 10_000
    assert described.description.routes[-1].place == 9_999


def test_names_with_markup_stay_as_they_are(asked: Asked) -> None:
    described = asked(
        "from fastapi import FastAPI\napp = FastAPI(openapi_url=None)\n"
        "@app.get('/<b>[red]x[/red]</b>')\nasync def f(): ...\nf.__qualname__ = '<script>alert(1)</script>'\n"
    )
    (route,) = described.description.routes
    assert route.id == "GET /<b>[red]x[/red]</b>"
    assert route.endpoint == "shop:<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "class Other:\n    async def __call__(self, scope, receive, send): ...\napp = Other()\n",
            "shop:app is an instance of shop:Other: no FastAPI or Starlette application was found in it",
        ),
        (
            "async def app(scope, receive, send): ...\n",
            "shop:app is a function: no FastAPI or Starlette application was found in it",
        ),
        (
            "from starlette.applications import Starlette\napp = Starlette()\n",
            "shop:app is an instance of starlette.applications:Starlette, and has no routes once its lifespan",
        ),
        (
            "from starlette.applications import Starlette\n"
            "class Around:\n    app = Starlette()\n    async def __call__(self, *args): await self.app(*args)\n"
            "app = Around()\n",
            "shop:app is an instance of shop:Around, around one of starlette.applications:Starlette, and has no routes",
        ),
    ],
)
def test_an_object_without_routes_is_an_error_that_says_what_it_is(asked: Asked, source: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        asked(source)
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)
