"""CPU, elapsed and garbage-collection time of short windows of one case."""

from __future__ import annotations

import gc
import time
from typing import Any

from bench.agent.reference_work import reference_us
from bench.agent.requests.asgi_client import PreparedRequest

LONGEST_WAIT = 4
"""A window's elapsed time may exceed the CPU time that was asked for this many times."""
# A first call that takes so long may have loaded what the app puts off until then, or be slow for good.
_COLD_S, _SLOW_S = 0.02, 10.0


class CollectorClock:
    """Time spent in the garbage collector, by its callbacks: it hides inside whatever allocates."""

    def __init__(self) -> None:
        self.total_ns = 0
        self._since_ns = 0
        gc.callbacks.append(self._note)

    def _note(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._since_ns = time.perf_counter_ns()
        else:
            self.total_ns += time.perf_counter_ns() - self._since_ns


def settle() -> None:
    """Collect what start-up left, and keep the collector from walking it again for every case."""
    gc.collect()
    gc.freeze()


async def window(
    exchange: PreparedRequest, calls: int, collector: CollectorClock, burn_us: float = 0.0
) -> dict[str, float]:
    """A `stretch`, and as `reference_us` the mean of the reference work just before and just after it."""
    before_us = reference_us()
    per_request = await stretch(exchange, calls, collector, burn_us)
    after_us = reference_us()
    return per_request | {"reference_us": round((before_us + after_us) / 2, 3)}


async def stretch(
    exchange: PreparedRequest, calls: int, collector: CollectorClock, burn_us: float = 0.0
) -> dict[str, float]:
    """`calls` requests one after another; µs per request of CPU (all threads), elapsed and collector time.

    `burn_us` of CPU are spent beside, as if each request cost its part of them: the slowdown of a self-test.
    """
    perform = exchange.perform
    gc_ns = collector.total_ns
    wall_ns = time.perf_counter_ns()
    cpu_ns = time.process_time_ns()
    for _ in range(calls):
        await perform()
    if burn_us:
        _burn(burn_us)
    cpu_ns = time.process_time_ns() - cpu_ns
    wall_ns = time.perf_counter_ns() - wall_ns
    gc_ns = collector.total_ns - gc_ns
    spent_ns = {"cpu_us": cpu_ns, "wall_us": wall_ns, "gc_us": gc_ns}
    # To a tenth of a nanosecond: further digits are noise that a results file would keep for good.
    return {name: round(ns / calls / 1e3, 4) for name, ns in spent_ns.items()}


def _burn(burn_us: float) -> None:
    end_ns = time.process_time_ns() + burn_us * 1e3
    while time.process_time_ns() < end_ns:
        pass


async def typical_call_s(exchange: PreparedRequest, first_s: float) -> float:
    """Seconds of one call, whose first took `first_s`: asked again where that may have been a cold start, unless it
    changes state, which must not depend on the time."""
    if exchange.changes_state or not _COLD_S < first_s < _SLOW_S:
        return first_s
    start_s = time.perf_counter()
    await exchange.answer()
    return time.perf_counter() - start_s


async def calibrate(exchange: PreparedRequest, window_us: float, collector: CollectorClock) -> dict[str, float]:
    """How many calls fill a window of about `window_us`, and what one takes, after warming up for as long.

    By CPU time, which others on the machine don't stretch; a case that mostly waits gets shorter windows of CPU, so
    that its elapsed time stays within bounds.
    """
    longest_us = LONGEST_WAIT * window_us
    calls = 1
    while True:
        seen = await window(exchange, calls, collector)
        if seen["wall_us"] * calls >= longest_us:  # a case that waits, or a moment in which somebody else ran?
            again = await window(exchange, calls, collector)
            seen = min(seen, again, key=lambda one: one["wall_us"])
        if seen["cpu_us"] * calls >= window_us / 2 or seen["wall_us"] * calls >= longest_us:
            break
        calls *= 2
    fitting = min(window_us / seen["cpu_us"], longest_us / seen["wall_us"])
    return {"calls": max(1, round(fitting)), "cpu_us": seen["cpu_us"]}
