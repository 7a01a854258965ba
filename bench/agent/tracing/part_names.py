"""Which library the code of an app belongs to, and what calling it gives; its name is that of its description."""

from __future__ import annotations

import functools
import importlib
import inspect
from typing import Any

from bench.agent.introspection.names import qualified_name, undecorated


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
