"""The environment of a project, built in the cache by the project's own lock or requirements.

What lies in the repository itself is not part of it: it is imported from there, so that equal locks are one
environment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.stack import interpreter, local_projects, package_indexes, project_python, project_requirements, pythons
from bench.stack import lock as stack_lock
from bench.stack.environment import built
from bench.stack.project_requirements import LOCKS, UV_LOCK
from bench.stack.pyproject import PYPROJECT
from bench.stack.uv import StackError, UvError


@dataclass(frozen=True)
class ProjectLock:
    """The file that says what a project runs on. `project` is the folder of the project, which is another one than the
    file's in a workspace."""

    file: Path
    project: Path


@dataclass(frozen=True)
class BuiltProject:
    """The interpreter of an environment, and the folders that what lies in the repository is imported from."""

    python: Path
    sources: tuple[Path, ...]


def file_of(folder: Path) -> Path | None:
    """The file of a folder that says most exactly what its project runs on."""
    files = sorted(folder.glob("requirements*.txt"), key=lambda one: (one.name != "requirements.txt", one.name))
    candidates = (*(folder / name for name in LOCKS), *files, folder / PYPROJECT)
    return next((one for one in candidates if one.is_file()), None)


def nearest(folders: Sequence[Path]) -> ProjectLock | None:
    """Of the first of these folders with such a file. The lock of a uv workspace above counts for its members."""
    file = next((one for folder in folders if (one := file_of(folder)) is not None), None)
    if file is None:
        return None
    above = (folder / UV_LOCK for folder in folders if folder in file.parent.parents)
    workspace = (one for one in above if one.is_file() and project_requirements.is_member(one, file.parent))
    return ProjectLock(next(workspace, file) if file.name not in LOCKS else file, file.parent)


def build(found: ProjectLock, added: Sequence[str] = ()) -> BuiltProject:
    """With single requirements `added` to those of the project. Raises StackError."""
    python = project_python.of(found.project)
    version = interpreter.ask(python).version
    asked = project_requirements.read(found.file, found.project)
    indexes = package_indexes.of(found.file)
    resolved_for = pythons.named(python, version)
    words = (*indexes, *asked.where)
    try:
        locked = stack_lock.resolve("\n".join((*asked.lines, *added)), asked.preferred, resolved_for, words)
    except UvError as error:
        wrong = f"--with or {found.file.name}" if added else found.file.name
        raise StackError(f"{error}\ncorrect {wrong}, or name an environment with --env PATH") from error
    pins, projects = project_requirements.without_projects(locked, found.file.parent)
    environment = built(pins, version, str(python), words)
    local = tuple(dict.fromkeys((*asked.projects, *projects)))
    return BuiltProject(environment, local_projects.sources(local, environment, indexes))
