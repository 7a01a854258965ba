"""Runs on disk: `<folder>/<id>/run.json`, written atomically after every sample, and folded profiles beside it.

History of the schema (`schema_version`):
1  first version: in-process timing, allocations, closed load, memory, profiles.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from bench.model import SCHEMA_VERSION, Run

RUN_FILE = "run.json"


class StoreError(Exception):
    """A file that can't be written or read; the message says which, why, and what to do."""


def write_atomically(path: Path, content: str | bytes) -> None:
    """Put `content` at `path` whole or not at all: a reader, or a crash, never meets half of it.

    Raises StoreError (a full disk, say); what stood at `path` then still stands there.
    """
    data = content.encode() if isinstance(content, str) else content
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
        with contextlib.suppress(OSError):
            Path(scratch).unlink()
        raise StoreError(f"{path}: can't be written ({error.strerror}); make room, or check who may write") from error


def save(run: Run, folder: Path) -> Path:
    """Write a run into `folder`/<its id>; the path of its file. Raises StoreError."""
    path = folder / run.id / RUN_FILE
    write_atomically(path, run.model_dump_json() + "\n")
    return path


def load(path: Path) -> Run:
    """The run of a file, or of the folder that holds it.

    Raises StoreError for anything that isn't a whole run of this schema version: never half-read.
    """
    file = path / RUN_FILE if path.is_dir() else path
    try:
        found = json.loads(file.read_bytes())
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); `bench list` shows the runs there are") from error
    except ValueError as error:
        raise StoreError(f"{file}: isn't JSON ({error}); it wasn't written by layercake, or was damaged") from error
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{file}: has schema version {version}, this layercake reads {SCHEMA_VERSION}; "
            "use the layercake that wrote it, or measure again"
        )
    try:
        return Run.model_validate(found)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise StoreError(f"{file}: isn't a run: {where}: {first['msg']} ({error.error_count()} such)") from error


def find(folder: Path, name: str) -> Path:
    """The folder or file of a run by path, by id, or `latest`. Raises StoreError when there is none."""
    if Path(name).exists():
        return Path(name)
    if name == "latest" and (known := ids(folder)):
        return folder / known[-1]
    if (folder / name / RUN_FILE).exists():
        return folder / name
    raise StoreError(f"no run {name!r} in {folder}; `bench list` shows the runs there are")


def ids(folder: Path) -> list[str]:
    """The ids of all runs in a folder, oldest first (an id starts with its time)."""
    return sorted(file.parent.name for file in folder.glob(f"*/{RUN_FILE}"))


def load_profiles(run: Run, folder: Path) -> dict[str, str]:
    """Folded stacks by case id, of every profile of a run that lies in `folder`. Raises StoreError."""
    profiles = {}
    for sample in run.samples:
        if sample.kind == "profile":
            try:
                profiles[sample.case] = (folder / sample.file).read_text("utf-8")
            except OSError as error:
                raise StoreError(f"{folder / sample.file}: can't be read ({error.strerror})") from error
    return profiles
