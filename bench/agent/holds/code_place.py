"""Places in code as results name them: the app's own line on a stack, and what it calls there; no path of this machine.

A stack is kept as code objects with their lines, which hold no variable of the program alive.
"""

from __future__ import annotations

import ast
import asyncio
import gc
import linecache
import re
import sys
import sysconfig
from itertools import islice
from pathlib import Path
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, NamedTuple

_AGENT = f"{Path(__file__).resolve().parents[1]}/"
_LIBRARIES = tuple({f"{sysconfig.get_paths()[name]}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
# Wherever they lie: an environment may see those of another.
_INSTALLED = re.compile(r"/(site|dist)-packages/")
# Between a program and what runs it: naming these would say nothing.
_RUNNERS = re.compile(r"(^|/)(asyncio|importlib|selectors\.py|uvloop)(/|$)|^<")


class Line(NamedTuple):
    """One frame: its function, the line, and the instruction at which it stands."""

    code: CodeType
    line: int
    instruction: int


Stack = tuple[Line, ...]
"""Innermost first."""


def stack_of(frame: FrameType | None) -> Stack:
    """The frame and its callers."""
    found = []
    while frame is not None:
        found.append(_line(frame))
        frame = frame.f_back
    return tuple(found)


def task_stack(task: asyncio.Task[Any]) -> Stack:
    """What a suspended task awaits, through generators too (which `Task.get_stack` doesn't follow)."""
    found: list[Line] = []
    awaitable: Any = task.get_coro()
    while awaitable is not None:
        frame, awaitable = _suspended(awaitable)
        if frame is not None:
            found.append(_line(frame))
    return tuple(reversed(found))


def own_place(stack: Stack) -> str | None:
    """The innermost line of the program's own code, as `app.py:18 time.sleep`; None where none is on the stack."""
    line = own_line(stack)
    return _text(line) if line else None


def own_line(stack: Stack) -> Line | None:
    return next((one for one in stack if _is_own(one.code.co_filename)), None)


def place(stack: Stack) -> str | None:
    """The innermost line of its own code, or else of a library."""
    return own_place(stack) or next((_text(one) for one in stack if _is_library(one.code.co_filename)), None)


def raised_at(error: BaseException) -> str | None:
    """The innermost line of the program's own code that an exception went through, as `app.py:18`."""
    found: list[Line] = []
    trace = error.__traceback__
    while trace is not None:
        found.append(Line(trace.tb_frame.f_code, trace.tb_lineno, trace.tb_lasti))
        trace = trace.tb_next
    line = own_line(tuple(reversed(found)))
    return f"{shown(line.code.co_filename)}:{line.line}" if line else None


def _line(frame: FrameType) -> Line:
    return Line(frame.f_code, frame.f_lineno or frame.f_code.co_firstlineno, frame.f_lasti)


def _suspended(awaitable: Any) -> tuple[FrameType | None, Any]:
    """The frame of an awaitable, and what it awaits in turn."""
    match awaitable:
        case CoroutineType():
            return awaitable.cr_frame, awaitable.cr_await
        case AsyncGeneratorType():
            return awaitable.ag_frame, awaitable.ag_await
        case GeneratorType():
            return awaitable.gi_frame, awaitable.gi_yieldfrom
    # `anext` of a generator and `Coroutine.__await__` don't say whose they are; the collector knows.
    return None, next(filter(_runs_code, gc.get_referents(awaitable)), None)


def _runs_code(one: object) -> bool:
    return isinstance(one, CoroutineType | AsyncGeneratorType | GeneratorType)


def _is_own(file: str) -> bool:
    return not file.startswith(("<", _AGENT, *_LIBRARIES)) and not _RUNNERS.search(file) and not _INSTALLED.search(file)


def _is_library(file: str) -> bool:
    return (file.startswith(_LIBRARIES) or _INSTALLED.search(file) is not None) and not _RUNNERS.search(file)


def _text(one: Line) -> str:
    function = getattr(one.code, "co_qualname", one.code.co_name)  # Python 3.10 knows no more of it
    return f"{shown(one.code.co_filename)}:{one.line} {_called(one) or function}"


def shown(file: str) -> str:
    """A file below the entry of `sys.path` that it was imported from."""
    roots = [f"{entry.rstrip('/')}/" for entry in sys.path if entry]
    return min((file.removeprefix(root) for root in roots if file.startswith(root)), key=len, default=Path(file).name)


def _called(one: Line) -> str | None:
    """The function that is called at that line; None where the line stands at something else, or can't be read."""
    if sys.version_info < (3, 11):
        return None  # it doesn't know which part of a line stands where
    positions = islice(one.code.co_positions(), max(0, one.instruction) // 2, None)
    first, last, begin, end = next(positions, (None, None, None, None))
    if first is None or last is None or begin is None or end is None:
        return None
    lines = [linecache.getline(one.code.co_filename, number).encode() for number in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    try:
        found = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if isinstance(found, ast.Await):
        found = found.value
    return _name(found.func) if isinstance(found, ast.Call) else None


def _name(expression: ast.expr) -> str:
    """Names alone: what is handed over may be anything, a password too."""
    match expression:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_name(value)}.{name}"
        case ast.Call(func=func):
            return f"{_name(func)}()"
    return "…"
