"""Which releases of a package there are, as uv sees them: none that was yanked, no pre-release, for this Python."""

from __future__ import annotations

import contextlib
import logging
from typing import Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bench.stack import lock as locks
from bench.stack.lock_cache import LockCache
from bench.stack.pythons import python_version, resolver_words
from bench.stack.uv import StackError, UnreachedError, uv

_LOG = logging.getLogger(__name__)


def package_name(text: str) -> str:
    """A package's name as packages are called everywhere. Raises StackError."""
    try:
        found = Requirement(text)
    except InvalidRequirement as error:
        raise StackError(f"{text!r} is not a package name ({error}); write e.g. fastapi") from error
    if found.specifier or found.extras or found.marker or found.url:
        raise StackError(f"{text!r} is more than a package name; write e.g. fastapi and give the releases separately")
    return canonicalize_name(found.name)


def version(text: str) -> str:
    """Raises StackError."""
    try:
        return str(Version(text))
    except InvalidVersion as error:
        raise StackError(f"{text!r} is not a version; write e.g. 0.115.0") from error


def matching(package: str, specifier: str, python: str | None = None) -> tuple[str, ...]:
    """The releases that match, oldest first; an empty specifier matches all. Raises StackError.

    uv has no list of releases: it is asked for the newest, then for the newest before that, until it is the oldest.
    """
    try:
        SpecifierSet(specifier)
    except InvalidSpecifier as error:
        raise StackError(f"{specifier!r} is not a version specifier; write e.g. '>=0.115' or '>=0.115,<0.120'") from (
            error
        )
    full = python_version(python)
    memory = LockCache.of(f"releases of {package}{specifier}", {}, full)
    try:
        releases = _matching(package, specifier, full)
    except UnreachedError as error:
        if (last := memory.last()) is not None:
            said = "bench: no package index can be reached; the releases of %s are those of %s"
            _LOG.warning(said, package, last.day)
            return tuple(last.lock.split())
        with contextlib.suppress(StackError):
            found = _matching(package, specifier, full, "--offline")
            _LOG.warning("bench: no package index can be reached; the releases of %s are those uv has seen", package)
            return found
        raise error.never(f"the releases of {package} were never listed here") from None
    memory.keep("\n".join(releases))
    return releases


def _matching(package: str, specifier: str, python: str, *more: str) -> tuple[str, ...]:
    oldest = _one(package, specifier, "lowest", python, *more)
    found = [_one(package, specifier, "highest", python, *more)]
    while found[-1] != oldest:
        before = ",".join(filter(None, (specifier, f"<{found[-1]}")))
        found.append(_one(package, before, "highest", python, *more))
    return tuple(reversed(found))


def _one(package: str, specifier: str, which: Literal["lowest", "highest"], python: str, *more: str) -> str:
    """Raises StackError."""
    found = uv(
        *("pip", "compile", "-", "--no-deps", "--no-header", "--no-annotate", "--prerelease", "disallow"),
        *("--resolution", which, *resolver_words(python), *more),
        stdin=f"{package}{specifier}",
    )
    return locks.pins(found)[package]
