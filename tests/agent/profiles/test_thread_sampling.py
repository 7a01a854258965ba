"""Functions that are handed to a thread, with and without a sampling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from bench.agent.profiles import thread_sampling
from bench.agent.profiles.thread_sampling import RUN_HERE, ThreadSampling, called_by

INTERVAL_S = 0.001


def burn() -> None:
    end_s = time.thread_time() + 0.03
    while time.thread_time() < end_s:
        sum(map(len, (str(number) for number in range(100))))


def sleep() -> None:
    time.sleep(0.03)


async def in_executor(function: Callable[[], None], times: int = 1) -> None:
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, function) for _ in range(times)))


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a sampling wraps for good is unwrapped after the test."""
    monkeypatch.setattr(thread_sampling._Current, "installed", False)
    monkeypatch.setattr(thread_sampling.ThreadPoolExecutor, "submit", thread_sampling.ThreadPoolExecutor.submit)


def sampled(sampling: ThreadSampling, function: str) -> float:
    """Seconds of a function in worker threads."""
    return sum(
        seconds
        for _, stack, seconds in sampling.records
        if any(frame.startswith("run_here\x00") for frame in stack)
        and any(frame.startswith(f"{function}\x00") for frame in stack)
    )


def test_a_thread_is_sampled_while_it_works_and_knows_who_handed_the_work_over() -> None:
    async def main() -> ThreadSampling:
        with ThreadSampling(INTERVAL_S) as sampling:
            await in_executor(burn)
        await in_executor(burn)
        return sampling

    found = asyncio.run(main())
    assert sampled(found, "burn") > 0.02
    callers = next(callers for callers, stack, _ in found.records if any("burn\x00" in frame for frame in stack))
    assert "in_executor" in {code.co_name for code in callers}


def test_a_sampling_that_is_over_gets_nothing_more_and_the_next_one_its_own() -> None:
    async def main() -> tuple[ThreadSampling, float, ThreadSampling]:
        with ThreadSampling(INTERVAL_S) as first:
            await in_executor(burn)
        with ThreadSampling(INTERVAL_S) as second:
            await in_executor(burn)
            before = sampled(first, "burn")
            await in_executor(burn)
        return first, before, second

    first, before, second = asyncio.run(main())
    assert sampled(first, "burn") == before
    assert sampled(second, "burn") > 0.04


def test_by_cpu_time_a_thread_that_waits_takes_nothing() -> None:
    async def main(cpu_time: bool) -> float:
        with ThreadSampling(INTERVAL_S, cpu_time) as sampling:
            await in_executor(sleep, times=3)
            await in_executor(burn)
        return sampled(sampling, "sleep")

    assert asyncio.run(main(False)) > 0.05
    assert asyncio.run(main(True)) < 0.02


def test_what_a_function_raises_or_returns_reaches_who_handed_it_over() -> None:
    def fails() -> None:
        raise ValueError("no")

    async def main() -> int:
        loop = asyncio.get_running_loop()
        with ThreadSampling(INTERVAL_S):
            with pytest.raises(ValueError, match="no"):
                await loop.run_in_executor(None, fails)
            return await loop.run_in_executor(None, int, "7")

    assert asyncio.run(main()) == 7


def test_the_stack_of_a_worker_begins_with_those_who_called_it() -> None:
    found: list[list[str]] = []

    def look() -> None:
        import sys  # noqa: PLC0415

        found.append([code.co_name for code in called_by(sys._getframe())])

    async def main() -> None:
        with ThreadSampling(INTERVAL_S):
            await in_executor(look)

    asyncio.run(main())
    names = found[0]
    assert names.index("in_executor") < names.index(RUN_HERE.partition(":")[2]) < names.index("look")
