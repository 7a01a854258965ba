"""What the lock or the requirements of a project ask for, and which folders of its repository are packages too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from bench.stack import read_locks
from bench.stack.pyproject import PYPROJECT, dependencies, is_package, name_of, table
from bench.stack.uv import StackError, UvError, uv

UV_LOCK = "uv.lock"
LOCKS = (UV_LOCK, "poetry.lock", "pdm.lock", "Pipfile.lock")


@dataclass(frozen=True)
class ProjectRequirements:
    """`lines` are requirements for uv, which prefers the versions `preferred`. `projects` are the folders of what lies
    in the repository; `where` are the words that tell uv where paths begin."""

    lines: tuple[str, ...]
    preferred: Mapping[str, str] = field(default_factory=dict)
    projects: tuple[Path, ...] = ()
    where: tuple[str, ...] = ()


def read(file: Path, project: Path) -> ProjectRequirements:
    """Of a project in this folder. Raises StackError."""
    here = ("--directory", str(file.parent))
    own = (project,) if is_package(project / PYPROJECT) else ()
    match file.name:
        case "uv.lock":
            pins, projects = without_projects(_exported(file, project), file.parent)
            return ProjectRequirements(tuple(pins.splitlines()), projects=projects, where=here)
        case "poetry.lock" | "pdm.lock":
            pinned, asking = read_locks.pins(file), file.with_name(PYPROJECT)
            wanted = tuple(read_locks.exact(asking, text, pinned) for text in dependencies(asking))
            return ProjectRequirements(wanted, pinned, own, here)
        case "Pipfile.lock":
            lines, projects = read_locks.of_pipfile(file)
            return ProjectRequirements(lines, projects=projects, where=here)
        case "pyproject.toml":
            return ProjectRequirements(tuple(dependencies(file)), projects=own, where=here)
        case _:
            return ProjectRequirements((f"-r {file}",), where=here)


def without_projects(locked: str, folder: Path) -> tuple[str, tuple[Path, ...]]:
    """The lines of a lock without those that name a folder, relative to this one, and those folders."""
    kept, projects = [], []
    for line in locked.splitlines(keepends=True):
        found = _folder(line.strip(), folder)
        if found is None:
            kept.append(line)
        else:
            projects.append(found)
    return "".join(kept), tuple(projects)


def is_member(lock: Path, project: Path) -> bool:
    """Whether a uv workspace with this lock has the project of a folder. Raises StackError."""
    places = (table(one, "source") for one in read_locks.packages(lock))
    named = {str(place[kind]) for place in places for kind in ("editable", "virtual", "directory") if kind in place}
    return project.relative_to(lock.parent).as_posix() in named


def _exported(lock: Path, project: Path) -> str:
    """The pins of a uv.lock, for the member of its workspace whose folder this is. Raises StackError."""
    read_locks.packages(lock)  # what can't be read is said in a line
    member = ("--package", name_of(project / PYPROJECT)) if project != lock.parent else ()
    try:
        return uv(
            *("export", "--frozen", "--no-dev", "--no-hashes", "--no-header", "--no-annotate", *member),
            *("--directory", str(lock.parent)),
        )
    except UvError as error:
        raise StackError(f"{lock}: {error}\nrun `uv lock`") from error


def _folder(line: str, beside: Path) -> Path | None:
    """The folder that a line names; None for any other."""
    words = line.removeprefix("-e ").removeprefix("--editable ").partition(" ; ")[0].strip().rstrip("\\").strip()
    if not line.startswith(("-e ", "--editable ", "./", "../", "/", "file:")) and " @ file:" not in line:
        return None
    place = words.rpartition(" @ ")[2].partition("#")[0].partition("[")[0]
    found = (beside / (unquote(place.removeprefix("file://")) if place.startswith("file:") else place)).resolve()
    return found if found.is_dir() else None
