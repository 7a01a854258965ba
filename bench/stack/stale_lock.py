"""Whether a uv.lock was made for what its project asks for now: uv notes in it what it was made for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from bench.stack import read_locks
from bench.stack.pyproject import PYPROJECT, read_toml, table
from bench.stack.uv import StackError

SAYS = f"uv.lock doesn't fit its {PYPROJECT}"
_FROM_ELSEWHERE = {"git", "url", "path", "directory", "editable", "virtual"}

Asked = dict[str, set[SpecifierSet | None]]
"""Ranges by package, None for what comes from elsewhere than an index."""


def is_stale(lock: Path, project: Path) -> bool:
    """Whether the dependencies of the project in a folder are surely others than those that its lock was made for. What
    can't be told is taken to fit: without uv and a network, only what is written down can be compared."""
    try:
        own = table(read_toml(project / PYPROJECT), "project")
        locked, listed = _locked(read_locks.packages(lock), str(own.get("name"))), own.get("dependencies", [])
        if locked is None or not isinstance(listed, list) or "dependencies" in own.get("dynamic", []):
            return False
        wanted = [Requirement(text) for text in listed]
    except (StackError, InvalidRequirement, InvalidSpecifier, TypeError, AttributeError, KeyError):
        return False
    # What is never installed, by its marker, may have been left out.
    return not (_within(_asked(one for one in wanted if not one.marker), locked) and _within(locked, _asked(wanted)))


def _locked(packages: Iterable[dict[str, Any]], name: str) -> Asked | None:
    """What a project asked for when it was locked; None where the lock doesn't say."""
    own = next((one for one in packages if one.get("name") == canonicalize_name(name)), None)
    if own is None or ("dependencies" in own and "metadata" not in own):
        return None
    found: Asked = {}
    for one in table(own, "metadata").get("requires-dist", []):
        if "extra ==" not in one.get("marker", ""):
            ranges = None if _FROM_ELSEWHERE & one.keys() else SpecifierSet(one.get("specifier", ""))
            found.setdefault(canonicalize_name(one["name"]), set()).add(ranges)
    return found


def _asked(wanted: Iterable[Requirement]) -> Asked:
    found: Asked = {}
    for one in wanted:
        found.setdefault(canonicalize_name(one.name), set()).add(None if one.url else one.specifier)
    return found


def _within(few: Asked, many: Asked) -> bool:
    """Ranges count where both have them only: a source of uv's own stands in the place of one."""
    return all(
        name in many and (None in ranges or None in many[name] or ranges <= many[name]) for name, ranges in few.items()
    )
