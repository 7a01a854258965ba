"""The middleware of an application: what its owners added, and what was put around or between by others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, is_a, is_subclass, items, qualified_name
from bench.agent.introspection.wrappers import way_to

_LIBRARIES = ("starlette.", "fastapi.")


@dataclass(frozen=True)
class FoundMiddleware:
    """`made_by` is its class or function: what it is called by. `place` is its index in `user_middleware`."""

    made_by: Any
    base_http: bool
    place: int | None = None

    @property
    def name(self) -> str:
        return qualified_name(self.made_by)


def added(entry: Any, place: int | None = None) -> FoundMiddleware:
    """What an entry of `user_middleware` stands for; a function for HTTP (`@app.middleware`) by the function's name."""
    made_by = attribute(entry, "cls")
    options = attribute(entry, "kwargs") or attribute(entry, "options")
    base = imported("starlette.middleware.base:BaseHTTPMiddleware")
    if base is not None and made_by is base:
        given = options.get("dispatch") if is_a(options, dict) else None
        function = given or next(iter(items(entry, "args")), None)
        return FoundMiddleware(function or made_by, base_http=True, place=place)
    return FoundMiddleware(made_by, is_subclass(made_by, base), place)


def wrapped(one: Any) -> FoundMiddleware:
    """A middleware that has been made already: an object, or the function that a function made."""
    base = imported("starlette.middleware.base:BaseHTTPMiddleware")
    if base is not None and type(one) is base:
        return FoundMiddleware(attribute(one, "dispatch_func") or base, base_http=True)
    return FoundMiddleware(one if is_a(one, FunctionType) else type(one), is_a(one, base))


def of_application(app: Any) -> list[FoundMiddleware]:
    """Outermost first: `user_middleware`, and what somebody put into the stack beside it, as tracing libraries do."""
    entries = [added(entry, place) for place, entry in enumerate(items(app, "user_middleware"))]
    router = attribute(app, "router")
    stack, end = way_to(attribute(app, "middleware_stack"), lambda one: one is router)
    return entries if end is None else list(_merged(entries, stack))


def of_router(router: Any) -> list[FoundMiddleware]:
    """What was given to a router of Starlette as its `middleware`; none where the release takes none."""
    outermost = attribute(router, "middleware_stack")
    stack, end = way_to(outermost, lambda one: one is router)
    return [wrapped(one) for one in stack if not _is_machinery(one)] if end is not None else []


def of_route(route: Any, end: Any) -> list[FoundMiddleware]:
    """What was given to a Route, Mount or WebSocketRoute as its `middleware`: around `end`, its endpoint or app."""
    found: list[FoundMiddleware] = []
    one = attribute(route, "app")
    while one is not None and one is not end and not is_a(one, (FunctionType, MethodType, type)):
        if not _is_machinery(one):
            found.append(wrapped(one))
        one = attribute(one, "app")
    return found


def _merged(entries: list[FoundMiddleware], stack: list[Any]) -> Iterator[FoundMiddleware]:
    """The entries in their order, and between them what stands in the stack without being one of them."""
    waiting = list(entries)
    for one in stack:
        place = next((place for place, entry in enumerate(waiting) if _made(entry, one)), None)
        if place is not None:
            yield from waiting[: place + 1]
            del waiting[: place + 1]
        elif not _is_machinery(one):
            if waiting and not is_a(waiting[0].made_by, type):
                yield waiting.pop(0)  # made by a function: what that gives isn't known
            else:
                yield wrapped(one)
    yield from waiting


def _made(entry: FoundMiddleware, one: Any) -> bool:
    if is_a(entry.made_by, type):
        return type(one) is entry.made_by
    return wrapped(one).made_by is entry.made_by


def _is_machinery(one: Any) -> bool:
    """Whether the libraries put it there by themselves: errors, exit stacks, limits of a body."""
    return qualified_name(one).startswith(_LIBRARIES)
