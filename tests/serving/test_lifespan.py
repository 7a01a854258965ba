"""An app's lifespan runs once while it is served: what it does in the background isn't done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan

from bench.model.server import ServerSettings
from bench.runner.agent_process import Agent
from bench.runner.plan import Plan
from bench.serving.address import ServerUrl
from bench.serving.http_client import ask
from bench.serving.http_wire import RequestWriter
from bench.serving.server import LocalServer
from bench.stack.environment import Environment

_APP = '''"""It notes when it starts and ends, and answers with what its lifespan left for requests."""

import os
from pathlib import Path

TARGET = {"over": None, "adds": "a lifespan", "requests": {"one": {"path": "/"}}}
NOTES = Path(__file__).with_name("notes")
HEADERS = [(b"content-length", b"4")]


def note(what):
    with NOTES.open("a") as notes:
        notes.write(f"{what}\\n")


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        note("began")
        scope["state"]["pool"] = b"open"
        await send({"type": "lifespan.startup.complete"})
        await receive()
        note("ended")
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": scope["state"]["pool"]})


def make():
    async def made(scope, receive, send):
        await app(scope, receive, send)
    return made
'''
Answered = Callable[[str], Agent]


@pytest.fixture
def planned(environment: Environment, tmp_path: Path) -> Plan:
    (tmp_path / "noted.py").write_text(_APP)
    return plan(environment, tmp_path)


@pytest.fixture
def answered(planned: Plan) -> Iterator[Answered]:
    """An agent that has answered in process, as before every load."""
    launched: list[Agent] = []

    def ready(target: str) -> Agent:
        agent = planned.launch(0)
        launched.append(agent)
        agent.call("answer", **planned.arguments(planned.cases[0]) | {"target": target})
        return agent

    yield ready
    for agent in launched:
        agent.__exit__(None, None, None)


def notes(planned: Plan) -> list[str]:
    return (planned.folder / "notes").read_text().split()


def assert_answers(url: ServerUrl) -> None:
    assert ask(url, "GET", RequestWriter(url).request("GET", "/"), 5.0).body == b"open"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("noted", ["began", "began", "ended"]),
        ("noted:make()", ["began", "began", "ended"]),
        ("noted:app", ["began"]),
    ],
)
@pytest.mark.parametrize("command", ["serve", "serve_timed"])
def test_beside_a_served_app_nothing_of_it_runs_that_answered_before(
    planned: Plan, answered: Answered, target: str, expected: list[str], command: str
) -> None:
    """A file of the targets' folder and what a factory makes are other objects when they are served, somebody's `app`
    is the same one, which may not bear to be started twice."""
    agent = answered(target)
    server = LocalServer(planned, target, 0, agent, command)
    assert_answers(server.url)
    assert sorted(notes(planned)) == expected
    agent.__exit__(None, None, None)
    assert notes(planned).count("began") == notes(planned).count("ended")


def test_an_app_that_is_served_by_processes_of_its_own_runs_in_those_alone(planned: Plan, answered: Answered) -> None:
    own = replace(planned, server=ServerSettings.parse("uvicorn workers=2"))
    server = LocalServer(own, "noted:app", 0, answered("noted:app"))
    assert_answers(server.url)
    assert sorted(notes(planned)) == ["began", "began", "began", "ended"]


def test_servers_beside_each_other_share_what_an_app_has_left_that_runs_already(
    planned: Plan, answered: Answered
) -> None:
    agent = answered("noted:app")
    sides = agent.call("serve_beside", target="noted:app", host="127.0.0.1", sides={"a": {}, "b": {}}, certificate=None)
    for side in sides.values():
        assert_answers(ServerUrl.loopback(side["port"]))
    assert notes(planned) == ["began"]
