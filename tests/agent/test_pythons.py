"""An agent does all of its work in an app's own environment, on each Python that apps run on, and leaves no trace."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.model.workload import Request
from bench.runner.agent_process import Agent
from bench.stack import pythons
from bench.stack.app_environment import app_environment
from bench.stack.environment import Environment
from bench.stack.uv import StackError, UnreachedError, uv

APP = '''"""A service."""
from contextlib import asynccontextmanager
from typing import List

from fastapi import Depends, FastAPI
from pydantic import BaseModel

from . import words


@asynccontextmanager
async def lifespan(app):
    yield {"word": words.WORD}


class User(BaseModel):
    id: int
    tags: List[str]


async def session():
    yield 3


def settings():
    return 2


app = FastAPI(lifespan=lifespan)


@app.get("/users/{id}", response_model=User)
async def user(id: int, session: int = Depends(session), settings: int = Depends(settings)):
    return {"id": id, "tags": ["x"] * 10}
'''
SPEC, CASE = "service.main:app", "GET /users/{id}"
TOLD = {"case": CASE, "target": SPEC, "request": Request(path="/users/3").model_dump()}
OLD = ("fastapi==0.100.1", "starlette==0.27.0", "uvicorn==0.22.0", "rich==10.16.2", "click==7.1.2", "h11==0.12.0")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "__init__.py").touch()
    (tmp_path / "service" / "main.py").write_text(APP)
    (tmp_path / "service" / "words.py").write_text("WORD = 'fine'\n")
    return tmp_path


def installed(home: Path, python: str, *packages: str) -> Environment:
    """An environment of the app's own, made as its owner would."""
    uv("venv", "--python", interpreter(python), str(home / ".venv"))
    try:
        uv("pip", "install", "--python", str(home / ".venv" / "bin" / "python"), *packages)
        found = app_environment(home, home / ".venv")
    except UnreachedError as error:
        pytest.skip(str(error))
    return replace(found, bytecode=home.with_name(f"{home.name}-bytecode"))


def interpreter(python: str) -> str:
    """As a user's command finds it."""
    try:
        return pythons.interpreter(python)
    except StackError as error:
        pytest.skip(str(error))


def files(folder: Path) -> dict[str, str]:
    """What all files of a folder hold, and where its links lead."""
    return {
        str(one.relative_to(folder)): str(one.readlink())
        if one.is_symlink()
        else hashlib.sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_symlink() or one.is_file()
    }


@contextmanager
def asked(port: int) -> Iterator[None]:
    """Somebody asks a server again and again meanwhile."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(b"GET /users/3 HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
                while connection.recv(2**16):
                    pass

    client = threading.Thread(target=ask)
    client.start()
    try:
        yield
    finally:
        over.set()
        client.join()


def described(agent: Agent) -> None:
    found = agent.call("describe", target=SPEC)["description"]["routes"]
    assert [one["endpoint"] for one in found if one["path"] == "/users/{id}"] == ["service.main:user"]


def in_process(agent: Agent) -> None:
    assert agent.call("prepare", **TOLD) == {"status": 200, "length": 57}
    agent.settle()
    calls = agent.call("calibrate", case=CASE, window_us=2_000)["calls"]
    assert agent.call("window", case=CASE, calls=calls)["cpu_us"] > 0
    assert agent.call("answer", **TOLD, timed=True)["status"] == 200
    assert agent.call("allocations", case=CASE, once=False)["allocs"] > 0


def peak(agent: Agent) -> None:
    assert agent.call("peak", **TOLD)["status"] == 200


def heap(agent: Agent) -> None:
    assert "fastapi.applications:FastAPI.__call__" in agent.call("heap", **TOLD, look="high_water")["folded"]
    assert agent.call("heap", **TOLD, look="allocated", requests=5)["stacks"]
    assert len(agent.call("heap", **TOLD, look="growth", requests=5, blocks=2)["live_bytes"]) == 3


def profile(agent: Agent) -> None:
    agent.call("prepare", **TOLD)
    found = agent.call("profile", case=CASE, duration_s=0.3, title="a title")
    assert "fastapi.applications:FastAPI.__call__" in found["folded"]
    assert sorted(found["own"]) == [".html", ".pyisession"]


def served(agent: Agent) -> None:
    port = agent.call("serve", target=SPEC, host="127.0.0.1", port=0)["port"]
    agent.call("watch_loop", on=True)
    with asked(port):
        agent.call("profile_served", duration_s=0.3)
    assert "starlette" in agent.call("profiled", title="a title")["folded"]
    assert agent.call("holds", begin_s=0, end_s=1e9)["held_s"] >= 0
    assert agent.call("counted") > 0


def boundaries(agent: Agent) -> None:
    port = agent.call("serve_timed", target=SPEC, host="127.0.0.1")["port"]
    with asked(port):
        found = agent.call("boundaries", warmup_s=0.1, duration_s=0.3, window_s=0.1)
    assert found["layers_s"]["fastapi"] > 0


def startup(agent: Agent) -> None:
    found = agent.call("startup", target=SPEC, request=TOLD["request"], imports=["fastapi"])
    assert found.pop("libraries") is None
    assert all(value > 0 for name, value in found.items() if name != "build_mb")


WORK: tuple[Callable[[Agent], Any], ...] = (described, in_process, peak, heap, profile, served, boundaries, startup)


def works(environment: Environment, home: Path, kinds: Sequence[Callable[[Agent], Any]] = WORK) -> None:
    """An agent for each kind of work, and nothing of the app's folder, its environment within, has changed since."""
    before = files(home)
    for work in kinds:
        with Agent(environment, home) as agent:
            work(agent)
    assert files(home) == before


@pytest.mark.slow
def test_agents_work_on_the_oldest_python_and_leave_no_trace(home: Path) -> None:
    works(installed(home, "3.10", "fastapi"), home, (in_process,))


@pytest.mark.slow
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"])
def test_agents_work_on_every_python_and_leave_no_trace(home: Path, python: str) -> None:
    works(installed(home, python, "fastapi", "uvloop", "httptools"), home)


@pytest.mark.slow
def test_what_the_app_has_wins_over_what_instruments_bring(home: Path) -> None:
    found = installed(home, "3.11", *OLD)
    works(found, home)
    with Agent(found, home) as agent:
        assert agent.call("serve", target=SPEC, host="127.0.0.1", port=0)["server"] == "uvicorn 0.22.0, asyncio, h11"


def test_a_server_takes_the_loop_and_the_parser_that_the_app_has(environment: Environment, home: Path) -> None:
    with Agent(environment, home) as agent:
        said = agent.call("serve", target=SPEC, host="127.0.0.1", port=0)["server"]
    assert said.endswith(", uvloop, httptools")
