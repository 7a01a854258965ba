"""Requests are found by asking a real app: what is kept was answered rightly in two processes, and the rest has its
reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.analysis.audit.coverage import REFUSED, counted
from bench.audit.requests_file import text
from bench.audit.workload import target_of
from bench.model.app import FrozenRequest, ReasonKind, RouteRequests
from bench.model.app_options import AppOptions
from bench.model.errors import RefusedError
from bench.runner import contract
from bench.runner.plan import Plan
from bench.store.files import write_atomically
from bench.text import secrets
from bench.text.variables import VariableError
from bench.workflows.app.requests import AppRequests, RequestArguments, find_requests
from tests.audit.conftest import SPEC, TOKEN

USER = "00000000-0000-0000-0000-000000000001"


def request(asked: AppRequests, route: str) -> FrozenRequest:
    (found,) = asked.requests.routes[route].requests
    return found


@pytest.mark.parametrize(
    ("route", "path", "source"),
    [
        ("GET /users", "/users", "the path alone"),
        ("GET /users/{user_id}", f"/users/{USER}", "an id of GET /users"),
        ("GET /users/{uid}/posts/{post_id}", f"/users/{USER}/posts/7", "an id of GET /users/{uid}/posts"),
        ("GET /search", "/search?q=aaa&colour=red", "the smallest valid values"),
        ("GET /examples/{item}", "/examples/yes", "examples of the schema"),
        ("GET /hidden/{number}", "/hidden/1", "the smallest valid values"),
        ("GET /hidden/{number}/more", "/hidden/1/more", "the smallest valid values"),
        ("GET /[red]{number}[/red]<b>", "/%5Bred%5D1%5B/red%5D%3Cb%3E", "the smallest valid values"),
    ],
)
def test_a_path_is_made_of_what_is_known(asked: AppRequests, route: str, path: str, source: str) -> None:
    found = request(asked, route)
    assert (found.path, found.source) == (path, source)


def test_bodies_headers_cookies_and_statuses_are_frozen_too(asked: AppRequests) -> None:
    created = request(asked, "POST /users")
    assert (created.json_body, created.expect.status) == ({"name": "Ada", "size": 4}, 201)
    assert request(asked, "POST /nodes").json_body == {"value": 1}
    assert request(asked, "GET /headers").headers == {"x-number": "1", "cookie": "session=a"}
    assert request(asked, "GET /elsewhere").expect.status == 307


@pytest.mark.parametrize(
    ("route", "reason", "says"),
    [
        ("GET /limited", "rate limit", "answers 429"),
        ("GET /flaky", "server error", "answers 500"),
        ("GET /never", "slow", "doesn't answer within"),
        ("GET /exits", "server error", "ended with status 3"),
        ("GET /missing", "status", "answers 404"),
        ("GET /forbidden", "token", f"answers 403; {REFUSED}"),
        ("GET /logged", "server error", "answers 503: try again (it printed: ERROR:root:no database for ${TOKEN})"),
        ("GET /admin", "token", "redirects to /admin/login"),
        ("GET /files/{path:path}", "input", "No such file"),
        ("DELETE /users/{user_id}", "state", "answers 404, expected 204: no such user"),
        ("GET /users/bulk", "order", "GET /users/{user_id} comes before it and answers /users/bulk"),
        ("WEBSOCKET /socket", "not http", "a WebSocket"),
    ],
)
def test_what_can_not_be_measured_has_its_reason(asked: AppRequests, route: str, reason: ReasonKind, says: str) -> None:
    (found,) = [one for one in asked.coverage if one.route == route]
    assert (found.measured, found.reason) == (False, reason)
    assert says in found.says
    held = asked.requests.routes[route]
    assert held.needs is not None
    assert not held.requests


def test_one_bad_route_leaves_the_others_alone(asked: AppRequests) -> None:
    found = counted(asked.coverage)
    assert found.routes == len(asked.coverage) == 32
    assert found.measured + sum(found.reasons.values()) == found.routes
    assert found.measured == 15


@pytest.mark.parametrize("route", ["GET /openapi.json", "GET /docs", "GET /docs/oauth2-redirect", "GET /redoc"])
def test_pages_of_fastapi_are_skipped_unless_the_file_says_otherwise(asked: AppRequests, route: str) -> None:
    (found,) = [one for one in asked.coverage if one.route == route]
    assert (found.measured, found.reason) == (False, "skipped")
    assert asked.requests.routes[route].skip


def test_answers_that_vary_are_said_to_be_compared_by_shape(asked: AppRequests) -> None:
    (found,) = [one for one in asked.coverage if one.route == "GET /varies"]
    assert found.measured
    assert "shape" in found.says
    assert request(asked, "GET /varies").varies is True
    assert request(asked, "GET /users").varies is False


def test_a_secret_that_an_app_quotes_is_in_no_word_of_it(asked: AppRequests) -> None:
    (found,) = [one for one in asked.coverage if one.route == "GET /quotes"]
    assert found.says == "fails: ValueError: \N{REPLACEMENT CHARACTER}[31m <b>${TOKEN}</b>"
    assert TOKEN not in f"{asked.coverage} {text(asked.requests)}"
    assert asked.requests.headers == {"x-token": "${TOKEN}"}


def test_asked_again_the_file_stays_as_it_is_and_edits_are_kept(
    asked: AppRequests, shop_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only routes that take no time to ask are left to it."""
    monkeypatch.setenv("TOKEN", TOKEN)
    app = AppOptions(SPEC, shop_plan.folder)
    quick = ("GET /users", "GET /search", "GET /users/{user_id}", "GET /secret", "POST /users", "GET /varies")
    kept = {name: held for name, held in asked.requests.routes.items() if name in quick}
    skipped = {one.route: RouteRequests(skip="not now") for one in asked.coverage if one.route not in quick}
    edited = {
        "GET /search": RouteRequests(requests=(FrozenRequest(path="/search?q=mine&colour=blue"),)),
        "GET /users/{user_id}": RouteRequests(requests=(FrozenRequest(path="/users/nobody"),)),
        "GET /users": RouteRequests(margin="10%", ignore=True),
        "GET /gone": RouteRequests(requests=(FrozenRequest(path="/gone"),)),
    }
    file = asked.requests.model_copy(update={"routes": kept | skipped | edited})
    path = shop_plan.folder / "edited.json"
    write_atomically(path, text(file))
    steps: list[str] = []
    found = find_requests(shop_plan, replace(app, requests=path), RequestArguments(), steps.append)
    assert steps[0] == "looking at its routes"
    again = next(number for number, step in enumerate(steps) if step.startswith(f"starting {SPEC} in a second process"))
    assert "asking GET /users" in steps[:again]
    assert "asking GET /users again" in steps[again:]
    secrets.forget()
    broken = found.requests.routes["GET /users/{user_id}"]
    assert broken.requests == edited["GET /users/{user_id}"].requests
    assert broken.needs is not None
    assert broken.needs.startswith("answers 422, expected 200: path.user_id: Input should be a valid UUID")
    gated = kept["GET /users"].model_copy(update={"margin": "10%", "ignore": True})  # asked anew, as none was kept
    changed = {"GET /users/{user_id}": broken, "GET /users": gated}
    expected = file.model_copy(update={"routes": {**file.routes, **changed}})
    assert text(found.requests) == text(expected)
    assert found.gone == ("GET /gone",)
    assert {one.reason for one in found.coverage if one.route not in quick} == {"skipped"}


def test_its_target_is_measured_as_any_other(
    asked: AppRequests, shop_plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", TOKEN)
    target = target_of(asked.description, asked.requests)
    wanted = ("GET /secret", "GET /varies", "GET /search")
    cases = tuple(target.case(name) for name in wanted)
    plan = replace(shop_plan, targets={target.name: target}, cases=cases)
    checked = {one.case.id: one for one in contract.asked(plan)}
    assert [one.error or one.wrong for one in checked.values()] == [None] * 3
    assert checked["GET /varies"].case.compared == "shape"
    assert TOKEN not in target.model_dump_json()
    secrets.forget()


def test_a_variable_that_is_not_set_is_named_before_anything_is_asked(shop_plan: Plan) -> None:
    given = RequestArguments(headers=("Authorization: Bearer ${NOT_SET}",))
    with pytest.raises(VariableError, match=r"^layercake.json: headers: \$\{NOT_SET\} is not set; export NOT_SET"):
        find_requests(shop_plan, AppOptions(SPEC, shop_plan.folder), given, lambda route: None)


def test_a_header_that_is_none_is_refused(shop_plan: Plan) -> None:
    with pytest.raises(RefusedError, match="--header: write it as 'Name: value'"):
        find_requests(
            shop_plan, AppOptions(SPEC, shop_plan.folder), RequestArguments(headers=("nonsense",)), lambda route: None
        )
