"""Frames as results call them, `module:qualname`: no path of this machine, and no two functions of one name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from inspect import CO_OPTIMIZED
from itertools import dropwhile
from pathlib import Path
from types import CodeType

from bench.agent.app import code as app_code
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.requests.websocket_client import PreparedWebSocket

LOOP, IDLE, IN_THREAD = "[loop]", "[idle]", "[thread]"
"""The event loop itself, below which a server's callbacks and tasks stand, a loop that waits, and a worker thread that
runs what the loop's thread handed to it."""
_EXCHANGE, _WEBSOCKET = (f"{one.__module__}:{one.__name__}." for one in (PreparedRequest, PreparedWebSocket))
_RUN = "bench.agent.event_loop:run"
# What stands between the agent and a task: the loop, and what it is written in.
_LOOP = ("asyncio", "uvloop", "selectors", "<built-in>")
_LOCALS = ".<locals>."


class FrameNames:
    """pyinstrument's frames (function NUL file NUL first line) as `module:qualname`."""

    def __init__(self) -> None:
        self._names: dict[str, str | None] = {}
        self._qualnames: dict[str, dict[tuple[str, int], str]] = {}
        self._lines: dict[str, dict[tuple[str, int], str]] = {}
        self._modules = {
            str(Path(file).resolve()): name
            for name, module in list(sys.modules.items())
            if name != "__main__" and (file := getattr(module, "__file__", None))
        }

    def at(self, function: str, file: str, line: int) -> str:
        """A frame that is known by the line at which it stands."""
        if file.startswith("<") and not file.startswith("<frozen "):
            return self._plain(f"{file}:{function}")
        if file not in self._lines:
            self._lines[file] = {key: name for found in self._codes(file) for key, name in _lines(*found)}
        return self._plain(f"{self._module(file)}:{self._lines[file].get((function, line), function)}")

    def extension(self, file: str) -> str | None:
        """The extension module that a shared object is, or that a source file in its debug information belongs to.

        None for what is no module, or the profiler's own.
        """
        path = Path(file)
        if path.suffix == ".so":
            module = self._modules.get(str(path.resolve()))
        else:
            dotted = ".".join(path.with_suffix("").parts)
            module = dotted if dotted in sys.modules else None
        return None if module is None or module.startswith("memray") else module

    def of(self, frame: str) -> str | None:
        """None for what isn't code of the profiled program (pyinstrument's own markers)."""
        if frame not in self._names:
            self._names[frame] = self._name(frame)
        return self._names[frame]

    def of_codes(self, codes: Sequence[CodeType]) -> list[str]:
        """The names of what stands on a stack as code."""
        found = [self.of(f"{one.co_name}\x00{one.co_filename}\x00{one.co_firstlineno}") for one in codes]
        return [name for name in found if name is not None]

    def _name(self, frame: str) -> str | None:
        function, _, rest = frame.partition("\x01")[0].partition("\x00")
        file, _, line = rest.partition("\x00")
        if not file or not line.lstrip("-").isdigit():
            return None
        if file.startswith("<built-in>"):
            return self._built_in(function)
        qualname = self._index(file).get((function, int(line)), function)
        return self._plain(f"{self._module(file)}:{qualname}")

    @staticmethod
    def _plain(name: str) -> str:
        """`;` parts frames and blanks part the value: neither may stand in a name."""
        return name.replace(";", ",").replace(" ", "_")

    @staticmethod
    def _built_in(function: str) -> str:
        """`orjson.dumps` is a function of a module; `dict.get` a method, and of whoever called it."""
        module, _, name = function.rpartition(".")
        return f"{module}:{name}" if module in sys.modules else f"<built-in>:{function}"

    def _module(self, file: str) -> str:
        if file.startswith("<frozen "):
            return file[len("<frozen ") : -1]
        path = str(Path(file).resolve())
        return app_code.called(self._modules.get(path) or Path(file).stem, path)

    def _index(self, file: str) -> dict[tuple[str, int], str]:
        """(name, first line) -> qualname of every function of a source file."""
        if file not in self._qualnames:
            self._qualnames[file] = {
                (code.co_name, code.co_firstlineno): qualname for code, qualname in self._codes(file)
            }
        return self._qualnames[file]

    @staticmethod
    def _codes(file: str) -> list[tuple[CodeType, str]]:
        """Every function of a source file with its qualname; none of one that can't be read."""
        try:
            return _functions(compile(Path(file).read_bytes(), file, "exec", dont_inherit=True))
        except (OSError, SyntaxError, ValueError):
            return []


def below_driver(stack: list[str]) -> list[str]:
    """Without the frames that lead to the request: every stack then starts where a server would hand it over.

    What an app does in tasks of its own starts there too, less the loop's frames. A loop that runs nothing waits.
    Nothing is left of what the agent does itself.
    """
    for index, frame in enumerate(stack):
        if frame.startswith((_EXCHANGE, _WEBSOCKET)):
            return stack[index:]
    agents = [index for index, frame in enumerate(stack) if _package(frame) == "bench"]
    if not agents:
        return [f"{_EXCHANGE}perform", *stack] if stack else []
    if stack[agents[-1]] != _RUN:
        return []
    called = dropwhile(lambda frame: _package(frame) in _LOOP, stack[agents[-1] + 1 :])
    return [f"{_EXCHANGE}perform", *(list(called) or [IDLE])]


def below_loop(stack: list[str]) -> list[str]:
    """Without the frames that lead to the loop: every stack of a server then starts there.

    Nothing is left of what the agent does itself.
    """
    called = stack[stack.index(_RUN) + 1 :] if _RUN in stack else stack
    if not stack or any(_package(frame) == "bench" for frame in called):
        return []
    return [LOOP, *dropwhile(lambda frame: _package(frame) in _LOOP, called)]


def _package(frame: str) -> str:
    return frame.partition(":")[0].partition(".")[0]


def _functions(code: CodeType, scope: str = "") -> list[tuple[CodeType, str]]:
    """A module's code and all that is in it, each with its qualname. `scope` is what stands before the names in it."""
    found = [(code, _qualname(code, scope))]
    inner = scope if code.co_name == "<module>" else f"{found[0][1]}{_LOCALS if code.co_flags & CO_OPTIMIZED else '.'}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _functions(constant, inner)
    return found


def _qualname(code: CodeType, scope: str) -> str:
    """Code knows its own since Python 3.11."""
    return getattr(code, "co_qualname", f"{scope}{code.co_name}")


def _lines(code: CodeType, qualname: str) -> list[tuple[tuple[str, int], str]]:
    """(name, line) -> qualname for every line of a function, by its name and by its qualname."""
    lines = {line for _, _, line in code.co_lines() if line}
    return [((name, line), qualname) for line in lines for name in (code.co_name, qualname)]
