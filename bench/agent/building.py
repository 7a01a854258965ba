"""What building an app spends its CPU on: clocks around what makes routes, dependants and models."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.agent.app.asgi_app import load
from bench.agent.app.imports import import_all
from bench.agent.introspection.names import attribute

_METHODS = {
    ("starlette.routing", "Route", "__init__"): "routes",
    ("starlette.routing", "WebSocketRoute", "__init__"): "routes",
    ("starlette.routing", "Mount", "__init__"): "routes",
    ("fastapi.routing", "APIRoute", "__init__"): "routes",
    ("fastapi.routing", "APIWebSocketRoute", "__init__"): "routes",
    ("fastapi.routing", "APIRouter", "__init__"): "routes",
    ("fastapi.routing", "APIRouter", "add_api_route"): "routes",
    ("fastapi.routing", "APIRouter", "include_router"): "routes",
    ("pydantic.type_adapter", "TypeAdapter", "_init_core_attrs"): "models",
}
_CONSTRUCTION, _ROUTING, _UTILS = (
    "pydantic._internal._model_construction",
    "fastapi.routing",
    "fastapi.dependencies.utils",
)
_DEPENDANTS = ("get_dependant", "get_parameterless_sub_dependant", "get_flat_dependant", "get_body_field")
_FUNCTIONS = {
    # What Pydantic does with the frame of its caller comes before these.
    (_CONSTRUCTION, "set_model_fields"): "models",
    (_CONSTRUCTION, "complete_model_class"): "models",
    **{
        (module, known): "dependants"
        for module in (_ROUTING, _UTILS)
        for name in _DEPENDANTS
        for known in (name, f"_{name}")
    },
}
PARTS = ("routes", "dependants", "models")


class BuildClock:
    """CPU of this thread in ns by part; a part that another one calls is left out of that."""

    def __init__(self) -> None:
        self._within = ["others"]
        self._thread = threading.get_ident()
        self.begin()

    def begin(self) -> None:
        self.spent_ns = dict.fromkeys((*PARTS, "others"), 0)
        self._since_ns = time.thread_time_ns()

    def charge(self) -> None:
        """What has passed since the last look is of the part that it is in."""
        now_ns = time.thread_time_ns()
        self.spent_ns[self._within[-1]] += now_ns - self._since_ns
        self._since_ns = now_ns

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(*given: Any, **named: Any) -> Any:
            if threading.get_ident() != self._thread:
                return function(*given, **named)
            self.charge()
            self._within.append(part)
            try:
                return function(*given, **named)
            finally:
                self.charge()
                self._within.pop()

        return call


def build_parts(folder: Path, target: str, imports: Sequence[str]) -> dict[str, float]:
    """CPU in ms of building the app by part, `others_cpu_ms` what is in none; its libraries are imported before. Raises
    AppError."""
    import_all(imports)
    clock = BuildClock()
    _put_in(clock)
    clock.begin()
    load(folder, target)
    clock.charge()
    return {f"{part}_cpu_ms": spent_ns / 1e6 for part, spent_ns in clock.spent_ns.items()}


def _put_in(clock: BuildClock) -> None:
    """As far as this release has them, and the app imports them."""
    for (module, owner, name), part in _METHODS.items():
        found = attribute(sys.modules.get(module), owner)
        if isinstance(found, type) and inspect.isfunction(method := vars(found).get(name)):
            setattr(found, name, clock.timed(part, method))
    for (module, name), part in _FUNCTIONS.items():
        if callable(function := attribute(sys.modules.get(module), name)):
            setattr(sys.modules[module], name, clock.timed(part, function))
