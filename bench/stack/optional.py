"""Which optional part of a project has a package that an app misses: an extra, or a group of dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench.stack.pyproject import PYPROJECT, read_toml, table
from bench.stack.uv import StackError

# As the agent, libraries and FastAPI say it: `it imports x`, `"x" to be installed`, `x must be installed`.
_MISSING = re.compile(r"\bit imports (?P<module>\w+)|(?P<package>\w[\w.-]*)[`'\"]? (?:to be|must be|is not) installed")
# Packages whose module is called otherwise than by the usual additions.
_CALLED = {
    "pil": "pillow",
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "cv2": "opencv-python",
    "attr": "attrs",
}


@dataclass(frozen=True)
class OptionalPart:
    """`kind` is `extra` or `group`; `requirement` is what it has of the missing package."""

    kind: str
    name: str
    requirement: str

    def __str__(self) -> str:
        return f"the {self.kind} `{self.name}` of {PYPROJECT} has {self.requirement}"


def missing(said: str) -> str | None:
    """The package or the module that an app misses by its own words."""
    found = _MISSING.search(said)
    return found and (found["module"] or found["package"])


def having(missed: str, app_dir: Path) -> OptionalPart | None:
    """The part with this package or module, of the project that an app's folder is in."""
    wanted = canonicalize_name(missed)
    names = {wanted, f"python-{wanted}", f"py{wanted}", f"{wanted}-python", f"{wanted}-binary", _CALLED.get(wanted)}
    try:
        return next((part for part in _parts(_document(app_dir)) if _name(part.requirement) in names), None)
    except StackError:  # no file that can be read
        return None


def _document(app_dir: Path) -> dict[str, Any]:
    """Raises StackError."""
    for folder in (app_dir, *app_dir.parents):
        if (folder / PYPROJECT).is_file():
            return read_toml(folder / PYPROJECT)
        if (folder / ".git").exists():
            break
    return {}


def _parts(document: dict[str, Any]) -> Iterator[OptionalPart]:
    extras = table(document, "project", "optional-dependencies")
    groups = table(document, "dependency-groups") | table(document, "tool", "pdm", "dev-dependencies")
    groups["dev"] = [*_texts(groups.get("dev")), *_texts(table(document, "tool", "uv").get("dev-dependencies"))]
    for kind, parts in (("extra", extras), ("group", groups), ("extra", table(document, "tool", "poetry", "extras"))):
        for name, listed in parts.items():
            yield from (OptionalPart(kind, name, text) for text in _texts(listed))
    for name in table(document, "tool", "poetry", "group"):
        own = table(document, "tool", "poetry", "group", name, "dependencies")
        yield from (OptionalPart("group", name, package) for package in own)


def _texts(listed: object) -> Iterable[str]:
    """A group may include others beside."""
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []


def _name(requirement: str) -> str | None:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return None
