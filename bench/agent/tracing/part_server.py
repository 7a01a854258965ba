"""A served app whose parts are timed, and not, in turns under one load."""

from __future__ import annotations

import asyncio
import time
from statistics import fmean
from typing import Any

from bench.agent.app.asgi_app import App
from bench.agent.timing import CollectorClock, settle
from bench.agent.tracing.part_boundaries import PartBoundaries
from bench.agent.tracing.part_sums import PartSums
from bench.agent.tracing.served_windows import WindowedServer

# Timed windows after which the clock knows the threads that work for the app.
_SETTLING = 2


class PartServer(WindowedServer):
    """The app was loaded when its boundaries had been installed."""

    def __init__(self, app: App, boundaries: PartBoundaries, collector: CollectorClock, *how: Any) -> None:
        super().__init__(boundaries.app(app), boundaries.clock, boundaries, *how)
        self._parts = boundaries
        self._collector = collector
        boundaries.clock.serve()

    async def windows(self, warmup_s: float, duration_s: float, window_s: float) -> dict[str, Any]:
        """Windows of `window_s` within `duration_s`, once requests have come for `warmup_s`; per request in each.

        Plain and timed ones in turns, p t t p; one such turn at the least. Raises RuntimeError when nobody asks.
        """
        await self.asked()
        await asyncio.sleep(warmup_s / 2)
        for _ in range(_SETTLING):
            await self.window(warmup_s / 2 / _SETTLING, self._parts.clock.spent())
        settle()  # else a window or two would have a collection of all that the app holds
        sums, kinds = PartSums(self._parts.clock), _Kinds()
        begin_s = time.perf_counter()
        turns = 0
        while not turns or (time.perf_counter() - begin_s) * (1 + 1 / turns) <= duration_s:
            for timed in (False, True, True, False):
                sums.calibrate()
                spent = self._parts.clock.spent() if timed else None
                gc_ns = self._collector.total_ns
                seen = await self.window(window_s, spent)
                seen["gc_s"] = (self._collector.total_ns - gc_ns) / 1e9
                kinds.add(timed, seen, window_s)
                if spent is not None and seen["requests"]:
                    sums.add(spent, seen["requests"])
            turns += 1
        return {**kinds.report(), **sums.report(self._parts.missing), "end_s": time.perf_counter()}


class _Kinds:
    """Plain and timed windows; one in which no request came says nothing."""

    def __init__(self) -> None:
        self._seen: dict[bool, list[dict[str, float]]] = {False: [], True: []}

    def add(self, timed: bool, seen: dict[str, Any], window_s: float) -> None:
        if not seen["requests"]:
            return
        per_request = 1e6 / seen["requests"]
        self._seen[timed].append(
            {
                "requests": seen["requests"],
                "cpu_us": round(seen["cpu_s"] * per_request, 4),
                "system_us": seen["system_s"] * per_request,
                "wall_us": round(window_s * per_request, 4),
                "gc_us": round(seen["gc_s"] * per_request, 4),
                "reference_us": round(fmean(seen["reference_us"]), 3),
            }
        )

    def report(self) -> dict[str, Any]:
        """Raises RuntimeError where no request came in any window of a kind."""
        if not all(self._seen.values()):
            raise RuntimeError("no request arrived in any window")
        system_us = fmean(one["system_us"] for one in self._seen[False])
        windows = {name: _windows(self._seen[timed]) for name, timed in (("plain", False), ("timed", True))}
        return {**windows, "system_us": round(system_us, 4)}


def _windows(seen: list[dict[str, float]]) -> dict[str, Any]:
    report: dict[str, Any] = {
        name: [one[name] for one in seen] for name in ("cpu_us", "wall_us", "gc_us", "reference_us")
    }
    return {"calls": round(fmean(one["requests"] for one in seen)), **report}
