"""A process may write as much as it likes to its error stream."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bench.runner import last_words
from bench.runner.last_words import ErrorStream


@pytest.fixture
def stream() -> Iterator[ErrorStream]:
    found = ErrorStream()
    yield found
    found.close()


def test_the_last_line_is_found_behind_any_number_of_others(stream: ErrorStream) -> None:
    assert stream.last_line() == ""
    stream.file.write(b"noise\n" * 100_000 + b"so long\n\n")
    stream.file.flush()
    assert stream.last_line() == "so long"


def test_the_disk_gets_back_what_is_written_without_end(stream: ErrorStream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_words, "_KEPT_BYTES", 2**16)
    code = "import os\nfor _ in range(3): os.write(2, b'x' * 2**17); input()\nos.write(2, b'the end')"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=stream.file) as process:
        assert process.stdin is not None
        for _ in range(3):
            process.stdin.write(b"\n")
            process.stdin.flush()
            stream.bound()
        process.stdin.close()
    stream.bound()
    assert os.fstat(stream.file.fileno()).st_blocks * 512 <= 2**16
    stream.file.write(b"")
    assert stream.last_line() in ("", "the end")
