"""Runs on disk: `<folder>/<id>/run.json`, written atomically as samples come in, and folded profiles beside it.

History of the schema (`schema_version`):
1  first version: in-process timing, allocations, closed load, memory, profiles.
2  cases say what they stand over by id, and the effort that takes them; facts; database CPU; when an answer's first
   byte came; endpoints of a scenario. Version 1 is refused: it lacks what these figures are made from.
3  open loads, searches, several client processes, servers elsewhere; ceilings, and waits for a core. Version 2 is read
   as it stands: what it doesn't know of its loads is left unknown, and so are the checks that would need it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from bench.samples import SCHEMA_VERSION, Run

_STILL_READ = (2,)
RUN_FILE = "run.json"
SUITE_FILE = Path("exports", "pytest-benchmark.json")

# At least two components, so that a fraction or a lone slash is none.
_ABSOLUTE = re.compile(r"""(?<![\w.~-])(?:/[^\s/'"`<>:;,()]+){2,}""")


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
        raise StoreError(f"{path}: can't be written ({error.strerror}); make room, or check who may write") from error
    finally:
        with contextlib.suppress(OSError):  # it has become `path`, or was never made
            Path(scratch).unlink()


def save(run: Run, folder: Path) -> Path:
    """Write a run into `folder`/<its id>; the path of its file. Raises StoreError."""
    path = folder / run.id / RUN_FILE
    write_atomically(path, _without_paths(run).model_dump_json() + "\n")
    return path


def schema() -> str:
    """The JSON Schema of a stored run, which `results/schema/run.schema.json` holds."""
    found = Run.model_json_schema(mode="serialization")
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"A run of layercake, schema version {SCHEMA_VERSION}"
    found["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    found["required"] = list(found["properties"])  # a default saves words in code, and none in a file
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def load(path: Path) -> Run:
    """The run of a file, or of the folder that holds it.

    Raises StoreError for anything that isn't a whole run of this schema version: never half-read.
    """
    file = path / RUN_FILE if path.is_dir() else path
    try:
        found = json.loads(file.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); `bench list` shows the runs there are") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: isn't JSON ({error}); it wasn't written by layercake, or was damaged") from error
    version = found.get("schema_version") if isinstance(found, dict) else None
    if version in _STILL_READ:
        found["schema_version"] = version = SCHEMA_VERSION
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
    if name == "latest" and (timed := [known for known in ids(folder) if known[:1].isdigit()]):
        return folder / timed[-1]
    if Path(name).exists():
        return Path(name)
    if (folder / name / RUN_FILE).exists():
        return folder / name
    raise StoreError(f"no run {name!r} in {folder}; `bench list` shows the runs there are")


def ids(folder: Path) -> list[str]:
    """The ids of all runs in a folder, oldest first (an id starts with its time)."""
    return sorted(file.parent.name for file in folder.glob(f"*/{RUN_FILE}"))


def load_profiles(run: Run, folder: Path) -> dict[str, str]:
    """Folded stacks by case id, of every profile of a run that lies in `folder`. Raises StoreError."""
    return {sample.case: _folded(folder, sample.file) for sample in run.samples if sample.kind == "profile"}


def _folded(folder: Path, name: str) -> str:
    file = folder / name
    # A run may come from somebody else: it doesn't get to put other files of this machine into a page.
    if not file.resolve().is_relative_to(folder.resolve()):
        raise StoreError(f"{file}: lies outside the run's folder; it wasn't written by layercake, or was damaged")
    try:
        return file.read_text("utf-8")
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); keep the run's whole folder together") from error
    except UnicodeDecodeError as error:
        raise StoreError(f"{file}: isn't text ({error}); it wasn't written by layercake, or was damaged") from error


def _without_paths(run: Run) -> Run:
    """A run whose reasons and command, which quote what others said, name files but not where this machine has them."""
    absences = tuple(one.model_copy(update={"reason": _ABSOLUTE.sub(_last_name, one.reason)}) for one in run.absences)
    command = tuple(_ABSOLUTE.sub(_last_name, word) for word in run.command)
    return run.model_copy(update={"absences": absences, "command": command})


def _last_name(path: re.Match[str]) -> str:
    """What begins with no folder of this machine is the path of a request, and stays; a home has no name left."""
    _, top, *below = path[0].split("/")
    if not Path("/", top).is_dir():
        return path[0]
    return f"…/{below[-1]}" if len(below) > 1 else "…"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} isn't a number of JSON")
