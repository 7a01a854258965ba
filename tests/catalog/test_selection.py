"""Which cases are taken apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.catalog.selection import attributed, cases, main_chain_case, names_route, select, whole
from bench.catalog.source import CatalogError
from bench.catalog.targets import read_targets
from bench.model.workload import OVER_HTTP, EffortName, Pass, Request, Target, lineage

EVERY = cases(read_targets(Path(__file__).parents[2] / "targets"))
USUAL = [case for case in EVERY if EffortName.QUICK.covers(case.effort)]
PASSES = (Pass.TIMING, Pass.LOAD, Pass.BOUNDARIES)


def test_the_main_chain_is_the_response_model_in_its_headline() -> None:
    found = main_chain_case(USUAL)
    assert found is not None
    assert found.id == "fastapi_response_model:rows100"
    assert [case.target for case in lineage(found, {case.id: case for case in USUAL})][-1] == "raw_asgi"


def test_the_main_chain_is_taken_apart_unless_others_are_named() -> None:
    assert attributed(USUAL, (), PASSES) == {"fastapi_response_model:rows100"}
    assert attributed(USUAL, ("fastapi_plain:plain",), PASSES) == {"fastapi_plain:plain"}
    assert attributed(USUAL, (), (Pass.TIMING, Pass.LOAD)) == frozenset()


def test_without_a_load_pass_the_root_is_served_as_well() -> None:
    assert attributed(USUAL, ("fastapi_plain:rows1",), (Pass.TIMING, Pass.BOUNDARIES)) == {
        "fastapi_plain:rows1",
        "raw_asgi:rows1",
    }


def test_a_websocket_is_never_taken_apart_as_served() -> None:
    passes = (Pass.TIMING, Pass.BOUNDARIES)
    assert attributed(EVERY, ("websocket_echo", "fastapi_plain:plain"), passes) == {
        "fastapi_plain:plain",
        "raw_asgi:plain",
    }


def test_a_websocket_belongs_to_no_pass_that_speaks_http_even_if_it_is_named() -> None:
    case = next(case for case in EVERY if case.id == "websocket_echo:echo1")
    named = case.model_copy(update={"only": tuple(Pass)})
    assert named.belongs_to(Pass.TIMING)
    assert named.belongs_to(Pass.PROFILE)
    assert not any(map(named.belongs_to, OVER_HTTP))


def test_what_is_held_open_is_not_taken_apart_even_where_it_is_named() -> None:
    held = (
        USUAL[0].model_copy(update={"request": "idle", "only": (Pass.CONNECTIONS,)}),
        USUAL[0].model_copy(update={"request": "socket", "messages": 1}),
    )
    ids = tuple(case.id for case in held)
    assert attributed((*USUAL, *held), (*ids, "fastapi_plain:plain"), PASSES) == {"fastapi_plain:plain"}
    assert [case.only for case in whole(held, ids, PASSES)] == [(Pass.CONNECTIONS,), ()]


def test_of_no_cases_nothing_is_taken_apart() -> None:
    assert attributed((), (), PASSES) == frozenset()


def test_a_named_case_belongs_to_every_pass_headline_or_not() -> None:
    passes = (Pass.TIMING, Pass.PROFILE)
    found = {case.id: case for case in whole(USUAL, ("fastapi_plain:rows1",), passes)}
    assert found["fastapi_plain:rows1"].belongs_to(Pass.PROFILE)
    assert not found["fastapi_plain:rows1000"].belongs_to(Pass.PROFILE)


ROUTES = ("GET /users", "POST /users", "GET /users/{id}", "GET /users/{id} [2]", "GET /users/{id}/a*b", "GET /{x:path}")


def chosen(*globs: str) -> list[str]:
    """Of an app's routes."""
    requests = {route: Request(path="/") for route in ROUTES}
    app = Target(name="app.main:app", description="", over=None, adds="app", requests=requests, source_sha256="")
    return [case.id for case in select(cases({app.name: app}), globs)]


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_that_is_written_out_is_meant_as_it_stands(route: str) -> None:
    assert chosen(route) == [route]


def test_a_path_without_a_method_means_every_method_and_request_of_it() -> None:
    assert chosen("/users") == ["GET /users", "POST /users"]
    assert chosen("/users/{id}") == ["GET /users/{id}", "GET /users/{id} [2]"]
    assert chosen("/users/{id} [2]") == ["GET /users/{id} [2]"]


def test_globs_are_over_methods_and_paths() -> None:
    assert chosen("GET *") == [route for route in ROUTES if route.startswith("GET ")]
    assert chosen("POST *", "/{x:*") == ["POST /users", "GET /{x:path}"]
    assert chosen("/users/*") == ["GET /users/{id}", "GET /users/{id} [2]", "GET /users/{id}/a*b"]


def test_a_route_that_isn_t_there_is_refused_with_its_likes() -> None:
    with pytest.raises(
        CatalogError, match=r"no case matches 'GET /user', see `bench list --app APP`; did you mean GET /users"
    ):
        chosen("GET /user")


@pytest.mark.parametrize(
    ("glob", "named"),
    [("GET /a/{id}", True), ("/a/{id}", True), ("/a/*", True), ("GET *", True), ("POST *", False), ("/b", False)],
)
def test_a_glob_may_name_a_route_that_is_no_case(glob: str, named: bool) -> None:
    assert names_route(["GET /a/{id}"], glob) is named
