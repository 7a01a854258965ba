"""What the locks of Poetry, PDM and Pipenv pin. A merge may have left out any part, or made it something else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidName, canonicalize_name
from packaging.version import InvalidVersion, Version

from bench.stack.pyproject import read_toml
from bench.stack.uv import StackError

_AGAIN = {"poetry.lock": "poetry lock", "pdm.lock": "pdm lock", "Pipfile.lock": "pipenv lock", "uv.lock": "uv lock"}
_ELSEWHERE = ("source", "path", "git", "hg", "svn", "url", "directory")


def step(file: Path) -> str:
    """What makes this lock again, as the end of a sentence."""
    return f"; run `{_AGAIN[file.name]}`"


def pins(file: Path) -> dict[str, str]:
    """Versions by package, of a lock of Poetry or PDM. What comes from no index may have none. Raises StackError."""
    found: dict[str, str] = {}
    for one in packages(file):
        name = _name(file, one.get("name"))
        if "version" in one or not any(place in one for place in _ELSEWHERE):
            found[name] = _version(file, name, one.get("version"))
    return found


def packages(file: Path) -> list[dict[str, Any]]:
    """The tables of a lock's packages. Raises StackError."""
    found = read_toml(file, step(file)).get("package", [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise StackError(f"{file}: `package` is no list of packages{step(file)}")
    return found


def exact(project: Path, text: str, pinned: Mapping[str, str]) -> str:
    """A requirement at the version that is pinned; one that isn't stays as it is. Raises StackError."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise StackError(f"{project}: {text!r} is no requirement; correct it") from None
    if (version := pinned.get(canonicalize_name(requirement.name))) is not None and requirement.url is None:
        requirement.specifier = SpecifierSet(f"=={version}")
    return str(requirement)


def of_pipfile(file: Path) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """The requirements of a lock of Pipenv, and the folders that it names. Raises StackError."""
    default = pipfile(file).get("default")
    if not isinstance(default, dict):
        raise StackError(f"{file}: has no table `default`{step(file)}")
    lines, folders = [], []
    for name, entry in default.items():
        if not isinstance(entry, dict):
            raise StackError(f"{file}: {name} is no table{step(file)}")
        if (line := _line(file, name, entry)) is not None:
            lines.append(_checked(file, name, line))
        if (folder := _folder(file, entry)) is not None:
            folders.append(folder)
    return tuple(lines), tuple(folders)


def pipfile(file: Path) -> dict[str, Any]:
    """Raises StackError."""
    try:
        document = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise StackError(f"{file}: can't be read ({error}){step(file)}") from error
    if not isinstance(document, dict):
        raise StackError(f"{file}: is no lock of Pipenv{step(file)}")
    return document


def _line(file: Path, name: str, entry: Mapping[str, Any]) -> str | None:
    """One package; None for a folder. Raises StackError."""
    extras, markers = entry.get("extras") or [], entry.get("markers") or ""
    if not isinstance(extras, list) or not isinstance(markers, str):
        raise StackError(f"{file}: the extras or markers of {name} can't be read{step(file)}")
    begin = f"{name}[{','.join(map(str, extras))}]" if extras else name
    end = f" ; {markers}" if markers else ""
    if "git" in entry:
        if "ref" not in entry:
            raise StackError(f"{file}: {name} has no `ref`{step(file)}")
        return f"{begin} @ git+{entry['git']}@{entry['ref']}{end}"
    if place := entry.get("file") or entry.get("path"):
        return f"{begin} @ {place}{end}" if "://" in str(place) else None
    if not isinstance(version := entry.get("version"), str):
        raise StackError(f"{file}: {name} has no version{step(file)}")
    return f"{begin}{'' if version == '*' else version}{end}"


def _checked(file: Path, name: str, line: str) -> str:
    """A line that begins a second one would ask for something else. Raises StackError."""
    try:
        Requirement(line)
    except InvalidRequirement:
        line = "\n"
    if not line.isprintable():
        raise StackError(f"{file}: {name} has a version, an extra or a marker that can't be read{step(file)}")
    return line


def _folder(file: Path, entry: Mapping[str, Any]) -> Path | None:
    place = entry.get("path") or entry.get("file")
    if not isinstance(place, str):
        return None
    try:
        found = (file.parent / place).resolve()
        return found if found.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # no path that could be one
        return None


def _name(file: Path, said: object) -> str:
    """Raises StackError."""
    if not isinstance(said, str):
        raise StackError(f"{file}: a package has no name{step(file)}")
    try:
        return canonicalize_name(said, validate=True)
    except InvalidName:
        raise StackError(f"{file}: {said!r} is no name of a package{step(file)}") from None


def _version(file: Path, name: str, said: object) -> str:
    """Raises StackError."""
    if not isinstance(said, str):
        raise StackError(f"{file}: {name} has no version{step(file)}")
    try:
        return str(Version(said))
    except InvalidVersion:
        raise StackError(f"{file}: {said!r} is no version of {name}{step(file)}") from None
