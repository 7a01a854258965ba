"""Packages that lie in the repository of an app: imported from there, with the metadata that an install gives them."""

from __future__ import annotations

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from bench.stack.environment import only_one_builder
from bench.stack.uv import StackError, uv

_LOG = logging.getLogger(__name__)
_SAYS = ("pyproject.toml", "setup.cfg", "setup.py")


def sources(projects: Sequence[Path], python: Path, indexes: Sequence[str] = ()) -> tuple[Path, ...]:
    """Folders for the path of an app, from which these projects are imported. One that can't be built is imported as
    it lies, which is said. Raises StackError for a cache that can't be written to."""
    return tuple(dict.fromkeys(one for project in projects for one in _of_one(project, python, indexes)))


def _of_one(project: Path, python: Path, indexes: Sequence[str]) -> Iterator[Path]:
    folder = user_cache_path("fastapi-layercake") / "projects" / _digest(project, python)
    try:
        with only_one_builder(folder):
            if not folder.is_dir():
                _install(project, folder, python, indexes)
        yield folder
        linked = [Path(line) for file in folder.glob("*.pth") for line in file.read_text("utf-8").splitlines()]
    except StackError as error:
        said = str(error).partition("\n")[0]
        _LOG.warning("bench: %s can't be installed (%s); it is imported as it lies", project.name, said)
        linked = []
    except OSError as error:
        raise StackError(f"{error}; stacks are stored there: free some space or set XDG_CACHE_HOME") from error
    found = [one for one in linked if one.is_absolute() and one.is_dir()]
    yield from found or [_root(project)]


def _install(project: Path, folder: Path, python: Path, indexes: Sequence[str]) -> None:
    """Its metadata, and a link to its code; there whole or not at all. Raises StackError."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as made:
        scratch = Path(made) / "site-packages"
        uv(
            *("pip", "install", "--no-deps", "--editable", str(project), "--target", str(scratch)),
            *("--python", str(python), *indexes),
        )
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)


def _root(project: Path) -> Path:
    return project / "src" if (project / "src").is_dir() else project


def _digest(project: Path, python: Path) -> str:
    contents = [file.read_bytes() for name in _SAYS if (file := project / name).is_file()]
    return hashlib.sha256(b"\0".join((str(project).encode(), str(python).encode(), *contents))).hexdigest()[:16]
