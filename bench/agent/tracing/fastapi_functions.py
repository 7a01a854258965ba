"""Functions of FastAPI's modules on the way of a request, each in its part; they call through while no clock is on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.agent.tracing.part_calls import PartCalls
from bench.agent.tracing.part_clock import SERIALISATION, VALIDATION, PartClock
from bench.agent.tracing.part_names import named_module

_UTILS, _ROUTING = "fastapi.dependencies.utils", "fastapi.routing"


class FastApiFunctions:
    """Dependencies and endpoints are known when FastAPI is about to call them for a request the first time."""

    def __init__(self, clock: PartClock, calls: PartCalls) -> None:
        self._clock = clock
        self._calls = calls
        self._seen: dict[int, Any] = {}

    def install(self) -> list[str]:
        """Names that this release has not."""
        return [
            name
            for name in (
                self._wrap(_ROUTING, ("solve_dependencies",), self._solve_dependencies),
                self._wrap(_ROUTING, ("run_endpoint_function",), self._run_endpoint),
                self._wrap(_ROUTING, ("serialize_response",), lambda it: self._clock.awaited(SERIALISATION, it)),
                self._wrap(_UTILS, ("request_body_to_args",), lambda it: self._clock.awaited(VALIDATION, it)),
                self._wrap(_UTILS, ("run_in_threadpool",), self._run_in_threadpool),
                self._wrap(_UTILS, ("_solve_generator", "solve_generator"), self._solve_generator),
                self._wrap(_UTILS, ("contextmanager_in_threadpool",), self._in_threadpool),
                self._wrap(_UTILS, ("get_dependant",), self._get_dependant),
            )
            if name is not None
        ]

    def _wrap(self, module: str, names: tuple[str, ...], wrap: Callable[[Any], Any]) -> str | None:
        """Under the first of the names that it goes by; its name if it has none."""
        found = named_module(module)
        for name in names:
            if hasattr(found, name):
                setattr(found, name, wrap(getattr(found, name)))
                return None
        return f"{module}.{names[0]}"

    def _solve_dependencies(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def solve(**given: Any) -> Any:
            dependant: Any = given["dependant"]
            provider: Any = given.get("dependency_overrides_provider")
            if id(dependant) not in self._seen:
                self._seen[id(dependant)] = dependant
                dependant.call = self._calls.of("handler", dependant.call)
                if not getattr(provider, "dependency_overrides", None):
                    for below in _below(dependant):
                        below.call = self._calls.of("dependency", below.call)
            overrides = getattr(provider, "dependency_overrides", None)
            if overrides and type(overrides) is dict:
                provider.dependency_overrides = _TimedOverrides(overrides, self._calls)
            return original(**given)

        return solve

    def _run_endpoint(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A `def` endpoint takes its way to a thread and back with it."""

        def run(**given: Any) -> Any:
            awaitable, part = original(**given), _part_of(given["dependant"].call)
            if not self._clock.on or part is None or given.get("is_coroutine"):
                return awaitable
            return self._clock.slices(part, awaitable)

        return run

    def _run_in_threadpool(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """As a `def` dependency does."""

        def run(function: Any, *args: Any, **kwargs: Any) -> Any:
            awaitable, part = original(function, *args, **kwargs), _part_of(function)
            return awaitable if not self._clock.on or part is None else self._clock.slices(part, awaitable)

        return run

    def _solve_generator(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def solve(**given: Any) -> Any:
            call = given["call"] if "call" in given else given["dependant"].call
            awaitable, part = original(**given), _part_of(call)
            return awaitable if not self._clock.on or part is None else self._clock.slices(part, awaitable)

        return solve

    def _in_threadpool(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A `def` dependency with `yield` goes to a thread once more when it ends."""

        def enter(manager: Any) -> Any:
            made = original(manager)
            return _TimedContext(self._clock, self._clock.here, made) if self._clock.on else made

        return enter

    def _get_dependant(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Of an override, which is looked into at each request: by its own signature and names, called as timed."""

        def get(**given: Any) -> Any:
            call: Any = given.get("call")
            if _part_of(call) is None:
                return original(**given)
            found = original(**{**given, "call": call.__wrapped__})
            found.call = call
            return found

        return get


class _TimedOverrides(dict[Any, Any]):
    """`dependency_overrides` as FastAPI looks into it: what it finds there, or not, is what it calls."""

    def __init__(self, overrides: dict[Any, Any], calls: PartCalls) -> None:
        super().__init__(overrides)
        self._calls = calls

    def get(self, call: Any, default: Any = None) -> Any:
        known = call.__wrapped__ if _part_of(call) is not None else call
        return self._calls.of("dependency", super().get(known, default))


class _TimedContext:
    """An asynchronous context manager whose beginning and end are in a part."""

    def __init__(self, clock: PartClock, part: int, manager: Any) -> None:
        self._clock = clock
        self._part = part
        self._manager = manager

    async def __aenter__(self) -> Any:
        return await self._clock.within(self._part, self._manager.__aenter__)

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._clock.within(self._part, self._manager.__aexit__, *raised)


def _part_of(call: Any) -> int | None:
    part: int | None = getattr(call, "timed_part", None)
    return part


def _below(dependant: Any) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency
        yield from _below(dependency)
