"""Recipes -> resolved locks, by uv. What isn't named keeps the version that is preferred, where that can be."""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from platformdirs import user_cache_path

from bench.stack.recipe import Recipe
from bench.stack.uv import StackError, uv

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_ADDRESS = re.compile(r"^(?P<name>[A-Za-z0-9._-]+) @ (?P<address>\S+)", re.MULTILINE)

_PLACE = re.compile(r"^(?P<sign>[A-Za-z0-9._-]+ @ |-r )(?P<place>\S.*?)(?=\s*\\?$)", re.MULTILINE)


def lock(recipe: Recipe, project: Path, python: str, preferred: Mapping[str, str]) -> str:
    """The hashed lock of a recipe and of what every stack needs beside it. Raises StackError."""
    found = _resolve("\n".join(wanted(recipe, project)), preferred, python)
    for other in _ADDRESS.finditer(found):
        if not other["address"].startswith(user_cache_path("fastapi-layercake").as_uri()):
            raise StackError(f"{recipe.named}: {other['name']} comes from an address; name a version, or a wheel")
    return found


def locks(base: Recipe, head: Recipe, project: Path, pythons: tuple[str, str]) -> tuple[str, str]:
    """Two locks that differ in what was named and in nothing else that the resolver can keep equal.

    The head prefers what the base came to, and then the base what the head came to: where the head needs another
    version of what nobody named, the base takes it too if it can. Raises StackError.
    """
    first = lock(base, project, pythons[0], project_pins(project))
    second = lock(head, project, pythons[1], pins(first))
    named = base.names | head.names
    kept = {name: version for name, version in pins(second).items() if name not in named}
    return lock(base, project, pythons[0], pins(first) | kept), second


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


def project_pins(project: Path) -> dict[str, str]:
    """What layercake's own lock pins; nothing without one."""
    with contextlib.suppress(FileNotFoundError):
        return pins((project / "requirements.lock").read_text("utf-8"))
    return {}


def pins(found: str) -> dict[str, str]:
    """Versions by package of a lock, those of wheels among them."""
    wheels: dict[str, str] = {
        canonicalize_name(one["name"]): _version(one["address"]) for one in _ADDRESS.finditer(found)
    }
    return wheels | {canonicalize_name(one["name"]): one["version"] for one in _PIN.finditer(found)}


def without_addresses(found: str) -> str:
    """Lines of a lock as they may be shown: wheels and files by name, and not by where this machine keeps them."""
    return _PLACE.sub(lambda one: one["sign"] + one["place"].rpartition("/")[2], found)


def _version(address: str) -> str:
    return str(parse_wheel_filename(address.rpartition("/")[2])[1])


def _resolve(asked: str, preferred: Mapping[str, str], python: str) -> str:
    """uv takes the pins of an existing output file as preferences, not as bounds."""
    scratch = user_cache_path("fastapi-layercake", ensure_exists=True) / f"resolving-{os.getpid()}.lock"
    words = (
        "pip", "compile", "-", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", python,
        "--output-file", str(scratch),
    )  # fmt: skip
    try:
        scratch.write_text("".join(f"{name}=={version}\n" for name, version in preferred.items()), "utf-8")
        try:
            uv(*words, stdin=asked)
        except StackError as error:
            # Without a network, what uv has seen before will do; where that fails too, the first reason is the telling.
            with contextlib.suppress(StackError):
                uv(*words, "--offline", stdin=asked)
                return scratch.read_text("utf-8")
            raise error from None
        return scratch.read_text("utf-8")
    finally:
        scratch.unlink(missing_ok=True)
