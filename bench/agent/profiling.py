"""A pyinstrument profile of one case, folded at once from its frame records."""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from types import CodeType
from typing import Any

from pyinstrument import Profiler

from bench.agent.driver import Exchange

INTERVAL_S = 0.001


async def profile(exchange: Exchange, duration_s: float) -> dict[str, Any]:
    """Folded stacks of about `duration_s` of requests, and how much slower the profiler made them (`tax`).

    The tax compares this process with itself a moment before: a profiled process never gives a time.
    """
    plain_s, calls = await _for(exchange, duration_s / 4)
    profiler = Profiler(interval=INTERVAL_S, async_mode="disabled")
    profiler.start()
    profiled_s, profiled_calls = await _for(exchange, duration_s)
    session = profiler.stop()
    names = FrameNames()
    folded: Counter[str] = Counter()
    for frames, seconds in session.frame_records:
        stack = [name for frame in frames if (name := names.of(frame)) is not None]
        folded[";".join(_below_driver(stack))] += round(seconds * 1e6)
    return {
        "folded": "".join(f"{stack} {value}\n" for stack, value in sorted(folded.items()) if stack and value),
        "interval_s": INTERVAL_S,
        "duration_s": profiled_s,
        "requests": profiled_calls,
        "tax": (profiled_s / profiled_calls) / (plain_s / calls),
    }


async def _for(exchange: Exchange, duration_s: float) -> tuple[float, int]:
    calls = 0
    start = time.perf_counter()
    while True:
        await exchange.perform()
        calls += 1
        elapsed = time.perf_counter() - start
        if elapsed >= duration_s:
            return elapsed, calls


def _below_driver(stack: list[str]) -> list[str]:
    """Without the frames that lead to the request: every stack then starts where a server would hand it over."""
    for index in range(len(stack) - 1, -1, -1):
        if stack[index] == f"{Exchange.__module__}:Exchange.perform":
            return stack[index:]
    return []


class FrameNames:
    """pyinstrument's frames (function NUL file NUL first line) as `module:qualname`."""

    def __init__(self) -> None:
        self._names: dict[str, str | None] = {}
        self._qualnames: dict[str, dict[tuple[str, int], str]] = {}
        self._modules = {
            str(Path(file).resolve()): name
            for name, module in list(sys.modules.items())
            if name != "__main__" and (file := getattr(module, "__file__", None))
        }

    def of(self, frame: str) -> str | None:
        """None for what isn't code of the profiled program (pyinstrument's own markers)."""
        if frame not in self._names:
            self._names[frame] = self._name(frame)
        return self._names[frame]

    def _name(self, frame: str) -> str | None:
        function, _, rest = frame.partition("\x01")[0].partition("\x00")
        file, _, line = rest.partition("\x00")
        if not file or not line.lstrip("-").isdigit():
            return None
        if file.startswith("<built-in>"):
            return self._built_in(function)
        qualname = self._index(file).get((function, int(line)), function)
        # `;` parts frames and blanks part the value: neither may stand in a name.
        return f"{self._module(file)}:{qualname}".replace(";", ",").replace(" ", "_")

    @staticmethod
    def _built_in(function: str) -> str:
        """`orjson.dumps` is a function of a module; `dict.get` a method, and of whoever called it."""
        module, _, name = function.rpartition(".")
        return f"{module}:{name}" if module in sys.modules else f"<built-in>:{function}"

    def _module(self, file: str) -> str:
        if file.startswith("<frozen "):
            return file[len("<frozen ") : -1]
        return self._modules.get(str(Path(file).resolve())) or Path(file).stem

    def _index(self, file: str) -> dict[tuple[str, int], str]:
        """(name, first line) -> qualname of every function of a source file."""
        if file not in self._qualnames:
            try:
                code = compile(Path(file).read_bytes(), file, "exec")
            except (OSError, SyntaxError, ValueError):
                self._qualnames[file] = {}
            else:
                self._qualnames[file] = dict(_functions(code))
        return self._qualnames[file]


def _functions(code: CodeType) -> list[tuple[tuple[str, int], str]]:
    found = [((code.co_name, code.co_firstlineno), code.co_qualname)]
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found += _functions(constant)
    return found
