"""The environment of a project that has none: built in the cache, by the project's own lock or requirements."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
_PROJECT = "pyproject.toml"


def file_of(folder: Path) -> Path | None:
    """The file of a folder that says most exactly what its project runs on."""
    names = (*_LOCKS, *sorted((one.name for one in folder.glob("requirements*.txt")), key=_plain_first), _PROJECT)
    return next((one for name in names if (one := folder / name).is_file()), None)


def interpreter_of(folders: Sequence[Path]) -> Path | None:
    """The interpreter of the environment that the first of these folders with a lock comes to. Raises StackError."""
    return None


def _plain_first(name: str) -> tuple[bool, str]:
    return name != "requirements.txt", name
