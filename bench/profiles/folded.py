"""Frames: the stacks that a profile is made of, the layer of each frame, and whose time each is.

A frame is `module:qualname`. A folded file has a line a stack, `frame;frame;leaf VALUE`, root first, the value in whole
microseconds over the whole profile; divided by the profile's requests it is a cost per request.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

Stack = tuple[str, ...]
"""Frames, the root first."""

LAYERS = ("driver", "server", "starlette", "fastapi", "pydantic", "json", "database", "gc", "handler", "kernel")

_MODULES = {
    "bench": "driver",
    "uvicorn": "server",
    "httptools": "server",
    "uvloop": "server",
    "h11": "server",
    "starlette": "starlette",
    "fastapi": "fastapi",
    "opentelemetry": "fastapi",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic",
    "json": "json",
    "orjson": "json",
    "ujson": "json",
    "sqlalchemy": "database",
    "asyncpg": "database",
    "aiosqlite": "database",
    "sqlite3": "database",
    "targets": "handler",
    "app": "handler",
}

# A C function is a frame with no module. These belong to a layer of their own, or to a caller that only calls them.
_FRAMES = {
    "<built-in>:SchemaValidator.validate_python": "pydantic",
    "<built-in>:SchemaValidator.validate_json": "pydantic",
    "<built-in>:SchemaSerializer.to_python": "pydantic",
    "<built-in>:SchemaSerializer.to_json": "pydantic",
    "fastapi.responses:ORJSONResponse.render": "json",
    "fastapi.responses:UJSONResponse.render": "json",
    "starlette.responses:JSONResponse.render": "json",
    "[gc]": "gc",
    "[loop]": "server",
    "[kernel]": "kernel",
    "[idle]": "kernel",
}


# A line of a function, as profiles of memory name it, is of the function's layer.
_LINE = re.compile(r":\d+$")


def layers(stack: Sequence[str]) -> list[str]:
    """The layer of each frame of a stack (root first): its own, or that of its nearest classified ancestor.

    The standard library and built-ins inherit; what has no classified ancestor is the driver's.
    """
    found: list[str] = []
    for frame in stack:
        own = _classified(frame)
        found.append(own or (found[-1] if found else "driver"))
    return found


def owners(stack: Sequence[str]) -> list[str]:
    """Whose time each frame of a stack is: its own, or for the standard library and built-ins, their caller's.

    `isinstance` is slow or fast for the function that calls it, and says nothing by itself.
    """
    found: list[str] = []
    for frame in stack:
        found.append(found[-1] if found and _works_for_others(frame) else frame)
    return found


def without_line(stack: Stack) -> Stack:
    """A stack whose last frame is a line, as profiles of memory have it, up to the function that the line is in."""
    function = _LINE.sub("", stack[-1])
    if function == stack[-1]:
        return stack
    return stack[:-1] if stack[-2:-1] == (function,) else (*stack[:-1], function)


def stacks(folded: str) -> Iterator[tuple[Stack, int]]:
    """Each line's frames, root first, and its value. Raises ValueError naming a line that isn't `frame;frame VALUE`."""
    for index, line in enumerate(folded.splitlines(), start=1):
        if not line.strip():
            continue
        frames, _, value = line.rpartition(" ")
        if not frames or not value.isdecimal():
            raise ValueError(f"line {index} of the folded stacks is not 'frame;frame VALUE': {line[:80]!r}")
        yield tuple(frames.split(";")), int(value)


def folded(values: Mapping[Stack, int]) -> str:
    """The text of stacks with their values, in order; those without a value are left out."""
    return "".join(f"{';'.join(stack)} {value}\n" for stack, value in sorted(values.items()) if stack and value)


@lru_cache(maxsize=4096)  # a profile has few frames in many stacks
def _classified(frame: str) -> str | None:
    return _FRAMES.get(_LINE.sub("", frame)) or _MODULES.get(_package(frame))


def _works_for_others(frame: str) -> bool:
    package = _package(frame)
    return _classified(frame) is None and (package.startswith("<") or package in sys.stdlib_module_names)


def _package(frame: str) -> str:
    return frame.partition(":")[0].partition(".")[0]
