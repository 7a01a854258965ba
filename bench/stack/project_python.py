"""Which Python a project without an environment runs on."""

from __future__ import annotations

import platform
import re
import sys
import tempfile
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bench.stack.pyproject import PYPROJECT, requires_python
from bench.stack.uv import StackError, uv

_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")


def of(folder: Path) -> Path:
    """What its `.python-version` names; or else the harness's own if the project runs on it, and any other that it
    runs on if not. uv looks for it, and gets it where it may. Raises StackError."""
    if (pinned := _pinned(folder)) is not None:
        return _found(pinned)
    file = folder / PYPROJECT
    wanted = requires_python(file) if file.is_file() else None
    if wanted is None or _allows(file, wanted):
        return Path(sys.executable)
    return _found(wanted)


def _pinned(folder: Path) -> str | None:
    """A name of an environment, which pyenv allows there, is none of a version."""
    file = folder / ".python-version"
    words = file.read_text("utf-8", "replace").split() if file.is_file() else []
    return words[0] if words and _VERSION.fullmatch(words[0]) else None


def _allows(file: Path, wanted: str) -> bool:
    try:
        return SpecifierSet(wanted).contains(platform.python_version())
    except InvalidSpecifier as error:
        raise StackError(
            f"{file}: {wanted!r} is no range of Python versions; name the app's Python with --env"
        ) from error


def _found(wanted: str) -> Path:
    """uv says which it takes by the environment that it makes."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as made:
        uv("venv", "--python", wanted, made, "--clear")
        return Path(made, "bin", "python").resolve()
