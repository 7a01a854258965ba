"""The open model: what falls due is sent, counted from when it was due, and accounted for, whatever the server does."""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from faulty import RIGHT, FaultyServer, Respond

from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec, Outcome
from bench.model.load import OpenLoad
from bench.stats.histogram import percentile

Serve = Callable[[Respond], FaultyServer]
RATE = 500.0

_TASKS = """
from locust import task
from bench.load.user import RawUser
class Reader(RawUser):
    @task(3)
    def read(self):
        self.get("/users/1", name="user", expect=b"Hello, world!")

    @task
    def write(self):
        self.post("/users", b"name=Ada", name="new", status=200)
        self.get("/users", name="list")
"""


def ok(connection: socket.socket, _: int, __: bytes) -> bool:
    connection.sendall(RIGHT)
    return True


def stalling(at: int, stall_s: float) -> Respond:
    """The whole server stands still once, from its request number `at` on."""
    running = threading.Lock()

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        with running:
            if number == at:
                time.sleep(stall_s)
        connection.sendall(RIGHT)
        return True

    return respond


def opened(seen: Outcome) -> OpenLoad:
    assert seen.open is not None
    return seen.open


def offered_per_s(seen: Outcome) -> float:
    """Of the stretch as it was: on a busy core it ends later than it should."""
    return opened(seen).offered / seen.duration_s


def evenly(order: LoadSpec, duration_s: float, rate: float = RATE, **changes: object) -> LoadSpec:
    """An order for `rate` a second."""
    arrivals = Arrivals(rate=rate)
    return order.model_copy(update={"arrivals": arrivals, "duration_s": duration_s, "timeout_s": 5.0} | changes)


def stalls_once(serve: Serve, hot: Path, order: LoadSpec, duration_s: float, stall_s: float) -> None:
    """A stall is in the tail of what was due meanwhile, nothing is left out, and the service time is told apart."""
    server = serve(stalling(int(RATE * duration_s / 3), stall_s))
    seen = drive(evenly(order, duration_s), hot, port=server.port, users=64)
    p99 = percentile(seen.latency, 0.99)
    offered = RATE * seen.duration_s
    assert p99 is not None
    assert p99 >= 0.9 * stall_s * 1e3
    assert 0.998 * offered <= seen.latency.count <= 1.01 * offered
    assert seen.errors == {}
    load = opened(seen)
    assert load.due == load.ended
    assert (load.unsent, load.offered) == (0, pytest.approx(offered, rel=0.01))
    service = percentile(load.service, 0.5)
    assert service is not None
    assert service < 0.1 * stall_s * 1e3


def test_a_stall_is_in_the_p99_and_every_arrival_in_the_count(serve: Serve, order: LoadSpec, hot: Path) -> None:
    stalls_once(serve, hot, order, duration_s=2.5, stall_s=0.5)


@pytest.mark.measures
@pytest.mark.slow
def test_five_hundred_a_second_for_ten_seconds_and_a_stall_of_two(serve: Serve, order: LoadSpec, hot: Path) -> None:
    stalls_once(serve, hot, order, duration_s=10.0, stall_s=2.0)


def test_ordinary_tasks_take_their_turn_request_by_request(serve: Serve, order: LoadSpec, tmp_path: Path) -> None:
    scenario = tmp_path / "tasks.py"
    scenario.write_text(_TASKS)
    seen = drive(evenly(order, 1.0), scenario, port=serve(ok).port, users=16)
    load = opened(seen)
    assert {endpoint.name for endpoint in seen.endpoints} == {"user", "new", "list"}
    assert seen.errors == {}
    assert load.due == load.ended
    assert offered_per_s(seen) == pytest.approx(RATE, rel=0.02)
    assert seen.requests == pytest.approx(load.offered, abs=16)
    assert load.service.count == seen.latency.count
    assert sum(seen.per_second) == 0  # the schedule sets the rate, and it says nothing of the server


def test_what_was_due_in_the_warm_up_is_no_part_of_the_stretch(serve: Serve, order: LoadSpec, hot: Path) -> None:
    """The first request takes as long as one-and-a-half warm-ups, and all others wait for it."""
    server = serve(stalling(0, 0.9))
    seen = drive(evenly(order, 1.0, warmup_s=0.6), hot, port=server.port, users=8)
    load = opened(seen)
    assert seen.requests <= load.offered
    assert load.due == load.ended
    assert offered_per_s(seen) == pytest.approx(RATE, rel=0.02)


@pytest.mark.measures
@pytest.mark.slow
def test_a_client_that_stands_still_is_late_by_its_own_account(serve: Serve, order: LoadSpec, hot: Path) -> None:
    """Stopped for a while, as by whoever owns the machine: its server answered at once all the time."""
    stopped: list[int] = []

    def stop() -> None:
        deadline_s = time.monotonic() + 20
        while not stopped and time.monotonic() < deadline_s:
            for client in psutil.Process().children():
                if "locust" in client.cmdline() and client.cpu_times().user > 0.3 and answers:
                    time.sleep(0.5)
                    client.suspend()
                    time.sleep(0.4)
                    client.resume()
                    stopped.append(client.pid)
            time.sleep(0.02)

    answers: list[int] = []

    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        answers.append(number)
        return ok(connection, number, b"")

    stopper = threading.Thread(target=stop)
    stopper.start()
    seen = drive(evenly(order, 2.0), hot, port=serve(respond).port, users=8)
    stopper.join()
    assert stopped
    lag, latency = percentile(opened(seen).lag, 0.99), percentile(seen.latency, 0.99)
    assert lag is not None
    assert latency is not None
    assert latency > 100
    assert lag > 0.5 * latency


@pytest.mark.measures
@pytest.mark.slow
def test_random_arrivals_keep_their_rate(serve: Serve, order: LoadSpec, hot: Path) -> None:
    poisson = {"arrivals": Arrivals(rate=RATE, spread="poisson", seed=5)}
    seen = drive(evenly(order, 2.0).model_copy(update=poisson), hot, port=serve(ok).port, users=32)
    load = opened(seen)
    assert offered_per_s(seen) == pytest.approx(RATE, rel=0.15)  # five standard deviations
    assert load.due == load.ended
    assert load.arrivals == "poisson"


def test_what_an_overloaded_server_never_got_is_slower_than_all_that_it_did(
    serve: Serve, order: LoadSpec, hot: Path
) -> None:
    """Two connections at 20 ms each do 100 a second of 1,000, and the time-out bounds how long the rest may wait."""

    def slow(connection: socket.socket, _: int, __: bytes) -> bool:
        time.sleep(0.02)
        connection.sendall(RIGHT)
        return True

    ordered = evenly(order, 1.0, rate=1000.0, timeout_s=0.3)
    seen = drive(ordered, hot, port=serve(slow).port, users=2)
    load = opened(seen)
    assert seen.errors == {"unsent": load.unsent}
    assert load.unsent > 500
    assert load.due == load.ended + load.unsent
    assert offered_per_s(seen) == pytest.approx(1000, rel=0.02)
    assert seen.requests < 150
    assert seen.latency.count < 150  # what was never sent has no latency: it took longer than all of them
    assert percentile(seen.latency, 0.5, load.unsent) == math.inf


@pytest.mark.measures
@pytest.mark.slow
def test_a_connection_that_the_server_closes_while_it_waits_is_made_again(
    serve: Serve, order: LoadSpec, hot: Path
) -> None:
    def once(connection: socket.socket, _: int, __: bytes) -> bool:
        connection.sendall(RIGHT)
        return False

    seen = drive(evenly(order, 1.0, rate=100.0), hot, port=serve(once).port, users=8)
    load = opened(seen)
    assert seen.reconnects > 50
    assert load.due == load.ended + load.unsent
    assert seen.requests == pytest.approx(100, abs=10)


@pytest.mark.measures
def test_the_client_keeps_its_schedule_to_a_fraction_of_a_millisecond(serve: Serve, order: LoadSpec, hot: Path) -> None:
    seen = drive(evenly(order, 1.0), hot, port=serve(ok).port, users=16)
    lag = opened(seen).lag
    assert lag.count > 0.9 * RATE
    assert percentile(lag, 0.5) == pytest.approx(0.0, abs=0.5)


@pytest.mark.measures
@pytest.mark.slow
def test_a_server_that_is_away_for_a_moment_delays_what_is_due_and_fails_nothing(
    serve: Serve, order: LoadSpec, hot: Path
) -> None:
    """It closes every connection, and for half a second nothing listens; every user tries again many times."""
    server = serve(lambda *_: False)
    port = server.port
    closed_s: list[float] = []

    def restart() -> None:
        time.sleep(0.1)
        server.close()
        closed_s.append(time.monotonic())

    thread = threading.Thread(target=restart)
    thread.start()
    seen = drive(evenly(order, 1.0, rate=50.0, timeout_s=0.5), hot, port=port, users=8)
    thread.join()
    load = opened(seen)
    assert set(seen.errors) <= {"closed", "unsent"}  # nobody's attempt to connect is a request
    assert sum(seen.errors.values()) <= load.due
