"""Writes files atomically, and reads them as checked documents."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from bench.model.base import Record
from bench.model.errors import RefusedError
from bench.text.secrets import WRITTEN, masked
from bench.text.suggest import nearest

Document = TypeVar("Document", bound=Record)


class StoreError(RefusedError):
    """A file that can't be written or read; the message says which, why, and what to do."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Put `content` at `path` whole or not at all: a reader, or a crash, never meets half of it, nor a secret.

    Raises StoreError (a full disk, say); what stood at `path` then still stands there.
    """
    data = masked(content, WRITTEN).encode() if isinstance(content, str) else content
    scratch = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).chmod(0o644)
        Path(scratch).replace(path)
    except OSError as error:
        raise StoreError(f"{path}: can't be written ({error.strerror}); check free space and permissions") from error
    finally:
        with contextlib.suppress(OSError):  # it has become `path`, or was never made
            Path(scratch).unlink()


def write_files(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """Each of them by its path below a folder, whole or not at all; their paths. Raises StoreError."""
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]


def remove(path: Path) -> None:
    """Have no file there. Raises StoreError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: can't be removed ({error.strerror}); check permissions") from error


def read_as(file: Path, document: type[Document], current: int, still_read: tuple[int, ...] = ()) -> Document:
    """The document of a file, of this schema version or one that is still read as it stands. Raises StoreError."""
    found = read_json(file)
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version in still_read:
        found["schema_version"] = version = current
    if version != current:
        raise StoreError(
            f"{file}: has schema version {version}, this layercake reads {current}; "
            "use the layercake that wrote it, or measure again"
        )
    try:
        return document.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(
            f"{file}: isn't a {_in_words(document.__name__)}: {where}: {first['msg']} ({error.error_count()} such)"
        ) from error


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError as error:
        near = nearest(str(file), beside(file))
        raise StoreError(f"{file}: no such file; {near}; see `bench list`") from error
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); see `bench list`") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: isn't JSON ({error}); not written by layercake, or damaged") from error


def beside(path: Path) -> list[str]:
    """What lies where `path` would, written as it is; nothing beside a bare name."""
    if len(path.parts) == 1:
        return []
    try:
        return sorted(str(one) for one in path.parent.iterdir() if one.is_dir() or one.suffix == path.suffix)
    except OSError:
        return []


def is_file(path: Path) -> bool:
    """Whether there is one; words that are too long for a path are none."""
    try:
        return path.is_file()
    except OSError:
        return False


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
