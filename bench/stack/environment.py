"""Locks -> cached environments. Never the harness's own environment."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import platform
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from platformdirs import user_cache_path

from bench.model.environment import Stack
from bench.stack import lock as stack_lock
from bench.stack import pythons, wheels
from bench.stack.pythons import python_version
from bench.stack.recipe import Recipe
from bench.stack.uv import StackError, uv

# A free-threaded build says nothing of it in its version. How it was built decides of its speed, as far as it says so.
_PYTHON = """
import platform, sysconfig
print(platform.python_version() + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""))
words = (sysconfig.get_config_var("CONFIG_ARGS") or "").replace("'", "").split()
known = ("--enable-optimizations", "--with-lto", "--with-tail-call-interp", "--with-pydebug")
print(" ".join([platform.python_compiler(), *(one for one in words if one.startswith(known))]))
"""

_FROM_GIT = re.compile(r"^\S+ @ git\+", re.MULTILINE)

# Prints each distribution of which no file is missing.
_WHOLE = """
from importlib.metadata import distributions
for one in distributions():
    if all(file.locate().exists() for file in one.files or ()):
        print(f"{one.name}=={one.version}")
"""


@dataclass(frozen=True)
class Environment:
    """A stack that is ready to run: its interpreter, its lock, and what it is made of.

    Of an environment that isn't ours, `overlay` is a folder of what it lacks: instruments and a server, last on its
    path; and `bytecode` one that its modules are compiled into, since nothing is written beside them. `sources` are
    folders from which packages are imported that it hasn't got and no index has.
    """

    python: Path
    lock: str
    stack: Stack
    overlay: Path | None = None
    bytecode: Path | None = None
    sources: tuple[Path, ...] = ()

    @property
    def foreign(self) -> bool:
        """Whether it isn't ours, so that nothing may be written into it."""
        return self.bytecode is not None


def build(
    recipe: Recipe, project: Path, python: str | None = None, preferred: Mapping[str, str] | None = None
) -> Environment:
    """The environment of a recipe (one without names: the project's own), cached by its lock's hash.

    What isn't named keeps the `preferred` version, or without any that of the project's `requirements.lock`, wherever
    the resolver allows it. `python` is a version such as "3.12"; None means the one that the harness runs on.
    Raises StackError.
    """
    version = python_version(python)
    with _cache_named():
        return _environment(recipe, stack_lock.lock(recipe, project, version, preferred), project, python)


def build_both(
    base: Recipe, head: Recipe, project: Path, pythons: tuple[str | None, str | None]
) -> tuple[Environment, Environment]:
    """The environments of two stacks, alike in what wasn't named where the resolver allows it. Raises StackError."""
    with _cache_named():
        locks = stack_lock.locks(base, head, project, (python_version(pythons[0]), python_version(pythons[1])))
        return _environment(base, locks[0], project, pythons[0]), _environment(head, locks[1], project, pythons[1])


def restore(recipe: Recipe, lock: str, project: Path, python: str | None = None) -> Environment:
    """The environment of a lock that was kept, which the recipe came to then. Raises StackError."""
    python_version(python)
    with _cache_named():
        return _environment(recipe, lock, project, python)


def no_environment() -> Environment:
    """Of a load of a server elsewhere, whose stack is unknown: the harness's own Python, in which no target runs."""
    stack = Stack(requirements=(), python=platform.python_version(), packages={}, lock_sha256="")
    return Environment(python=Path(sys.executable), lock="", stack=stack)


def lacks(stack: Stack, requires: Sequence[str]) -> str | None:
    """Why a stack can't run what `requires` these, or None when it can."""
    for text in requires:
        requirement = Requirement(text)
        version = stack.packages.get(canonicalize_name(requirement.name))
        if version is None and (reason := stack.unavailable(requirement.name)):
            return reason
        if version is None:
            return f"requires {text}, which the stack doesn't have; add --with {shlex.quote(text)}"
        if not requirement.specifier.contains(version, prereleases=True):
            return f"requires {text}, the stack has {requirement.name} {version}"
    return None


@contextlib.contextmanager
def _cache_named() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StackError(f"{error}; stacks are stored there: free some space or set XDG_CACHE_HOME") from error


def built(lock: str, version: str, interpreter: str, words: Sequence[str] = ()) -> Path:
    """The interpreter of the cached environment that a hashed lock comes to on a Python, by uv's own `words` of where
    to look for packages. Raises StackError."""
    folder = user_cache_path("fastapi-layercake") / "stacks" / _digest(lock, version)
    with _cache_named(), only_one_builder(folder):
        if not _is_sound(folder, lock):
            _install(folder, lock, interpreter, words)
    return folder / "bin" / "python"


def _environment(recipe: Recipe, lock: str, project: Path, python: str | None) -> Environment:
    requirements = stack_lock.wanted(recipe, project)
    made = built_of(lock, requirements, python_version(python), python or sys.executable)
    without = wheels.missing(requirements[len(recipe.lines) :], made.stack.packages)
    return replace(made, stack=made.stack.model_copy(update={"no_wheel": without}))


def built_of(lock: str, requirements: Sequence[str], asked: str, named: str) -> Environment:
    """The cached environment of a lock, on a Python of the version `asked` for, which uv knows as `named`;
    `requirements` are those of the stack. Raises StackError."""
    python = built(lock, asked, named)
    shown = stack_lock.without_addresses(lock)
    version, build = ask(python, _PYTHON).splitlines()
    stack = Stack(
        requirements=tuple(map(stack_lock.without_addresses, requirements)),
        python=version,
        python_build=build,
        packages=stack_lock.pins(lock),
        lock_sha256=hashlib.sha256(shown.encode()).hexdigest(),
    )
    return Environment(python, shown, stack)


def _install(folder: Path, lock: str, interpreter: str, words: Sequence[str]) -> None:
    locked = folder / "requirements.lock"
    found = pythons.interpreter(interpreter) if pythons.names_version(interpreter) else interpreter
    shutil.rmtree(folder, ignore_errors=True)  # uv clears only what is still an environment
    uv("venv", "--python", found, str(folder))
    locked.write_text(lock, "utf-8")
    hashed = (
        () if _FROM_GIT.search(lock) else ("--require-hashes",)
    )  # a commit is a hash itself, which uv doesn't count
    uv(
        *("pip", "sync", *hashed, "--compile-bytecode", "--python", str(folder / "bin" / "python")),
        *(*words, str(locked)),
    )
    (folder / "ready").touch()


def _digest(lock: str, version: str) -> str:
    return hashlib.sha256("\n".join((lock, version, platform.machine(), platform.system())).encode()).hexdigest()[:16]


def _is_sound(folder: Path, lock: str) -> bool:
    """Whether an environment was finished, still starts, and has lost no file of what it was made of."""
    if not (folder / "ready").exists():
        return False
    try:
        whole = ask(folder / "bin" / "python", _WHOLE)
    except StackError:
        return False
    return stack_lock.pins(whole).items() >= stack_lock.pins(lock).items()


@contextlib.contextmanager
def only_one_builder(folder: Path) -> Iterator[None]:
    """Two commands that need the same environment build it once: the second waits for the first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".building").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ask(python: Path, code: str) -> str:
    """What an interpreter prints, by itself. Raises StackError."""
    try:
        done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise StackError(f"{python}: can't start the environment ({error})") from error
    return done.stdout.strip()
