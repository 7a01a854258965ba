"""CPU goes to the layer that a thread is in, whatever else runs while a coroutine waits."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from typing import Any

import pytest

from bench.agent.tracing.clock import FASTAPI, HANDLER, LAYERS, STARLETTE, Account, LayerClock

BURN_NS = 2_000_000


@pytest.fixture
def clock() -> Iterator[LayerClock]:
    before = list(gc.callbacks)
    yield LayerClock()
    gc.callbacks[:] = before


def burn(ns: int = BURN_NS) -> None:
    end_ns = time.thread_time_ns() + ns
    while time.thread_time_ns() < end_ns:
        pass


def spent(account: Account) -> dict[str, float]:
    """By layer, in burns."""
    return {name: ns / BURN_NS for name, ns in zip(LAYERS, account.spent_ns, strict=True)}


def timed(clock: LayerClock, work: Any) -> dict[str, float]:
    async def run() -> dict[str, float]:
        account = Account()
        clock.start(account)
        await work()
        clock.stop()
        return spent(account)

    return asyncio.run(run())


def test_a_nested_layer_is_charged_its_own_time_and_no_other(clock: LayerClock) -> None:
    async def inner() -> None:
        burn()

    async def outer() -> None:
        burn(3 * BURN_NS)
        await clock.awaited(HANDLER, inner)()

    found = timed(clock, clock.awaited(FASTAPI, outer))
    assert found["handler"] == pytest.approx(1, rel=0.3)
    assert found["fastapi"] == pytest.approx(3, rel=0.3)


def test_what_others_do_while_a_coroutine_waits_is_not_charged_to_it(clock: LayerClock) -> None:
    turn = asyncio.Event()

    async def first() -> None:
        burn()
        await turn.wait()
        burn()

    async def second() -> None:
        burn(4 * BURN_NS)
        turn.set()

    async def both() -> None:
        await asyncio.gather(clock.awaited(HANDLER, first)(), clock.awaited(FASTAPI, second)())

    found = timed(clock, both)
    assert found["handler"] == pytest.approx(2, rel=0.3)
    assert found["fastapi"] == pytest.approx(4, rel=0.3)


def test_an_exception_passes_and_leaves_the_clock_where_it_was(clock: LayerClock) -> None:
    async def raises() -> None:
        raise ValueError("as it was")

    async def outer() -> None:
        with pytest.raises(ValueError, match="as it was"):
            await clock.awaited(HANDLER, raises)()
        burn()

    found = timed(clock, clock.awaited(FASTAPI, outer))
    assert found["fastapi"] == pytest.approx(1, rel=0.3)
    assert found["handler"] < 0.3


def test_a_cancelled_wait_is_the_coroutines_own_to_handle(clock: LayerClock) -> None:
    seen: list[str] = []

    async def waits() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            seen.append("cancelled")
            return "cleaned up"
        return "never"

    async def run() -> None:
        task = asyncio.ensure_future(_of(clock.awaited(HANDLER, waits)()))
        await asyncio.sleep(0)
        task.cancel()
        assert await task == "cleaned up"

    timed(clock, run)
    assert seen == ["cancelled"]


def test_a_task_belongs_to_the_layer_that_started_it(clock: LayerClock) -> None:
    async def child() -> None:
        await asyncio.sleep(0)
        burn()

    async def parent() -> None:
        await asyncio.create_task(child())

    async def run() -> None:
        asyncio.get_running_loop().set_task_factory(clock.task)
        await clock.awaited(STARLETTE, parent)()

    found = timed(clock, run)
    assert found["starlette"] == pytest.approx(1, rel=0.3)


def test_another_thread_is_charged_by_its_own_clock(clock: LayerClock) -> None:
    async def run() -> None:
        await asyncio.to_thread(clock.function(HANDLER, burn))

    found = timed(clock, run)
    assert found["handler"] == pytest.approx(1, rel=0.3)
    assert found["server"] < 0.7


def test_the_collector_is_a_layer_of_its_own(clock: LayerClock) -> None:
    class Knot:
        pass

    async def handler() -> None:
        for _ in range(20_000):
            knot = Knot()
            knot.itself = knot  # type: ignore[attr-defined]
        gc.collect()

    found = timed(clock, clock.awaited(HANDLER, handler))
    assert found["gc"] > 0
    assert found["handler"] > 0


def test_a_clock_that_is_off_times_nothing_even_of_what_it_began(clock: LayerClock) -> None:
    go_on = asyncio.Event()

    async def slow() -> None:
        await go_on.wait()
        burn(5 * BURN_NS)

    async def run() -> dict[str, float]:
        account = Account()
        clock.start(account)
        task = asyncio.ensure_future(_of(clock.awaited(HANDLER, slow)()))
        await asyncio.sleep(0)
        clock.stop()
        go_on.set()
        await task
        await clock.awaited(HANDLER, slow)()
        return spent(account)

    assert asyncio.run(run())["handler"] < 0.5


def test_the_cost_of_a_crossing_is_taken_off_what_was_timed(clock: LayerClock) -> None:
    """Many empty calls: all that is charged beyond their own work is the timers', and it is about what was foretold."""
    calls = 3000

    async def nothing() -> None:
        pass

    async def run() -> tuple[float, float, float]:
        costs = clock.cost_ns()
        timed_call, account = clock.awaited(HANDLER, nothing), Account()
        before_ns = time.thread_time_ns()
        for _ in range(calls):
            await nothing()
        plain_ns = time.thread_time_ns() - before_ns
        clock.start(account)
        for _ in range(calls):
            await timed_call()
        clock.stop()
        return plain_ns, sum(account.spent_ns), sum(costs["coroutine"]) * calls

    plain_ns, timed_ns, foretold_ns = asyncio.run(run())
    assert foretold_ns == pytest.approx(timed_ns - plain_ns, rel=0.5)


async def _of(awaitable: Any) -> Any:
    return await awaitable
