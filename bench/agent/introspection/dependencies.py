"""The dependencies of a route, as FastAPI resolves them for a request."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, items, named, qualified_name
from bench.agent.introspection.places import Places

_MOST = 1000


def dependencies(dependant: Any, overrides: Any, places: Places) -> list[dict[str, Any]]:
    """Parents before what they depend on. One that a request uses again is there once, unless it isn't cached.

    `overrides` is `dependency_overrides`: what stands for a dependency there is resolved in its place.
    """
    found: list[dict[str, Any]] = []
    cached: set[Any] = set()
    waiting = list(reversed(items(dependant, "dependencies")))
    looked_at = 0
    while waiting and looked_at < _MOST:
        looked_at += 1
        one = waiting.pop()
        called, below = _resolved(one, overrides)
        waiting.extend(reversed(below))
        use_cache, key = attribute(one, "use_cache") is not False, _cache_key(one)
        if use_cache and key in cached:
            continue
        cached.add(key)
        found.append(_dependency(called, use_cache, places))
    return found


def in_thread(call: Any) -> bool:
    """Whether FastAPI calls this endpoint or dependency in a worker thread."""
    return not (_is("coroutine", call) or _is("async_gen", call))


def _dependency(call: Any, use_cache: bool, places: Places) -> dict[str, Any]:
    return {
        "name": qualified_name(call),
        "at": places.of(call),
        "in_thread": in_thread(call),
        "yields": _is("gen", call) or _is("async_gen", call),
        "use_cache": use_cache,
    }


def _resolved(dependant: Any, overrides: Any) -> tuple[Any, list[Any]]:
    """What is called, and what that depends on in turn."""
    call = attribute(dependant, "call")
    below = items(dependant, "dependencies")
    instead = overrides.get(call) if overrides else None
    get_dependant = imported("fastapi.dependencies.utils:get_dependant")
    if instead is None or get_dependant is None:
        return call, below
    path = attribute(dependant, "path") or ""
    return instead, list(get_dependant(path=path, call=instead).dependencies)


def _cache_key(dependant: Any) -> Any:
    """By which FastAPI knows that it has called a dependency in this request; the way to ask has changed twice."""
    of_release = imported("fastapi.dependencies.models:_get_cache_key")
    if of_release is not None:
        return of_release(dependant=dependant)
    key = attribute(dependant, "cache_key")
    return attribute(dependant, "call") if key is None else key


def _is(kind: str, call: Any) -> bool:
    """`coroutine`, `gen` or `async_gen`, as this release of FastAPI tells them apart; as Python does without it, or
    where the object raises at its questions."""
    question = f"is_{kind}_callable"
    of_release = imported(f"fastapi.dependencies.models:_{question}") or imported(
        f"fastapi.dependencies.utils:{question}"
    )
    dependant = imported("fastapi.dependencies.models:Dependant")
    with suppress(Exception, SystemExit):
        if of_release is not None:
            return bool(of_release(call))
        if dependant is not None:
            return bool(getattr(dependant(call=call), question))
    return _TELLS[kind](named(call))


_TELLS: dict[str, Callable[[Any], bool]] = {
    "coroutine": inspect.iscoroutinefunction,
    "gen": inspect.isgeneratorfunction,
    "async_gen": inspect.isasyncgenfunction,
}
