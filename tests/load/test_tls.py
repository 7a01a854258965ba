"""Loads over TLS, with a base path and a login: as plain ones, and the login in no file and no argument."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest
from faulty import BODY, RIGHT, FaultyServer, Respond

from bench.load.locust_process import drive
from bench.load.messages import Arrivals, LoadSpec, Outcome
from bench.load.topology import ClientProcesses
from bench.serving.address import ServerUrl
from bench.serving.null_server import CERTIFICATE

Serve = Callable[..., FaultyServer]
Load = Callable[..., Outcome]
SECRET = "s3cr3t-of-this-test"
LOGIN = (("authorization", "Bearer ${LAYERCAKE_TEST_TOKEN}"),)
REQUEST = b"GET /api/ HTTP/1.1\r\nhost: localhost:%d\r\nauthorization: Bearer " + SECRET.encode() + b"\r\n\r\n"


@pytest.fixture
def load(serve: Serve, order: LoadSpec, hot: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    monkeypatch.setenv("LAYERCAKE_TEST_TOKEN", SECRET)

    def load(respond: Respond, scenario: Path = hot, users: int = 2, **how: object) -> Outcome:
        server = ServerUrl("https", "localhost", serve(respond, tls=True).port, "/api")
        crew = how.pop("crew", ClientProcesses())
        assert isinstance(crew, ClientProcesses)
        asked = order.model_copy(update={"headers": LOGIN, **how})
        return drive(asked, scenario, server=server, trusted=CERTIFICATE, users=users, crew=crew)

    return load


def logged_in(connection: socket.socket, _: int, request: bytes) -> bool:
    right = request == REQUEST % connection.getsockname()[1]
    connection.sendall(RIGHT if right else b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n")
    return True


def in_pieces(answer: Sequence[bytes]) -> Respond:
    """Each a record of its own."""

    def respond(connection: socket.socket, _: int, __: bytes) -> bool:
        for piece in answer:
            connection.sendall(piece)
        return True

    return respond


def test_answers_over_tls_are_verified_and_the_login_is_in_no_file_and_no_argument(load: Load) -> None:
    looked, found, before = threading.Event(), list[str](), set(psutil.Process().children(recursive=True))

    def respond(connection: socket.socket, number: int, request: bytes) -> bool:
        if number == 3:
            for process in set(psutil.Process().children(recursive=True)) - before:
                found.extend(word for word in process.cmdline() if SECRET in word)
                files = Path(process.cwd()).rglob("*")
                found.extend(str(file) for file in files if file.is_file() and SECRET.encode() in file.read_bytes())
                if (Path(process.cwd()) / "order.json").exists():
                    looked.set()
        return logged_in(connection, number, request)

    seen = load(respond)
    assert seen.errors == {}
    assert seen.requests == seen.verified > 0
    assert (seen.connections, seen.reconnects) == (2, 0)
    assert looked.is_set()
    assert found == []


@pytest.mark.slow
def test_an_open_load_of_two_workers_has_the_same_login(load: Load) -> None:
    seen = load(logged_in, crew=ClientProcesses(here=2), arrivals=Arrivals(rate=100))
    assert seen.errors == {}
    assert seen.requests == seen.verified > 0
    assert seen.workers == 2


def test_an_answer_in_many_records_is_put_together(load: Load, order: LoadSpec) -> None:
    large = b"x" * 100_000
    exchange = order.exchange.model_copy(update={"answer": large})
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n"
    seen = load(in_pieces([head[:9], head[9:], large[:1], large[1:]]), exchange=exchange)
    assert seen.errors == {}
    assert seen.verified == seen.requests > 0


def test_a_connection_that_is_closed_is_made_again_and_an_error_if_an_answer_is_missing(load: Load) -> None:
    def respond(connection: socket.socket, number: int, _: bytes) -> bool:
        closing = RIGHT.replace(b"\r\n", b"\r\nconnection: close\r\n", 1)
        connection.sendall((RIGHT, closing, RIGHT[:9])[number % 3])
        return number % 3 == 0

    seen = load(respond)
    assert seen.errors.keys() == {"closed"}
    assert seen.requests > seen.errors["closed"]
    assert seen.reconnects > seen.errors["closed"]


def test_ordinary_tasks_have_tls_base_path_and_login_too(load: Load, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.py"
    scenario.write_text(
        "from locust import task\n"
        "from bench.load.user import RawUser\n"
        "class One(RawUser):\n"
        "    @task\n"
        "    def ask(self):\n"
        f"        self.get('/', status=200, expect={BODY!r})\n"
    )
    seen = load(logged_in, scenario)
    assert seen.errors == {}
    assert seen.verified > 0
