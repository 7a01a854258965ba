"""Somebody's own app, as `module:attribute` or `module:factory()` names it; and in a line why it isn't to be had."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.agent.app import code, failures
from bench.agent.app.error import AppError

_APPS = ("fastapi.applications", "starlette.applications")
_MOST_NAMED = 3


def imported(folder: Path, spec: str) -> Any:
    """Its folder comes first on `sys.path`, as where a server is started does. Raises AppError."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    where, _, attribute = spec.partition(":")
    code.add(folder, where)
    found: Any = _module(folder, where)
    for part in attribute.removesuffix("()").split("."):
        found = _attribute(found, part, where)
    if attribute.endswith("()"):
        found = _made(found, spec)
    if (other := _no_app(found, spec)) is not None:
        raise AppError(f"{spec} is {other}")
    return found


def _module(folder: Path, name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if name == missing or name.startswith(f"{missing}."):
            raise AppError(_nowhere(folder, name, missing)) from error
        raise AppError(f"{name}: {failures.not_installed(error)}") from error
    except (Exception, SystemExit) as error:
        raise AppError(f"{name} can't be imported: {failures.described(error)}") from error


def _nowhere(folder: Path, name: str, missing: str) -> str:
    said = f"{name}: there is no module {missing} in {folder}"
    parent, _, last = missing.rpartition(".")
    beside = folder.joinpath(*parent.split(".")) if parent else folder
    for inner in sorted(beside.glob(f"*/{last}")) + sorted(beside.glob(f"*/{last}.py")):
        if not parent and inner.parent.name.isidentifier():
            return f"{said}; write --app-dir {inner.parent.relative_to(folder)}"
    if close := difflib.get_close_matches(last, {one.stem for one in beside.glob("*") if one.stem.isidentifier()}, 1):
        return f"{said}; did you mean {'.'.join(filter(None, (parent, close[0])))}?"
    return f"{said}; name the folder that holds it with --app-dir"


def _attribute(owner: Any, name: str, where: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        pass
    except Exception as error:
        raise AppError(f"{where}: {name} can't be had: {failures.described(error)}") from error
    names = [*vars(owner)] if hasattr(owner, "__dict__") else []
    likely = list(_apps(owner)) or difflib.get_close_matches(name, names, 1)
    if likely:
        step = f"did you mean {' or '.join(f'{where}:{one}' for one in likely[:_MOST_NAMED])}?"
    else:
        step = f"name the one that holds the app, as in {where}:app"
    raise AppError(f"{where} has no attribute {name}; {step}")


def _apps(owner: Any) -> Iterator[str]:
    """The attributes of a module that are apps."""
    if isinstance(owner, ModuleType):
        for name, value in list(vars(owner).items()):
            if any(kind.__module__ in _APPS for kind in type(value).__mro__):
                yield name


def _made(factory: Any, spec: str) -> Any:
    if not callable(factory):
        raise AppError(f"{spec.removesuffix('()')} is {_kind(factory)}, and no factory; write it without ()")
    if needed := _needed(factory):
        raise AppError(f"{spec} needs arguments ({', '.join(needed)}); name a factory that needs none")
    try:
        made = factory()
    except (Exception, SystemExit) as error:
        raise AppError(f"{spec} failed: {failures.described(error)}") from error
    if inspect.iscoroutine(made):
        made.close()
        raise AppError(f"{spec} is a coroutine; name a factory that isn't async")
    return made


def _needed(factory: Callable[..., Any]) -> list[str]:
    """The arguments that it can't be called without, as far as it has a signature."""
    signature = _signature(factory)
    varying = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    parameters = signature.parameters.values() if signature else ()
    return [one.name for one in parameters if one.default is one.empty and one.kind not in varying]


def _signature(found: Callable[..., Any]) -> inspect.Signature | None:
    """None where there is none: of what is written in C, or names types that can't be had."""
    try:
        return inspect.signature(found)
    except Exception:  # noqa: BLE001  looking at an annotation runs whatever the app has there
        return None


def _no_app(found: Any, spec: str) -> str | None:
    """What an object is that is no ASGI app, with the next step; None for one that may be an app."""
    if inspect.isclass(found):
        return f"a class, and no app; name an instance of it, or {spec}() if its instances need no arguments"
    if not callable(found):
        return f"{_kind(found)}, and no ASGI app; write MODULE:ATTR, as in app.main:app"
    if _takes(found, 3):
        return None
    if inspect.isfunction(found) and not spec.endswith("()"):
        return f"a function, and no ASGI app; if it makes the app, write {spec}()"
    if _takes(found, 2):
        return f"{_kind(found)}: a WSGI app, and no ASGI app"
    return f"{_kind(found)}, and no ASGI app: it doesn't take (scope, receive, send)"


def _takes(found: Callable[..., Any], arguments: int) -> bool:
    """Whether it can be called with so many, as far as it has a signature."""
    signature = _signature(found)
    try:
        return signature is None or signature.bind(*[None] * arguments) is not None
    except TypeError:
        return False


def _kind(found: Any) -> str:
    """`a dict`, `a flask.app.Flask`."""
    kind = type(found)
    if kind is ModuleType:
        return "a module"
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
