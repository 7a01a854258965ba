"""What is written is there whole or not at all, whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.store.files import StoreError, write_atomically

WRITE = """
import resource, sys
from pathlib import Path
from bench.store.files import StoreError, write_atomically
path, size, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write_atomically(path, "x" * size)
except StoreError as error:
    print(error)
"""


def written_elsewhere(root: Path, path: Path, *, size: int, limit: int = 0) -> str:
    """What a process says that writes `size` bytes, and may write files of `limit` bytes only."""
    command = [sys.executable, "-c", WRITE, str(path), str(size), str(limit)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_write_that_fails_half_way_leaves_the_old_content_and_no_scratch_file(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "old")
    said = written_elsewhere(root, path, size=100_000, limit=50_000)
    assert said == f"{path}: can't be written (File too large); check free space and permissions"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert written_elsewhere(root, path, size=40_000, limit=50_000) == ""
    assert path.stat().st_size == 40_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"needs to mount a small disk: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_content_and_no_scratch_file(disk: Path) -> None:
    path = disk / "run.json"
    write_atomically(path, "old" * 1000)
    with pytest.raises(StoreError, match=f"{path}: can't be written .No space left on device.; check free space"):
        write_atomically(path, "new" * 40_000)
    assert path.read_text() == "old" * 1000
    assert list(disk.iterdir()) == [path]


def test_an_interruption_leaves_the_old_content_and_no_scratch_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "old")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_who_reads_meanwhile_reads_the_old_content_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_atomically(path, "old " * 100_000)
    with path.open() as reader:
        assert reader.read(4) == "old "
        write_atomically(path, "new " * 100_000)
        assert "new" not in reader.read()
    assert path.read_text() == "new " * 100_000


def test_a_place_where_nothing_can_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "run.json"
    with pytest.raises(StoreError, match=f"{path}: can't be written"):
        write_atomically(path, "new")
    (tmp_path / "taken").mkdir()
    with pytest.raises(StoreError, match="taken: can't be written"):
        write_atomically(tmp_path / "taken", "new")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "taken"]


def test_bytes_and_text_are_written_as_they_are_and_may_be_read_by_others(tmp_path: Path) -> None:
    write_atomically(tmp_path / "deep" / "bytes", b"\xff\r\n")
    write_atomically(tmp_path / "text", "µs\n")
    assert (tmp_path / "deep" / "bytes").read_bytes() == b"\xff\r\n"
    assert (tmp_path / "text").read_bytes() == "µs\n".encode()
    assert (tmp_path / "text").stat().st_mode & 0o777 == 0o644
