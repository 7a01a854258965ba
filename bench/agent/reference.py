"""A fixed piece of Python work: how long it takes says how fast the core runs at the moment.

On a shared machine a neighbour on the same physical core slows everything by up to a half, for milliseconds or for
minutes, and CPU clocks count that time as ours. What runs beside a measurement at the same moment is slowed alike.
"""

from __future__ import annotations

import time

_TURNS = 800


def reference_us() -> float:
    """Run the work once; its CPU time. Ordinary calls, small objects and strings, as in a web framework."""
    start_ns = time.thread_time_ns()
    total = 0
    for turn in range(_TURNS):
        row = {"id": turn, "name": "reference"}
        total += len(str(row["id"])) + len((row["name"], turn))
    return (time.thread_time_ns() - start_ns) / 1e3
