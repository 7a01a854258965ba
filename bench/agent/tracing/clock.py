"""The CPU clock of the seven layers of a served request."""

from __future__ import annotations

from typing import Any

from bench.agent.tracing.cpu_clock import WAYS, CpuClock
from bench.agent.tracing.spent import Spent

LAYERS = ("server", "starlette", "fastapi", "pydantic", "json", "handler", "gc")
SERVER, STARLETTE, FASTAPI, PYDANTIC, JSON, HANDLER, GC = range(len(LAYERS))


class Account(Spent):
    """CPU by layer, and every crossing between two of them: [way][from][to] as one list."""

    def __init__(self) -> None:
        super().__init__([0] * len(LAYERS), [0] * (len(WAYS) * len(LAYERS) ** 2))

    def crossed(self) -> list[dict[str, Any]]:
        """Every boundary that was crossed at all."""
        names = [(way, outer, inner) for way in WAYS for outer in LAYERS for inner in LAYERS]
        return [
            {"way": way, "outer": outer, "inner": inner, "times": times}
            for (way, outer, inner), times in zip(names, self.crossings, strict=True)
            if times
        ]


class LayerClock(CpuClock):
    """The loop's thread begins in the server; any other that crosses a boundary in Starlette, whose thread pool it
    is."""

    def __init__(self) -> None:
        super().__init__(width=len(LAYERS), root=SERVER, pool=STARLETTE, collector=GC)
        self._steps = [self._driver(layer) for layer in range(len(LAYERS))]

    def nowhere(self) -> Account:
        return Account()
