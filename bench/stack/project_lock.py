"""The environment of a project that has none: built in the cache, by the project's own lock or requirements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bench.stack import interpreter, project_python
from bench.stack import lock as stack_lock
from bench.stack.environment import built
from bench.stack.pyproject import PYPROJECT, dependencies, read_toml
from bench.stack.uv import uv

_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")


def file_of(folder: Path) -> Path | None:
    """The file of a folder that says most exactly what its project runs on."""
    files = sorted(folder.glob("requirements*.txt"), key=lambda one: (one.name != "requirements.txt", one.name))
    candidates = (*(folder / name for name in _LOCKS), *files, folder / PYPROJECT)
    return next((one for one in candidates if one.is_file()), None)


def nearest(folders: Sequence[Path]) -> Path | None:
    """The file of the first of these folders with one."""
    return next((one for folder in folders if (one := file_of(folder)) is not None), None)


def interpreter_of(file: Path) -> Path:
    """The interpreter of the environment that such a file comes to. Raises StackError."""
    python = project_python.of(file.parent)
    version = interpreter.ask(python).version
    return built(_locked(file, version), version, str(python))


def _locked(file: Path, version: str) -> str:
    """A hashed lock of what a file asks for. Raises StackError."""
    match file.name:
        case "uv.lock":
            pins = uv(
                *("export", "--frozen", "--no-emit-workspace", "--no-dev", "--no-hashes", "--no-header"),
                *("--no-annotate", "--directory", str(file.parent)),
            )
            return stack_lock.resolve(pins, {}, version)
        case "poetry.lock" | "pdm.lock":
            return _pinned(file, version)
        case "pyproject.toml":
            return stack_lock.resolve("\n".join(dependencies(file)), {}, version)
        case _:
            return stack_lock.resolve(f"-r {file}", {}, version)


def _pinned(file: Path, version: str) -> str:
    """What the project requires, in the versions of a lock of Poetry or PDM: uv knows neither, but both list what they
    pin, and the project says what of it it needs itself."""
    packages = read_toml(file).get("package", [])
    pins: dict[str, str] = {canonicalize_name(one["name"]): str(one["version"]) for one in packages}
    wanted = [_exact(text, pins) for text in dependencies(file.with_name(PYPROJECT))]
    return stack_lock.resolve("\n".join(wanted), pins, version)


def _exact(text: str, pins: Mapping[str, str]) -> str:
    """A requirement at the version that is pinned; one that isn't stays as it is."""
    requirement = Requirement(text)
    if (pinned := pins.get(canonicalize_name(requirement.name))) is not None and requirement.url is None:
        requirement.specifier = SpecifierSet(f"=={pinned}")
    return str(requirement)
