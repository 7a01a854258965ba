"""The Starlette application inside what an app's name stands for, and what is wrapped around it."""

from __future__ import annotations

import dis
import functools
from collections.abc import Iterator
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

from bench.agent.introspection.libraries import imported
from bench.agent.introspection.names import attribute, is_a

# What middleware calls the app that it stands around, the usual names first.
_INNER = (
    "app",
    "_app",
    "application",
    "_application",
    "asgi_app",
    "_asgi_app",
    "wrapped",
    "_wrapped",
    "__wrapped__",
    "wrapped_app",
    "_wrapped_app",
    "inner",
    "_inner",
    "next",
    "other_asgi_app",
)
_DEEPEST = 50
_MOST_LOOKED_AT = 500
_MOST_HELD = 50


_APPLICATIONS = ("starlette.applications:Starlette", "starlette.routing:Router", "starlette.routing:BaseRoute")


def application(one: Any) -> bool:
    """Whether it is an application or a router of Starlette, or a route that is an app of its own."""
    return any(is_a(one, imported(name)) for name in _APPLICATIONS)


def inside(outer: Any) -> tuple[list[Any], Any]:
    """What is wrapped around the nearest application, outermost first, and that application; None if there is none."""
    return way_to(outer, application)


def way_to(outer: Any, wanted: Any) -> tuple[list[Any], Any]:
    """Depth first, by what each object holds, the likeliest first: the objects on the way, and the wanted one."""
    if wanted(outer):
        return [], outer
    seen = {id(outer)}
    way: list[tuple[Any, Iterator[Any]]] = [(outer, _held(outer))]
    while way and len(seen) < _MOST_LOOKED_AT:
        below = next(way[-1][1], None)
        if below is None:
            way.pop()
        elif id(below) not in seen:
            if wanted(below):
                return [one for one, _ in way if not is_a(one, MethodType)], below
            seen.add(id(below))
            if len(way) < _DEEPEST:
                way.append((below, _held(below)))
    return [], None


def _held(one: Any) -> Iterator[Any]:
    """What might be an app among what an object holds; never None."""
    if is_a(one, MethodType):
        yield one.__self__
        return
    if is_a(one, functools.partial):
        candidates: list[Any] = [one.func, *one.args, *one.keywords.values()]
    elif is_a(one, FunctionType):
        candidates = [attribute(one, "__wrapped__"), *_closed_over(one), *_of_module(one)]
    else:
        by_name = (attribute(one, name) for name in _INNER)
        others = attribute(one, "__dict__")
        yield from filter(_might_be_app, by_name)
        candidates = list(islice(others.values(), _MOST_HELD)) if is_a(others, dict) else []
        candidates += _of_module(attribute(type(one), "__call__"))
    yield from filter(_might_be_app, candidates)


def _closed_over(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def _of_module(function: Any) -> list[Any]:
    """Objects of its module that a function uses, without other functions: those lead anywhere. The names of its
    attributes stand beside them in its code: `self.app` isn't the `app` of its module."""
    if not is_a(function, FunctionType):
        return []
    names = dict.fromkeys(one.argval for one in dis.get_instructions(function) if one.opname == "LOAD_GLOBAL")
    used = (function.__globals__.get(name) for name in names)
    return [one for one in used if not is_a(one, (FunctionType, BuiltinFunctionType))]


def _might_be_app(one: Any) -> bool:
    return one is not None and callable(one) and not is_a(one, (type, ModuleType))
