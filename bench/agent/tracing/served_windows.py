"""A served app whose boundaries are timed, and not, in turns under one load: each checks the other."""

from __future__ import annotations

import asyncio
import resource
import time
from typing import Any

from bench.agent.app.asgi_app import App
from bench.agent.reference_work import reference_us
from bench.agent.servers.uvicorn import UvicornServer
from bench.agent.tracing.boundaries import Boundaries
from bench.agent.tracing.cpu_clock import CpuClock
from bench.agent.tracing.part_boundaries import PartBoundaries
from bench.agent.tracing.spent import Spent

_REFERENCES = 5
# What is under way when the timers come or go belongs to neither kind of window.
_SETTLE_S = 0.01
_PATIENCE_S, _LOOK_S = 30.0, 0.005


class WindowedServer(UvicornServer):
    """uvicorn as the load pass has it, but that the reference work runs between windows."""

    def __init__(self, app: App, clock: CpuClock, boundaries: Boundaries | PartBoundaries, *how: Any) -> None:
        """`how` are the settings and the certificate of uvicorn."""
        super().__init__(app, *how)
        self._clock = clock
        self._boundaries = boundaries

    def _refer(self) -> None:
        """Not beside requests here: it would be in their time."""

    async def asked(self) -> None:
        """Wait for a request. Raises RuntimeError when nobody asks."""
        before, deadline_s = self.requests, time.perf_counter() + _PATIENCE_S
        while self.requests == before:
            if time.perf_counter() > deadline_s:
                raise RuntimeError(f"no request arrived within {_PATIENCE_S:g} s")
            await asyncio.sleep(_LOOK_S)

    async def window(self, window_s: float, spent: Spent | None) -> dict[str, Any]:
        """One window, timed into `spent` if there is one: requests, and CPU of them all."""
        references = [round(reference_us(), 3) for _ in range(_REFERENCES)]
        if spent is not None:
            self._boundaries.start(self._clock.nowhere())  # type: ignore[arg-type]
        await asyncio.sleep(_SETTLE_S)
        if spent is not None:
            self._clock.start(spent)
        before = self._used()
        await asyncio.sleep(window_s)
        after = self._used()
        if spent is not None:
            self._boundaries.stop()
        return {name: after[name] - before[name] for name in after} | {"reference_us": references}

    def _used(self) -> dict[str, float]:
        return {
            "requests": self.requests,
            "cpu_s": (time.process_time_ns() - self._clock.asking_ns) / 1e9,
            "system_s": resource.getrusage(resource.RUSAGE_SELF).ru_stime,
        }
