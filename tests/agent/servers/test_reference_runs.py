"""The reference work runs whatever a request does to the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from bench.agent.servers.reference_runs import ReferenceRuns


def runs_during(work: Callable[[], object]) -> int:
    """How many began while `work` held the loop."""

    async def drive() -> tuple[float, float]:
        references.start()
        await asyncio.sleep(0.05)
        begin_s = time.perf_counter()
        work()
        end_s = time.perf_counter()
        await asyncio.sleep(0.05)
        references.end()
        return begin_s, end_s

    references = ReferenceRuns()
    begin_s, end_s = asyncio.run(drive())
    return sum(begin_s <= at_s <= end_s for at_s, *_ in references.runs)


def busy() -> None:
    end_s = time.perf_counter() + 0.6
    while time.perf_counter() < end_s:
        sum(range(1000))


def test_a_request_that_works_without_a_pause_leaves_the_speed_known() -> None:
    assert runs_during(busy) >= 3


def test_a_request_that_sleeps_on_the_loop_leaves_the_speed_known() -> None:
    assert runs_during(lambda: time.sleep(0.6)) >= 3


def test_what_is_spent_on_no_request_is_known_with_that_of_the_turn() -> None:
    async def drive() -> None:
        references.start()
        await asyncio.sleep(0.3)
        references.end()

    def turn(_: bool) -> None:
        end_s = time.thread_time() + 0.001
        while time.thread_time() < end_s:
            pass

    references = ReferenceRuns(turn)
    asyncio.run(drive())
    beside_us = [spent_us - took_us for _, took_us, spent_us in references.runs]
    assert min(beside_us) > 0
    assert max(beside_us) > 2000  # on the loop, and not on the thread of a loop that is held


def test_beside_short_requests_it_runs_on_the_loop_alone() -> None:
    async def drive() -> None:
        references.start()
        await asyncio.sleep(0.4)
        references.end()
        await asyncio.sleep(0.15)

    references = ReferenceRuns()
    asyncio.run(drive())
    assert 3 <= len(references.runs) <= 0.4 / 0.02 + 1
