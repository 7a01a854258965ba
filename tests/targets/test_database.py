"""The targets that need a database keep their promises on a real PostgreSQL that `_seed.py` has filled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from databases import scratch_home, value_of

from bench.answers.app_response import AppResponse
from bench.catalog.selection import cases, parent_of
from bench.catalog.targets import read_targets
from bench.model.workload import Case, Pass, Request
from bench.runner.agent_process import Agent, AgentError
from bench.runner.contract import mismatch
from bench.services.postgres import Database, running
from bench.stack.environment import Environment, build
from bench.stack.recipe import of_requirements

FOLDER = Path(__file__).parents[2] / "targets"
TARGETS = read_targets(FOLDER)
SEEDED = 25_000
EVERY = cases(TARGETS)
CASES = [
    case
    for case in EVERY
    if TARGETS[case.target].services and (TARGETS[case.target].requests[case.request].expect.rows or 0) <= SEEDED
]
SERVICES = sorted(name for name in TARGETS if name.startswith("service_"))
EXPORTS = sorted(name for name in TARGETS if name.startswith("export_"))
EVERY_CASE = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
EVERY_SERVICE = pytest.mark.parametrize("service", SERVICES)

Ask = Callable[[Case], AppResponse]


@pytest.fixture(scope="module")
def home(environment: Environment) -> Iterator[Path]:
    """`environment` is built before the user's cache is out of sight."""
    with scratch_home() as home:
        yield home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Database]:
    with running(None) as server:
        yield server


@pytest.fixture(scope="module")
def blank(home: Path) -> Iterator[Database]:
    """Another, for tests that seed it themselves."""
    with running(None) as server:
        yield server


@pytest.fixture(scope="module")
def agent(environment: Environment, server: Database) -> Iterator[Agent]:
    with beside(server, environment) as agent:
        seed(agent, server)
        yield agent


@EVERY_CASE
def test_a_case_answers_as_its_target_says(case: Case, ask: Ask) -> None:
    expect = TARGETS[case.target].requests[case.request].expect
    assert mismatch(ask(case), expect, FOLDER) is None


@EVERY_CASE
def test_a_database_changes_nothing_of_the_answer(case: Case, ask: Ask) -> None:
    below = parent_of(case, EVERY)
    if below is None:
        assert TARGETS[case.target].over is None or case.only
        return
    own, expected = ask(case), ask(below)
    assert (own.status, own.body) == (expected.status, expected.body)
    assert own.headers["content-type"] == expected.headers["content-type"]


@EVERY_CASE
def test_what_is_hidden_never_leaves(case: Case, ask: Ask) -> None:
    body = ask(case).body
    assert not [word for word in (b"hashed_password", b"internal_flags", b"hidden") if word in body]


@pytest.mark.parametrize("request_name", ["csv1000", "export5"])
def test_every_way_to_export_gives_the_same_bytes(request_name: str, ask: Ask) -> None:
    answers = {name: ask(TARGETS[name].case(request_name)) for name in EXPORTS}
    assert len({answer.body for answer in answers.values()}) == 1
    assert [name for name, answer in answers.items() if "content-length" in answer.headers] == ["export_string"]


def test_an_export_of_5_mb_is_one(ask: Ask) -> None:
    assert 4.5e6 < len(ask(TARGETS["export_string"].case("export5")).body) < 5.5e6


@pytest.mark.parametrize(("way", "count"), [("cached", 1), ("uncached", 2), ("nested", 1)])
def test_sessions_and_their_connections_are_counted(way: str, count: int, ask: Ask) -> None:
    assert json.loads(ask(TARGETS["db_sessions"].case(way)).body) == {"sessions": count, "connections": count}


@EVERY_SERVICE
def test_an_order_placed_again_replaces_the_first(service: str, agent: Agent) -> None:
    placed = TARGETS[service].requests["create"].body_json
    for quantity in (3, 4):
        answer = put(agent, service, method="POST", path="/v1/orders", body_json={**placed, "quantity": quantity})
        assert (answer.status, json.loads(answer.body)["quantity"]) == (201, quantity)
    (order,) = json.loads(put(agent, service, path=f"/v1/users/{placed['user_id']}/orders").body)
    assert (order["id"], order["quantity"]) == (placed["id"], 4)


@EVERY_SERVICE
@pytest.mark.parametrize(
    ("path", "changed", "field"),
    [
        ("/v1/orders", {"quantity": 0}, "quantity"),
        ("/v1/orders", {"id": "first"}, "id"),
        ("/v1/users?limit=0", None, "limit"),
        ("/v1/users/abc", None, "user_id"),
    ],
)
def test_invalid_input_is_refused_in_the_services_own_shape(
    service: str, path: str, changed: dict[str, Any] | None, field: str, agent: Agent
) -> None:
    body = {**TARGETS[service].requests["create"].body_json, **changed} if changed else None
    answer = put(agent, service, method="POST" if body else "GET", path=path, body_json=body)
    assert answer.status == 422
    assert [one["field"] for one in json.loads(answer.body)["problems"]] == [field]


@EVERY_SERVICE
def test_a_service_says_that_it_is_well(service: str, agent: Agent) -> None:
    assert put(agent, service, path="/health").body == b'{"status":"ok"}'


def test_what_is_seeded_already_is_left_alone_and_topped_up(environment: Environment, blank: Database) -> None:
    with beside(blank, environment) as agent:
        seed(agent, blank, "reused", 1000)
        value_of(environment, blank.url, "UPDATE layercake_archive SET note = 'marked' WHERE id = 1")
        seed(agent, blank, "reused", 1500)
        assert archived(environment, blank) == 1500
        assert marked(environment, blank)
        seed(agent, blank, "reused", 10)
        assert archived(environment, blank) == 1500
        seed(agent, blank, "another source", 1000)
        assert archived(environment, blank) == 1000
        assert not marked(environment, blank)


def test_every_run_finds_the_same_orders(environment: Environment, blank: Database) -> None:
    with beside(blank, environment) as agent:
        seed(agent, blank, "orders", 10)
        value_of(environment, blank.url, "UPDATE layercake_orders SET id = 20000 WHERE id = 7")
        seed(agent, blank, "orders", 10)
    assert (
        value_of(environment, blank.url, "SELECT count(*) || ' to ' || max(id) FROM layercake_orders")
        == "10000 to 10000"
    )


def test_a_seeding_that_was_cut_off_has_not_been(environment: Environment, blank: Database) -> None:
    with beside(blank, environment) as agent:
        seed(agent, blank, "cut off", 1000)
        with pytest.raises(AgentError):
            agent.call("seed", timeout_s=1.0, url=blank.url, source="cut off", rows=5_000_000)
    with beside(blank, environment) as agent:
        seed(agent, blank, "cut off", 2000)
    assert archived(environment, blank) == 2000


def test_two_that_seed_at_once_make_one_set_of_data(environment: Environment, blank: Database) -> None:
    with beside(blank, environment) as one, beside(blank, environment) as other, ThreadPoolExecutor() as threads:
        list(threads.map(lambda agent: seed(agent, blank, "at once", 3000), (one, other)))
    assert archived(environment, blank) == 3000


@pytest.mark.parametrize("address", ["127.0.0.1:1/shop", "%2Fno-such-folder/shop"])
def test_a_database_out_of_reach_is_a_reason_that_names_nobody(environment: Environment, address: str) -> None:
    with Agent(environment, FOLDER) as agent, pytest.raises(AgentError, match="DATABASE_URL") as caught:
        agent.call("seed", url=f"postgresql://somebody:secret@{address}", source="tests", rows=1)
    assert not [word for word in ("somebody", "secret", "shop", "127.0.0.1") if word in str(caught.value)]


@pytest.mark.slow
@pytest.mark.parametrize("version", ["0.100.1", "0.115.12", "0.129.2", "0.130.0"])
def test_every_case_answers_on_an_older_fastapi(version: str, root: Path) -> None:
    environment = build(of_requirements([f"fastapi=={version}"]), root)
    with scratch_home(), running(None) as server, beside(server, environment) as agent:
        seed(agent, server)
        for case in CASES:
            request = TARGETS[case.target].requests[case.request]
            answer = AppResponse.of(agent.call("answer", target=case.target, request=request.model_dump()))
            assert mismatch(answer, request.expect, FOLDER) is None, case.id


def test_facts_of_a_database_are_part_of_every_run() -> None:
    assert all(case.belongs_to(Pass.FACTS) and case.effort == "quick" for case in CASES if case.target == "db_sessions")


def beside(server: Database, environment: Environment) -> Agent:
    return Agent(environment, FOLDER, variables={"DATABASE_URL": server.url})


def seed(agent: Agent, server: Database, source: str = "tests", rows: int = SEEDED) -> None:
    agent.call("seed", url=server.url, source=source, rows=rows)


def put(agent: Agent, target: str, **request: Any) -> AppResponse:
    """A request of the test's own."""
    return AppResponse.of(agent.call("answer", target=target, request=Request(**request).model_dump()))


def archived(environment: Environment, server: Database) -> int:
    return int(value_of(environment, server.url, "SELECT count(*) FROM layercake_archive"))


def marked(environment: Environment, server: Database) -> bool:
    return value_of(environment, server.url, "SELECT note FROM layercake_archive WHERE id = 1") == "marked"
