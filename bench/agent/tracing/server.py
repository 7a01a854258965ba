"""A served target whose boundaries are timed, and not, in turns under one load: each is the other's witness."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from bench.agent.asgi_app import load
from bench.agent.reference_work import reference_us
from bench.agent.servers.uvicorn import UvicornServer
from bench.agent.tracing.boundaries import Boundaries
from bench.agent.tracing.clock import LAYERS, WAYS, Account, LayerClock

_REFERENCES = 5
# What is under way when the timers come or go belongs to neither kind of window.
_SETTLE_S = 0.01
_PATIENCE_S, _LOOK_S = 30.0, 0.005


class TimedServer(UvicornServer):
    """uvicorn as the load pass has it, but that the reference work runs between windows."""

    def __init__(self, folder: Path, target: str) -> None:
        self._clock = LayerClock()
        self._boundaries = Boundaries(self._clock)
        self._boundaries.install()
        super().__init__(self._boundaries.app(load(folder, target)))

    def _refer(self) -> None:
        """Not beside requests here: it would be in their time."""

    async def windows(self, warmup_s: float, duration_s: float, window_s: float) -> dict[str, Any]:
        """Windows of `window_s` within `duration_s`, once requests have come for `warmup_s`; totals of either kind.

        Plain and timed ones in turns, p t t p, so that a drift hits both alike; one such turn at the least. Raises
        RuntimeError when nobody asks.
        """
        await self._asked()
        await asyncio.sleep(warmup_s)
        kinds: tuple[list[dict[str, Any]], ...] = ([], [])
        account, costs = Account(), []
        begin_s = time.perf_counter()
        turns = 0
        while not turns or (time.perf_counter() - begin_s) * (1 + 1 / turns) <= duration_s:
            for timed in (False, True, True, False):
                costs.append(self._clock.cost_ns())
                kinds[timed].append(await self._window(window_s, account if timed else None))
            turns += 1
        return {
            "plain": _total(kinds[0]),
            "timed": _total(kinds[1]),
            "layers_s": {name: ns / 1e9 for name, ns in zip(LAYERS, account.spent_ns, strict=True)},
            "crossings": account.crossed(),
            "timers": [_typical(way, [cost[way] for cost in costs]) for way in WAYS],
            "missing": self._boundaries.missing,
            "end_s": time.perf_counter(),
        }

    async def _asked(self) -> None:
        before, deadline_s = self.requests, time.perf_counter() + _PATIENCE_S
        while self.requests == before:
            if time.perf_counter() > deadline_s:
                raise RuntimeError(f"no request arrived within {_PATIENCE_S:g} s")
            await asyncio.sleep(_LOOK_S)

    async def _window(self, window_s: float, account: Account | None) -> dict[str, Any]:
        """One window, timed into an account if there is one."""
        references = [round(reference_us(), 3) for _ in range(_REFERENCES)]
        if account is not None:
            self._boundaries.start(Account())
        await asyncio.sleep(_SETTLE_S)
        if account is not None:
            self._clock.start(account)
        before = self._used()
        await asyncio.sleep(window_s)
        after = self._used()
        if account is not None:
            self._boundaries.stop()
        return {name: after[name] - before[name] for name in after} | {"reference_us": references}

    def _used(self) -> dict[str, float]:
        return {
            "requests": self.requests,
            "cpu_s": time.process_time_ns() / 1e9,
            "system_s": resource.getrusage(resource.RUSAGE_SELF).ru_stime,
        }


def _total(windows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    summed = {name: sum(window[name] for window in windows) for name in ("requests", "cpu_s", "system_s")}
    return summed | {"reference_us": [us for window in windows for us in window["reference_us"]]}


def _typical(way: str, costs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """Median over all windows of what a boundary costs: within the inner layer, and in the outer one."""
    return {
        "way": way,
        "inside_ns": round(median(inside for inside, _ in costs), 1),
        "outside_ns": round(median(outside for _, outside in costs), 1),
    }
