"""Real apps behind a real uvicorn, under a real Locust."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import BODY, FaultyServer, Respond
from plans import write_target

from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.host.affinity import cores
from bench.measure.job import Job
from bench.measure.load import measure
from bench.model.exchange import Exchange
from bench.model.load import LoadSample
from bench.model.scenario import Scenario
from bench.model.workload import EffortName
from bench.runner.agent_process import Agent, AgentError
from bench.runner.effort import EFFORTS
from bench.runner.plan import Plan
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.readiness import await_right_answer
from bench.stack.environment import Environment
from bench.stats.histogram import decode

SCENARIO = Scenario(name="hot", description="One request.", users=4, duration_s=3.0)

# Answers right until `{fault}` says otherwise, at the n-th request.
_TARGET = '''"""Goes wrong at some point."""

import itertools
import os
import time

TARGET = {{"over": None, "adds": "a fault", "requests": {{"plain": {{"path": "/"}}}}}}
NUMBERS = itertools.count()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    n, status, body = next(NUMBERS), 200, b"Hello, world!"
    {fault}
    await send({{"type": "http.response.start", "status": status, "headers": []}})
    await send({{"type": "http.response.body", "body": body}})
'''


def _plan(environment: Environment, folder: Path) -> Plan:
    targets = read_targets(folder)
    return Plan(environment, folder, targets, cases(targets), EFFORTS[EffortName.QUICK], cores(), seed=1)


def _measure(plan: Plan, case_id: str, hot: Path) -> LoadSample:
    case = next(case for case in plan.cases if case.id == case_id)
    return measure(Job(plan, case, SCENARIO, hot), launch=0)


@pytest.fixture
def faulty(environment: Environment, hot: Path, tmp_path: Path) -> Callable[[str], LoadSample]:
    """Measures a target whose app runs a statement before each answer."""

    def measured(fault: str) -> LoadSample:
        (tmp_path / "faulty.py").write_text(_TARGET.format(fault=fault))
        return _measure(_plan(environment, tmp_path), "faulty:plain", hot)

    return measured


Faulty = Callable[[str], LoadSample]


@pytest.fixture(scope="module")
def sample(environment: Environment, root: Path) -> LoadSample:
    """Of a real target, well measured."""
    plan = _plan(environment, root / "targets")
    return _measure(plan, "fastapi_response_model:rows100", root / "scenarios" / "hot.py")


def test_requests_count_whose_app_ends_after_its_answer(environment: Environment, tmp_path: Path, hot: Path) -> None:
    """uvicorn doesn't count those whose client has left by then."""
    begin = "await send({'type': 'http.response.start', 'status': 200, 'headers': [(b'content-length', b'4')]})"
    whole = "await send({'type': 'http.response.body', 'body': b'fine', 'more_body': True})"
    later = "import asyncio; await asyncio.sleep(0.03)\nawait send({'type': 'http.response.body'})\nreturn"
    write_target(tmp_path, "late", f"{begin}\n{whole}\n{later}")
    sample = _measure(_plan(environment, tmp_path), "late:one", hot)
    assert sample.server_requests == sample.client_requests > 0


@pytest.mark.measures
def test_both_sides_count_the_same_requests_and_every_answer_is_verified(sample: LoadSample) -> None:
    measured, client = cores().measured, cores().client
    assert sample.errors == {}
    assert sample.server_requests == sample.client_requests > sample.requests > 0
    assert sample.verified == sample.requests == sum(sample.per_second)
    (endpoint,) = sample.endpoints
    assert (endpoint.requests, endpoint.latency) == (sample.requests, sample.latency)
    assert sample.database_cpu_s is None
    assert 0 <= sample.latency.count - sample.requests <= sample.users
    assert (sample.connections, sample.reconnects) == (SCENARIO.users, 0)
    assert sample.server_cores == (measured or ())
    assert sample.client_cores == (client or ())
    assert set(sample.server_cores).isdisjoint(sample.client_cores)
    assert sample.server_cpu_s is not None
    assert 0 < sample.server_cpu_s <= 1.05 * sample.duration_s
    assert sample.server_user_s is not None
    assert sample.server_system_s is not None
    assert sample.server_user_s + sample.server_system_s == pytest.approx(sample.server_cpu_s, abs=0.05)
    mean = decode(sample.latency).get_mean_value() / 1e6
    assert mean is not None
    # Little's law: what is on its way is the rate times the time it takes; the rest is the client between requests.
    assert sample.requests / sample.duration_s * mean / 1e3 == pytest.approx(SCENARIO.users, rel=0.25)


@pytest.mark.measures
def test_the_client_is_measured_against_a_server_that_does_nothing_and_its_server_is_named(sample: LoadSample) -> None:
    assert sample.ceiling is not None
    ceiling = sample.ceiling.requests / sample.ceiling.duration_s
    assert ceiling > sample.requests / sample.duration_s > 0
    assert 0 < sample.ceiling.client_cpu_s <= 1.05 * sample.ceiling.duration_s
    assert sample.server is not None
    assert re.fullmatch(r"uvicorn [\d.]+, uvloop, httptools", sample.server)
    assert sample.stolen_before.keys() == {*sample.server_cores, *sample.client_cores}


@pytest.mark.measures
@pytest.mark.slow
def test_an_open_load_asks_as_often_as_it_says_and_not_as_often_as_it_can(
    environment: Environment, root: Path, hot: Path
) -> None:
    plan = _plan(environment, root / "targets")
    case = next(case for case in plan.cases if case.id == "raw_asgi:plain")
    scenario = SCENARIO.model_copy(update={"model": "open", "rate": 400.0, "users": 32, "duration_s": 4.0})
    sample = measure(Job(plan, case, scenario, hot), launch=0)
    assert sample.open is not None
    assert (sample.model, sample.open.rate) == ("open", 400.0)
    assert sample.open.offered == pytest.approx(400, rel=0.02)
    assert sample.open.due == sample.open.ended == sample.server_requests
    assert sample.errors == {}
    assert sample.ceiling is not None


@pytest.mark.measures
@pytest.mark.slow
def test_answers_that_turn_into_failures_are_evidence_in_the_sample(faulty: Faulty) -> None:
    sample = faulty("status = 500 if n % 100 == 99 else 200")
    assert sample.errors.keys() == {"status_500"}
    assert sample.server_requests == sample.client_requests
    assert sample.requests == sample.verified > 0
    assert 0 <= sample.latency.count - sample.requests <= sample.users


@pytest.mark.measures
@pytest.mark.slow
def test_a_hold_of_the_servers_event_loop_is_named_by_its_line(faulty: Faulty, sample: LoadSample) -> None:
    held = faulty("time.sleep(0.05)")
    assert held.hold_at is not None
    assert re.fullmatch(r"faulty\.py:\d+ time\.sleep", held.hold_at)
    assert held.hold_ms is not None
    assert sample.hold_ms is not None
    assert 0 <= sample.hold_ms < held.hold_ms


def test_an_app_that_only_fails_is_no_sample(faulty: Faulty) -> None:
    with pytest.raises(LoadError, match="faulty:plain: returns status 503, expected 200"):
        faulty("status = 503")


def test_a_server_killed_half_way_is_named_and_not_a_short_sample(faulty: Faulty) -> None:
    with pytest.raises(LoadError, match="faulty:plain: the agent was ended by signal 9"):
        faulty("n < 200 or os.kill(os.getpid(), 9)")


def test_a_taken_port_is_said_in_a_word(environment: Environment, root: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        Agent(environment, root / "targets") as agent,
        pytest.raises(AgentError, match=r"port \d+ is in use"),
    ):
        agent.call("serve", target="raw_asgi", host="127.0.0.1", port=other.getsockname()[1])


def test_a_server_that_answers_something_else_is_never_ready(serve: Callable[[Respond], FaultyServer]) -> None:
    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother")
        return False

    exchange = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=BODY)
    with pytest.raises(LoadError, match=r"differs from the app's: a body of 5 bytes that differs"):
        await_right_answer(exchange, ServerUrl.loopback(serve(respond).port), patience_s=0.1)
