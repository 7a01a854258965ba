"""Versions of Python as command lines name them, `3.14t` for a free-threaded build, and which of them uv finds here."""

from __future__ import annotations

import json
import os
import platform
import re
from functools import cache
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from bench.stack.uv import StackError, uv

_VERSION = re.compile(r"3\.(1\d|[2-9]\d)(\.\d+)?t?")
_WHOLE = re.compile(r"3\.\d+\.\d+t?")
_FREE_THREADED = "freethreaded"


def python_version(python: str | None) -> str:
    """In full, or as it was asked for. Raises StackError for one that agents don't run on."""
    if python is not None and not _VERSION.fullmatch(python):
        raise StackError(f"--python: {_unsupported(python)}")
    return python or platform.python_version()


def _unsupported(python: str) -> str:
    return f"{python!r} is not a supported version; write e.g. 3.12 or 3.14t (oldest: 3.10)"


def names_version(python: str) -> bool:
    """Whether that isn't a path."""
    return "/" not in python


def release(python: str) -> str:
    """The version without its build: what markers and specifiers know."""
    return python.removesuffix("t")


def resolver_words(python: str) -> tuple[str, str]:
    """uv's arguments for what to resolve for. Only the interpreter itself knows if it needs wheels of another kind."""
    if not names_version(python):
        return "--python", python
    return ("--python", interpreter(python)) if python.endswith("t") else ("--python-version", python)


def named(interpreter: Path, version: str) -> str:
    """What an interpreter of this version is resolved for: a free-threaded one need not be the one that uv finds."""
    return str(interpreter) if version.endswith("t") else version


def matching(text: str) -> tuple[str, ...]:
    """`3.11,3.14,3.14t` as they stand; of a specifier such as `>=3.11` what uv finds here, oldest first. Raises
    StackError."""
    if not text.startswith(tuple("<>=!~")):
        versions = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
        wrong = next((one for one in versions if not _VERSION.fullmatch(one)), None)
        if wrong is not None:
            raise StackError(_unsupported(wrong) if wrong else f"{text!r} has an empty part; write e.g. 3.11,3.14")
        return versions
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier as error:
        raise StackError(f"{text!r} names no versions of Python; write 3.11,3.14 or '>=3.11'") from error
    return tuple(one for one in installed() if specifier.contains(release(one)))


def installed() -> tuple[str, ...]:
    """The releases of CPython that uv finds here without a download, each once, oldest first. Raises StackError."""
    listed = json.loads(uv("python", "list", "--only-installed", "--output-format", "json", quiet=False))
    versions = {
        one["version"] + ("t" if one.get("variant", "").startswith(_FREE_THREADED) else "")
        for one in listed
        if one["implementation"] == "cpython"
    }
    whole = filter(_WHOLE.fullmatch, versions | {one.name for one in _pyenv().glob("3.*")})
    found = {one.rpartition(".")[0] + ("t" if one.endswith("t") else "") for one in whole}
    return tuple(sorted(filter(_VERSION.fullmatch, found), key=lambda one: (Version(release(one)), one)))


@cache
def interpreter(python: str) -> str:
    """What uv takes for a version: the version itself, where uv finds it or can get it; or a path, where pyenv has it,
    whose commands on `PATH` start only the versions that are chosen. Raises StackError."""
    try:
        uv("python", "find", python)
    except StackError:
        if (own := _of_pyenv(python)) is not None:
            return str(own)
        _get(python)
    return python


def _of_pyenv(python: str) -> Path | None:
    pattern = re.compile(rf"{re.escape(release(python))}(\.\d+)*{'t' if python.endswith('t') else ''}")
    own = [one for one in _pyenv().glob("3.*/bin/python") if pattern.fullmatch(one.parts[-3])]
    return max(own, key=lambda one: Version(release(one.parts[-3])), default=None)


def _get(python: str) -> None:
    try:
        uv("python", "install", python)
    except StackError:
        raise StackError(
            f"--python: Python {python} is not on this machine, and uv can't get it; install it and put it on PATH"
        ) from None


def _pyenv() -> Path:
    return Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
