"""A request goes to the route that Starlette itself would choose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Match, Router
from starlette.routing import Route as StarletteRoute

from bench.audit.matching import RouteTable, route_of
from bench.model.app import AppDescription, Route

SEGMENTS = ("users", "{id}", "{id:int}", "{price:float}", "{key:uuid}", "{rest:path}", "a.b", "me")
ASKED = ("users", "7", "7.5", "me", "a.b", "axb", "", "x y", "0b5b9a3e-8f0b-4f1c-9d7e-0e1c5a3b2d4f")


def app(*routes: Route) -> AppDescription:
    return AppDescription(name="app:app", type="fastapi.applications:FastAPI", routes=routes)


def http(path: str, method: str = "GET", **more: object) -> Route:
    return Route.model_validate({"kind": "http", "method": method, "path": path, **more})


def chosen(description: AppDescription, method: str, path: str, host: str | None = None) -> str | None:
    found = route_of(method, path, description, host)
    return found.path if found else None


@given(
    st.lists(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=3, unique_by=lambda one: one[:3]), max_size=8),
    st.lists(st.sampled_from(ASKED), max_size=3),
)
def test_the_route_is_the_one_that_starlette_chooses(templates: list[list[str]], asked: list[str]) -> None:
    paths = [f"/{'/'.join(one)}" for one in templates]
    path = f"/{'/'.join(asked)}"
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    router = Router([StarletteRoute(one, lambda _: None) for one in paths])  # type: ignore[arg-type, return-value]
    expected = next((one for one in router.routes if one.matches(scope)[0] is Match.FULL), None)
    assert chosen(app(*map(http, paths)), "GET", path) == (expected.path if expected else None)  # type: ignore[attr-defined]


def test_the_first_of_two_that_fit_answers() -> None:
    assert chosen(app(http("/users/{id}"), http("/users/bulk")), "GET", "/users/bulk") == "/users/{id}"
    assert chosen(app(http("/users/{id:int}"), http("/users/bulk")), "GET", "/users/bulk") == "/users/bulk"


def test_a_route_that_another_one_answers_for_is_told_unless_that_may_refuse() -> None:
    bulk = http("/users/bulk")
    for first, hides in (("/users/{id}", True), ("/users/{id:int}", False), ("/users/{day:date}", False)):
        table = RouteTable(app(http(first), bulk))
        assert (table.instead_of(bulk, "/users/bulk") is not None) == hides
        assert table.instead_of(bulk, "/unknown") is None


def test_a_query_is_no_part_of_the_path_and_escapes_are_read() -> None:
    assert chosen(app(http("/files/{name}")), "GET", "/files/a%20b?x=/y") == "/files/{name}"


def test_another_method_isnt_answered_but_a_later_route_is_tried() -> None:
    description = app(http("/a", "POST"), http("/{any}"))
    assert chosen(description, "GET", "/a") == "/{any}"
    assert chosen(description, "DELETE", "/a") is None


def test_head_is_answered_like_get_by_starlettes_own_routes_alone() -> None:
    assert chosen(app(http("/a")), "HEAD", "/a") == "/a"
    assert chosen(app(http("/a", response_class="starlette.responses:JSONResponse")), "HEAD", "/a") is None


def test_what_is_mounted_answers_alone_for_all_that_is_below_it() -> None:
    description = app(
        http("/api/own"), http("/api/in", mount="/api"), http("/api/deep/x", mount="/api/deep"), http("/api/late")
    )
    assert chosen(description, "GET", "/api/own") == "/api/own"
    assert chosen(description, "GET", "/api/deep/x") == "/api/deep/x"
    assert chosen(description, "GET", "/api/late") is None


def test_foreign_apps_take_every_method_and_a_websocket_no_request() -> None:
    opaque = Route(kind="wsgi", method="", path="/flask/{path:path}", mount="/flask")
    socket = Route(kind="websocket", method="", path="/feed")
    assert chosen(app(opaque, socket), "PATCH", "/flask/any/thing") == "/flask/{path:path}"
    assert chosen(app(opaque, socket), "GET", "/feed") is None


@pytest.mark.parametrize(("host", "found"), [("eu.example.org:8000", True), ("example.org", False), (None, False)])
def test_a_route_of_a_host_answers_for_that_host_alone(host: str | None, found: bool) -> None:
    description = app(http("/x", host="{region}.example.org"))
    assert (chosen(description, "GET", "/x", host) is not None) == found


def test_a_convertor_of_the_apps_own_takes_one_segment() -> None:
    assert chosen(app(http("/{day:date}")), "GET", "/2026-11-29") == "/{day:date}"


def test_ten_thousand_routes_are_asked_quickly_since_most_are_never_tried() -> None:
    table = RouteTable(app(*(http(f"/r{number}/{{id}}") for number in range(10_000))))
    assert all(table.route_of("GET", f"/r{number}/1") for number in range(0, 10_000, 500))
    assert table.route_of("GET", "/unknown") is None
