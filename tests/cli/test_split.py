"""What can't be split is one line, and the comparison stands whatever becomes of its split."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import typer
from comparisons import comparison

from bench.cli import split
from bench.model.comparison import Split
from bench.store import documents
from bench.store.files import StoreError
from bench.workflows.app.versions import VersionPair
from bench.workflows.request import MeasurementRequest


def splitting(monkeypatch: pytest.MonkeyPatch, folder: Path, outcome: Split | BaseException) -> None:
    """As if that came of it."""

    class Splitter:
        def __init__(self, *_: Any) -> None: ...

        def split(self, _: object) -> Split:
            if isinstance(outcome, Split):
                return outcome
            raise outcome

    monkeypatch.setattr(split, "Splitter", Splitter)
    recording = documents.COMPARISON.recording(comparison("a"), folder)
    split.split_changes(recording, cast("VersionPair", None), MeasurementRequest(()))


def test_the_reason_is_one_line_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    splitting(monkeypatch, tmp_path, Split(reason="git:[red]x[/red] on the lock of git:b does not run: no"))
    said = " ".join(capsys.readouterr().err.split())
    assert said == "bench: not split: git:[red]x[/red] on the lock of git:b does not run: no"


def test_what_can_t_be_kept_is_said_and_the_comparison_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    splitting(monkeypatch, tmp_path, StoreError("the disk is full"))
    assert "can't split the changes: the disk is full" in " ".join(capsys.readouterr().err.split())


def test_an_interruption_says_that_the_comparison_is_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        splitting(monkeypatch, tmp_path, KeyboardInterrupt())
    assert ended.value.exit_code == 130
    assert "the comparison is saved in" in " ".join(capsys.readouterr().err.split())
