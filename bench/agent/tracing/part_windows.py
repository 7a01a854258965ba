"""Windows of one case in process, its parts timed in every other pair of them."""

from __future__ import annotations

import asyncio
from typing import Any

from bench.agent.reference_work import reference_us
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.timing import CollectorClock, stretch
from bench.agent.tracing.part_boundaries import PartBoundaries
from bench.agent.tracing.part_sums import PartSums, window_kinds

_MEASURED = ("cpu_us", "wall_us", "gc_us", "reference_us")
# What the timers cost is measured again after so many windows: it takes as long as one of them.
_CALIBRATED = 4
# Calls after which Python knows again what the classes' methods are.
_SETTLING = 3


async def part_windows(
    exchange: PreparedRequest, boundaries: PartBoundaries, calls: int, pairs: int, collector: CollectorClock
) -> dict[str, Any]:
    """`pairs` windows of either kind, of `calls` requests each, and what the parts spent in the timed ones."""
    sums = PartSums(boundaries.clock)
    kinds: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    before, tasks = False, 0
    for timed in window_kinds(pairs):
        if not timed:
            if before:
                boundaries.take_out()
            if len(kinds[False]) % _CALIBRATED == 0:
                sums.calibrate()
        elif not before:
            boundaries.put_in()
        if timed != before or not kinds[timed]:
            await _settle(exchange, boundaries, timed=timed)
        before = timed
        tasks -= len(asyncio.all_tasks())
        kinds[timed].append(await _window(exchange, boundaries, calls, collector, sums if timed else None))
        tasks += len(asyncio.all_tasks())
    if before:
        boundaries.take_out()
    return {
        "tasks_left": round(tasks / (2 * pairs * calls), 2),
        "plain": _windows(calls, kinds[False]),
        "timed": _windows(calls, kinds[True]),
        **sums.report(boundaries.missing),
    }


async def _settle(exchange: PreparedRequest, boundaries: PartBoundaries, *, timed: bool) -> None:
    if timed:
        boundaries.clock.start(boundaries.clock.spent())
    for _ in range(_SETTLING):
        await exchange.perform()
    if timed:
        boundaries.clock.stop()


async def _window(
    exchange: PreparedRequest, boundaries: PartBoundaries, calls: int, collector: CollectorClock, into: PartSums | None
) -> dict[str, float]:
    before_us = reference_us()
    if into is None:
        seen = await stretch(exchange, calls, collector)
    else:
        clock = boundaries.clock
        spent, asking_ns = clock.spent(), clock.asking_ns
        clock.start(spent)
        try:
            seen = await stretch(exchange, calls, collector)
        finally:
            clock.stop()
        into.add(spent, calls)
        seen["cpu_us"] -= (clock.asking_ns - asking_ns) / calls / 1e3
    return seen | {"reference_us": round((before_us + reference_us()) / 2, 3)}


def _windows(calls: int, seen: list[dict[str, float]]) -> dict[str, Any]:
    return {"calls": calls, **{name: [one[name] for one in seen] for name in _MEASURED}}
