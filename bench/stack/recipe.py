"""What a stack may be named as: requirements, a file of them, a lock, a wheel, or the folder of a project."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from platformdirs import user_cache_path

from bench.model.comparison import Side
from bench.model.environment import Stack
from bench.stack.uv import StackError, uv

_NAME = re.compile(r"^\s*(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?=[<>=!~;@#\\]|$)", re.MULTILINE)
_PROJECT_FILES = ("pyproject.toml", "setup.py")
_UV_LOCK = "uv.lock"
# What is longer is no file's name, and asking for it is an error.
_LONGEST_NAME = 255


@dataclass(frozen=True)
class Recipe:
    """What is asked of a stack: `lines` as requirement files have them, and the packages that they name.

    `named` is what results call it: a file or folder without where it lies.
    """

    named: str
    lines: tuple[str, ...]
    names: frozenset[str]

    def adding(self, requirements: Sequence[str]) -> Recipe:
        """The same with more requirements, those of `--with`. Raises StackError."""
        more = of_requirements(requirements, option="--with: ")
        return Recipe(self.named, (*self.lines, *more.lines), self.names | more.names)

    def side(self, stack: Stack) -> Side:
        """What results keep of it, with the stack that it came to."""
        return Side(named=self.named, names=tuple(sorted(self.names)), stack=stack)


def read(words: str) -> Recipe:
    """The recipe of one argument of a command line. Raises StackError."""
    path = Path(words.strip()).expanduser()
    if not words.strip() or "://" in words or len(words) > _LONGEST_NAME:
        return of_requirements(words.split(), words)
    if path.is_dir():
        return _of_project(path)
    if path.suffix == ".whl":
        return _of_wheel(path, path.name)
    if path.is_file():
        return _of_file(path)
    if "/" in words or path.suffix in (".txt", ".lock", ".json"):
        raise StackError(f"{words}: no such file or folder; write requirements as 'fastapi==0.115.6'")
    return of_requirements(words.split(), words)


def of_requirements(requirements: Sequence[str], named: str = "", option: str = "") -> Recipe:
    """The recipe of single requirements. Raises StackError, whose message begins with the `option` they stood at."""
    try:
        parsed = [Requirement(text) for text in requirements]
    except InvalidRequirement as error:
        raise StackError(f"{option}{error}; write requirements as 'fastapi==0.115.6 pydantic<2.12'") from error
    for requirement in parsed:
        if requirement.url:
            raise StackError(f"{option}{requirement} is a URL, which is not allowed; use a version or a wheel")
    return Recipe(named, tuple(requirements), frozenset(canonicalize_name(one.name) for one in parsed))


def _of_file(path: Path) -> Recipe:
    """Requirements, or a lock. Its lines are uv's to judge; other files that they refer to are looked for beside it."""
    if path.name == _UV_LOCK:
        text = uv(
            *("export", "--frozen", "--no-hashes", "--no-emit-project", "--no-header", "--no-annotate"),
            *("--directory", str(path.resolve().parent)),
        )
    else:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StackError(f"{path}: can't be read as requirements ({error})") from error
    names = frozenset(canonicalize_name(found["name"]) for found in _NAME.finditer(text))
    return Recipe(path.name, (f"-r {path.resolve()}",) if path.name != _UV_LOCK else tuple(text.splitlines()), names)


def _of_project(folder: Path) -> Recipe:
    """A wheel of the project as it stands, built by its own build system."""
    if not any((folder / name).is_file() for name in _PROJECT_FILES):
        raise StackError(f"{folder}: is not a Python project (no {' or '.join(_PROJECT_FILES)})")
    with tempfile.TemporaryDirectory(prefix="layercake-") as made:
        uv("build", "--wheel", "--out-dir", made, str(folder.resolve()))
        (wheel,) = Path(made).glob("*.whl")
        return _of_wheel(wheel, f"{folder.resolve().name}/")


def _of_wheel(path: Path, named: str) -> Recipe:
    """A wheel is kept by what its files hold, so that the same content is the same stack wherever it lies."""
    try:
        name, version, _, _ = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as wheel:
            (record,) = (one for one in wheel.namelist() if one.endswith(".dist-info/RECORD"))
            content = hashlib.sha256(b"\n".join(sorted(wheel.read(record).splitlines()))).hexdigest()[:16]
    except (OSError, ValueError, zipfile.BadZipFile, InvalidWheelFilename) as error:
        raise StackError(f"{path}: is not a wheel ({error}); build one or use the project folder") from error
    kept = user_cache_path("fastapi-layercake") / "wheels" / content / path.name
    try:
        _keep(path, kept)
    except OSError as error:
        raise StackError(f"{kept}: can't be written ({error}); free some space or set XDG_CACHE_HOME") from error
    return Recipe(f"{named} ({version}, {content})", (f"{name} @ {kept.as_uri()}",), frozenset({name}))


def _keep(path: Path, kept: Path) -> None:
    """A copy that is there whole or not at all, however many commands make it at once."""
    if kept.exists():
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        scratch = Path(folder) / path.name
        shutil.copyfile(path, scratch)
        scratch.replace(kept)
