"""Recipes -> resolved locks, by uv. What isn't named keeps the version that is preferred, where that can be.

Nothing named is the committed lock, and uv isn't asked. What uv came to is kept, for when no
index can be reached.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from platformdirs import user_cache_path

from bench.stack import committed_lock, wheels
from bench.stack.lock_cache import LockCache
from bench.stack.pythons import release, resolver_words
from bench.stack.recipe import Recipe
from bench.stack.uv import StackError, UnreachedError, uv

_LOG = logging.getLogger(__name__)

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_ADDRESS = re.compile(r"^(?P<name>[A-Za-z0-9._-]+) @ (?P<address>\S+)", re.MULTILINE)

_PLACE = re.compile(r"^(?P<sign>[A-Za-z0-9._-]+ @ |-r )(?P<place>\S.*?)(?=\s*\\?$)", re.MULTILINE)


def lock(recipe: Recipe, project: Path, python: str, preferred: Mapping[str, str] | None = None) -> str:
    """The hashed lock of a recipe and of what every stack needs beside it. What isn't named keeps the `preferred`
    version, or without any that of the project's lock, wherever the resolver allows it. Raises StackError."""
    asked = wanted(recipe, project)
    known = preferred
    if known is None:
        committed = _project_lock(project)
        pinned = None if recipe.lines else committed_lock.chosen(committed, asked, release(python))
        if pinned is not None and (not wheels.may_lack(python) or _has_wheels(pinned, python)):
            return pinned
        known = pins(committed)
    found = _resolved(recipe, asked, known, python)
    for other in _ADDRESS.finditer(found):
        if not other["address"].startswith(user_cache_path("fastapi-layercake").as_uri()):
            raise StackError(f"{recipe.named}: {other['name']} comes from a URL; use a version or a wheel")
    return found


def _has_wheels(pinned: str, python: str) -> bool:
    versions = [f"{name}=={version}" for name, version in pins(pinned).items()]
    return wheels.found(lambda asked: resolve("\n".join(asked), {}, python), versions) is not None


def _resolved(recipe: Recipe, asked: Sequence[str], preferred: Mapping[str, str], python: str) -> str:
    """With what the project asks for by itself as far as that Python has wheels of it. Raises StackError."""
    if not wheels.may_lack(python):
        return resolve("\n".join(asked), preferred, python)
    own = asked[len(recipe.lines) :]
    return wheels.with_wheels(recipe.lines, own, lambda lines: resolve("\n".join(lines), preferred, python))


def locks(base: Recipe, head: Recipe, project: Path, pythons: tuple[str, str]) -> tuple[str, str]:
    """Two locks that differ in what was named and in nothing else that the resolver can keep equal.

    The head prefers what the base came to, and then the base what the head came to: where the head needs another
    version of what nobody named, the base takes it too if it can. Raises StackError.
    """
    first, second = partial(lock, base, project, pythons[0]), partial(lock, head, project, pythons[1])
    return agreeing(base, head, (first, second))


Resolver = Callable[[Mapping[str, str] | None], str]
"""A recipe's lock, by the versions that are preferred; None: the usual ones. Raises StackError."""


def agreeing(base: Recipe, head: Recipe, resolvers: tuple[Resolver, Resolver]) -> tuple[str, str]:
    """The locks of two recipes as `locks` has them, however each is resolved. Raises StackError."""
    first = resolvers[0](None)
    if not (base.lines or head.lines):
        return first, resolvers[1](None)
    had = pins(first)
    second = resolvers[1](had)
    named = base.names | head.names
    kept = {name: version for name, version in pins(second).items() if name not in named}
    if all(had.get(name, version) == version for name, version in kept.items()):
        return first, second
    return resolvers[0](had | kept), second


def wanted(recipe: Recipe, project: Path) -> list[str]:
    """What was named, then whatever else of the project's own stack a served FastAPI needs, then the instruments."""
    try:
        groups = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
        own = [*groups["stack"], *groups["instruments"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise StackError(
            f"{project / 'pyproject.toml'}: the groups `stack` and `instruments` can't be read ({error}); "
            "install fastapi-layercake anew, or run bench in a checkout of it"
        ) from error
    return [*recipe.lines, *(text for text in own if canonicalize_name(Requirement(text).name) not in recipe.names)]


def committed(project: Path) -> dict[str, str]:
    """The versions that the project's own lock pins; none without one."""
    return pins(_project_lock(project))


def _project_lock(project: Path) -> str:
    """The lock of a checkout; nothing without one."""
    with contextlib.suppress(FileNotFoundError):
        return (project / "requirements.lock").read_text("utf-8")
    return ""


def pins(found: str) -> dict[str, str]:
    """Versions by package of a lock, those of wheels among them."""
    wheels: dict[str, str] = {
        canonicalize_name(one["name"]): _version(one["address"])
        for one in _ADDRESS.finditer(found)
        if one["address"].endswith(".whl")
    }
    return wheels | {canonicalize_name(one["name"]): one["version"] for one in _PIN.finditer(found)}


def without_addresses(found: str) -> str:
    """Lines of a lock as they may be shown: wheels and files by name, and not by where this machine keeps them."""
    return _PLACE.sub(lambda one: one["sign"] + one["place"].rpartition("/")[2], found)


def _version(address: str) -> str:
    return str(parse_wheel_filename(address.rpartition("/")[2])[1])


def resolve(asked: str, preferred: Mapping[str, str], python: str, words: Sequence[str] = ()) -> str:
    """What uv comes to now, by its own `words` of where to look. Without a network: what it came to last, or else comes
    to by what it has seen before. Raises StackError.
    """
    memory = LockCache.of(asked, preferred, python)
    try:
        found = _compile(asked, preferred, python, *words)
    except UnreachedError as error:
        if (last := memory.last()) is not None:
            _LOG.warning("bench: no package index can be reached; this stack is as it was resolved on %s", last.day)
            return last.lock
        with contextlib.suppress(StackError):
            found = _compile(asked, preferred, python, *words, "--offline")
            _LOG.warning("bench: no package index can be reached; this stack is resolved from what uv has seen before")
            return found
        raise error.never("this stack was never resolved here") from None
    memory.keep(found)
    return found


def _compile(asked: str, preferred: Mapping[str, str], python: str, *more: str) -> str:
    """uv takes the pins of an existing output file as preferences, not as bounds. Raises StackError."""
    scratch = user_cache_path("fastapi-layercake", ensure_exists=True) / f"resolving-{os.getpid()}.lock"
    try:
        scratch.write_text("".join(f"{name}=={version}\n" for name, version in preferred.items()), "utf-8")
        uv(
            *("pip", "compile", "-", "--generate-hashes", "--no-header", "--no-annotate", *resolver_words(python)),
            *("--output-file", str(scratch), *more),
            stdin=asked,
        )
        return scratch.read_text("utf-8")
    finally:
        scratch.unlink(missing_ok=True)
