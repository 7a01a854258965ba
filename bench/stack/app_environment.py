"""The environment of somebody's own app: found where its owner keeps it, and never changed."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from bench.model.environment import Stack
from bench.stack import interpreter, overlay, project_lock, stale_lock
from bench.stack.environment import Environment
from bench.stack.project_lock import ProjectLock
from bench.stack.project_python import NoPythonError
from bench.stack.project_requirements import UV_LOCK
from bench.stack.uv import StackError

_LOG = logging.getLogger(__name__)

_NAMES = (".venv", "venv")


def app_environment(app_dir: Path, env: Path | None = None, requirements: Path | None = None) -> Environment:
    """The environment of the app in a folder: the interpreter or environment `env`; or else one of `requirements`, a
    file in that folder or at the top of its repository; `$VIRTUAL_ENV`; the `.venv` of the folder, or of one above it
    in its repository; the project's lock, built in the cache.

    Raises StackError.
    """
    if not app_dir.is_dir():
        raise StackError(f"--app-dir {app_dir}: is no folder")
    if env is not None:
        return _ready(_named(env))
    try:
        return version_environment(app_dir, requirements)[0] if requirements else _found(app_dir.resolve())
    except NoPythonError as error:
        raise StackError(f"{app_dir.resolve()}: {error}") from error


def version_environment(
    app_dir: Path, requirements: Path | None = None, added: Sequence[str] = ()
) -> tuple[Environment, Path]:
    """The environment of a version of the app, and the file that says what it is: `requirements`, in the app's folder
    or at the top of its repository, or else the project's lock; single requirements are `added` to it. It is built in
    the cache for every version alike: the environment that a working tree has is none of a commit. Raises StackError.
    """
    folders = tuple(_up_to_repository(app_dir.resolve()))
    found = _of_requirements(requirements, folders) if requirements else project_lock.nearest(folders)
    if found is None:
        raise StackError("has no lock, requirements or pyproject.toml; use --requirements FILE or --env PATH")
    made = project_lock.build(found, added)
    return _ready(made.python, made.sources), found.file


def has_stale_lock(app_dir: Path, requirements: Path | None = None) -> bool:
    """Whether that environment is made of a uv.lock that was made for other dependencies. Raises StackError."""
    found = None if requirements else project_lock.nearest(tuple(_up_to_repository(app_dir.resolve())))
    return found is not None and _is_stale(found)


def bytecode() -> Path:
    """Where modules are compiled into that nothing may be written beside."""
    return user_cache_path("fastapi-layercake") / "bytecode"


def _ready(python: Path, sources: tuple[Path, ...] = ()) -> Environment:
    """Raises StackError."""
    found = interpreter.ask(python)
    instruments = overlay.made_for(found)
    pins = "".join(f"{name}=={version}\n" for name, version in sorted(found.packages.items()))
    stack = Stack(
        requirements=(),
        python=found.version,
        packages=dict(sorted(found.packages.items())),
        lock_sha256=hashlib.sha256(pins.encode()).hexdigest(),
        no_wheel=overlay.missing(instruments),
    )
    return Environment(found.python, pins, stack, instruments, bytecode(), sources)


def _named(env: Path) -> Path:
    """The interpreter that `--env` means. Its link is kept: it is what makes an environment of a Python."""
    python = _python_of(env.absolute()) if env.is_dir() else env.absolute()
    if python is None or not python.is_file() or not os.access(python, os.X_OK):
        raise StackError(f"--env {env}: is neither an interpreter nor an environment (it has no bin/python)")
    return python


def _found(app_dir: Path) -> Environment:
    """Raises StackError."""
    folders = tuple(_up_to_repository(app_dir))
    if python := _activated():
        return _ready(python)
    for folder in folders:
        for name in _NAMES:
            if (folder / name / "pyvenv.cfg").is_file():
                return _ready(_kept(folder / name))
    if lock := project_lock.nearest(folders):
        if _is_stale(lock):
            _LOG.warning("bench: %s; its pins are used: run `uv lock`", stale_lock.SAYS)
        made = project_lock.build(lock)
        return _ready(made.python, made.sources)
    raise StackError(
        f"{app_dir}: no environment of the app was found ($VIRTUAL_ENV, .venv, a lock or requirements); "
        "name its interpreter or environment with --env PATH"
    )


def _is_stale(found: ProjectLock) -> bool:
    return found.file.name == UV_LOCK and stale_lock.is_stale(found.file, found.project)


def _of_requirements(requirements: Path, folders: Sequence[Path]) -> ProjectLock:
    """Raises StackError."""
    places = (folder / requirements for folder in (folders[0], folders[-1]))
    if (found := next((one for one in places if one.is_file()), None)) is None:
        raise StackError(f"has no file {requirements} (--requirements: relative to --app-dir or the repository)")
    return ProjectLock(found, found.parent)


def _activated() -> Path | None:
    """Of `$VIRTUAL_ENV`. The harness's own counts where an app could run in it."""
    named = os.environ.get("VIRTUAL_ENV")
    if not named:
        return None
    python = _kept(Path(named))
    if Path(named).resolve() == Path(sys.prefix).resolve() and not _has_starlette(python):
        return None
    return python


def _kept(folder: Path) -> Path:
    """The interpreter of an environment, whose Python may have gone since it was made. Raises StackError."""
    if (python := _python_of(folder)) is None:
        raise StackError(f"{folder}: has no Python that is still there; make it anew, or name another with --env PATH")
    return python


def _has_starlette(python: Path) -> bool:
    return "starlette" in interpreter.ask(python).packages


def _python_of(folder: Path) -> Path | None:
    return next((one for name in ("bin/python", "python") if (one := folder / name).is_file()), None)


def _up_to_repository(app_dir: Path) -> Iterator[Path]:
    """The folder and those above it, up to its repository's; without one, up to its project's."""
    above = (app_dir, *app_dir.parents)
    top = next((one for one in above if (one / ".git").exists()), None)
    top = top or next((one for one in above if project_lock.file_of(one)), app_dir)
    for folder in above:
        yield folder
        if folder == top:
            return
