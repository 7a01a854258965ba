"""Real launches of the connections pass: planted memory is found, dropped connections and few files are told."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from plans import plan, write_target

from bench.analysis.run.checks import checks
from bench.analysis.run.connections import connection_costs
from bench.measure import connections
from bench.model.connections import ConnectionSample
from bench.model.run import MissingSample
from bench.model.server import ServerSettings
from bench.model.workload import Pass
from bench.runner.plan import Plan
from bench.stack.environment import Environment

PLANTED = 'scope["planted"] = bytearray(100_000)'
ENDLESS = '''"""A target of a test."""
import asyncio

TARGET = {
    "over": None,
    "adds": "streams",
    "requests": {
        "stream": {"path": "/", "only": ["connections"]},
        "socket": {"path": "/", "messages": 1, "only": ["connections"], "expect": {"status": 101}},
        "short": {"path": "/short", "only": ["connections"]},
    },
}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise RuntimeError
    held = bytearray(100_000)
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
    else:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        more = scope["path"] != "/short"
        await send({"type": "http.response.body", "body": b"data: 1\\n\\n", "more_body": more})
        await receive()
    while (await receive())["type"] not in ("http.disconnect", "websocket.disconnect"):
        pass
    assert held
'''


def small(environment: Environment, folder: Path, *attributed: str, settings: str = "uvicorn") -> Plan:
    ready = plan(environment, folder)
    effort = replace(ready.effort, connection_launches=1, connections=(200,), held_idle_s=0.2)
    return replace(ready, effort=effort, attributed=frozenset(attributed), server=ServerSettings.parse(settings))


def only(ready: Plan) -> ConnectionSample | MissingSample:
    (found,) = connections.measure(ready)
    assert isinstance(found, ConnectionSample | MissingSample)
    return found


def test_memory_that_a_connection_keeps_is_found_and_every_connection_counted(
    environment: Environment, tmp_path: Path
) -> None:
    write_target(tmp_path, "keeps", PLANTED)
    found = only(small(environment, tmp_path, "keeps:one"))
    assert isinstance(found, ConnectionSample)
    assert all(check.passed for check in checks(found)), checks(found)
    (level,) = found.levels
    assert (level.wanted, level.client_open, level.server_open) == (200, 200, 200)
    costs = connection_costs([found])
    assert costs.levels[0].each_kb.mean == pytest.approx(105, rel=0.15)
    assert len(found.kept.cpu_us) == len(found.fresh.cpu_us) == len(level.busy.cpu_us) == len(found.alone.cpu_us) / 2
    assert sum(found.fresh.requests) > 0


@pytest.mark.slow
def test_a_server_that_drops_idle_connections_is_found_out(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "drops", "")
    ready = small(environment, tmp_path, "drops:one", settings="uvicorn timeout_keep_alive=1")
    found = only(replace(ready, effort=replace(ready.effort, held_idle_s=2.0)))
    assert isinstance(found, ConnectionSample)
    (failed, *_) = [check for check in checks(found) if not check.passed]
    assert failed.name == "connections counted on both sides"
    assert "of 200, the client had 0 open and the server 0: 200 times: the server closed" in failed.evidence


def test_streams_and_websockets_stay_open_and_their_memory_is_found(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS)
    stream, websocket, short = connections.measure(small(environment, tmp_path))
    assert isinstance(stream, ConnectionSample)
    assert (stream.holds, stream.kept.cpu_us) == ("stream", ())
    assert all(check.passed for check in checks(stream)), checks(stream)
    assert connection_costs([stream]).levels[0].each_kb.mean == pytest.approx(110, rel=0.2)
    assert isinstance(websocket, ConnectionSample)
    assert websocket.holds == "websocket"
    assert all(check.passed for check in checks(websocket)), checks(websocket)
    assert connection_costs([websocket]).levels[0].each_kb.mean > 100
    assert isinstance(short, ConnectionSample)
    assert any("the response ended" in check.evidence for check in checks(short))


@pytest.mark.slow
def test_a_root_is_measured_beside_what_stands_over_it_both_by_their_smallest_answer(
    environment: Environment, tmp_path: Path
) -> None:
    requests = '{"many": {"path": "/", "expect": {"rows": 9}}, "one": {"path": "/"}}'
    write_target(tmp_path, "base", "", requests=requests)
    write_target(tmp_path, "leaf", "", over="base", requests=requests)
    found = list(connections.measure(small(environment, tmp_path, "leaf:many")))
    assert [one.case for one in found] == ["base:one", "leaf:one"]


@pytest.mark.slow
def test_a_case_that_fails_is_an_absence_and_the_others_go_on(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "broken", "raise ValueError('no use')")
    write_target(tmp_path, "dies", 'if scope.get("client") and calls > 150: os._exit(3)')
    write_target(tmp_path, "fine", "")
    broken, dies, fine = connections.measure(small(environment, tmp_path, "broken:one", "dies:one", "fine:one"))
    assert isinstance(broken, MissingSample)
    assert (broken.case, broken.during, broken.kind) == ("broken:one", Pass.CONNECTIONS, "invalid")
    assert "no use" in broken.reason
    assert isinstance(dies, MissingSample)
    assert "the agent ended with status 3" in dies.reason
    assert isinstance(fine, ConnectionSample)


def test_a_server_of_several_processes_is_skipped_in_one_line(environment: Environment, tmp_path: Path) -> None:
    write_target(tmp_path, "fine", "")
    found = only(small(environment, tmp_path, "fine:one", settings="uvicorn workers=2"))
    assert isinstance(found, MissingSample)
    assert (found.kind, found.reason) == (
        "skipped",
        "connections are measured over TCP to one process of uvicorn, not with workers=2",
    )


FEW_FILES = """
import sys
from pathlib import Path
from dataclasses import replace
from plans import plan
from bench.measure import connections
from bench.stack.environment import build
from bench.stack.recipe import of_requirements

ready = plan(build(of_requirements([]), Path(sys.argv[1])), Path(sys.argv[2]))
effort = replace(ready.effort, connection_launches=1, connections=(200,), held_idle_s=0.1)
(found,) = connections.measure(replace(ready, effort=effort, attributed=frozenset({"fine:one"})))
print(found.model_dump_json())
"""


@pytest.mark.slow
def test_where_few_files_may_be_open_as_many_connections_are_measured_as_go(
    environment: Environment, root: Path, tmp_path: Path
) -> None:
    assert environment
    write_target(tmp_path, "fine", "")
    ran = subprocess.run(
        [sys.executable, "-c", FEW_FILES, str(root), str(tmp_path)],
        cwd=root / "tests",
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (80, 180)),
    )
    assert ran.returncode == 0, ran.stderr
    sample = ConnectionSample.model_validate(json.loads(ran.stdout))
    assert (sample.file_limit, sample.levels[0].wanted, sample.asked) == (180, 80, 200)
    assert all(check.passed for check in checks(sample)), checks(sample)
    assert connection_costs([sample]).file_limit == 180
