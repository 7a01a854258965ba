"""Where the layers of a served request call each other, wrapped for a clock: as each release of them is found.

Where a boundary isn't there, the layer below stays in the one above it, and `missing` says so. So do, in any release:
dependencies and endpoints that are no functions, and background tasks.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bench.agent.app.asgi_app import App, Receive, Send
from bench.agent.tracing.clock import FASTAPI, HANDLER, JSON, PYDANTIC, SERVER, STARLETTE, Account, LayerClock
from bench.agent.tracing.generators import TimedPieces, TimedThreadPieces, async_generator_function, generator_function
from bench.agent.tracing.part_names import named, named_module

_LIBRARIES = ("starlette", "fastapi")
# module, class, method, layer, whether it is awaited
_METHODS = (
    ("fastapi.routing", "APIRoute", "handle", FASTAPI, True),
    ("fastapi._compat", "ModelField", "validate", PYDANTIC, False),
    ("fastapi._compat", "ModelField", "serialize", PYDANTIC, False),
    ("fastapi._compat", "ModelField", "serialize_json", PYDANTIC, False),
    ("fastapi.responses", "ORJSONResponse", "render", JSON, False),
    ("fastapi.responses", "UJSONResponse", "render", JSON, False),
    ("starlette.responses", "JSONResponse", "render", JSON, False),
    ("starlette.responses", "Response", "__call__", STARLETTE, True),
    ("starlette.responses", "StreamingResponse", "__call__", STARLETTE, True),
    ("starlette.responses", "FileResponse", "__call__", STARLETTE, True),
)
# serialize_json came with FastAPI 0.130; the two responses need a library that a stack may lack, and may be gone.
_NOT_EVERYWHERE = ("serialize_json", "render")


class Boundaries:
    """The wrapped boundaries of one process. `install` comes before the target is imported.

    Those of classes are there while the clock is on alone; the others call through while it is off.
    """

    def __init__(self, clock: LayerClock) -> None:
        self._clock = clock
        self._swapped: list[tuple[type, str, Any]] = []
        self._calls: dict[Any, Any] = {}
        self._known: dict[int, Any] = {}
        self.missing: list[str] = []

    def install(self) -> None:
        """Put the wrappers where the libraries look their functions up at each request."""
        routing, fastapi_routing = named_module("starlette.routing"), named_module("fastapi.routing")
        self._find_methods()
        if routing is not None:
            self._wrap(routing, "request_response", self._request_response)
            self._wrap(named("starlette.applications:Starlette"), "build_middleware_stack", self._middleware_stack)
        if fastapi_routing is not None:
            self._wrap(fastapi_routing, "solve_dependencies", self._solve_dependencies)
            self._wrap(named("fastapi.applications:FastAPI"), "build_middleware_stack", self._middleware_stack)

    def start(self, account: Account) -> None:
        """Time into `account`, until `stop`."""
        for owner, name, timed in self._swapped:
            setattr(owner, name, timed)
        asyncio.get_running_loop().set_task_factory(self._clock.task)
        self._clock.start(account)

    def stop(self) -> None:
        self._clock.stop()
        asyncio.get_running_loop().set_task_factory(None)
        for owner, name, timed in self._swapped:
            if (original := timed.__wrapped__) is getattr(super(owner, owner), name, None):
                delattr(owner, name)  # it was inherited
            else:
                setattr(owner, name, original)

    def app(self, app: App) -> App:
        """The app as a server calls it."""
        starlette = named("starlette.applications:Starlette")
        whole = starlette is not None and isinstance(app, starlette)
        if not whole and starlette is not None:
            self._swap(starlette, "__call__", STARLETTE, awaited=True)
        return _TimedApp(self._clock, STARLETTE if whole else HANDLER, app, given_by=SERVER)

    def _find_methods(self) -> None:
        for module, owner, name, layer, awaited in _METHODS:
            if named_module(module.partition(".")[0]) is None:
                continue
            found = named(f"{module}:{owner}")
            if found is not None and hasattr(found, name):
                self._swap(found, name, layer, awaited)
            elif name not in _NOT_EVERYWHERE:
                self.missing.append(f"{module}.{owner}.{name}")
        streaming = named("starlette.responses:StreamingResponse")
        if streaming is not None:
            timed: Any = self._streaming(streaming.__init__)
            timed.__wrapped__ = streaming.__init__
            self._swapped.append((streaming, "__init__", timed))

    def _swap(self, owner: type, name: str, layer: int, awaited: bool) -> None:
        original = getattr(owner, name)
        wrap = self._clock.awaited if awaited else self._clock.function
        timed: Any = wrap(layer, original)
        timed.__wrapped__ = original
        self._swapped.append((owner, name, timed))

    def _wrap(self, owner: Any, name: str, wrapper: Callable[[Any], Any]) -> None:
        if owner is None or not hasattr(owner, name):
            self.missing.append(f"{getattr(owner, '__name__', owner)}.{name}")
        elif name in vars(owner):
            setattr(owner, name, wrapper(vars(owner)[name]))

    def _request_response(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Starlette's own endpoints; FastAPI has taken the unwrapped one by now."""
        return lambda endpoint: original(self._call(endpoint))

    def _solve_dependencies(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Whatever FastAPI is about to call for a request, seen the first time here: endpoint and dependencies."""

        def solve(**given: Any) -> Any:
            dependant = given["dependant"]
            if id(dependant) not in self._known:
                self._known[id(dependant)] = dependant
                dependant.call = self._call(dependant.call)
                # An override is looked up by the very function that it stands for.
                if not getattr(given.get("dependency_overrides_provider"), "dependency_overrides", None):
                    for below in _below(dependant):
                        below.call = self._call(below.call)
            return original(**given)

        return solve

    def _call(self, function: Any) -> Any:
        """A handler's function of the same kind, timed; itself if it is none, or a library's. One for each function:
        FastAPI calls a dependency only once by that."""
        own = inspect.isfunction(function) or inspect.ismethod(function)
        if not own or hasattr(function, "timed_by_clock") or _package(function) in _LIBRARIES:
            return function
        if function not in self._calls:
            timed: Any = self._timed(function)
            timed.timed_by_clock = True
            self._calls[function] = timed
        return self._calls[function]

    def _timed(self, function: Any) -> Any:
        if inspect.iscoroutinefunction(function):
            return self._clock.coroutine_function(HANDLER, function)
        if inspect.isasyncgenfunction(function):
            return async_generator_function(self._clock, HANDLER, function)
        if inspect.isgeneratorfunction(function):
            return generator_function(self._clock, HANDLER, function)
        return self._clock.function(HANDLER, function)

    def _streaming(self, original: Callable[..., None]) -> Callable[..., None]:
        """What a streaming response sends is made by the handler, piece by piece."""

        def initialise(response: Any, content: Any, *args: Any, **kwargs: Any) -> None:
            if self._clock.on:
                pieces = TimedPieces if hasattr(content, "__aiter__") else TimedThreadPieces
                content = pieces(self._clock, HANDLER, content)
            original(response, content, *args, **kwargs)

        return initialise

    def _middleware_stack(self, original: Callable[[Any], App]) -> Callable[[Any], App]:
        """The app's own middleware is the handler's; what it calls is Starlette's again."""

        def build(app: Any) -> App:
            kept = app.user_middleware
            app.user_middleware = [self._middleware(one) for one in kept]
            try:
                return original(app)
            finally:
                app.user_middleware = kept

        return build

    def _middleware(self, middleware: Any) -> Any:
        made_by, base = middleware.cls, named("starlette.middleware.base:BaseHTTPMiddleware")

        def make(app: App, *args: Any, **kwargs: Any) -> Any:
            # One that is built on a base class of Starlette's is taken apart at the function that it is there for.
            based = isinstance(made_by, type) and issubclass(made_by, base)
            library = _package(made_by) in _LIBRARIES
            own = app if based or library else _TimedApp(self._clock, STARLETTE, app, given_by=HANDLER)
            made = made_by(own, *args, **kwargs)
            if hasattr(made, "dispatch_func"):
                made.dispatch_func = self._dispatch(made.dispatch_func)
            return made if based or library else _TimedApp(self._clock, HANDLER, made, given_by=STARLETTE)

        timed = copy.copy(middleware)
        timed.cls = make
        return timed

    def _dispatch(self, dispatch: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        async def timed(request: Any, call_next: Any) -> Any:
            if not self._clock.on:
                return await dispatch(request, call_next)
            return await self._clock.slices(HANDLER, dispatch(request, self._clock.awaited(STARLETTE, call_next)))

        return timed


class _TimedApp:
    """An ASGI app in its layer; `receive` and `send`, which it is given, are in that of whoever made them."""

    def __init__(self, clock: LayerClock, layer: int, app: App, given_by: int) -> None:
        self._clock = clock
        self._layer = layer
        self._app = app
        self._given_by = given_by

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if not self._clock.on or scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await self._clock.slices(self._layer, self._app(scope, self._given(receive), self._given(send)))

    def _given(self, function: Any) -> Any:
        """What was only handed on is in its layer already."""
        known = isinstance(function, partial) and function.func == self._clock.within
        return function if known else partial(self._clock.within, self._given_by, function)


def _below(dependant: Any) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency
        yield from _below(dependency)


def _package(code: Any) -> str:
    return str(getattr(code, "__module__", "")).partition(".")[0]
