"""What one agent process keeps between commands: apps by target with their lifespans, exchanges by case, one server."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.agent.app.asgi_app import App, Lifespan, load
from bench.agent.app.error import AppError
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.requests.prepared import prepared
from bench.agent.timing import CollectorClock

Arguments = Mapping[str, Any]


class AgentState:
    """At most one server."""

    def __init__(self, targets: Path, interpreter_ms: float) -> None:
        self._targets = targets
        self._interpreter_ms = interpreter_ms
        self._apps: dict[str, App] = {}
        self._lifespans: dict[str, Lifespan] = {}
        self._exchanges: dict[str, PreparedRequest] = {}
        self._collector = CollectorClock()
        self._served: Any = None
        self._profiled: Any = None
        self._parts: Any = None

    async def close(self) -> None:
        if self._served is not None:
            await self._served.stop()
        for lifespan in self._lifespans.values():
            await lifespan.stop()

    async def _exchange(self, given: Arguments) -> PreparedRequest:
        app = await self._started(given["target"])
        return prepared(app, given["request"], self._lifespans[given["target"]].state)

    async def _started(self, target: str) -> App:
        """The app of a target, its lifespan started."""
        if target not in self._lifespans:
            lifespan = Lifespan(self._loaded(target))
            await lifespan.start()
            self._lifespans[target] = lifespan
        return self._apps[target]

    async def _handed_over(self, target: str, here: bool) -> dict[str, Any] | None:
        """Before a target is served, in this process if `here`: a service's lifespan runs once, none beside it.

        That of somebody's own app goes on, which is the same object whoever loads it and may not bear to be started
        again: what it has left for requests. All others end, for what is served then is loaded anew.
        """
        running = self._lifespans
        kept = {target: running[target]} if here and target in running and _is_one_object(target) else {}
        for name, lifespan in running.items():
            if name not in kept:
                del self._apps[name]
                with suppress(AppError):  # it isn't the one that is measured
                    await lifespan.stop()
        self._lifespans = kept
        return kept[target].state if kept else None

    def _loaded(self, target: str) -> App:
        if target not in self._apps:
            app = load(self._targets, target)
            self._apps[target] = app if self._parts is None else self._parts.app(app)
        return self._apps[target]


def _is_one_object(target: str) -> bool:
    """Whether it is the same wherever it is loaded: no file of the targets' folder, and no factory's."""
    return ":" in target and not target.endswith("()")
