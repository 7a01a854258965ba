"""What a route calls: by name, by place, and for which methods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from inspect import iscoroutinefunction
from typing import Any

from bench.agent.introspection.dependencies import in_thread
from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, is_a, is_subclass, qualified_name, text, undecorated
from bench.agent.introspection.places import Places

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")

Endpoint = dict[str, Any]
"""`method`, `endpoint`, `at` and `in_thread` of one route."""


def by_method(original: Any, effective: Any, places: Places) -> Iterator[Endpoint]:
    """One endpoint for each method of a route of Starlette or FastAPI. HEAD beside GET is the same route.

    Nothing for an endpoint that is an ASGI app: nobody knows what it answers.
    """
    endpoint = attribute(effective, "endpoint")
    methods = attribute(effective, "methods")
    if is_subclass(endpoint, imported("starlette.endpoints:HTTPEndpoint")):
        for method in _ordered(name for name in methods or _METHODS if hasattr(endpoint, name.lower())):
            function = attribute(endpoint, method.lower())
            name = f"{qualified_name(endpoint)}.{method.lower()}"
            yield _endpoint(method, name, places.of(function), not iscoroutinefunction(undecorated(function)))
        return
    of_fastapi = is_a(original, imported("fastapi.routing:APIRoute"))
    for method in _ordered(methods or ()):
        threaded = in_thread(endpoint) if of_fastapi else not _awaited(endpoint)
        yield _endpoint(method, qualified_name(endpoint), places.of(endpoint), threaded)


def _endpoint(method: str, name: str, at: str | None, threaded: bool) -> Endpoint:
    return {"method": method, "endpoint": name, "at": at, "in_thread": threaded}


def _ordered(methods: Iterable[str]) -> list[str]:
    names = {text(method) for method in methods}
    if "GET" in names:
        names.discard("HEAD")
    return sorted(names, key=lambda one: (_METHODS.index(one) if one in _METHODS else len(_METHODS), one))


def _awaited(endpoint: Any) -> bool:
    """As Starlette asks, which also knows objects whose call is asynchronous."""
    of_release = imported("starlette._utils:is_async_callable")
    return bool(of_release(endpoint)) if of_release is not None else iscoroutinefunction(undecorated(endpoint))
