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

PINNED = ".python-version"
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")


class NoPythonError(StackError):
    """A project's Python can't be had. Its message begins where the project is yet to be named."""


def of(folder: Path) -> Path:
    """What its `.python-version` names; or else the harness's own if the project runs on it, and any other that it
    runs on if not. uv looks for it, and gets it where it may. Raises StackError."""
    if (pinned := _pinned(folder)) is not None:
        return _found(pinned, folder / PINNED)
    file = folder / PYPROJECT
    wanted = requires_python(file) if file.is_file() else None
    if wanted is None or _allows(file, wanted):
        return Path(sys.executable)
    return _found(wanted, file)


def _pinned(folder: Path) -> str | None:
    """A name of an environment, which pyenv allows there, is none of a version."""
    file = folder / PINNED
    words = file.read_text("utf-8", "replace").split() if file.is_file() else []
    return words[0] if words and _VERSION.fullmatch(words[0]) else None


def _allows(file: Path, wanted: str) -> bool:
    try:
        return SpecifierSet(wanted).contains(platform.python_version())
    except InvalidSpecifier as error:
        raise StackError(
            f"{file}: {wanted!r} is no range of Python versions; name the app's Python with --env"
        ) from error


def _found(wanted: str, asking: Path) -> Path:
    """uv says which it takes by the environment that it makes. Why it gets none is of no use to who can install it."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as made:
        try:
            uv("venv", "--python", wanted, made, "--clear")
        except StackError as error:
            raise NoPythonError(
                f"asks for Python {wanted} ({asking.name}), which is not installed and can't be downloaded; "
                "install it (setup-python), or use --env PATH"
            ) from error
        return Path(made, "bin", "python").resolve()
