"""The longest hold of the event loop is found with its line, on either loop, whatever holds it."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from bench.agent.holds.step_watch import StepWatch
from bench.agent.timing import CollectorClock

Told = dict[str, Any]
HELD_S = 0.03
LOOPS = {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.new_event_loop}


@pytest.fixture(params=LOOPS)
def held(request: pytest.FixtureRequest) -> Callable[[Callable[[], Awaitable[object]]], Told]:
    """What the watch tells of some work, in a task of its own."""

    async def watched(work: Callable[[], Awaitable[object]]) -> Told:
        with StepWatch(CollectorClock()) as watch:
            await asyncio.ensure_future(_of(work))
        await asyncio.sleep(0)  # the loop goes on as before
        return watch.longest.as_dict()

    def run(work: Callable[[], Awaitable[object]]) -> Told:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(watched(work))

    return run


async def _of(work: Callable[[], Awaitable[object]]) -> object:
    return await work()


Held = Callable[[Callable[[], Awaitable[object]]], Told]


def line(text: str) -> str:
    lines = Path(__file__).read_text().splitlines()
    return f"{Path(__file__).name}:{next(n for n, one in enumerate(lines, 1) if one.endswith(f'# {text}'))}"


async def pieces() -> AsyncIterator[int]:
    for number in range(3):
        time.sleep(HELD_S)  # sleeping
        await asyncio.sleep(0.01)
        yield number


def test_a_sleep_in_an_async_generator_is_a_hold_of_its_length(held: Held) -> None:
    async def streamed() -> list[int]:
        return [number async for number in pieces()]

    told = held(streamed)
    assert told["hold_at"].endswith(f"{line('sleeping')} time.sleep")
    assert HELD_S * 500 < told["hold_ms"] < HELD_S * 3_000, "one of them, and not all three"


def test_work_in_python_is_named_by_the_line_where_most_of_it_stood(held: Held) -> None:
    async def working() -> int:
        total = sum(range(1000))
        for number in range(1_000_000):
            total += number * number  # working
        return total

    assert line("working") in held(working)["hold_at"]


def test_a_function_in_c_that_lets_no_python_run_is_named_by_the_line_that_called_it(held: Held) -> None:
    async def summing() -> int:
        total = sum(range(2_000_000))  # summing
        return total + sum(range(10))

    assert held(summing)["hold_at"].endswith(f"{line('summing')} sum")


def test_a_collection_of_garbage_is_a_hold_and_called_so(held: Held) -> None:
    kept = [[number] for number in range(300_000)]  # made and freed outside of the loop, which takes as long

    async def collecting() -> None:
        gc.collect()

    gc.collect()
    gc.disable()
    try:
        assert held(collecting)["hold_at"] == "garbage collection"
    finally:
        gc.enable()
        del kept


@pytest.mark.measures
def test_what_waits_or_works_in_a_thread_holds_nothing(held: Held) -> None:
    async def elsewhere() -> None:
        await asyncio.to_thread(time.sleep, HELD_S)
        await asyncio.sleep(HELD_S)

    told = held(elsewhere)
    assert 0 < told["hold_ms"] < HELD_S * 1e3
    assert "time.sleep" not in str(told["hold_at"])


def test_a_callback_and_a_timer_are_steps_as_well_after_any_wait(held: Held) -> None:
    async def called() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def late() -> None:
            time.sleep(HELD_S)  # late
            over.set()

        await asyncio.sleep(2 * HELD_S)
        loop.call_later(0.001, lambda: loop.call_soon(late))
        await over.wait()

    assert held(called)["hold_at"].endswith(f"{line('late')} time.sleep")
