"""The same app under a stack without some of its middlewares: for one request at a time, and as it was after it.

A stack is rebuilt from the application's own list less some, and stands in the place of the built one while a request
is answered. So routes, state, wrappers and `request.app` are the app's own, however it is mounted and wrapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from bench.agent.app.asgi_app import App, Receive, Send
from bench.agent.introspection.wrappers import inside


class _Replacement(NamedTuple):
    """An attribute that has another value while a request is answered."""

    owner: Any
    name: str
    value: Any


class CannotPeelError(Exception):
    """A middleware that can't be left out: nobody knows how to build the app without it."""


class Peeled:
    """An ASGI app in whose stacks something is replaced while it answers."""

    def __init__(self, app: App, replacements: Sequence[_Replacement]) -> None:
        self._app = app
        self._replacements = replacements

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        before = [getattr(owner, name) for owner, name, _ in self._replacements]
        for owner, name, value in self._replacements:
            setattr(owner, name, value)
        try:
            await self._app(scope, receive, send)
        finally:
            for (owner, name, _), value in zip(self._replacements, before, strict=True):
                setattr(owner, name, value)


def without(app: App, middleware: Sequence[Mapping[str, Any]], left_out: Sequence[int]) -> Peeled:
    """An app without some of its middlewares: indexes into all that its description has, of which those that wrap it
    from outside come first. Raises CannotPeelError."""
    wrappers, application = inside(app)
    chosen = [(index, middleware[index]) for index in left_out]
    outside = [index for index, one in chosen if one["place"] is None]
    if any(index >= len(wrappers) for index in outside):
        raise CannotPeelError("it isn't in a list of middlewares")
    root, replacements = _unwrapped([*wrappers, application], outside)
    listed = [one for _, one in chosen if one["place"] is not None]
    applications = dict(reversed(list(_applications(application, "")))) if listed else {}
    for mounted_at in {one["of"] for one in listed}:
        if mounted_at not in applications:
            raise CannotPeelError(f"no application is found at {mounted_at or '/'}")
        places = {one["place"] for one in listed if one["of"] == mounted_at}
        replacements.append(_with_stack(applications[mounted_at], places))
    return Peeled(root, replacements)


def _with_stack(application: Any, places: set[int]) -> _Replacement:
    """The application's stack, built without those at these places of its list."""
    listed = application.user_middleware
    if max(places) >= len(listed):
        raise CannotPeelError("the app's list of middlewares has changed")
    application.user_middleware = [one for place, one in enumerate(listed) if place not in places]
    try:
        stack = application.build_middleware_stack()
    except Exception as error:
        raise CannotPeelError(f"a middleware can't be made twice: {type(error).__name__}: {error}") from error
    finally:
        application.user_middleware = listed
    return _Replacement(application, "middleware_stack", stack)


def _unwrapped(chain: Sequence[Any], places: Sequence[int]) -> tuple[Any, list[_Replacement]]:
    """The outermost of the wrappers that are left, and who calls whom then. Raises CannotPeelError for one that keeps
    what it wraps where it can't be replaced."""
    left = [place for place in range(len(chain)) if place not in places]
    replacements = []
    for outer, inner in pairwise(left):
        if inner == outer + 1:
            continue
        held = getattr(chain[outer], "__dict__", {})
        name = next((name for name, value in held.items() if value is chain[outer + 1]), None)
        if name is None:
            raise CannotPeelError("what wraps it can't be made to wrap something else")
        replacements.append(_Replacement(chain[outer], name, chain[inner]))
    return chain[left[0]], replacements


def _has_stack(app: Any) -> bool:
    return hasattr(app, "user_middleware") and hasattr(app, "build_middleware_stack")


def _applications(app: Any, mounted_at: str, above: frozenset[int] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Everything with a stack of its own by the path that it is mounted at, as routes are tried. One that is mounted
    below itself is found once."""
    if id(app) in above:
        return
    if _has_stack(app):
        yield mounted_at, app
    yield from _mounted(getattr(app, "routes", None) or (), mounted_at, above | {id(app)})


def _mounted(routes: Iterable[Any], prefix: str, above: frozenset[int]) -> Iterator[tuple[str, Any]]:
    for route in routes:
        if (router := getattr(route, "original_router", None)) is not None:  # FastAPI >= 0.137
            included = getattr(getattr(route, "include_context", None), "prefix", "")
            yield from _mounted(router.routes, prefix + included, above)
        elif not hasattr(route, "endpoint") and hasattr(route, "app"):
            yield from _applications(inside(route.app)[1], prefix + getattr(route, "path", ""), above)
