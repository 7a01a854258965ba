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

from pathlib import Path

from bench.model import comparison, heap
from bench.model.comparison import Comparison
from bench.model.diff import HEAP_DIFF_SCHEMA_VERSION, PROFILE_DIFF_SCHEMA_VERSION, HeapDiff, ProfileDiff
from bench.model.heap import Heaps
from bench.model.run import SCHEMA_VERSION, Run
from bench.store.files import read_as, write_atomically
from bench.store.redaction import quoting

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


def save_run(run: Run, folder: Path) -> Path:
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


def load_run(path: Path) -> Run:
    """The run of a file, or of the folder that holds it.

    Raises StoreError for anything that isn't a whole run of this schema version: never half-read.
    """
    return read_as(path / RUN_FILE if path.is_dir() else path, Run, SCHEMA_VERSION, _STILL_READ)


def load_comparison(path: Path) -> Comparison:
    """The comparison of a file, or of the folder that holds it. Raises StoreError."""
    return read_as(
        path / COMPARISON_FILE if path.is_dir() else path, Comparison, comparison.SCHEMA_VERSION, _STILL_READ_PAIRS
    )


def load_heaps(folder: Path) -> Heaps | None:
    """The heaps that lie beside a run, None where there are none. Raises StoreError."""
    if not (folder / HEAPS_FILE).exists():
        return None
    return read_as(folder / HEAPS_FILE, Heaps, heap.SCHEMA_VERSION, heap.STILL_READ)


def load_profile_diff(path: Path) -> ProfileDiff:
    """The flames of a file, or of the folder that holds it. Raises StoreError."""
    return read_as(path / FLAMES_FILE if path.is_dir() else path, ProfileDiff, PROFILE_DIFF_SCHEMA_VERSION)


def load_heap_diff(path: Path) -> HeapDiff:
    """The heaps of a file, or of the folder that holds it. Raises StoreError."""
    return read_as(path / HEAP_PAIRS_FILE if path.is_dir() else path, HeapDiff, HEAP_DIFF_SCHEMA_VERSION)
