"""What the targets observe of themselves on the default stack, and what middleware and dependencies do to a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.answers.app_response import AppResponse
from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.model.workload import Case, Request
from bench.runner.agent_process import Agent

BY_ID = {case.id: case for case in cases(read_targets(Path(__file__).parents[2] / "targets"))}
REQUEST_IDS = [
    name for kind in ("base", "asgi", "dependency") for name in (f"request_id_{kind}", f"request_id_{kind}3")
]
LOGINS = ["auth_base", "auth_asgi", "auth_dependency"]

Ask = Callable[[Case], AppResponse]


@pytest.fixture
def fact(ask: Ask) -> Callable[[str], Any]:
    return lambda case: json.loads(ask(BY_ID[case]).body)


Fact = Callable[[str], Any]


@pytest.mark.parametrize(("request_name", "sessions"), [("cached", 1), ("uncached", 2), ("nested", 1)])
def test_sessions_are_counted(fact: Fact, request_name: str, sessions: int) -> None:
    assert fact(f"deps_sessions:{request_name}") == {"sessions": sessions}


def test_a_session_by_yield_is_opened_used_and_closed(fact: Fact) -> None:
    events = fact("deps_sessions:order")["events"]
    assert sorted(events) == sorted(
        ["session opened", "endpoint", "session closed", "response sent", "background task"]
    )
    assert events.index("session opened") < events.index("endpoint") < events.index("session closed")


def test_the_route_declared_first_takes_the_request(ask: Ask) -> None:
    wrong, right = (ask(BY_ID[f"route_order:{order}_order"]) for order in ("wrong", "right"))
    assert (wrong.status, json.loads(wrong.body)["detail"][0]["loc"]) == (422, ["path", "user_id"])
    assert (right.status, json.loads(right.body)) == (200, {"route": "/orders/bulk"})


def test_a_rejected_request_has_passed_middleware_and_dependencies_but_not_the_endpoint(fact: Fact) -> None:
    traced = fact("validation_order:rejected")
    assert traced["status"] == 422
    assert traced["events"] == [
        "ASGI middleware in",
        "BaseHTTPMiddleware in",
        "dependency",
        "validation rejected",
        "BaseHTTPMiddleware out",
        "response sent",
        "ASGI middleware out",
    ]


def test_an_accepted_request_reaches_the_endpoint_where_the_other_was_rejected(fact: Fact) -> None:
    rejected, accepted = (fact(f"validation_order:{name}") for name in ("rejected", "accepted"))
    assert accepted["status"] == 200
    assert accepted["events"] == [
        "endpoint" if event == "validation rejected" else event for event in rejected["events"]
    ]


def test_the_newest_stack_calls_orjson_response_deprecated(fact: Fact) -> None:
    assert fact("orjson_deprecation:warnings")["warnings"] == [
        {"category": "FastAPIDeprecationWarning", "says": "ORJSONResponse is deprecated"}
    ]


@pytest.mark.parametrize("target", REQUEST_IDS)
def test_a_request_id_is_sent_back_once(ask: Ask, target: str) -> None:
    assert ask(BY_ID[f"{target}:plain"]).headers["x-request-id"] == "3f1c9a52e07b4d68"


@pytest.mark.parametrize("target", REQUEST_IDS)
def test_a_request_without_an_id_is_given_one_of_its_own(agent: Agent, target: str) -> None:
    first, second = (plainly(agent, target).headers["x-request-id"] for _ in range(2))
    assert len(first) == len(second) == 32
    assert first != second


@pytest.mark.parametrize("target", LOGINS)
def test_every_login_refuses_in_the_same_words(agent: Agent, target: str) -> None:
    answer = plainly(agent, target)
    assert (answer.status, answer.body) == (401, b'{"detail":"Not authenticated"}')
    assert answer.headers["www-authenticate"] == "Bearer"


def plainly(agent: Agent, target: str) -> AppResponse:
    """What a target answers to GET /plain without a header of its own."""
    reply = agent.call("answer", target=target, request=Request(path="/plain").model_dump())
    headers = [name.lower() for name, _ in reply["headers"]]
    assert len(headers) == len(set(headers))
    return AppResponse.of(reply)
