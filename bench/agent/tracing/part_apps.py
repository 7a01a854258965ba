"""ASGI apps in parts of their own: middleware, wrappers, and what is mounted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from inspect import isfunction, isroutine
from typing import Any

from bench.agent.app.asgi_app import App, Receive, Send
from bench.agent.introspection.names import qualified_name
from bench.agent.tracing.part_calls import PartCalls
from bench.agent.tracing.part_clock import FASTAPI, STARLETTE, PartClock
from bench.agent.tracing.part_names import named, package

_MACHINERY = ("errors:ServerErrorMiddleware", "exceptions:ExceptionMiddleware", "body_limit:RequestBodyLimitMiddleware")
_DEEPEST, _MOST_HELD = 8, 50
_BASE = "starlette.middleware.base:BaseHTTPMiddleware"


class TimedApp:
    """An ASGI app in its part; `receive` and `send`, which it is given, are in that of whoever calls it.

    What else is asked of it is the app's own.
    """

    def __init__(self, clock: PartClock, part: int, app: App) -> None:
        self._clock = clock
        self._part = part
        self._app = app

    def __call__(self, scope: Any, receive: Receive, send: Send) -> Any:
        clock, part = self._clock, self._part
        if not clock.on or scope["type"] != "http":
            return self._app(scope, receive, send)
        here = clock.here
        if here == part:
            return self._app(scope, receive, send)
        return clock.coroutine(part, self._app(scope, given(clock, here, receive), given(clock, here, send)))

    def __getattr__(self, name: str) -> Any:
        if name == "_app":  # it is being copied: nothing is there yet
            raise AttributeError(name)
        return getattr(self._app, name)


class _Given:
    """`receive` or `send`, in the part of whoever made it."""

    __slots__ = ("_clock", "_function", "_part")

    def __init__(self, clock: PartClock, part: int, function: Any) -> None:
        self._clock = clock
        self._part = part
        self._function = function

    def __call__(self, *message: Any) -> Any:
        return self._clock.within(self._part, self._function, *message)


def given(clock: PartClock, part: int, function: Any) -> Any:
    """What was only handed on is in its part already."""
    return function if type(function) is _Given else _Given(clock, part, function)


class PartApps:
    """Puts each middleware and each foreign app into its part as it is made or met."""

    def __init__(self, clock: PartClock, calls: PartCalls) -> None:
        self._clock = clock
        self._calls = calls

    def outermost(self, app: App) -> App:
        """The app as a server calls it, and what is wrapped around its Starlette application each by itself."""
        timed, one = self._timed(app), app
        while not _is_starlette(one) and (inner := _inner(one)) is not None:
            one, replace = inner
            replace(self._timed(one))

        async def served(scope: Any, receive: Receive, send: Send) -> None:
            await timed(scope, receive, send)

        return served

    def middleware(self, original: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Any]:
        """What Starlette takes an entry of a list of middleware apart by: its class comes first."""

        def taken_apart(entry: Any) -> Any:
            made_by, *options = original(entry)
            return iter((self._maker(made_by, options), *options))

        return taken_apart

    def mounted(self, route: Any) -> None:
        """What a route hands its requests to, where that is no application of Starlette's: its part is the handler's,
        or that of the middleware that stands before it."""
        app = route.app
        known = isinstance(app, (TimedApp, type)) or isroutine(app) or _is_starlette(app)
        if not known and package(app) != "fastapi" and not _is_machinery(qualified_name(app)):
            route.app = TimedApp(self._clock, self._clock.part("handler", qualified_name(app)), app)

    def _timed(self, app: Any) -> Any:
        if isinstance(app, TimedApp):
            return app
        if _is_starlette(app):
            return TimedApp(self._clock, STARLETTE, app)
        kind = "middleware" if _holds_starlette(app) else "handler"
        return TimedApp(self._clock, self._clock.part(kind, _name(app)), app)

    def _maker(self, made_by: Any, options: list[Any]) -> Callable[..., Any]:
        part = self._part_of(made_by, options)

        def make(app: App, *args: Any, **kwargs: Any) -> TimedApp:
            made = made_by(self._innermost(app), *args, **kwargs)
            for handlers in (getattr(made, name, None) for name in ("_status_handlers", "_exception_handlers")):
                if type(handlers) is dict:
                    handlers.update({key: self._handler(handler) for key, handler in handlers.items()})
            if getattr(made, "handler", None) is not None and part == STARLETTE:
                made.handler = self._handler(made.handler)
            return TimedApp(self._clock, part, made)

        return make

    def _innermost(self, app: Any) -> Any:
        """What a middleware calls: as it is where it is in a part of its own already."""
        if isinstance(app, TimedApp) or _is_starlette(app):
            return app
        if package(app) == "fastapi":
            return TimedApp(self._clock, FASTAPI, app)
        if package(app) == "starlette" and hasattr(app, "__code__"):
            return TimedApp(self._clock, STARLETTE, app)
        return TimedApp(self._clock, self._clock.part("handler", qualified_name(app)), app)

    def _handler(self, handler: Any) -> Any:
        """An exception handler; a library's own is a part of it."""
        return handler if package(handler) in ("starlette", "fastapi") else self._calls.in_thread("handler", handler)

    def _part_of(self, made_by: Any, options: list[Any]) -> int:
        if package(made_by) == "fastapi":
            return FASTAPI
        name = qualified_name(made_by)
        if _is_machinery(name):
            return STARLETTE
        if name == _BASE:
            keywords, positional = options[-1], options[0] if len(options) > 1 else ()
            name = qualified_name(keywords.get("dispatch") or next(iter(positional), made_by))
        return self._clock.part("middleware", name)


def _name(app: Any) -> str:
    base = named(_BASE)
    if base is not None and type(app) is base:
        return qualified_name(app.dispatch_func)
    return qualified_name(app)


def _is_machinery(name: str) -> bool:
    return name.removeprefix("starlette.middleware.") in _MACHINERY


def _is_starlette(app: Any) -> bool:
    """An application or a router, whose own boundaries are in their classes."""
    kinds = (named("starlette.applications:Starlette"), named("starlette.routing:Router"))
    return isinstance(app, tuple(kind for kind in kinds if kind is not None))


def _inner(app: Any) -> tuple[Any, Callable[[Any], None]] | None:
    """What a wrapper keeps, in an attribute or in what a function closes over, and how to keep another in its place;
    None where it keeps no application."""
    if isfunction(app):
        cells = [cell for cell in app.__closure__ or () if _holds_starlette(_content(cell))]
        return (_content(cells[0]), partial(setattr, cells[0], "cell_contents")) if cells else None
    held = getattr(app, "__dict__", {})
    name = next((name for name in ("app", *held) if name in held and _holds_starlette(held[name])), None)
    return None if name is None else (held[name], partial(setattr, app, name))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing was assigned yet
        return None


def _holds_starlette(one: Any, depth: int = _DEEPEST) -> bool:
    """Whether it is an application of Starlette's, or keeps one: in attributes, a function in what it closes over."""
    if _is_starlette(one):
        return True
    if depth == 0 or not callable(one) or isinstance(one, type):
        return False
    if isfunction(one):
        held = [_content(cell) for cell in one.__closure__ or ()]
    else:
        held = list(getattr(one, "__dict__", {}).values())
    return any(_holds_starlette(each, depth - 1) for each in held[:_MOST_HELD])
