"""Windows see CPU, waiting and garbage collection apart."""

from __future__ import annotations

import asyncio
import gc
import time
from typing import Any

from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.timing import CollectorClock, calibrate, window
from bench.model.workload import Request


def seen_in_windows(work: Any, calls: int = 20, burn_us: float = 0.0) -> dict[str, float]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await work()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def drive() -> dict[str, float]:
        exchange = PreparedRequest(app, Request(path="/").model_dump(), {})
        return await window(exchange, calls, CollectorClock(), burn_us)

    try:
        return asyncio.run(drive())
    finally:
        gc.callbacks.pop()


async def busy() -> None:
    end = time.thread_time_ns() + 1_000_000
    while time.thread_time_ns() < end:
        pass


async def waiting() -> None:
    await asyncio.sleep(0.002)


async def littering() -> None:
    gc.collect()


def test_work_is_cpu_time() -> None:
    assert seen_in_windows(busy)["cpu_us"] >= 1_000


def test_waiting_is_elapsed_time_and_not_cpu_time() -> None:
    seen = seen_in_windows(waiting)
    assert seen["wall_us"] >= 2_000
    assert seen["cpu_us"] < seen["wall_us"] / 2


def test_what_is_burnt_on_purpose_is_cpu_time_of_the_requests() -> None:
    assert seen_in_windows(waiting, calls=4, burn_us=8_000)["cpu_us"] >= 2_000


def test_a_collection_is_charged_to_the_case_that_set_it_off() -> None:
    seen = seen_in_windows(littering, calls=3)
    assert seen["gc_us"] > seen["cpu_us"] / 2


def test_calibration_fills_the_window_and_gives_up_waiting_for_a_case_that_sleeps() -> None:
    async def calls_for(work: Any, window_us: float) -> dict[str, float]:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await work()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        exchange = PreparedRequest(app, Request(path="/").model_dump(), {})
        return await calibrate(exchange, window_us, CollectorClock())

    try:
        assert 5 <= asyncio.run(calls_for(busy, 10_000))["calls"] <= 10
        assert asyncio.run(calls_for(waiting, 10_000))["calls"] <= 20
        assert asyncio.run(calls_for(busy, 100))["calls"] == 1
    finally:
        del gc.callbacks[-3:]
