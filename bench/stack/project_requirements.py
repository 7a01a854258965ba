"""What the lock or the requirements of a project ask for, and which folders of its repository are packages too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bench.stack.pyproject import PYPROJECT, dependencies, is_package, name_of, read_toml
from bench.stack.uv import StackError, uv

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
            packages = read_toml(file).get("package", [])
            pins_of: dict[str, str] = {canonicalize_name(one["name"]): str(one["version"]) for one in packages}
            wanted = tuple(_exact(text, pins_of) for text in dependencies(file.with_name(PYPROJECT)))
            return ProjectRequirements(wanted, pins_of, own, here)
        case "Pipfile.lock":
            lines, projects = _of_pipfile(file)
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
    places = (one.get("source", {}) for one in read_toml(lock).get("package", []))
    named = {str(place[kind]) for place in places for kind in ("editable", "virtual", "directory") if kind in place}
    return project.relative_to(lock.parent).as_posix() in named


def _exported(lock: Path, project: Path) -> str:
    """The pins of a uv.lock, for the member of its workspace whose folder this is. Raises StackError."""
    member = ("--package", name_of(project / PYPROJECT)) if project != lock.parent else ()
    return uv(
        *("export", "--frozen", "--no-dev", "--no-hashes", "--no-header", "--no-annotate", *member),
        *("--directory", str(lock.parent)),
    )


def _folder(line: str, beside: Path) -> Path | None:
    """The folder that a line names; None for any other."""
    words = line.removeprefix("-e ").removeprefix("--editable ").partition(" ; ")[0].strip().rstrip("\\").strip()
    if not line.startswith(("-e ", "--editable ", "./", "../", "/", "file:")) and " @ file:" not in line:
        return None
    place = words.rpartition(" @ ")[2].partition("#")[0].partition("[")[0]
    found = (beside / (unquote(place.removeprefix("file://")) if place.startswith("file:") else place)).resolve()
    return found if found.is_dir() else None


def _of_pipfile(file: Path) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Raises StackError."""
    try:
        listed = json.loads(file.read_text("utf-8"))["default"].items()
        lines = [line for name, entry in listed if (line := _of_pipenv(name, entry)) is not None]
        paths = [entry.get("path") or entry.get("file") for _, entry in listed]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise StackError(f"{file}: can't be read as a lock of Pipenv ({error})") from error
    folders = (found for path in paths if path and (found := (file.parent / path).resolve()).is_dir())
    return tuple(lines), tuple(folders)


def _of_pipenv(name: str, entry: Mapping[str, Any]) -> str | None:
    """One package; None for a folder."""
    extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
    marker = f" ; {entry['markers']}" if entry.get("markers") else ""
    if "git" in entry:
        return f"{name}{extras} @ git+{entry['git']}@{entry['ref']}{marker}"
    if "path" in entry or "file" in entry:
        place = str(entry.get("file") or entry["path"])
        return f"{name}{extras} @ {place}{marker}" if "://" in place else None
    return f"{name}{extras}{entry['version']}{marker}"


def _exact(text: str, pins: Mapping[str, str]) -> str:
    """A requirement at the version that is pinned; one that isn't stays as it is."""
    requirement = Requirement(text)
    if (pinned := pins.get(canonicalize_name(requirement.name))) is not None and requirement.url is None:
        requirement.specifier = SpecifierSet(f"=={pinned}")
    return str(requirement)
