"""The access log of a server that takes a logger: lines that are lost are known."""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bench.agent.app.error import AppError
from bench.agent.servers import access_log


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(access_log, "lost", [])
    yield
    for handler in logging.getLogger("layercake.access").handlers:
        with suppress(OSError):  # of a full disk
            handler.close()


def test_its_lines_are_in_the_file_as_hypercorn_writes_them(tmp_path: Path) -> None:
    access_log.access_logger().info("%(r)s", {"r": "GET / 200"})
    assert re.fullmatch(r"\[\S+ \S+ \S+\] \[\d+\] \[INFO\] GET / 200\n", (tmp_path / "access.log").read_text())
    assert access_log.lost == []


def test_lines_that_are_lost_are_known(tmp_path: Path) -> None:
    (tmp_path / "access.log").symlink_to("/dev/full")
    access_log.access_logger().info("GET / 200")
    assert "No space left on device" in access_log.lost[0]


def test_a_file_that_can_t_be_opened_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "access.log").symlink_to("/nowhere/access.log")
    with pytest.raises(AppError, match="the access log can't be written: No such file or directory; make room in "):
        access_log.access_logger()
