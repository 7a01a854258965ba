"""A served target whose layers are timed, and not, in turns under one load."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.agent.app.asgi_app import load
from bench.agent.tracing.boundaries import Boundaries
from bench.agent.tracing.clock import LAYERS, Account, LayerClock
from bench.agent.tracing.cpu_clock import typical_costs
from bench.agent.tracing.served_windows import WindowedServer


class TimedServer(WindowedServer):
    """The target is loaded behind wrapped boundaries."""

    def __init__(self, folder: Path, target: str, *how: Any) -> None:
        layers = LayerClock()
        boundaries = Boundaries(layers)
        boundaries.install()
        super().__init__(boundaries.app(load(folder, target)), layers, boundaries, *how)
        self._missing = boundaries.missing

    async def windows(self, warmup_s: float, duration_s: float, window_s: float) -> dict[str, Any]:
        """Windows of `window_s` within `duration_s`, once requests have come for `warmup_s`; totals of either kind.

        Plain and timed ones in turns, p t t p, so that a drift hits both alike; one such turn at the least. Raises
        RuntimeError when nobody asks.
        """
        await self.asked()
        await asyncio.sleep(warmup_s)
        kinds: tuple[list[dict[str, Any]], ...] = ([], [])
        account, costs = Account(), []
        begin_s = time.perf_counter()
        turns = 0
        while not turns or (time.perf_counter() - begin_s) * (1 + 1 / turns) <= duration_s:
            for timed in (False, True, True, False):
                costs.append(self._clock.cost_ns())
                kinds[timed].append(await self.window(window_s, account if timed else None))
            turns += 1
        return {
            "plain": _total(kinds[0]),
            "timed": _total(kinds[1]),
            "layers_s": {name: ns / 1e9 for name, ns in zip(LAYERS, account.spent_ns, strict=True)},
            "crossings": account.crossed(),
            "timers": typical_costs(costs),
            "missing": self._missing,
            "end_s": time.perf_counter(),
        }


def _total(windows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    summed = {name: sum(window[name] for window in windows) for name in ("requests", "cpu_s", "system_s")}
    return summed | {"reference_us": [us for window in windows for us in window["reference_us"]]}
