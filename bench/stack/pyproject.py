"""What a project says that it needs, in its `pyproject.toml`: as PEP 621 has it, or in Poetry's own table."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from bench.stack.uv import StackError

PYPROJECT = "pyproject.toml"
_STEP = "make its environment and name it with --env PATH"
_CARET = re.compile(r"\^\s*(?P<version>\d+(\.\d+)*)$")
_TILDE = re.compile(r"~\s*(?P<version>\d+(\.\d+)*)$")


def read_toml(file: Path, step: str = "; correct it") -> dict[str, Any]:
    """An error ends with this next step. Raises StackError."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise StackError(f"{file}: can't be read ({error}){step}") from error


def dependencies(file: Path) -> list[str]:
    """As requirements, without those of groups and extras. Raises StackError where it lists none."""
    document = read_toml(file)
    if (found := table(document, "project").get("dependencies")) is not None:
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise StackError(f"{file}: project.dependencies is no list of requirements; correct it")
        return found
    listed = _poetry(document)
    if listed is None:
        raise StackError(f"{file}: lists no dependencies of the app; {_STEP}")
    return [_requirement(file, name, said) for name, said in listed.items() if name != "python" and not _optional(said)]


def name_of(file: Path) -> str:
    """What a project calls itself. Raises StackError."""
    if not (name := table(read_toml(file), "project").get("name")):
        raise StackError(f"{file}: has no project.name; {_STEP}")
    return str(name)


def is_package(file: Path) -> bool:
    """Whether a project can be installed itself. Raises StackError."""
    if not file.is_file():
        return False
    document = read_toml(file)
    return "build-system" in document and table(document, "tool", "poetry").get("package-mode") is not False


def requires_python(file: Path) -> str | None:
    """The versions of Python that a project runs on, as a specifier; None where it doesn't say. Raises StackError."""
    document = read_toml(file)
    if found := table(document, "project").get("requires-python"):
        return str(found)
    said = (_poetry(document) or {}).get("python")
    return _specifier(said) if isinstance(said, str) else None


def _poetry(document: dict[str, Any]) -> dict[str, Any] | None:
    found = table(document, "tool", "poetry").get("dependencies")
    return found if isinstance(found, dict) else None


def table(document: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Empty where there is none, or something else."""
    for key in keys:
        found = document.get(key)
        document = found if isinstance(found, dict) else {}
    return document


def _optional(said: Any) -> bool:
    return isinstance(said, dict) and bool(said.get("optional"))


def _requirement(file: Path, name: str, said: Any) -> str:
    """Of `"^1.2"` or `{version = "^1.2", extras = ["x"]}`. Raises StackError for what comes from elsewhere."""
    told = said if isinstance(said, dict) else {"version": said}
    version, extras = told.get("version"), told.get("extras") or []
    if not isinstance(version, str):
        raise StackError(f"{file}: {name} comes from no package index; {_STEP}")
    if not isinstance(extras, list):
        raise StackError(f"{file}: the extras of {name} are no list; correct them")
    listed = f"[{','.join(map(str, extras))}]" if extras else ""
    return f"{name}{listed}{_specifier(version)}"


def _specifier(version: str) -> str:
    """Poetry's words for a range as everybody's: `^1.2` allows what leaves the first number that isn't 0, `~1.2` what
    leaves the second, and a version alone is that one."""
    return ",".join(_bounds(one.strip()) for one in version.split(",") if one.strip() not in ("", "*"))


def _bounds(one: str) -> str:
    if found := _CARET.match(one):
        numbers = [int(part) for part in found["version"].split(".")]
        kept = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
        return f">={found['version']},<{_next(numbers, kept)}"
    if found := _TILDE.match(one):
        numbers = [int(part) for part in found["version"].split(".")]
        return f">={found['version']},<{_next(numbers, min(1, len(numbers) - 1))}"
    return f"=={one}" if one[0].isdigit() else one


def _next(numbers: list[int], kept: int) -> str:
    return ".".join(map(str, (*numbers[:kept], numbers[kept] + 1)))
