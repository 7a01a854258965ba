"""What was measured on disk: `<folder>/<id>/run.json`, say, written atomically as samples come in; see `KINDS`.

History of the schema (`schema_version`):
1  first version: in-process timing, allocations, closed load, memory, profiles.
2  cases say what they stand over by id, and the effort that takes them; facts; database CPU; when an answer's first
   byte came; endpoints of a scenario. Version 1 is refused: it lacks what these figures are made from.
3  open loads, searches, several client processes, servers elsewhere; ceilings, and waits for a core. Version 2 is read
   as it stands: what it doesn't know of its loads is left unknown, and so are the checks that would need it.
   Later and without a new number, since what lacks them is read as it was: CPU time and stall of a memory sample; where
   a profile was taken, which is in process in one that doesn't say; boundaries of served requests.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from bench import frames, heap, pairs
from bench.frames import Stack
from bench.heap import Heaps
from bench.model import Noun
from bench.nearest import nearest
from bench.pairs import Comparison, Disagreement
from bench.samples import SCHEMA_VERSION, Absence, Run
from bench.series import Bisection, Sweep

_STILL_READ = (2,)
_STILL_READ_PAIRS = (1,)
RUN_FILE = "run.json"
COMPARISON_FILE = "comparison.json"
SWEEP_FILE = "sweep.json"
BISECTION_FILE = "bisection.json"
FLAMES_FILE = "flames.json"
HEAP_PAIRS_FILE = "heap-pairs.json"
HEAPS_FILE = "heaps.json"
KINDS = (RUN_FILE, COMPARISON_FILE, SWEEP_FILE, FLAMES_FILE, HEAP_PAIRS_FILE)
"""What a folder of results is known by. The heaps of a run lie beside its own file."""
SUITE_FILE = Path("exports", "pytest-benchmark.json")

# How the id of whatever was measured begins: with the time of its start.
_ID = re.compile(r"\d{8}T\d{6}Z-")
# At least two components, so that a fraction or a lone slash is none.
_ABSOLUTE = re.compile(r"""(?<![\w.~-])(?:/[^\s/'"`<>:;,()]+){2,}""")


Document = TypeVar("Document", bound=Noun)
Told = TypeVar("Told", Absence, Disagreement)


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
    write_atomically(path, run.model_copy(update=quoting(run.absences, run.command)).model_dump_json() + "\n")
    return path


def save_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write a comparison into `folder`/<its id>; the path of its file. Raises StoreError."""
    path = folder / comparison.id / COMPARISON_FILE
    write_atomically(path, comparison_json(comparison))
    return path


def comparison_json(comparison: Comparison) -> str:
    """A comparison as it is stored, with nothing of where this machine keeps its files."""
    kept = quoting(comparison.absences, comparison.command, comparison.disagreements)
    return comparison.model_copy(update=kept).model_dump_json() + "\n"


def schema(document: type[Run] | type[Comparison] | type[Sweep] | type[Bisection]) -> str:
    """The JSON Schema of what is stored, which a file in `results/schema/` holds."""
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
    return read_as(path / RUN_FILE if path.is_dir() else path, Run, SCHEMA_VERSION, _STILL_READ)


def load_comparison(path: Path) -> Comparison:
    """The comparison of a file, or of the folder that holds it. Raises StoreError."""
    return read_as(
        path / COMPARISON_FILE if path.is_dir() else path, Comparison, pairs.SCHEMA_VERSION, _STILL_READ_PAIRS
    )


def load_heaps(folder: Path) -> Heaps | None:
    """The heaps that lie beside a run, None where there are none. Raises StoreError."""
    if not (folder / HEAPS_FILE).exists():
        return None
    return read_as(folder / HEAPS_FILE, Heaps, heap.SCHEMA_VERSION, heap.STILL_READ)


def kind(path: Path) -> str:
    """By which of `KINDS` a folder is known, or a file whatever its name: by what stands in it. Raises StoreError."""
    if path.is_dir():
        return next((name for name in KINDS if (path / name).exists()), RUN_FILE)
    content = _json(path)
    keys = content.keys() if isinstance(content, dict) else set()
    if "releases" in keys:
        return SWEEP_FILE
    if not {"base", "head"} <= keys:
        return RUN_FILE
    if "margin" in keys:
        return COMPARISON_FILE
    return HEAP_PAIRS_FILE if content.get("kind") == "heaps" else FLAMES_FILE


def read_as(file: Path, document: type[Document], current: int, still_read: tuple[int, ...] = ()) -> Document:
    """The document of a file, of this schema version or one that is still read as it stands. Raises StoreError."""
    found = _json(file)
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


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes(), parse_constant=_refuse)
    except FileNotFoundError as error:
        near = nearest(str(file), _beside(file))
        raise StoreError(f"{file}: there is no such file; {near}; `bench list` shows what there is") from error
    except OSError as error:
        raise StoreError(f"{file}: can't be read ({error.strerror}); `bench list` shows what there is") from error
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{file}: isn't JSON ({error}); it wasn't written by layercake, or was damaged") from error


def find(name: str, *folders: Path) -> Path:
    """The folder or file of what was stored by path, by its id in one of `folders`, or the `latest` of them all.

    Raises StoreError when there is none.
    """
    kept = [folder / known for folder in folders for file in KINDS for known in ids(folder, file)]
    timed = [path for path in kept if path.name[:1].isdigit()]
    if name == "latest" and timed:
        return max(timed, key=lambda path: path.name)
    if Path(name).exists():
        return Path(name)
    if found := [path for path in kept if path.name == name]:
        return found[0]
    known = [*(path.name for path in kept), *(["latest"] if timed else []), *_beside(Path(name))]
    raise StoreError(f"nothing is called {name!r}; {nearest(name, known)}; `bench list` shows what there is")


def stored_run(folder: Path, name: str) -> Run | None:
    """The run that a word names: a JSON file, a folder that holds one, or the id of one in `folder`; None when it
    names no run. Raises StoreError for one that can't be read."""
    path = Path(name)
    if path.suffix == ".json" or _is_file(path / RUN_FILE):
        return load(path)
    if name in (known := ids(folder)):
        return load(folder / name)
    if _ID.match(name):
        raise StoreError(f"no run {name!r}; {nearest(name, known)}; `bench list` shows what there is")
    return None


def _beside(path: Path) -> list[str]:
    """What lies where `path` would, written as it is; nothing beside a bare name."""
    if len(path.parts) == 1:
        return []
    try:
        return sorted(str(one) for one in path.parent.iterdir() if one.is_dir() or one.suffix == path.suffix)
    except OSError:
        return []


def _is_file(path: Path) -> bool:
    """Whether there is one; words that are too long for a path are none."""
    try:
        return path.is_file()
    except OSError:
        return False


def ids(folder: Path, file: str = RUN_FILE) -> list[str]:
    """The ids of all runs in a folder, oldest first (an id starts with its time); or those of whatever `file` names."""
    return sorted(found.parent.name for found in folder.glob(f"*/{file}"))


def stacks(folder: Path, name: str) -> dict[Stack, int]:
    """Values by stack of a file that a document in `folder` names. Raises StoreError."""
    try:
        return dict(frames.stacks(folded(folder, name)))
    except ValueError as error:
        raise StoreError(f"{folder / name}: {error}; it wasn't written by layercake, or was damaged") from error


def load_profiles(run: Run, folder: Path) -> dict[str, str]:
    """Folded stacks by the file that their sample names, of every profile of a run that lies in `folder`.

    Raises StoreError.
    """
    return {sample.file: folded(folder, sample.file) for sample in run.samples if sample.kind == "profile"}


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


def without_paths(told: Told) -> Told:
    """What quotes others, as it is kept: it names files, but not where this machine has them."""
    if isinstance(told, Absence):
        return told.model_copy(update={"reason": placeless(told.reason)})
    return told.model_copy(update={"base": placeless(told.base), "head": placeless(told.head)})


def placeless(text: str) -> str:
    """Words of others, without where this machine keeps the files that they name."""
    return _ABSOLUTE.sub(_last_name, text)


def quoting(
    absences: Sequence[Absence], command: Sequence[str], disagreements: Sequence[Disagreement] = ()
) -> dict[str, object]:
    """These fields of a document, as they are kept."""
    found: dict[str, object] = {
        "absences": tuple(map(without_paths, absences)),
        "command": tuple(map(placeless, command)),
    }
    if disagreements:
        found["disagreements"] = tuple(map(without_paths, disagreements))
    return found


def _last_name(path: re.Match[str]) -> str:
    """What begins with no folder of this machine is the path of a request, and stays; a home has no name left."""
    _, top, *below = path[0].split("/")
    if not Path("/", top).is_dir():
        return path[0]
    return f"…/{below[-1]}" if len(below) > 1 else "…"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} isn't a number of JSON")
