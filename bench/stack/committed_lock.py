"""The project's own stack, taken out of its committed lock: what its groups name and what that requires. No resolver.

`uv pip compile` annotates each pin with what it is there for, which is all that must be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ENTRY = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+?))?"
    r"(?P<hashes>(?: \\\n +--hash=\S+)+)\n(?P<via>(?: +#.*\n)+)",
    re.MULTILINE,
)
# For an older Python the lock says nothing: see `make lock`.
_OLDEST = Version("3.11")
_PARENT = re.compile(r"^ +#(?: +via)? +(?P<name>[A-Za-z0-9._-]+)", re.MULTILINE)


@dataclass(frozen=True)
class _Entry:
    version: str
    text: str
    parents: frozenset[str]


def chosen(lock: str, wanted: Iterable[str], python: str) -> str | None:
    """The entries of `lock` that `wanted` come to on a Python; None where the lock doesn't pin all of them, or doesn't
    say what requires what."""
    entries = _entries(lock, python)
    roots = [Requirement(text) for text in wanted]
    if Version(python) < _OLDEST or not all(_pinned(one, entries) for one in roots):
        return None
    found: set[str] = set()
    reached = {str(canonicalize_name(one.name)) for one in roots}
    while reached:
        found |= reached
        reached = {name for name, entry in entries.items() if entry.parents & found} - found
    return "".join(entries[name].text for name in entries if name in found)


def _entries(lock: str, python: str) -> dict[str, _Entry]:
    """By name, those that are for this machine and Python, without their remarks."""
    here = {"python_version": ".".join(python.split(".")[:2]), "python_full_version": python}
    return {
        canonicalize_name(one["name"]): _Entry(
            one["version"],
            f"{one['name']}=={one['version']}{one['hashes']}\n",
            frozenset(canonicalize_name(parent["name"]) for parent in _PARENT.finditer(one["via"])),
        )
        for one in _ENTRY.finditer(lock)
        if one["marker"] is None or Marker(one["marker"]).evaluate(here)
    }


def _pinned(requirement: Requirement, entries: Mapping[str, _Entry]) -> bool:
    entry = entries.get(canonicalize_name(requirement.name))
    return entry is not None and requirement.specifier.contains(entry.version, prereleases=True)
