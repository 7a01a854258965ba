"""A server's event loop that is held is found by turns that come late, with the line; a busy one isn't held."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from math import inf
from pathlib import Path
from typing import Any

import pytest
import uvloop

from bench.agent.holds.lateness_watch import LatenessWatch
from bench.agent.timing import CollectorClock

EVERY_S = 0.01
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(params=LOOPS)
def served(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[None]]], dict[str, Any]]:
    """What is told of some work beside which a turn is taken every few milliseconds."""

    async def watched(work: Callable[[], Awaitable[None]]) -> dict[str, Any]:
        watch, loop = LatenessWatch(CollectorClock(), EVERY_S), asyncio.get_running_loop()

        def turn() -> None:
            watch.turn()
            loop.call_later(EVERY_S, turn)
            watch.expect()

        turn()
        await work()
        await asyncio.sleep(2 * EVERY_S)
        watch.close()
        return watch.longest(0.0, inf).as_dict()

    def run(work: Callable[[], Awaitable[None]]) -> dict[str, Any]:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(watched(work))

    return run


Served = Callable[[Callable[[], Awaitable[None]]], dict[str, Any]]


def test_the_longest_hold_is_told_with_its_line(served: Served) -> None:
    async def holding() -> None:
        for held_s in (0.03, 0.1, 0.03):
            await asyncio.create_task(once(held_s))
            await asyncio.sleep(2 * EVERY_S)

    async def once(held_s: float) -> None:
        time.sleep(held_s)  # here

    told = served(holding)
    lines = Path(__file__).read_text().splitlines()
    number = next(n for n, one in enumerate(lines, 1) if one.endswith("# here"))
    assert told["hold_at"].endswith(f"{Path(__file__).name}:{number} time.sleep")
    assert 40 < told["hold_ms"] < 300


def test_steps_one_after_another_are_each_told_for_themselves(served: Served) -> None:
    async def queued() -> None:
        await asyncio.gather(*(asyncio.create_task(once()) for _ in range(10)))

    async def once() -> None:
        time.sleep(0.03)

    assert 10 < served(queued)["hold_ms"] < 100, "one of them, and not all ten"


@pytest.mark.measures
def test_an_idle_loop_is_not_held(served: Served) -> None:
    async def waiting() -> None:
        await asyncio.sleep(5 * EVERY_S)

    assert served(waiting) == {"hold_ms": 0.0, "hold_at": None}
