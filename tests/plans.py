"""Small plans over target files that a test writes itself."""

from __future__ import annotations

from pathlib import Path

from bench.catalog.selection import cases
from bench.catalog.targets import read_targets
from bench.host.affinity import cores
from bench.runner.effort import Effort
from bench.runner.plan import Plan
from bench.stack.environment import Environment

TINY = Effort(
    timing_launches=2,
    pairs=4,
    wait_budget_s=1.0,
    window_us=3_000,
    allocation_launches=1,
    load_launches=1,
    load_share=0.25,
    memory_launches=1,
    memory_case_s=1.0,
    profile_s=0.4,
    suite_max_s=0.02,
)


def write_target(folder: Path, name: str, body: str, *, over: str | None = None, requests: str | None = None) -> None:
    """A target whose `app` is a raw ASGI function with `body` as the lines before its answer (`answer` is sent)."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    (folder / f"{name}.py").write_text(
        f'''"""A target of a test."""
import os, sys, time

TARGET = {{
    "over": {over!r},
    "adds": {name!r},
    "requests": {requests or '{"one": {"path": "/"}}'},
}}
calls = 0


async def app(scope, receive, send):
    global calls
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({{"type": event["type"] + ".complete"}})
            if event["type"] == "lifespan.shutdown":
                return
    calls += 1
    answer = b"fine"
{lines}
    await send({{"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(answer))]}})
    await send({{"type": "http.response.body", "body": answer}})
'''
    )


def plan(environment: Environment, folder: Path, effort: Effort = TINY, seed: int = 7) -> Plan:
    """Every case of a folder."""
    targets = read_targets(folder)
    return Plan(environment, folder, targets, cases(targets), effort, cores(), seed)
