"""A fixed piece of Python work: how long it takes says how fast the core runs at the moment.

On a shared machine a neighbour on the same physical core slows everything by up to a half, for milliseconds or for
minutes, and CPU clocks count that time as ours. What runs beside a measurement at the same moment is slowed alike.
"""

from __future__ import annotations

import time

_TURNS = 800
_WARM_TURNS = 100


def reference_us() -> float:
    """Run the work once; its CPU time. The first turns are not counted: what ran before has emptied the caches."""
    _work(_WARM_TURNS)
    start_ns = time.thread_time_ns()
    _work(_TURNS)
    return (time.thread_time_ns() - start_ns) / 1e3


def wait_for_undisturbed_core(limit_us: float, wait_budget_s: float) -> float:
    """Return as soon as the work takes no longer than `limit_us`, or when the patience is over; the seconds waited.

    A neighbour stays for milliseconds or for seconds: what waits for it to go measures more in the same time.
    """
    start_s = time.perf_counter()
    while reference_us() > limit_us and time.perf_counter() - start_s < wait_budget_s:
        pass
    return time.perf_counter() - start_s


def _work(turns: int) -> int:
    """Ordinary calls, small objects and strings, as in a web framework."""
    total = 0
    for turn in range(turns):
        row = {"id": turn, "name": "reference"}
        total += len(str(row["id"])) + len((row["name"], turn))
    return total
