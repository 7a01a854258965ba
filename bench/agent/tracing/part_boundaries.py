"""Where an app's parts call each other, wrapped for a clock: in FastAPI 0.100 to the newest, and in plain Starlette.

Where a boundary isn't there, the part below stays in the one above it, and `missing` says so. So does, in any release,
what a route class of the app's own does around FastAPI's: it counts as FastAPI. A response that a middleware makes and
sends is that middleware's; one that a handler makes is encoded in `serialisation` and sent in `starlette`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.agent.app.asgi_app import App
from bench.agent.introspection.names import qualified_name
from bench.agent.tracing.fastapi_functions import FastApiFunctions
from bench.agent.tracing.generators import TimedPieces
from bench.agent.tracing.part_apps import PartApps, given
from bench.agent.tracing.part_calls import PartCalls
from bench.agent.tracing.part_clock import (
    BACKGROUND,
    FASTAPI,
    ROUTING,
    SERIALISATION,
    STARLETTE,
    VALIDATION,
    PartClock,
)
from bench.agent.tracing.part_names import named, named_module
from bench.agent.tracing.spent import Spent
from bench.agent.tracing.swapped import SwappedMethods

Choose = Callable[[str, tuple[Any, ...], dict[str, Any]], int | None]
"""The part of a call, by the kind of part that makes it and its arguments; None where it stays in that part."""
_DELIVERS = "call_soon_threadsafe"


class PartBoundaries:
    """The wrapped boundaries of one process. `install` comes before the app is imported.

    Those of classes are there while the clock is on alone; the others call through while it is off.
    """

    def __init__(self) -> None:
        self.clock = PartClock()
        self.missing: list[str] = []
        self._calls = PartCalls(self.clock)
        self._apps = PartApps(self.clock, self._calls)
        self._methods = SwappedMethods()
        self._factory: Any = None

    def install(self) -> None:
        """Put the wrappers where the libraries look their functions up."""
        of_fastapi = named("fastapi.routing:APIRoute") is not None  # it takes functions of Starlette's as they are now
        if named("starlette.routing:Router") is not None:
            self._in_starlette()
        if of_fastapi:
            self._in_fastapi()
        self._threads()

    def app(self, app: App) -> App:
        """The app as a server calls it."""
        return self._apps.outermost(app)

    def start(self, spent: Spent) -> None:
        """Time into `spent`, until `stop`."""
        self.put_in()
        self.clock.start(spent)

    def stop(self) -> None:
        self.clock.stop()
        self.take_out()

    def put_in(self) -> None:
        """What is there while the clock is on alone. Each time, Python forgets what it knew of the classes: windows of
        one kind come together."""
        self._methods.put_in()
        loop = asyncio.get_running_loop()
        self._factory = loop.get_task_factory()
        loop.set_task_factory(self.clock.factory(self._factory))
        setattr(loop, _DELIVERS, self.clock.delivering(loop.call_soon_threadsafe))

    def take_out(self) -> None:
        loop = asyncio.get_running_loop()
        delattr(loop, _DELIVERS)  # the class has it
        loop.set_task_factory(self._factory)
        self._methods.take_out()

    def _in_starlette(self) -> None:
        self._permanent("starlette.middleware:Middleware", "__iter__", self._apps.middleware)
        self._permanent("starlette.routing", "request_response", self._request_response)
        self._swap("starlette.applications:Starlette", "__call__", self._asgi(STARLETTE))
        self._swap("starlette.routing:Router", "__call__", self._asgi(ROUTING, keeping=True))
        self._swap("starlette.routing:Route", "handle", self._handle)
        for owner in ("Mount", "Host"):
            self._swap(f"starlette.routing:{owner}", "handle", self._mounted)
        self._swap("starlette.endpoints:HTTPEndpoint", "dispatch", self._endpoint)
        for name in ("body", "json", "_get_form"):
            self._swap("starlette.requests:Request", name, self._awaited(_from(("fastapi",), VALIDATION)))
        self._swap("starlette.responses:Response", "__init__", self._function(_encodes))
        self._swap("starlette.responses:StreamingResponse", "__init__", self._streaming)
        sends = _from(("fastapi", "handler"), STARLETTE)
        for owner in ("Response", "StreamingResponse", "FileResponse"):
            self._swap(f"starlette.responses:{owner}", "__call__", self._awaited(sends))
        for owner in ("BackgroundTask", "BackgroundTasks"):
            self._swap(f"starlette.background:{owner}", "__call__", self._awaited(_background))

    def _in_fastapi(self) -> None:
        if "handle" in vars(named("fastapi.routing:APIRoute")):  # else it is Starlette's
            self._swap("fastapi.routing:APIRoute", "handle", self._handle)
        self._swap("fastapi._compat:ModelField", "validate", self._function(_validates))
        for name in ("serialize", "serialize_json"):  # the second came with FastAPI 0.130
            if name == "serialize" or hasattr(named("fastapi._compat:ModelField"), name):
                self._swap("fastapi._compat:ModelField", name, self._function(_from(("fastapi",), SERIALISATION)))
        self.missing += FastApiFunctions(self.clock, self._calls).install()

    def _threads(self) -> None:
        """Work for other threads, whichever way it goes there."""
        self._permanent("anyio.to_thread", "run_sync", self._run_sync)
        submit = ThreadPoolExecutor.submit

        def timed(pool: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            return submit(pool, self.clock.handed_over(function), *args, **kwargs)

        ThreadPoolExecutor.submit = timed  # type: ignore[method-assign]

    def _run_sync(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def timed(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            return original(self.clock.handed_over(function), *args, **kwargs)

        return timed

    def _permanent(self, owner: str, name: str, wrap: Callable[[Any], Any]) -> None:
        module, _, of = owner.partition(":")
        found = named(owner) if of else named_module(module)
        if found is None or not hasattr(found, name):
            self.missing.append(f"{owner}.{name}")
        else:
            setattr(found, name, wrap(getattr(found, name)))

    def _swap(self, owner: str, name: str, wrap: Callable[[Any], Any]) -> None:
        found = named(owner)
        if found is None or not hasattr(found, name):
            self.missing.append(f"{owner}.{name}")
        else:
            self._methods.add(found, name, wrap)

    def _awaited(self, choose: Choose) -> Callable[[Any], Any]:
        clock = self.clock

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def timed(*args: Any, **kwargs: Any) -> Any:
                part = choose(clock.kinds[clock.here], args, kwargs) if clock.on else None
                awaitable = original(*args, **kwargs)
                return awaitable if part is None else clock.coroutine(part, awaitable)

            return timed

        return wrap

    def _function(self, choose: Choose) -> Callable[[Any], Any]:
        clock = self.clock

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            in_part = {part: clock.function(part, original) for part in (VALIDATION, SERIALISATION)}

            def timed(*args: Any, **kwargs: Any) -> Any:
                part = choose(clock.kinds[clock.here], args, kwargs) if clock.on else None
                return (original if part is None else in_part[part])(*args, **kwargs)

            return timed

        return wrap

    def _asgi(self, part: int, *, keeping: bool = False) -> Callable[[Any], Any]:
        """An app of the library's: `receive` and `send` are left as they are where they are its own machinery's."""
        clock = self.clock

        def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
            def timed(app: Any, scope: Any, receive: Any, send: Any) -> Any:
                here = clock.here
                if not clock.on or scope["type"] != "http" or here == part:
                    return original(app, scope, receive, send)
                if not keeping:
                    receive, send = given(clock, here, receive), given(clock, here, send)
                return clock.coroutine(part, original(app, scope, receive, send))

            return timed

        return wrap

    def _handle(self, original: Callable[..., Any]) -> Callable[..., Any]:
        clock, of_fastapi = self.clock, named("fastapi.routing:APIRoute") or ()

        def timed(route: Any, scope: Any, receive: Any, send: Any) -> Any:
            part = FASTAPI if isinstance(route, of_fastapi) else STARLETTE
            if not clock.on or clock.here == part:
                return original(route, scope, receive, send)
            self._apps.mounted(route)
            return clock.coroutine(part, original(route, scope, receive, send))

        return timed

    def _mounted(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def timed(route: Any, scope: Any, receive: Any, send: Any) -> Any:
            self._apps.mounted(route)
            return original(route, scope, receive, send)

        return timed

    def _endpoint(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A class of an app's own with a method for each of HTTP's: an instance for each request, a part for each
        method."""
        known: dict[tuple[type, str], int] = {}

        async def timed(endpoint: Any) -> None:
            key = type(endpoint), endpoint.scope["method"]
            if key not in known:
                known[key] = self.clock.part("handler", f"{qualified_name(endpoint)}.{key[1].lower()}")
            await self.clock.within(known[key], original, endpoint)

        return timed

    def _request_response(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Starlette's own endpoints; FastAPI has taken the unwrapped one by now."""
        return lambda endpoint: original(self._calls.in_thread("handler", endpoint))

    def _streaming(self, original: Callable[..., None]) -> Callable[..., None]:
        """What a streaming response sends is made by whoever made the response, piece by piece."""

        def initialise(response: Any, *args: Any, **kwargs: Any) -> None:
            original(response, *args, **kwargs)
            if self.clock.on:
                response.body_iterator = TimedPieces(self.clock, self.clock.here, response.body_iterator)

        return initialise


def _from(kinds: tuple[str, ...], part: int) -> Choose:
    return lambda here, _, __: part if here in kinds else None


def _background(here: str, _: tuple[Any, ...], __: dict[str, Any]) -> int | None:
    return BACKGROUND if here != "background" else None


def _encodes(here: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    """A response is made: of one without a body, nothing is encoded."""
    content = args[1] if len(args) > 1 else kwargs.get("content")
    return SERIALISATION if content is not None and here in ("fastapi", "handler", "starlette") else None


def _validates(here: str, _: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
    if here != "fastapi":
        return None
    return SERIALISATION if kwargs.get("loc") == ("response",) else VALIDATION
