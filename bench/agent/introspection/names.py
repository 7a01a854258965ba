"""Objects of an app by name: read with care, since attributes of an object that somebody wrote run their code."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import islice
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

_LONGEST_NAME = 500
_MOST_ITEMS = 100_000
_MOST_DECORATORS = 50
UNKNOWN = "?"


def attribute(one: Any, name: str, default: Any = None) -> Any:
    """An attribute of an object that may raise anything when it is asked."""
    try:
        return getattr(one, name, default)
    except (Exception, SystemExit):  # noqa: BLE001
        return default


def items(of: Any, name: str) -> list[Any]:
    """What an attribute holds, if it is a collection that can be gone through: of each no more than anybody has."""
    held: Iterable[Any] = attribute(of, name) or ()
    try:
        return list(islice(held, _MOST_ITEMS))
    except (Exception, SystemExit):  # noqa: BLE001
        return []


def is_a(one: Any, kind: Any) -> bool:
    """`isinstance` by the type alone: an object can lie about its `__class__`. A kind of None has no instances."""
    return kind is not None and issubclass(type(one), kind)


def is_subclass(one: Any, kind: Any) -> bool:
    return kind is not None and is_a(one, type) and kind in type.mro(one)


def text(value: Any, default: str = "") -> str:
    """A string as it can be written down: of bounded length, without control characters or half characters."""
    if not is_a(value, str):
        return default
    plain = str.__getitem__(value, slice(0, _LONGEST_NAME)).encode("utf-8", "replace").decode()
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in plain)


def undecorated(one: Any) -> Any:
    """What a partial or a decorator that says so (`functools.wraps`) stands for; a bound method's function."""
    for _ in range(_MOST_DECORATORS):
        if is_a(one, functools.partial):
            one = one.func
        elif is_a(one, MethodType):
            one = one.__func__
        elif (wrapped := attribute(one, "__wrapped__")) is not None and callable(wrapped):
            one = wrapped
        else:
            break
    return one


def named(one: Any) -> Any:
    """The function or class that an object is called by: itself, or its class."""
    one = undecorated(one)
    return one if is_a(one, (type, FunctionType, BuiltinFunctionType)) else type(one)


def qualified_name(one: Any) -> str:
    """`module:qualname` of a function or class; of an instance, its class."""
    known = named(one)
    name = text(attribute(known, "__qualname__")) or text(attribute(known, "__name__")) or UNKNOWN
    return f"{text(attribute(known, '__module__')) or UNKNOWN}:{name}"
