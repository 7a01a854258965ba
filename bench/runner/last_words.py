"""What a process wrote to its error stream: the end of it, however much that is."""

from __future__ import annotations

import os
import tempfile
from typing import IO

from bench.text.control import one_line
from bench.text.secrets import without_logins

_KEPT_BYTES = 2**26
_TAIL_BYTES = 2**16
_LONGEST_LINE = 300


class ErrorStream:
    """A file without a name that a process writes its errors to."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed by `close`

    def close(self) -> None:
        self.file.close()

    def bound(self) -> None:
        """Give the disk back what a process that writes without end has filled; its next line goes where it was."""
        if os.fstat(self.file.fileno()).st_blocks * 512 > _KEPT_BYTES:
            os.ftruncate(self.file.fileno(), 0)

    def size(self) -> int:
        """How many bytes were written so far."""
        return os.fstat(self.file.fileno()).st_size

    def last_line(self, since: int = 0) -> str:
        """The last line after so many bytes, or ""."""
        size = self.size()
        begin = max(since, size - _TAIL_BYTES)
        tail = os.pread(self.file.fileno(), max(0, size - begin), begin).lstrip(b"\0")
        lines = tail.decode(errors="replace").strip().splitlines()
        return without_logins(one_line(lines[-1]))[:_LONGEST_LINE] if lines else ""
