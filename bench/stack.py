"""Requirements -> resolved lock -> cached environment, made by uv. Never the harness's own environment."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import os
import platform
import re
import shutil
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
_PYTHON = re.compile(r"3\.(1[1-9]|[2-9]\d)(\.\d+)?")

# Prints each distribution of which no file is missing.
_WHOLE = """
from importlib.metadata import distributions
for one in distributions():
    if all(file.locate().exists() for file in one.files or ()):
        print(f"{one.name}=={one.version}")
"""


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
    if python is not None and not _PYTHON.fullmatch(python):
        raise StackError(
            f"--python: {python!r} isn't a version that agents run on; write it as 3.12 (3.11 is the oldest)"
        )
    version, interpreter = python or platform.python_version(), python or sys.executable
    wanted = _wanted(requirements, project)
    try:
        lock = _resolve(wanted, project / "requirements.lock", version)
        folder = user_cache_path("fastapi-layercake") / "stacks" / _digest(lock, version)
        with _only_one_builder(folder):
            if not _is_sound(folder, lock):
                _install(folder, lock, interpreter)
    except OSError as error:
        raise StackError(f"{error}; stacks are kept there: make room, or set XDG_CACHE_HOME") from error
    stack = Stack(
        requirements=tuple(wanted),
        python=_ask(folder / "bin" / "python", "import platform; print(platform.python_version())"),
        packages=_pins(lock),
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
        parsed = [Requirement(text) for text in requirements]
    except InvalidRequirement as error:
        raise StackError(f"--stack: {error}; write requirements as 'fastapi==0.115.6 pydantic<2.12'") from error
    for requirement in parsed:
        if requirement.url:
            raise StackError(f"--stack: {requirement} is an address, which a run may not hold; name a version instead")
    named = {canonicalize_name(requirement.name) for requirement in parsed}
    return [*requirements, *(text for text in own + instruments if canonicalize_name(text) not in named)]


def _resolve(wanted: Sequence[str], preferred: Path, version: str) -> str:
    """The hashed lock of `wanted`. uv takes the pins of an existing output file as preferences, not as bounds."""
    scratch = user_cache_path("fastapi-layercake", ensure_exists=True) / f"resolving-{os.getpid()}.lock"
    words = (
        "pip", "compile", "-", "--generate-hashes", "--no-header", "--no-annotate", "--python-version", version,
        "--output-file", str(scratch),
    )  # fmt: skip
    try:
        scratch.write_bytes(preferred.read_bytes() if preferred.exists() else b"")
        try:
            _uv(*words, stdin="\n".join(wanted))
        except StackError as error:
            # Without a network, what uv has seen before will do; where that fails too, the first reason is the telling.
            with contextlib.suppress(StackError):
                _uv(*words, "--offline", stdin="\n".join(wanted))
                return scratch.read_text("utf-8")
            raise error from None
        return scratch.read_text("utf-8")
    finally:
        scratch.unlink(missing_ok=True)


def _install(folder: Path, lock: str, interpreter: str) -> None:
    locked = folder / "requirements.lock"
    shutil.rmtree(folder, ignore_errors=True)  # uv clears only what is still an environment
    _uv("venv", "--python", interpreter, str(folder))
    locked.write_text(lock, "utf-8")
    _uv(
        "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(folder / "bin" / "python"), str(locked)
    )
    (folder / "ready").touch()


def _digest(lock: str, version: str) -> str:
    return hashlib.sha256("\n".join((lock, version, platform.machine(), platform.system())).encode()).hexdigest()[:16]


def _pins(lock: str) -> dict[str, str]:
    return {canonicalize_name(pin["name"]): pin["version"] for pin in _PIN.finditer(lock)}


def _is_sound(folder: Path, lock: str) -> bool:
    """Whether an environment was finished, still starts, and has lost no file of what it was made of."""
    if not (folder / "ready").exists():
        return False
    try:
        whole = _ask(folder / "bin" / "python", _WHOLE)
    except StackError:
        return False
    return _pins(whole).items() >= _pins(lock).items()


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
        task = " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words))
        raise StackError(f"uv {task}: {done.stderr.strip() or f'exit status {done.returncode}'}")
