"""What the code of an app is called, `module:qualname`, and which of the libraries it belongs to."""

from __future__ import annotations

import functools
import importlib
import inspect
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

_MOST_DECORATORS = 50


def undecorated(one: Any) -> Any:
    """What a partial or a decorator that says so (`functools.wraps`) stands for; a bound method's function."""
    for _ in range(_MOST_DECORATORS):
        if isinstance(one, functools.partial):
            one = one.func
        elif isinstance(one, MethodType):
            one = one.__func__
        elif callable(getattr(one, "__wrapped__", None)):
            one = one.__wrapped__
        else:
            break
    return one


def qualified_name(one: Any) -> str:
    """Of a function or class its own; of an instance, that of its class."""
    one = undecorated(one)
    named = one if isinstance(one, (type, FunctionType, BuiltinFunctionType)) else type(one)
    return f"{named.__module__}:{named.__qualname__}"


def package(one: Any) -> str:
    """The top-level package that a function, a class or an instance's class is from."""
    return qualified_name(one).partition(":")[0].partition(".")[0]


def kind_of_call(one: Any) -> str:
    """`coroutine`, `async generator`, `generator` or `function`: what calling it gives, as FastAPI sees it in an
    object whose `__call__` is one, and in a function that is decorated by another kind."""
    looked_at = [one, undecorated(one)]
    if not inspect.isclass(undecorated(one)):
        looked_at += [getattr(each, "__call__", None) for each in looked_at]  # noqa: B004  its kind is asked for
    for kind, question in _KINDS:
        if any(question(without_arguments(each)) for each in looked_at):
            return kind
    return "function"


def without_arguments(one: Any) -> Any:
    """The function of a partial."""
    while isinstance(one, functools.partial):
        one = one.func
    return one


def named(name: str) -> Any:
    """`module:Class`, or None where this stack has none."""
    module, _, owner = name.partition(":")
    return getattr(named_module(module), owner, None)


def named_module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_KINDS = (
    ("generator", inspect.isgeneratorfunction),
    ("async generator", inspect.isasyncgenfunction),
    ("coroutine", inspect.iscoroutinefunction),
)
