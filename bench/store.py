"""Runs and comparisons on disk: `<folder>/<id>/run.json` or `comparison.json`, written atomically as samples come in.

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
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import ValidationError

from bench import pairs
from bench.model import Noun
from bench.pairs import Comparison, Disagreement
from bench.samples import SCHEMA_VERSION, Absence, Run

_STILL_READ = (2,)
RUN_FILE = "run.json"
COMPARISON_FILE = "comparison.json"
SUITE_FILE = Path("exports", "pytest-benchmark.json")

# At least two components, so that a fraction or a lone slash is none.
_ABSOLUTE = re.compile(r"""(?<![\w.~-])(?:/[^\s/'"`<>:;,()]+){2,}""")


Document = TypeVar("Document", bound=Noun)


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
    write_atomically(path, run.model_copy(update=without_paths(run.absences, run.command)).model_dump_json() + "\n")
    return path


def save_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write a comparison into `folder`/<its id>; the path of its file. Raises StoreError."""
    path = folder / comparison.id / COMPARISON_FILE
    write_atomically(path, comparison_json(comparison))
    return path


def comparison_json(comparison: Comparison) -> str:
    """A comparison as it is stored, with nothing of where this machine keeps its files."""
    kept = without_paths(comparison.absences, comparison.command, comparison.disagreements)
    return comparison.model_copy(update=kept).model_dump_json() + "\n"


def schema(document: type[Run] | type[Comparison]) -> str:
    """The JSON Schema of stored runs or comparisons, which a file in `results/schema/` holds."""
    found = document.model_json_schema(mode="serialization")
    version = document.model_fields["schema_version"].default
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = f"A {document.__name__.lower()} of layercake, schema version {version}"
    found["properties"]["schema_version"]["const"] = version
    found["required"] = list(found["properties"])  # a default saves words in code, and none in a file
    return json.dumps(found, indent=1, sort_keys=True) + "\n"


def load(path: Path) -> Run:
    """The run of a file, or of the folder that holds it.

    Raises StoreError for anything that isn't a whole run of this schema version: never half-read.
    """
    return _read(path / RUN_FILE if path.is_dir() else path, Run, SCHEMA_VERSION, _STILL_READ)


def load_comparison(path: Path) -> Comparison:
    """The comparison of a file, or of the folder that holds it. Raises StoreError."""
    return _read(path / COMPARISON_FILE if path.is_dir() else path, Comparison, pairs.SCHEMA_VERSION)


def _read(file: Path, document: type[Document], current: int, still_read: tuple[int, ...] = ()) -> Document:
    try:
        found = json.loads(file.read_bytes(), parse_constant=_refuse)
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); `bench list` shows the runs there are") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: isn't JSON ({error}); it wasn't written by layercake, or was damaged") from error
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
            f"{file}: isn't a {document.__name__.lower()}: {where}: {first['msg']} ({error.error_count()} such)"
        ) from error


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
    return {sample.case: folded(folder, sample.file) for sample in run.samples if sample.kind == "profile"}


def folded(folder: Path, name: str) -> str:
    """The folded stacks of a file that a document in `folder` names. Raises StoreError."""
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


def without_paths(
    absences: Sequence[Absence], command: Sequence[str], disagreements: Sequence[Disagreement] = ()
) -> dict[str, object]:
    """Reasons and commands quote what others said: as kept, they name files but not where this machine has them."""

    def kept(said: str) -> str:
        return _ABSOLUTE.sub(_last_name, said)

    reasons = tuple(one.model_copy(update={"reason": kept(one.reason)}) for one in absences)
    found: dict[str, object] = {"absences": reasons, "command": tuple(map(kept, command))}
    if disagreements:
        both = [one.model_copy(update={"base": kept(one.base), "head": kept(one.head)}) for one in disagreements]
        found["disagreements"] = tuple(both)
    return found


def _last_name(path: re.Match[str]) -> str:
    """What begins with no folder of this machine is the path of a request, and stays; a home has no name left."""
    _, top, *below = path[0].split("/")
    if not Path("/", top).is_dir():
        return path[0]
    return f"…/{below[-1]}" if len(below) > 1 else "…"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} isn't a number of JSON")
