"""CPU of threads that nothing was handed to is of the part that waits for it, whoever else goes on meanwhile."""

from __future__ import annotations

import asyncio
import gc
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench.agent.tracing.part_clock import PartClock

BURST_NS = 3_000_000
REQUESTS = 4


def burn() -> None:
    end_ns = time.thread_time_ns() + BURST_NS
    while time.thread_time_ns() < end_ns:
        pass


class Driver:
    """A thread with a queue of its own that sets futures, as drivers of SQLite have it."""

    def __init__(self) -> None:
        self.queue: queue.SimpleQueue[tuple[asyncio.Future[None], Callable[[], object]] | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self.work)
        self.thread.start()

    def work(self) -> None:
        while (asked := self.queue.get()) is not None:
            future, then = asked
            burn()
            then()
            future.get_loop().call_soon_threadsafe(future.set_result, None)

    async def execute(self, then: Callable[[], object] = int) -> None:
        future = asyncio.get_running_loop().create_future()
        self.queue.put((future, then))
        await future

    def end(self) -> None:
        self.queue.put(None)
        self.thread.join()


class Timed:
    """A clock, and the bursts that its parts spent in the last window of some."""

    def __init__(self) -> None:
        self.clock = PartClock()

    async def bursts(self, request: Callable[[], Awaitable[Any]], windows: int = 4) -> dict[str, float]:
        loop = asyncio.get_running_loop()
        deliver = loop.call_soon_threadsafe
        loop.call_soon_threadsafe = self.clock.delivering(deliver)  # type: ignore[method-assign, assignment]
        for _ in range(windows):
            spent = self.clock.spent()
            self.clock.start(spent)
            for _ in range(REQUESTS):
                await request()
            self.clock.stop()
        loop.call_soon_threadsafe = deliver  # type: ignore[method-assign]
        found = zip(self.clock.parts, spent.spent_ns, strict=True)
        return {name: bursts for (_, name), ns in found if (bursts := ns / BURST_NS / REQUESTS) > 0.45}

    def part(self, name: str, coroutine: Callable[[], Coroutine[Any, Any, Any]]) -> Callable[[], Any]:
        return self.clock.coroutine_function(self.clock.part("handler", name), coroutine)


@pytest.fixture
def driver() -> Any:
    made = Driver()
    yield made
    made.end()


def near(bursts: float) -> Any:
    return pytest.approx(bursts, abs=0.45)


def test_each_of_several_at_once_has_what_it_waits_for(driver: Driver) -> None:
    async def sleeps() -> None:
        for _ in range(5):
            await asyncio.sleep(0.001)

    async def found() -> dict[str, float]:
        timed = Timed()
        waits, beside = timed.part("waits", driver.execute), timed.part("beside", sleeps)
        return await timed.bursts(lambda: asyncio.gather(waits(), beside()))

    assert asyncio.run(found()) == {"waits": near(1)}


def test_a_collection_in_a_driver_s_thread_changes_nothing(driver: Driver) -> None:
    async def found() -> dict[str, float]:
        timed = Timed()
        return await timed.bursts(timed.part("waits", lambda: driver.execute(lambda: gc.collect(0))))

    assert asyncio.run(found()) == {"waits": near(1)}


def test_threads_that_end_with_each_request_hide_no_others(driver: Driver) -> None:
    async def found() -> dict[str, float]:
        timed = Timed()

        async def handler() -> None:
            with ThreadPoolExecutor(1) as pool:
                await asyncio.get_running_loop().run_in_executor(pool, timed.clock.handed_over(burn))
            await driver.execute()

        return await timed.bursts(timed.part("handler", handler))

    assert asyncio.run(found()) == {"handler": near(2)}


def test_a_thread_that_a_part_blocks_for_is_of_that_part_and_not_of_the_one_that_waited_last(driver: Driver) -> None:
    """As a library does that computes in native threads."""

    async def found() -> dict[str, float]:
        timed = Timed()

        async def blocks() -> None:
            working = threading.Thread(target=burn)
            working.start()
            working.join()

        waits, handler = timed.part("waits", driver.execute), timed.part("handler", blocks)

        async def request() -> None:
            await waits()
            await handler()
            await waits()

        return await timed.bursts(timed.part("around", request))

    assert asyncio.run(found()) == {"waits": near(2), "handler": near(1)}
