"""What agents need beside an app is installed once for each Python, whole or not at all."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.stack import overlay
from bench.stack.interpreter import Interpreter
from bench.stack.uv import StackError


def test_the_overlay_is_made_once_and_anew_when_it_lost_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "NEEDS", ("alpha", "probe"))
    python = Interpreter(Path(sys.executable), "3.11.9", "here", {})
    first = overlay.made_for(python)
    assert (first / "alpha" / "__init__.py").is_file()
    before = first.stat().st_ino
    assert overlay.made_for(python) == first
    assert first.stat().st_ino == before
    (first / "beta" / "data.txt").unlink()
    assert overlay.made_for(python) == first
    assert (first / "beta" / "data.txt").is_file()
    assert [one.name for one in first.parent.iterdir() if "building-" in one.name] == []


def test_an_overlay_never_brings_what_only_an_app_may_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "NEEDS", ("alpha",))
    monkeypatch.setattr(overlay, "NEVER", frozenset({"beta"}))
    with pytest.raises(
        StackError, match=r"can't be had for .*: the instruments require beta, which only an app may bring"
    ):
        overlay.made_for(Interpreter(Path(sys.executable), "3.11.9", "here", {}))


def test_an_overlay_that_can_not_be_had_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "NEEDS", ("nowhere-to-be-had",))
    with pytest.raises(
        StackError, match=r"(?s)what measuring needs beside the app can't be had for .*nowhere-to-be-had"
    ):
        overlay.made_for(Interpreter(Path(sys.executable), "3.11.9", "here", {}))


def test_each_platform_and_python_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "NEEDS", ("probe",))
    told = [("3.11.9", "here"), ("3.11.8", "here"), ("3.12.1", "here"), ("3.11.9", "there")]
    made = [overlay.made_for(Interpreter(Path(sys.executable), *one, {})) for one in told]
    assert made[0] == made[1]
    assert len(set(made)) == 3
