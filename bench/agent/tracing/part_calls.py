"""What FastAPI and Starlette call of an app, each in a part of its own: dependencies, endpoints, exception handlers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isroutine
from typing import Any

from bench.agent.introspection.names import qualified_name
from bench.agent.tracing.generators import async_generator_function, generator_function
from bench.agent.tracing.part_clock import PartClock
from bench.agent.tracing.part_names import kind_of_call, named


class PartCalls:
    """Timed callables of the same kind as the app's own: one for each, since FastAPI calls a dependency once by it."""

    def __init__(self, clock: PartClock) -> None:
        self._clock = clock
        self._known: dict[Any, Any] = {}
        self._kept: list[Any] = []

    def of(self, kind: str, call: Any) -> Any:
        """The same, timed in the part of this kind that it is called by; itself if it is timed already."""
        if call is None or hasattr(call, "timed_part"):
            return call
        key = (kind, self._key(call))
        if key not in self._known:
            part = self._clock.part(kind, qualified_name(call))
            self._known[key] = self._timed(part, call)
        return self._known[key]

    def in_thread(self, kind: str, call: Any) -> Any:
        """A coroutine function, in the call's part, that calls it in a thread if it is no coroutine function."""
        if kind_of_call(call) == "coroutine":
            return self.of(kind, call)
        timed, run = self.of(kind, call), named("starlette.concurrency:run_in_threadpool")
        part = timed.timed_part

        @wraps(call, updated=())
        async def handed_over(*args: Any, **kwargs: Any) -> Any:
            if not self._clock.on:
                return await run(call, *args, **kwargs)
            return await self._clock.slices(part, run(timed, *args, **kwargs))

        handed_over.timed_part = part  # type: ignore[attr-defined]
        return handed_over

    def _timed(self, part: int, call: Any) -> Any:
        plain = call if isroutine(call) else _function(call)
        match kind_of_call(call):
            case "coroutine":
                timed: Any = self._clock.coroutine_function(part, plain)
            case "async generator":
                timed = async_generator_function(self._clock, part, plain)
            case "generator":
                timed = generator_function(self._clock, part, plain)
            case _:
                timed = self._clock.function(part, plain)
        timed.timed_part = part
        timed.__wrapped__ = call
        return timed

    def _key(self, call: Any) -> Any:
        try:
            hash(call)
        except TypeError:
            self._kept.append(call)
            return id(call)
        return call


def _function(call: Any) -> Callable[..., Any]:
    """A class, a partial or an object as a function, whose own attributes stay its own."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return call(*args, **kwargs)

    function.__module__, function.__doc__ = getattr(call, "__module__", __name__), None
    return function
