"""A real Locust against servers that misbehave: whatever goes wrong is classed and counted, and nothing hangs."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import BODY, RIGHT, FaultyServer, Respond, refusing_port

from bench.load.locust_process import drive
from bench.load.messages import LoadSpec, Outcome
from bench.serving.errors import LoadError

Serve = Callable[[Respond], FaultyServer]
USERS = 4
_FAILED = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


def right(connection: socket.socket, _: int, __: bytes) -> bool:
    connection.sendall(RIGHT)
    return True


def every_third(answer: bytes, *, ends: bool = False) -> Respond:
    """Right answers, but for every third, which is `answer`, and may end the connection."""

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        wrong = number % 3 == 2
        connection.sendall(answer if wrong else RIGHT)
        return not (wrong and ends)

    return respond


@pytest.fixture
def load(serve: Serve, order: LoadSpec, hot: Path) -> Callable[[Respond], Outcome]:
    return lambda respond: drive(order, hot, port=serve(respond).port, users=USERS)


Load = Callable[[Respond], Outcome]


def timed_all_under_way(seen: Outcome) -> bool:
    """Latencies are those of the requests of the stretch, and of those that were sent in it and answered after."""
    return seen.requests <= seen.latency.count <= seen.requests + USERS


def test_a_server_that_stalls_across_the_end_does_not_look_fast(load: Load, order: LoadSpec) -> None:
    """Every answer takes 0.3 s of a stretch of 0.5 s: those that come after its end still count as latencies."""

    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        time.sleep(0.3)
        connection.sendall(RIGHT)
        return True

    seen = load(respond)
    assert seen.latency.count == seen.requests + USERS
    assert seen.latency.longest_ns >= 300_000_000


def test_right_answers_are_counted_timed_and_verified_on_one_connection_a_user(load: Load, order: LoadSpec) -> None:
    seen = load(right)
    assert seen.errors == {}
    assert seen.requests == seen.verified == sum(seen.per_second) > 0
    assert timed_all_under_way(seen)
    assert (seen.connections, seen.reconnects) == (USERS, 0)
    assert seen.client_requests > seen.requests
    assert seen.duration_s >= order.duration_s
    assert 0 < seen.client_cpu_s < seen.duration_s
    begin, end = seen.readings
    assert (
        0
        < end.cpu_s - begin.cpu_s
        == pytest.approx(end.user_s + end.system_s - begin.user_s - begin.system_s, abs=0.05)
    )
    assert end.at_s - begin.at_s == pytest.approx(seen.duration_s, rel=0.1)
    assert end.rss_mb > 0
    assert end.waited_s >= begin.waited_s - 0.1
    assert (seen.workers, seen.lost_workers, seen.starts_apart_s) == (1, 0, 0.0)
    assert seen.open is None


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(BODY[:-1] + b"?", id="another byte"),
        pytest.param(BODY + b"!", id="a byte too many", marks=pytest.mark.slow),
        pytest.param(BODY[:-1], id="a byte too few", marks=pytest.mark.slow),
    ],
)
def test_a_wrong_body_is_found_by_its_bytes(load: Load, wrong: bytes) -> None:
    seen = load(every_third(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(wrong), wrong)))
    assert seen.errors.keys() == {"wrong_body"}
    assert seen.requests == seen.verified > 0
    assert timed_all_under_way(seen)
    assert seen.reconnects == 0


def test_a_status_is_its_own_class(load: Load) -> None:
    seen = load(every_third(b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno"))
    assert seen.errors.keys() == {"status_500"}
    assert seen.requests > 0
    assert timed_all_under_way(seen)


def test_a_connection_closed_instead_of_an_answer_is_counted_and_made_again(load: Load) -> None:
    seen = load(every_third(b"", ends=True))
    assert seen.errors.keys() == {"closed"}
    assert seen.requests > 0
    assert seen.connections == USERS
    assert seen.reconnects > 0


@pytest.mark.slow
def test_half_an_answer_and_then_the_end_is_a_closed_connection(load: Load) -> None:
    seen = load(every_third(RIGHT[: len(RIGHT) // 2], ends=True))
    assert seen.errors.keys() == {"closed"}


@pytest.mark.parametrize(
    "answer",
    [b"\x16\x03\x01 garbage\r\n\r\n", pytest.param(RIGHT + RIGHT, marks=pytest.mark.slow)],
    ids=["garbage", "two answers"],
)
def test_what_is_not_one_http_answer_breaks_the_protocol(load: Load, answer: bytes) -> None:
    seen = load(every_third(answer))
    assert "protocol" in seen.errors
    assert seen.requests > 0
    assert seen.reconnects > 0


def test_an_answer_that_announces_the_end_of_its_connection_is_right_and_the_next_one_reconnects(load: Load) -> None:
    seen = load(every_third(RIGHT.replace(b"\r\n", b"\r\nconnection: close\r\n", 1), ends=True))
    assert seen.errors == {}
    assert seen.reconnects > 0


def test_a_chunked_answer_in_pieces_is_put_together(load: Load) -> None:
    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nHel")
        connection.sendall(b"lo\r\n8\r\n, world!\r\n")
        connection.sendall(b"0\r\n\r\n")
        return True

    seen = load(respond)
    assert seen.errors == {}
    assert seen.verified == seen.requests > 0


def test_requests_to_a_stalled_server_time_out_and_are_no_latencies(serve: Serve, order: LoadSpec, hot: Path) -> None:
    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        if number < 3 * USERS:
            connection.sendall(RIGHT)
            return True
        connection.sendall(RIGHT[:9])  # even one that began to answer
        return not server.over.wait(10)

    server = serve(respond)
    seen = drive(order, hot, port=server.port, users=USERS)
    timeouts = seen.errors["timeout"]
    assert seen.errors == {"timeout": timeouts}
    assert timeouts >= USERS
    assert timed_all_under_way(seen)
    assert seen.latency.longest_ns < order.timeout_s * 1e9
    assert seen.failed_s >= timeouts * order.timeout_s
    assert seen.silent
    assert sum(one.errors for one in seen.timeline) + USERS >= timeouts


def test_a_server_that_never_answers_ends_the_load(serve: Serve, order: LoadSpec, hot: Path) -> None:
    long = order.model_copy(update={"duration_s": 60.0})
    with refusing_port() as port:
        seen = drive(long, hot, port=port, users=USERS)
    assert re.fullmatch(r"every request has failed for 2 s \(\d+ connect\)", seen.gave_up or "")
    assert seen.duration_s < 10
    assert (seen.requests, set(seen.errors)) == (0, {"connect"})


@pytest.mark.slow
def test_a_client_that_gives_up_keeps_what_it_has_seen(serve: Serve, order: LoadSpec, hot: Path) -> None:
    began_s: list[float] = []

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        if number == 0:
            began_s.append(time.monotonic())
        connection.sendall(RIGHT if not began_s or time.monotonic() - began_s[0] < 1.5 else _FAILED)
        return True

    seen = drive(order.model_copy(update={"duration_s": 60.0}), hot, port=serve(respond).port, users=USERS)
    assert re.search(r"every request has failed for 2 s \(\d+ status_500\)", seen.gave_up or "")
    assert seen.duration_s < 30
    assert seen.requests > 0
    assert sum(one.requests for one in seen.timeline) == seen.requests


def test_the_end_of_the_measured_process_is_said(serve: Serve, order: LoadSpec, hot: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    orphan = order.model_copy(update={"server_pid": gone.pid})
    with pytest.raises(LoadError, match=r"the client stopped: process \d+ has ended"):
        drive(orphan, hot, port=serve(right).port, users=USERS)


def test_a_task_that_raises_is_an_error_of_the_load(serve: Serve, order: LoadSpec, tmp_path: Path) -> None:
    scenario = tmp_path / "raising.py"
    scenario.write_text(
        "from locust import task\n"
        "from bench.load.user import RawUser\n"
        "class Raising(RawUser):\n"
        "    @task\n"
        "    def read(self):\n"
        "        assert self.get('/').headers['content-type'] == 'text/plain'\n"
    )
    seen = drive(order, scenario, port=serve(right).port, users=1)
    assert seen.errors.keys() == {"raised"}


def test_a_scenario_that_breaks_is_quoted(order: LoadSpec, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('not today')\n")
    with pytest.raises(LoadError, match=r"scenarios/broken\.py: Locust ended with status 1 .*not today"):
        drive(order, broken, port=9, users=1)
