"""What was measured on disk: `<folder>/<id>/run.json`, say, written atomically as samples come in; see `ALL`.

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

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar, cast

from bench.model import heap
from bench.model.audit import Audit
from bench.model.comparison import Comparison
from bench.model.diff import HeapDiff, ProfileDiff
from bench.model.heap import Heaps
from bench.model.provenance import Stored
from bench.model.run import Run
from bench.model.series import Bisection, Sweep
from bench.store.files import read_as, write_atomically
from bench.store.recording import Recording
from bench.store.redaction import redacted

Document = TypeVar("Document", bound=Stored)


@dataclass(frozen=True)
class Kind(Generic[Document]):
    """One kind of document: its `file` in the folder that is called like its id, and the schema versions that are read
    as they stand beside the record's own."""

    file: str
    record: type[Document]
    still_read: tuple[int, ...] = ()
    indent: int | None = None

    def load(self, path: Path) -> Document:
        """The document of a file, or of the folder that holds it.

        Raises StoreError for anything that isn't a whole one of a version that is read: never half-read.
        """
        version = self.record.model_fields["schema_version"].default
        return read_as(path / self.file if path.is_dir() else path, self.record, version, self.still_read)

    def text(self, document: Document) -> str:
        """A document as it is stored, with nothing of where this machine keeps its files."""
        return redacted(document).model_dump_json(indent=self.indent) + "\n"

    def save(self, document: Document, folder: Path) -> Path:
        """Write it into `folder`/<its id>; the path of its file. Raises StoreError."""
        path = folder / document.id / self.file
        write_atomically(path, self.text(document))
        return path

    def recording(self, document: Document, folder: Path) -> Recording[Document]:
        """One that is saved in `folder`/<its id> as it grows."""
        return Recording(document, folder / document.id, partial(self.save, folder=folder))


RUN = Kind("run.json", Run, still_read=(2,))
COMPARISON = Kind("comparison.json", Comparison, still_read=(1,))
SWEEP = Kind("sweep.json", Sweep, indent=1)
BISECTION = Kind("bisection.json", Bisection, still_read=(1,), indent=1)
FLAMES = Kind("flames.json", ProfileDiff)
HEAP_PAIRS = Kind("heap-pairs.json", HeapDiff)
HEAPS = Kind("heaps.json", Heaps, still_read=heap.STILL_READ)
"""They lie beside the run that has their peaks."""

AUDIT = Kind("measurements.json", Audit)
"""The figures that follow from it lie beside it, in `audit.json`."""

ALL = (RUN, COMPARISON, SWEEP, BISECTION, FLAMES, HEAP_PAIRS, HEAPS, AUDIT)
SHOWN = (RUN, COMPARISON, SWEEP, BISECTION, FLAMES, HEAP_PAIRS, AUDIT)
"""What a folder of results is known by."""
SUITE_FILE = Path("exports", "pytest-benchmark.json")


def kind_of(record: type[Document]) -> Kind[Document]:
    """The kind of a record."""
    return cast(Kind[Document], next(kind for kind in ALL if kind.record is record))
