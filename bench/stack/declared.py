"""What a project declares that it can run with: bounds on what a changed stack may come to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench.stack.pyproject import PYPROJECT, dependencies
from bench.stack.uv import StackError

_FILES = ("requirements.in", "requirements.txt")


def bounds(app_dir: Path) -> dict[str, str]:
    """Requirements by package, of the project that an app's folder is in. A pin is what somebody had, not a bound: what
    is installed says that too, and nothing could change beside it. What holds for some Pythons only is left out."""
    found: dict[str, str] = {}
    for text in _declared(app_dir):
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        pinned = any(one.operator in ("==", "===") for one in requirement.specifier)
        if requirement.specifier and not pinned and not requirement.url and not requirement.marker:
            found[canonicalize_name(requirement.name)] = f"{requirement.name}{requirement.specifier}"
    return found


def _declared(app_dir: Path) -> Iterator[str]:
    folder = next((one for one in (app_dir, *app_dir.parents) if _has_any(one)), app_dir)
    with suppress(StackError):  # it lists none, or nothing that can be read
        yield from dependencies(folder / PYPROJECT)
    for name in _FILES:
        if (folder / name).is_file():
            lines = (folder / name).read_text("utf-8", "replace").splitlines()
            yield from (line.partition(" #")[0].strip() for line in lines)


def _has_any(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (PYPROJECT, *_FILES)) or (folder / ".git").exists()
