"""A record on disk, a package a file: `<package>.jsonl`, a header and then comparisons, with the anchor's lock beside
it; see `bench.model.record`.

A line is appended after each comparison, and the file is written atomically: an interruption loses nothing that was
measured. Lines that two branches or machines appended are joined by git, whatever their order.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from bench.model.record import SCHEMA_VERSION, RecordedComparison, RecordHeader, RecordLine
from bench.store.files import StoreError, write_atomically
from bench.store.json_lines import LineKind, numbered

_LINES: LineKind[RecordHeader | RecordedComparison] = LineKind(
    TypeAdapter(RecordLine),
    SCHEMA_VERSION,
    "a line of a record",
    if_broken="remove the line, or take the file from git again",
    if_other="take the file from git again",
)


@dataclass(frozen=True)
class RecordFile:
    """The record of one package, as it lies in a folder."""

    folder: Path
    package: str

    @property
    def path(self) -> Path:
        return self.folder / f"{self.package}.jsonl"

    @property
    def lock_path(self) -> Path:
        return self.folder / f"{self.package}.lock"

    def load(self) -> tuple[RecordHeader, tuple[RecordedComparison, ...]] | None:
        """What the file holds, comparisons in the order in which they were measured; None where there is none yet.
        Raises StoreError for what isn't a whole record."""
        lines = numbered(self.path)
        if lines is None:
            return None
        once = {line: where for where, line in lines}
        read = [_LINES.read(where, line) for line, where in once.items()]
        measured = sorted((one for one in read if isinstance(one, RecordedComparison)), key=lambda one: one.measured_at)
        return self._header([one for one in read if isinstance(one, RecordHeader)]), tuple(measured)

    def begin(self, header: RecordHeader, lock: str) -> None:
        """A record with nothing measured yet. Raises StoreError."""
        write_atomically(self.lock_path, lock)
        write_atomically(self.path, _text(header))

    def change(self, header: RecordHeader) -> None:
        """Write another header in the place of the one that there is. Raises StoreError."""
        found = self.load()
        measured = found[1] if found else ()
        write_atomically(self.path, "".join([_text(header), *map(_text, measured)]))

    def append(self, comparison: RecordedComparison) -> None:
        """Add what was measured to a record that has begun. Raises StoreError."""
        try:
            before = self.path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.path}: can't be read ({error})") from error
        whole = before if before.endswith("\n") else f"{before}\n"
        write_atomically(self.path, whole + _text(comparison))

    def lock(self, header: RecordHeader) -> str:
        """The anchor's lock. Raises StoreError for one that isn't the header's."""
        try:
            lock = self.lock_path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"{self.lock_path}: can't be read ({error}); take it from git again") from error
        if hashlib.sha256(lock.encode()).hexdigest() != header.lock_sha256:
            raise StoreError(
                f"{self.lock_path}: isn't the lock that {self.path.name} was measured with; take both from git again"
            )
        return lock

    def _header(self, headers: list[RecordHeader]) -> RecordHeader:
        """The only one, or after a merge the one that knows most releases."""
        if not headers:
            raise StoreError(f"{self.path}: has no header, its first line; take the file from git again")
        first = headers[0]
        if any((one.package, one.anchor, one.lock_sha256) != _anchored(first) for one in headers):
            raise StoreError(f"{self.path}: has the headers of two records; keep the lines of one of them")
        if first.package != self.package:
            raise StoreError(f"{self.path}: is the record of {first.package}; rename it")
        return max(headers, key=lambda one: len(one.releases))


def _anchored(header: RecordHeader) -> tuple[str, str, str]:
    return header.package, header.anchor, header.lock_sha256


def _text(line: RecordHeader | RecordedComparison) -> str:
    """What a line is comes first; what it doesn't say is left out."""
    first = {"kind": line.kind, "schema_version": line.schema_version}
    said = line.model_dump(mode="json", exclude_defaults=True)
    return json.dumps(first | said, ensure_ascii=False, separators=(",", ":")) + "\n"
