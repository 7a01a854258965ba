"""What the users of a scenario do, against a small server: endpoints told apart, schedules kept, checks believed."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import RIGHT, FaultyServer, Respond

from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome
from bench.stats.histogram import percentile

Serve = Callable[[Respond], FaultyServer]
Run = Callable[..., Outcome]

_HEAD = """
from locust import task
from bench.load.user import RawUser

class One(RawUser):
"""


def ok(connection: socket.socket, _: int, __: bytes) -> bool:
    connection.sendall(RIGHT)
    return True


@pytest.fixture
def run(serve: Serve, order: LoadSpec, tmp_path: Path) -> Run:
    """Runs the tasks of a user class against a server."""

    def run(tasks: str, respond: Respond = ok, users: int = 2, **changes: float) -> Outcome:
        scenario = tmp_path / "scenario.py"
        scenario.write_text(_HEAD + tasks)
        ordered = order.model_copy(update={"timeout_s": 2.0} | changes)
        return drive(ordered, scenario, port=serve(respond).port, users=users)

    return run


def by_path(connection: socket.socket, _: int, request: bytes) -> bool:
    statuses = {b"GET /missing": b"404 Missing", b"POST /users": b"201 Made", b"GET /broken": b"500 Oh"}
    status = next((status for start, status in statuses.items() if request.startswith(start)), b"200 OK")
    connection.sendall(b'HTTP/1.1 %b\r\ncontent-length: 8\r\n\r\n{"id":7}' % status)
    return True


def test_every_endpoint_has_its_own_counts_errors_and_latencies_which_add_up(run: Run) -> None:
    seen = run(
        """
    @task
    def ask(self):
        self.get("/users/7", name="user", status=200, expect=b'{"id":7}')
        self.get("/missing", name="missing", status=404)
        self.get("/broken")
        self.get("/users")
        self.post("/users", b"{}", status=201)
""",
        by_path,
    )
    found = {endpoint.name: endpoint for endpoint in seen.endpoints}
    assert list(found) == ["user", "missing", "/broken", "GET /users", "POST /users"]
    assert {name for name, endpoint in found.items() if endpoint.errors} == {"/broken"}
    assert found["/broken"].errors == seen.errors
    assert seen.errors.keys() == {"status_500"}
    assert sum(endpoint.requests for endpoint in seen.endpoints) == seen.requests > 0
    assert sum(endpoint.latency.count for endpoint in seen.endpoints) == seen.latency.count
    assert max(endpoint.latency.longest_ns for endpoint in seen.endpoints) == seen.latency.longest_ns
    assert {name for name, endpoint in found.items() if endpoint.verified} == {"user"}
    assert found["user"].verified == found["user"].requests == seen.verified


def early_hints(connection: socket.socket, _: int, __: bytes) -> bool:
    connection.sendall(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n")
    time.sleep(0.01)
    connection.sendall(RIGHT)
    return True


def test_early_hints_are_not_taken_for_the_answer(run: Run, serve: Serve, order: LoadSpec, hot: Path) -> None:
    task = (
        "    @task\n    def ask(self):\n        assert 'link' not in self.get('/', expect=b'Hello, world!').headers\n"
    )
    longer = order.model_copy(update={"duration_s": 0.5})
    for seen in (run(task, early_hints, duration_s=0.5), drive(longer, hot, port=serve(early_hints).port, users=2)):
        assert seen.errors == {}
        assert seen.verified == seen.requests > 0
        fastest = percentile(seen.latency, 0.5)
        assert fastest is not None
        assert fastest >= 10


def test_early_hints_and_the_answer_may_come_together(run: Run) -> None:
    def together(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" + RIGHT)
        return True

    seen = run("    @task\n    def ask(self):\n        self.get('/', expect=b'Hello, world!')\n", together)
    assert seen.errors == {}
    assert seen.requests > 0


def test_an_answer_that_does_not_pass_its_check_is_a_wrong_body(run: Run) -> None:
    seen = run(
        """
    @task
    def ask(self):
        import json
        self.get("/right", name="right", check=lambda answer: json.loads(answer.body)["id"] == 7)
        self.get("/wrong", name="wrong", check=lambda answer: json.loads(answer.body)["id"] == 8)
        self.get("/stumbles", name="stumbles", check=lambda answer: json.loads(answer.body)["name"] == "Ada")
        self.get("/both", name="both", expect=b"another", check=lambda answer: True)
""",
        by_path,
    )
    found = {endpoint.name: endpoint for endpoint in seen.endpoints}
    assert found["right"].verified == found["right"].requests > 0
    assert found["right"].errors == {}
    for name in ("wrong", "stumbles", "both"):
        assert found[name].errors.keys() == {"wrong_body"}
        assert (found[name].requests, found[name].latency.count) == (0, 0)


_SCHEDULE = """
    @task
    def ask(self):
        while True:
            due_s = self.next_due({every_s})
            self.get("/scheduled", {due})
"""
STALL_S = 0.3


def stalling_once(at: int) -> Respond:
    """Answers at once, but for one request, which it keeps waiting."""

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        if number == at:
            time.sleep(STALL_S)
        connection.sendall(RIGHT)
        return True

    return respond


@pytest.mark.slow
def test_a_stall_is_in_the_p99_of_what_was_due_meanwhile_and_not_of_what_was_sent(run: Run) -> None:
    from_due, from_send = (
        run(_SCHEDULE.format(every_s=0.001, due=due), stalling_once(400), users=1, duration_s=1.2)
        for due in ("due_s=due_s", "")
    )
    due_ms, send_ms = (percentile(seen.latency, 0.99) for seen in (from_due, from_send))
    assert due_ms is not None
    assert send_ms is not None
    assert send_ms < STALL_S * 1e3 / 3 < STALL_S * 1e3 / 2 < due_ms
    for seen in (from_due, from_send):
        assert seen.errors == {}
        assert seen.latency.longest_ns >= STALL_S * 1e9


def test_what_fell_due_in_a_stall_across_the_end_is_still_sent(run: Run) -> None:
    """The stall begins in the stretch, which ends 0.6 s after the start, and ends after it."""
    seen = run(_SCHEDULE.format(every_s=0.01, due="due_s=due_s"), stalling_once(50), users=1, duration_s=0.5)
    assert seen.latency.count - seen.requests > 1
    assert seen.client_requests >= 55  # of 60 that fell due


def test_the_rate_by_seconds_leaves_out_what_was_sent_on_a_schedule(run: Run) -> None:
    seen = run(_SCHEDULE.format(every_s=0.01, due="due_s=due_s"))
    assert seen.requests > 0
    assert sum(seen.per_second) == 0


def test_the_cpu_of_a_database_beside_the_server_is_read_when_there_is_one(run: Run) -> None:
    """Here the server's own process stands for it."""
    asking = "\n    @task\n    def ask(self):\n        self.get('/')\n"
    assert {reading.database_cpu_s for reading in run(asking).readings} == {None}
    begin, end = run(asking, database_pid=os.getpid()).readings
    assert begin.database_cpu_s is not None
    assert end.database_cpu_s is not None
    assert end.database_cpu_s - begin.database_cpu_s >= 0.9 * (end.cpu_s - begin.cpu_s) > 0
