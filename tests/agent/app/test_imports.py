"""Which modules are an app's own, and which are those of others."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from bench.agent.app.imports import libraries


def test_projects_beside_the_apps_own_folder_are_no_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder, name in (("app", "own_one"), ("beside", "beside_one"), ("elsewhere", "library_one")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.py").write_text("")
        monkeypatch.syspath_prepend(tmp_path / folder)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "beside"))
    before = set(sys.modules)
    names = ["own_one", "beside_one", "library_one"]
    try:
        for name in names:
            importlib.import_module(name)
        assert libraries(tmp_path / "app", "own_one:app", before) == ["library_one"]
    finally:
        for name in names:
            sys.modules.pop(name, None)
