"""Without a network a stack that was resolved before is still had: as it was, and said to be so."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelves import PINS

from bench.stack import releases
from bench.stack.environment import build
from bench.stack.recipe import of_requirements, read
from bench.stack.uv import StackError

ONE_LINE = r"\Auv pip compile: no package index can be reached.*never (resolved|listed) here; connect to a network.*\Z"
NOWHERE = "http://127.0.0.1:9"  # where nothing listens


def unplug(monkeypatch: pytest.MonkeyPatch, *but_for: str) -> None:
    """From now on there is an index and no way to it, nor a shelf, `but_for` what is still set."""
    for name in {"UV_FIND_LINKS", "UV_NO_INDEX", "UV_OFFLINE"}.difference(but_for):
        monkeypatch.delenv(name)
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)


def test_what_was_resolved_before_is_had_without_a_network_and_says_of_when_it_is(
    project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    before = build(of_requirements(["gamma-ray"]), project)
    assert caplog.messages == []
    unplug(monkeypatch)
    assert build(of_requirements(["gamma-ray"]), project) == before
    (said,) = caplog.messages
    assert "no package index can be reached; this stack is as it was resolved on 2" in said


def test_what_never_was_is_refused_in_a_line(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(of_requirements(["gamma-ray"]), project)
    unplug(monkeypatch)
    with pytest.raises(StackError, match=ONE_LINE):
        build(of_requirements(["gamma-ray==1.5"]), project)


def test_a_file_that_changed_meanwhile_is_another_question(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.txt"
    file.write_text("gamma-ray==1.5\n")
    before = build(read(str(file)), project)
    unplug(monkeypatch)
    assert build(read(str(file)), project) == before
    file.write_text("gamma-ray==1.0\n")
    with pytest.raises(StackError, match=ONE_LINE):
        build(read(str(file)), project)


def test_what_can_no_longer_be_had_is_not_answered_from_memory(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(of_requirements(["gamma-ray==1.5"]), project)
    (tmp_path / "bare").mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "bare"))
    monkeypatch.delenv("UV_OFFLINE")
    with pytest.raises(StackError, match="No solution found"):
        build(of_requirements(["gamma-ray==1.5"]), project)


def test_an_environment_is_resolved_from_what_uv_has_seen_where_nothing_was_kept(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build(of_requirements(["gamma-ray"]), project)
    for kept in (tmp_path / "cache" / "fastapi-layercake" / "locks").iterdir():
        kept.unlink()
    unplug(monkeypatch, "UV_FIND_LINKS")
    assert build(of_requirements(["gamma-ray"]), project).stack.packages == PINS
    assert "resolved from what uv has seen before" in caplog.messages[0]


def test_releases_are_those_that_were_listed_last(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert releases.matching("gamma-ray", ">=1") == ("1.0", "1.5")
    unplug(monkeypatch)
    assert releases.matching("gamma-ray", ">=1") == ("1.0", "1.5")
    (said,) = caplog.messages
    assert "no package index can be reached; the releases of gamma-ray are those of 2" in said
    with pytest.raises(StackError, match=ONE_LINE):
        releases.matching("gamma-ray", ">=1.5")


def test_releases_are_those_that_uv_has_seen(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    unplug(monkeypatch, "UV_FIND_LINKS")
    assert releases.matching("gamma-ray", "") == ("1.0", "1.5")
    assert "the releases of gamma-ray are those uv has seen" in caplog.messages[0]
