"""Where an app's functions and classes are written: `file:line`, without a path of this machine."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from bench.agent.introspection.class_lines import class_lines
from bench.agent.introspection.names import attribute, is_a, named, text

_LIBRARIES = tuple({f"{sysconfig.get_paths()[name]}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_INSTALLED = ("/site-packages/", "/dist-packages/")


class Places:
    """Files are named relative to the app's folder, those of libraries by their package: `starlette/routing.py:12`."""

    def __init__(self, folder: Path) -> None:
        self._own = f"{folder}/"
        self._roots = [f"{entry.rstrip('/')}/" for entry in sys.path if entry]
        self._of_class: dict[type, str | None] = {}

    def of(self, one: Any) -> str | None:
        """Of a function its first line, of a class or an instance that of the class; None where there is no source."""
        known = named(one)
        if is_a(known, type):
            if known not in self._of_class:
                self._of_class[known] = self._class_place(known)
            return self._of_class[known]
        if not is_a(known, FunctionType):
            return None
        code: CodeType = known.__code__
        return self._place(code.co_filename, code.co_firstlineno)

    def _class_place(self, one: type) -> str | None:
        """None where its module has no source, or hasn't this class."""
        module = sys.modules.get(text(attribute(one, "__module__")))
        file = text(attribute(module, "__file__"))
        line = class_lines(file).get(text(attribute(one, "__qualname__"))) if file.endswith(".py") else None
        return None if line is None else self._place(file, line)

    def _place(self, file: str, line: int) -> str | None:
        if not file or file.startswith("<"):
            return None
        return f"{text(self._shown(os.path.abspath(file)))}:{line}"  # noqa: PTH100  resolve() would follow links

    def _shown(self, file: str) -> str:
        installed = file.startswith(_LIBRARIES) or any(part in file for part in _INSTALLED)
        if not installed and file.startswith(self._own):
            return file.removeprefix(self._own)
        below = [file.removeprefix(root) for root in self._roots if file.startswith(root)]
        return min(below, key=len, default=Path(file).name)
