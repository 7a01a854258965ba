"""Scenarios are plain locustfiles: Locust runs them by itself, and its own statistics say what was seen."""

from __future__ import annotations

import csv
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import RIGHT, FaultyServer, Respond

from bench.catalog.scenarios import read_scenarios
from bench.catalog.selection import cases, select
from bench.catalog.targets import read_targets
from bench.runner.agent_process import Agent
from bench.stack.environment import Environment

Serve = Callable[[Respond], FaultyServer]

_TASKS = """
from locust import task
from bench.load.user import RawUser, RequestLostError

class Reader(RawUser):
    timeout_s = 0.2

    @task(20)
    def read(self):
        answer = self.get("/users/1", expect=b"Hello, world!")
        assert (answer.status, answer.headers["content-length"]) == (200, "13"), answer

    @task(20)
    def write(self):
        self.post("/users", b"name=Ada", headers={"content-type": "text/plain"}, name="new user", status=201)

    @task(10)
    def miss(self):
        assert self.get("/missing").status == 404

    @task(10)
    def misread(self):
        self.get("/users/2", expect=b"Ada")

    @task
    def wait_in_vain(self):
        self.get("/stalls")
        raise AssertionError("no answer, and yet the task went on")
"""


def _answer(connection: socket.socket, _: int, request: bytes) -> bool:
    if request.startswith((b"GET / ", b"GET /users/")):
        connection.sendall(RIGHT)
    elif (
        request.startswith(b"POST /users") and request.endswith(b"\r\n\r\nname=Ada") and b"content-length: 8" in request
    ):
        connection.sendall(b"HTTP/1.1 201 Made\r\ncontent-length: 0\r\n\r\n")
    elif not request.startswith(b"GET /stalls"):
        connection.sendall(b"HTTP/1.1 404 Missing\r\ncontent-length: 0\r\n\r\n")
    return True


def _locust(scenario: Path, port: int, folder: Path, *more: str) -> dict[str, dict[str, str]]:
    """Runs it as any Locust user would; its CSV, a row for each name."""
    done = subprocess.run(
        [
            sys.executable, "-m", "locust", "-f", str(scenario), "--host", f"http://127.0.0.1:{port}", "--headless",
            "-u", "2", "-r", "2", "-t", "2", "--only-summary", "--csv", "seen", "--html", "seen.html", *more,
        ],
        cwd=folder, env=os.environ | {"HOME": str(folder)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0, done.stderr
    assert (folder / "seen.html").stat().st_size > 0
    with (folder / "seen_stats.csv").open() as lines:
        return {row["Name"]: row for row in csv.DictReader(lines)}


@pytest.mark.slow
def test_the_hot_scenario_runs_under_plain_locust_and_fills_its_csv(serve: Serve, hot: Path, tmp_path: Path) -> None:
    server = serve(_answer)
    row = _locust(hot, server.port, tmp_path)["/"]
    assert int(row["Request Count"]) > 0
    assert (row["Failure Count"], row["Average Content Size"]) == ("0", "13.0")
    assert float(row["Min Response Time"]) > 0


@pytest.mark.slow
def test_the_export_runs_under_plain_locust_with_others_beside_it(serve: Serve, root: Path, tmp_path: Path) -> None:
    def respond(connection: socket.socket, _: int, request: bytes) -> bool:
        healthy = b'{"status":"ok"}'
        export = request.startswith(b"GET /archive.csv?limit=25000 ")
        connection.sendall(RIGHT if export else b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (15, healthy))
        return True

    port = serve(respond).port
    rows = _locust(root / "scenarios" / "export.py", port, tmp_path, "-u", "4", "-r", "4")
    assert rows.keys() == {"export", "health", "Aggregated"}
    assert {row["Failure Count"] for row in rows.values()} == {"0"}


@pytest.mark.parametrize("target", ["service_sqlite"])
def test_the_mix_runs_under_plain_locust_against_a_service(
    environment: Environment, root: Path, tmp_path: Path, target: str
) -> None:
    with Agent(environment, root / "targets") as agent:
        port = agent.call("serve", target=target, host="127.0.0.1", port=0)["port"]
        rows = _locust(root / "scenarios" / "mix.py", port, tmp_path, "-u", "4", "-r", "4")
    assert {"user", "list"} <= rows.keys() <= {"user", "list", "orders", "create", "missing", "invalid", "Aggregated"}
    assert int(rows["user"]["Request Count"]) > 0
    assert {row["Failure Count"] for row in rows.values()} == {"0"}


def test_every_scenario_can_be_read_and_names_cases_that_there_are(root: Path) -> None:
    known = cases(read_targets(root / "targets"))
    for scenario in read_scenarios(root / "scenarios").values():
        assert select(known, scenario.cases)
        assert scenario.description


def test_ordinary_tasks_get_their_answers_and_their_own_rows(serve: Serve, tmp_path: Path) -> None:
    scenario = tmp_path / "tasks.py"
    scenario.write_text(_TASKS)
    rows = _locust(scenario, serve(_answer).port, tmp_path, "--exit-code-on-error", "0")
    failed = {name: row["Failure Count"] != "0" for name, row in rows.items() if name != "Aggregated"}
    assert failed == {"/users/1": False, "new user": False, "/missing": True, "/users/2": True, "/stalls": True}
    assert float(rows["/users/1"]["Average Response Time"]) > 0
    assert float(rows["/stalls"]["Min Response Time"]) >= 200
    with (tmp_path / "seen_failures.csv").open() as lines:
        errors = {row["Name"]: row["Error"].strip("'") for row in csv.DictReader(lines)}
    assert errors == {"/missing": "status_404", "/users/2": "wrong_body", "/stalls": "timeout"}


def test_the_harness_side_imports_neither_locust_nor_gevent() -> None:
    code = "import sys, bench.measure.load; print(sorted({'locust', 'gevent'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
