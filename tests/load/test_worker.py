"""Several processes are one client: what they saw adds up exactly, and one that dies is missed."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from faulty import BODY, RIGHT, FaultyServer, Respond

from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec
from bench.load.topology import ClientProcesses
from bench.serving.errors import LoadError

Serve = Callable[[Respond], FaultyServer]
TWO = ClientProcesses(here=2)


def counting() -> tuple[Respond, list[int]]:
    answered: list[int] = []

    def respond(connection: object, number: int, _: bytes) -> bool:
        connection.sendall(RIGHT)  # type: ignore[attr-defined]
        answered.append(number)
        return True

    return respond, answered


@pytest.mark.slow
@pytest.mark.measures
def test_two_workers_count_what_the_server_counts(serve: Serve, order: LoadSpec, hot: Path) -> None:
    respond, answered = counting()
    seen = drive(order, hot, port=serve(respond).port, users=6, crew=TWO)
    assert (seen.workers, seen.lost_workers) == (2, 0)
    assert seen.client_requests == len(answered)
    assert seen.errors == {}
    assert seen.connections == 6
    assert 0 <= seen.latency.count - seen.requests <= 6
    (endpoint,) = seen.endpoints
    assert (endpoint.requests, endpoint.latency) == (seen.requests, seen.latency)
    assert seen.starts_apart_s < 0.2
    assert len(seen.readings) == 2


@pytest.mark.slow
@pytest.mark.measures
def test_two_workers_keep_one_schedule(serve: Serve, order: LoadSpec, hot: Path) -> None:
    respond, answered = counting()
    ordered = order.model_copy(update={"arrivals": Arrivals(rate=400.0), "duration_s": 1.5, "timeout_s": 3.0})
    seen = drive(ordered, hot, port=serve(respond).port, users=16, crew=TWO)
    assert seen.open is not None
    assert seen.open.offered == pytest.approx(600, rel=0.02)
    assert seen.open.due == seen.open.ended == len(answered)
    assert seen.latency.count == pytest.approx(seen.open.offered, abs=16)
    assert (seen.workers, seen.lost_workers) == (2, 0)
    assert seen.starts_apart_s < 0.2


@pytest.mark.slow
@pytest.mark.measures
def test_a_worker_killed_half_way_is_missed_and_the_other_one_is_kept(serve: Serve, order: LoadSpec, hot: Path) -> None:
    respond, _ = counting()
    killed: list[int] = []

    def kill_one() -> None:
        """The first worker, once it has begun to send."""
        deadline_s = time.monotonic() + 20
        while not killed and time.monotonic() < deadline_s:
            workers = [one for one in psutil.Process().children() if "--worker" in one.cmdline()]
            if len(workers) == 2 and all(one.cpu_times().user > 0.2 for one in workers) and connected(server.port) >= 6:
                time.sleep(1.5)
                os.kill(workers[0].pid, signal.SIGKILL)
                killed.append(workers[0].pid)
            time.sleep(0.05)

    server = serve(respond)
    killer = threading.Thread(target=kill_one)
    killer.start()
    seen = drive(order.model_copy(update={"duration_s": 5.0}), hot, port=server.port, users=6, crew=TWO)
    killer.join()
    assert killed
    assert (seen.workers, seen.lost_workers) == (2, 1)
    assert seen.requests > 0


def connected(port: int) -> int:
    return sum(one.laddr.port == port and one.status == "ESTABLISHED" for one in psutil.Process().net_connections())


def test_a_scenario_that_breaks_in_every_worker_ends_the_load_at_once(order: LoadSpec, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import sys\nif '--worker' in sys.argv:\n    raise RuntimeError('not here')\n"
                      "from bench.load.user import HotUser\nclass Hot(HotUser):\n    pass\n")  # fmt: skip
    start_s = time.monotonic()
    with pytest.raises(LoadError, match=r"every worker ended with status 1.*not here"):
        drive(order, broken, port=9, users=2, crew=TWO)
    assert time.monotonic() - start_s < ClientProcesses().patience_s


def test_workers_that_never_come_end_the_load(order: LoadSpec, hot: Path) -> None:
    with pytest.raises(LoadError, match="without a report"):
        drive(order, hot, port=9, users=2, crew=ClientProcesses(elsewhere=1, patience_s=1.0))


@pytest.mark.slow
@pytest.mark.measures
def test_a_server_that_fails_ends_the_load_of_all_workers(order: LoadSpec, hot: Path) -> None:
    """Nothing listens there."""
    long = order.model_copy(update={"duration_s": 30.0})
    seen = drive(long, hot, port=9, users=2, crew=TWO)
    assert re.fullmatch(r"every request has failed for 2 s \(\d+ connect\)", seen.gave_up or "")
    assert (seen.requests, set(seen.errors), seen.lost_workers) == (0, {"connect"}, 0)


@pytest.mark.slow
@pytest.mark.measures
def test_the_answer_that_is_right_reaches_the_workers(serve: Serve, order: LoadSpec, hot: Path) -> None:
    exchange = order.exchange.model_copy(update={"answer": BODY[::-1]})
    respond, _ = counting()
    longer = order.model_copy(update={"exchange": exchange, "duration_s": 3.0})
    seen = drive(longer, hot, port=serve(respond).port, users=2, crew=TWO)
    assert set(seen.errors) == {"wrong_body"}
