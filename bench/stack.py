"""Requirements -> resolved lock -> cached environment, made by uv. Never the harness's own environment."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from platformdirs import user_cache_path
from uv import find_uv_bin

from bench.model import Stack

_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)


class StackError(Exception):
    """A stack that can't be resolved or built; the message carries uv's own reason."""


@dataclass(frozen=True)
class Environment:
    """A stack that is ready to run: its interpreter, its lock, and what it is made of."""

    python: Path
    lock: str
    stack: Stack


def build(requirements: Sequence[str], project: Path, python: str | None = None) -> Environment:
    """The environment of `requirements` (none: the project's own), resolved by uv and cached by the lock's hash.

    What isn't named keeps the version of the project's `requirements.lock` wherever the resolver allows it.
    `python` is a version such as "3.12"; None means the one that the harness runs on.
    Raises StackError.
    """
    version, interpreter = python or platform.python_version(), python or sys.executable
    wanted = _wanted(requirements, project)
    lock = _resolve(wanted, project / "requirements.lock", version)
    digest = hashlib.sha256("\n".join((lock, version, platform.machine(), platform.system())).encode()).hexdigest()
    folder = user_cache_path("fastapi-layercake") / "stacks" / digest[:16]
    with _only_one_builder(folder):
        if not _is_sound(folder):
            _install(folder, lock, interpreter)
    stack = Stack(
        requirements=tuple(wanted),
        python=_ask(folder / "bin" / "python", "import platform; print(platform.python_version())"),
        packages={canonicalize_name(pin["name"]): pin["version"] for pin in _PIN.finditer(lock)},
        lock_sha256=hashlib.sha256(lock.encode()).hexdigest(),
    )
    return Environment(folder / "bin" / "python", lock, stack)


def lacks(stack: Stack, requires: Sequence[str]) -> str | None:
    """Why a stack can't run what `requires` these, or None when it can."""
    for text in requires:
        requirement = Requirement(text)
        version = stack.packages.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return f"requires {text}, the stack has {requirement.name} {version or 'not at all'}"
    return None


def _wanted(requirements: Sequence[str], project: Path) -> list[str]:
    """What was named, then whatever else of the project's own stack a served FastAPI needs, then the instruments."""
    try:
        groups = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
        own, instruments = list(groups["stack"]), list(groups["instruments"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise StackError(
            f"{project / 'pyproject.toml'}: the groups `stack` and `instruments` can't be read ({error}); "
            "run bench in a checkout of layercake"
        ) from error
    try:
        named = {canonicalize_name(Requirement(text).name) for text in requirements}
    except InvalidRequirement as error:
        raise StackError(f"--stack: {error}; write requirements as 'fastapi==0.115.6 pydantic<2.12'") from error
    return [*requirements, *(text for text in own + instruments if canonicalize_name(text) not in named)]


def _resolve(wanted: Sequence[str], preferred: Path, version: str) -> str:
    """The hashed lock of `wanted`. uv takes the pins of an existing output file as preferences, not as bounds."""
    scratch = user_cache_path("fastapi-layercake", ensure_exists=True) / f"resolving-{os.getpid()}.lock"
    try:
        scratch.write_bytes(preferred.read_bytes() if preferred.exists() else b"")
        _uv(
            "pip", "compile", "-", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", version,
            "--output-file", str(scratch), stdin="\n".join(wanted),
        )  # fmt: skip
        return scratch.read_text("utf-8")
    finally:
        scratch.unlink(missing_ok=True)


def _install(folder: Path, lock: str, interpreter: str) -> None:
    locked = folder / "requirements.lock"
    _uv("venv", "--clear", "--python", interpreter, str(folder))
    locked.write_text(lock, "utf-8")
    _uv(
        "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(folder / "bin" / "python"), str(locked)
    )
    (folder / "ready").touch()


def _is_sound(folder: Path) -> bool:
    """Whether an environment was finished, and still starts with what it is there for."""
    if not (folder / "ready").exists():
        return False
    try:
        _ask(folder / "bin" / "python", "import fastapi, uvicorn, memray, pyinstrument")
    except StackError:
        return False
    return True


@contextlib.contextmanager
def _only_one_builder(folder: Path) -> Iterator[None]:
    """Two commands that need the same environment build it once: the second waits for the first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".building").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _ask(python: Path, code: str) -> str:
    try:
        done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{python}: the environment doesn't start ({error})") from error
    return done.stdout.strip()


def _uv(*words: str, stdin: str | None = None) -> None:
    command = [find_uv_bin(), "--quiet", "--no-progress", "--color", "never", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"uv {words[0]} {words[1]}: " + (done.stderr.strip() or f"exit status {done.returncode}"))
