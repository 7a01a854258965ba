"""What agents need beside somebody's own app: instruments and a server, in a folder of the cache, for each Python.

It comes last on an agent's path, so that whatever the app's environment has wins. Nothing of it runs in the app's
stead: no framework, and no faster loop or parser than the app has itself.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import distributions
from pathlib import Path

from platformdirs import user_cache_path

from bench.stack import lock as stack_lock
from bench.stack import pythons, wheels
from bench.stack.environment import only_one_builder
from bench.stack.interpreter import Interpreter
from bench.stack.uv import StackError, uv
from bench.workspace import PROJECT

NEEDS = ("memray", "pyinstrument", "uvicorn", "pytest", "pytest-benchmark")
# These would change what an app costs, or what it is.
NEVER = frozenset({"fastapi", "starlette", "pydantic", "pydantic-core", "uvloop", "httptools"})
_READY = ".ready"


def missing(folder: Path) -> tuple[str, ...]:
    """What a folder lacks of what agents need: its Python has no wheel of it."""
    return wheels.missing(
        NEEDS, {one.metadata["Name"].lower(): one.version for one in distributions(path=[str(folder)])}
    )


def made_for(interpreter: Interpreter) -> Path:
    """The folder for an interpreter, installed where it isn't there yet. Raises StackError."""
    preferred = stack_lock.committed(PROJECT)
    minor = interpreter.version.rpartition(".")[0]
    wanted = "\n".join((*NEEDS, *(f"{name}=={preferred[name]}" for name in sorted(preferred)), minor))
    digest = hashlib.sha256(f"{wanted}\n{interpreter.platform}".encode()).hexdigest()[:16]
    # Named as where packages lie, so that nobody takes it for the app's own code.
    folder = user_cache_path("fastapi-layercake") / "overlays" / digest / "site-packages"
    try:
        with only_one_builder(folder):
            if not _is_whole(folder):
                _install(folder, interpreter, _lock(interpreter, preferred))
    except StackError as error:
        raise StackError(
            f"what measuring needs beside the app can't be had for {interpreter.python}: {error}"
        ) from error
    except OSError as error:
        raise StackError(f"{error}; instruments are stored there: free some space or set XDG_CACHE_HOME") from error
    return folder


def _lock(interpreter: Interpreter, preferred: Mapping[str, str]) -> str:
    """Of what has wheels for this Python. Raises StackError."""

    def resolve(asked: Sequence[str]) -> str:
        return stack_lock.resolve("\n".join(asked), preferred, pythons.named(interpreter.python, interpreter.version))

    if not wheels.may_lack(interpreter.version):
        return resolve(NEEDS)
    return wheels.with_wheels((), NEEDS, resolve)


def _install(folder: Path, interpreter: Interpreter, lock: str) -> None:
    """There whole or not at all. Raises StackError."""
    if unwanted := NEVER & stack_lock.pins(lock).keys():
        raise StackError(f"the instruments require {', '.join(sorted(unwanted))}, which only an app may bring")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as made:
        scratch = Path(made) / folder.name
        locked = Path(made) / "requirements.lock"
        locked.write_text(lock, "utf-8")
        uv(
            *("pip", "install", "--require-hashes", "--no-deps", "--compile-bytecode", "--only-binary", ":all:"),
            *("--python", str(interpreter.python), "--target", str(scratch), "--requirements", str(locked)),
        )
        (scratch / _READY).touch()
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)


def _is_whole(folder: Path) -> bool:
    """Whether it was finished and has lost no file since."""
    if not (folder / _READY).exists():
        return False
    found = list(distributions(path=[str(folder)]))
    return bool(found) and all(file.locate().exists() for one in found for file in one.files or ())  # type: ignore[attr-defined]
