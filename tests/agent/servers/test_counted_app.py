"""Workers of servers that count nothing themselves: when they can be asked, what they answer, and how they end."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Coroutine, MutableMapping
from pathlib import Path
from typing import Any

import pytest

from bench.agent.app.error import AppError
from bench.agent.servers.counted_app import CountedApp, own_settings
from bench.agent.servers.order import FAILED, ServerOrder
from bench.agent.servers.worker import Worker

APP = """
async def app(scope, receive, send):
    await receive()
    {}
"""
COMPLETE = "await send({'type': 'lifespan.startup.complete'})"
FAILS = "await send({'type': 'lifespan.startup.failed', 'message': 'Traceback …\\nValueError: no database'})"
HAS_NONE = "raise RuntimeError('no lifespan')"


def ordered(folder: Path, does: str = COMPLETE) -> ServerOrder:
    (folder / "counted.py").write_text(APP.format(does))
    return ServerOrder("hypercorn", str(folder), "counted", {}, (), str(folder), "127.0.0.1", 0, os.getppid())


async def started(order: ServerOrder) -> list[str]:
    """The sockets of workers after each event that the app sends."""
    seen = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "lifespan.startup"}

    async def send(event: MutableMapping[str, Any]) -> None:
        seen.append(event["type"])
        assert not list(Path(order.folder).glob("*.sock"))

    app = CountedApp(order, "server", "h11")
    try:
        await app({"type": "lifespan"}, receive, send)
    except RuntimeError:
        seen.append("raised")
    return seen


@pytest.fixture(autouse=True)
def none_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker lives as long as its process."""
    monkeypatch.setattr(Worker, "_kept", [])


def ended(asked: Coroutine[Any, Any, Any]) -> Any:
    """What it comes to; then the loop is without the sockets of workers."""

    async def run() -> Any:
        try:
            return await asked
        finally:
            for worker in Worker._kept:
                if listener := getattr(worker, "_listener", None):
                    worker.only_serve()
                    listener.close()
            await asyncio.sleep(0.02)

    return asyncio.run(run())


@pytest.mark.parametrize(("does", "sees"), [(COMPLETE, "lifespan.startup.complete"), (HAS_NONE, "raised")])
def test_a_worker_can_be_asked_once_the_app_has_started(tmp_path: Path, does: str, sees: str) -> None:
    assert ended(started(ordered(tmp_path, does))) == [sees]
    assert [path.name for path in tmp_path.glob("*.sock")] == [f"{os.getpid()}.sock"]
    assert not list(tmp_path.glob("*.new"))


def test_a_worker_whose_app_fails_to_start_says_why_and_can_t_be_asked(tmp_path: Path) -> None:
    assert ended(started(ordered(tmp_path, FAILS))) == ["lifespan.startup.failed"]
    assert (tmp_path / FAILED).read_text() == "a worker can't start: ValueError: no database"
    assert not list(tmp_path.glob("*.sock"))


def test_a_worker_that_can_t_import_the_app_says_why(tmp_path: Path) -> None:
    order = ordered(tmp_path)
    (tmp_path / "counted.py").write_text("import nowhere_to_be_found")
    with pytest.raises((AppError, ImportError)):
        CountedApp(order, "server", "h11")
    assert "nowhere_to_be_found" in (tmp_path / FAILED).read_text()


async def _asked(order: ServerOrder, *questions: dict[str, Any]) -> list[dict[str, Any]]:
    await started(order)
    reader, writer = await asyncio.open_unix_connection(f"{order.folder}/{os.getpid()}.sock")
    answers = []
    for question in questions:
        writer.write(json.dumps(question).encode() + b"\n")
        answers.append(json.loads(await reader.readline()))
    writer.close()
    await writer.wait_closed()
    return answers


def test_a_question_that_fails_is_an_answer_and_the_worker_lives_on(tmp_path: Path) -> None:
    asked = {"do": "only_serve"}, {"do": "holds"}, {"do": "counted"}
    first, failed, last = ended(_asked(ordered(tmp_path), *asked))
    assert (first, last) == ({"result": None}, {"result": 0})
    assert failed["error"].startswith("holds: TypeError: ")


def test_a_worker_whose_supervisor_has_ended_before_it_was_there_ends_at_once() -> None:
    command = "from bench.agent.servers.process_tree import end_with_parent; end_with_parent({})"
    for parent, status in ((os.getpid(), 0), (2**22, 1)):
        done = subprocess.run(
            [sys.executable, "-c", command.format(parent)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, "which has started this server, has ended" in done.stderr) == (status, bool(status))


@pytest.mark.parametrize(
    ("name", "value", "default", "reason"),
    [
        ("keep_alive_timeout", "abc", 5.0, "write a number"),
        ("backlog", True, 100, "write a number"),
        ("debug", 1, False, "write on or off"),
        ("verify_mode", True, [], "write a value"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: Any, default: Any, reason: str) -> None:
    with pytest.raises(AppError, match=f"{name}={value}: {reason}"):
        own_settings("hypercorn 1", {name: value}, {name: default})


@pytest.mark.parametrize(("value", "text"), [(True, "on"), (False, "off"), (10, "10"), ("auto", "auto")])
def test_a_setting_that_is_text_has_what_was_written(value: Any, text: str) -> None:
    assert own_settings("hypercorn 1", {"statsd_prefix": value}, {"statsd_prefix": ""}) == {"statsd_prefix": text}


def test_what_is_none_by_default_may_be_anything() -> None:
    assert own_settings("hypercorn 1", {"umask": 7, "http": "h11"}, {"umask": None}) == {"umask": 7}
