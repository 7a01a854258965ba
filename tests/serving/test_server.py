"""Servers under test as they are started: their settings, their processes, where they listen, and how they fail."""

from __future__ import annotations

import os
import re
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from plans import plan, write_target

from bench.host.affinity import Cores
from bench.host.procfs import tree
from bench.load.locust_process import drive
from bench.load.messages import LoadSpec
from bench.measure.client_ceiling import ceiling
from bench.model.exchange import Exchange
from bench.model.server import ServerSettings
from bench.runner.agent_process import Agent, AgentError
from bench.runner.plan import Plan
from bench.serving.address import ServerUrl
from bench.serving.errors import LoadError
from bench.serving.http_client import Response, ask
from bench.serving.http_wire import RequestWriter
from bench.serving.meter import ProcessMeter
from bench.serving.null_server import CERTIFICATE
from bench.serving.readiness import await_right_answer
from bench.serving.remote import serving
from bench.serving.server import LocalServer
from bench.stack.environment import Environment

FAILING = "async def app(scope, receive, send):\n    await receive()\n    raise ValueError('no database')\n"
Served = Callable[..., tuple[Agent, LocalServer]]


@pytest.fixture
def planned(environment: Environment, tmp_path: Path) -> Plan:
    write_target(tmp_path, "fine", "answer = scope['scheme'].encode() + b' %d' % os.getpid()")
    return plan(environment, tmp_path)


@pytest.fixture
def served(planned: Plan) -> Iterator[Served]:
    """Starts a server by its words; nothing of it is left at the end."""
    started: list[tuple[Agent, int]] = []

    def start(words: str, port: int = 0, log: str = "") -> tuple[Agent, LocalServer]:
        with_settings = replace(planned, server=ServerSettings.parse(words))
        agent = with_settings.launch(0)
        if log:
            (agent.folder / "access.log").symlink_to(log)
        started.append((agent, agent.pid))
        return agent, LocalServer(with_settings, "fine", port, agent)

    yield start
    for agent, pid in started:
        processes = [psutil.Process(one) for one in tree(pid) if psutil.pid_exists(one)]
        agent.__exit__(None, None, None)
        assert not psutil.wait_procs(processes, timeout=5)[1]


def asked(server: ServerUrl) -> Response:
    return ask(server, "GET", RequestWriter(server).request("GET", "/"), 5.0)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("uvicorn http=h11", r"uvicorn [\d.]+, uvloop, h11"),
        ("uvicorn loop=asyncio proxy_headers=off date_header=off", r"uvicorn [\d.]+, asyncio, httptools"),
        ("uvicorn access_log=on tls=on", r"uvicorn [\d.]+, uvloop, httptools"),
        ("uvicorn socket=unix", r"uvicorn [\d.]+, uvloop, httptools"),
        ("uvicorn workers=2 access_log=on tls=on", r"uvicorn [\d.]+, uvloop, httptools, 2 workers"),
        pytest.param(
            "uvicorn workers=2 loop=asyncio socket=unix",
            r"uvicorn [\d.]+, asyncio, httptools, 2 workers",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_server_serves_by_its_settings_and_counts_what_it_answered(served: Served, words: str, name: str) -> None:
    _, server = served(words)
    settings = ServerSettings.parse(words)
    before = server.requests()
    answers = [asked(server.url) for _ in range(6)]
    assert {answer.body.split()[0] for answer in answers} == {b"https" if settings.tls else b"http"}
    assert all(("date" in answer.headers) is (settings.settings.get("date_header", True)) for answer in answers)
    counted = server.requests().since(before)
    assert (counted.total, len(counted.by_process)) == (6, settings.workers)
    assert re.fullmatch(name, server.name)


def test_an_access_log_has_a_line_for_each_request(served: Served) -> None:
    agent, server = served("uvicorn access_log=on")
    for _ in range(3):
        asked(server.url)
    lines = (agent.folder / "access.log").read_text().splitlines()
    assert len(lines) == 3
    assert all(re.search(r'INFO: +127.0.0.1:\d+ - "GET / HTTP/1.1" 200', line) for line in lines)


@pytest.mark.parametrize(
    "words", ["uvicorn access_log=on workers=2", pytest.param("uvicorn access_log=on", marks=pytest.mark.slow)]
)
def test_a_load_whose_access_log_lost_lines_is_invalid(served: Served, words: str) -> None:
    """On a full disk each line fails, and uvicorn answers all the same."""
    agent, server = served(words, log="/dev/full")
    assert asked(server.url).status == 200
    assert server.pid is not None
    readings = [ProcessMeter(server.pid).read() for _ in range(2)]
    with pytest.raises(LoadError, match="the access log can't be written: No space left on device; make room in "):
        server.figures(readings)
    assert agent.alive


@pytest.mark.parametrize("cores", [None, (0,)])
def test_one_process_waits_for_others_even_where_it_has_no_core_of_its_own(
    planned: Plan, cores: tuple[int, ...] | None
) -> None:
    """On a machine with one core nothing is pinned; of several workers on one core, each waits for the others."""
    with replace(planned, cores=Cores(cores, None)).launch(0) as agent:
        server = LocalServer(replace(planned, cores=Cores(cores, None)), "fine", 0, agent)
        assert server.pid is not None
        assert server.figures([ProcessMeter(server.pid).read() for _ in range(2)])["server_waited_s"] is not None


def test_an_access_log_that_can_t_be_opened_is_one_line(served: Served) -> None:
    with pytest.raises(AgentError, match="the access log can't be written: No such file or directory; make room in "):
        served("uvicorn access_log=on", log="/nowhere/access.log")


def test_cpu_and_memory_are_of_all_workers(served: Served) -> None:
    agent, server = served("uvicorn workers=3")
    assert server.pid is not None
    assert server.pid != agent.pid
    reading = ProcessMeter(server.pid).read()
    processes = [psutil.Process(pid) for pid in tree(server.pid)]
    assert len(processes) >= 4
    assert reading.rss_mb == pytest.approx(sum(one.memory_info().rss for one in processes) / 1e6, rel=0.2)
    assert reading.cpu_s == pytest.approx(sum(sum(one.cpu_times()[:2]) for one in processes), rel=0.3)


def test_a_worker_that_is_killed_is_said(served: Served) -> None:
    agent, server = served("uvicorn workers=2")
    worker = int(asked(server.url).body.split()[1])
    os.kill(worker, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(worker)] if psutil.pid_exists(worker) else [], timeout=5)
    with pytest.raises(AgentError, match=f"worker {worker} of the server ended while it was measured"):
        server.requests()
    assert agent.alive


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("uvicorn acess_log=on", r"uvicorn [\d.]+ has no setting acess_log; did you mean access_log\?"),
        ("uvicorn http=h12", r"uvicorn [\d.]+ has no http=h12; it knows auto, h11, httptools"),
        ("uvicorn http=zttp", r"this stack has no http=zttp: it has no zttp; add --with zttp"),
        ("uvicorn loop=zuvloop", r"this stack has no loop=zuvloop; add the package with --with, or use loop=asyncio"),
        ("uvicorn loop=zuvloop workers=2", r"this stack has no loop=zuvloop"),
        ("uvicorn loop=uvlop", r"uvicorn in one process has no loop=uvlop; it knows asyncio, auto, uvloop, zuvloop"),
        ("uvicorn loop=none", r"uvicorn in one process has no loop=none"),
        ("uvicorn loop=on", r"uvicorn in one process has no loop=True"),
        ("uvicorn access_log=3", r"access_log=3: write on or off"),
        ("uvicorn backlog=many", r"backlog=many: write a number"),
        ("uvicorn workers=2 backlog=many", r"backlog=many: write a number"),
        ("uvicorn log_level=loud", r"uvicorn [\d.]+ refuses these settings: KeyError: 'loud'"),
    ],
)
def test_a_setting_that_can_t_be_had_is_one_line(served: Served, words: str, reason: str) -> None:
    with pytest.raises(AgentError, match=reason):
        served(words)


@pytest.mark.parametrize("words", ["uvicorn socket=unix", "uvicorn workers=2"])
def test_too_long_a_name_for_a_socket_is_one_line(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    (long := tmp_path / ("l" * 90)).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(AgentError, match=r"^the folder of temporary files has too long a name for a Unix socket; set "):
        served(words)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (FAILING, "a worker can't start: ValueError: no database"),
        pytest.param(
            "import nowhere_to_be_found\n", "a worker can't start: .*nowhere_to_be_found", marks=pytest.mark.slow
        ),
    ],
)
def test_a_worker_that_can_t_start_says_why(served: Served, tmp_path: Path, target: str, reason: str) -> None:
    write_target(tmp_path, "fine", "")
    (tmp_path / "fine.py").write_text(target)
    with pytest.raises(AgentError, match=reason):
        served("uvicorn workers=2 lifespan=on")


@pytest.mark.parametrize("words", ["uvicorn", "uvicorn workers=2"])
def test_a_taken_port_is_one_line(served: Served, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(AgentError, match=r"in use.*--port"):
        served(words, taken.getsockname()[1])


RIGHT = Exchange(method="GET", path="/", headers={}, body=b"", status=200, answer=b"fine")


@pytest.mark.parametrize(
    "words",
    [
        "uvicorn socket=unix tls=on",
        pytest.param("uvicorn socket=unix", marks=pytest.mark.slow),
        pytest.param("uvicorn tls=on http=h11", marks=pytest.mark.slow),
    ],
)
def test_a_load_reaches_a_server_wherever_it_listens(served: Served, tmp_path: Path, hot: Path, words: str) -> None:
    write_target(tmp_path, "fine", "")
    _, server = served(words)
    order = LoadSpec(exchange=RIGHT, warmup_s=0.1, duration_s=0.25, timeout_s=4.0, server_pid=server.pid)
    before = server.requests()
    seen = drive(order, hot, server=server.url, users=2)
    assert seen.errors == {}
    assert server.requests().since(before).total == seen.client_requests > 0
    assert ceiling(order, hot, server.url, users=2, cores=Cores(None, None)).requests > 0


@pytest.mark.slow
def test_a_ceiling_leaves_nothing_beside_a_socket_that_is_somebody_s(tmp_path: Path, hot: Path) -> None:
    """Nobody serves there meanwhile, and the folder may be one that can't be written to."""
    order = LoadSpec(exchange=RIGHT, warmup_s=0.1, duration_s=0.25, timeout_s=4.0)
    before = sorted(tmp_path.iterdir())
    for name in ("app.sock", "nowhere/app.sock"):
        url = ServerUrl.loopback(unix_socket=str(tmp_path / name))
        assert ceiling(order, hot, url, users=2, cores=Cores(None, None)).requests > 0
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="has one core only")
def test_a_target_that_is_served_for_others_has_a_core_for_each_worker_and_no_work_beside(planned: Plan) -> None:
    both = (0, 1)
    spread = replace(planned, server=ServerSettings.parse("uvicorn workers=2"), cores=Cores((1,), (0,), server=both))
    with serving(spread, "fine", ("127.0.0.1", 0), ("127.0.0.1", 0)) as target:
        agent = target._agent
        assert {tuple(sorted(os.sched_getaffinity(pid))) for pid in tree(agent.pid)} == {both}
        before, _ = (len(agent.call("served")["references"]), time.sleep(0.3))
        assert len(agent.call("served")["references"]) == before


def test_a_certificate_that_is_refused_is_one_line(served: Served) -> None:
    _, server = served("uvicorn tls=on")
    with pytest.raises(LoadError, match=r"the certificate can't be verified \(.+\); "):
        await_right_answer(RIGHT, replace(server.url, trusted=CERTIFICATE))


def test_a_server_left_alone_ends_with_the_agent_that_is_killed(served: Served) -> None:
    agent, server = served("uvicorn workers=2")
    assert server.pid is not None
    processes = [psutil.Process(pid) for pid in tree(server.pid)]
    os.kill(agent.pid, signal.SIGKILL)
    assert not psutil.wait_procs(processes, timeout=5)[1]
