"""An empty cache of stacks, and nothing to install but what is on the shelf."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shelves import SHELF, write_project, write_wheel
from uv import find_uv_bin


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    for (name, version), requires in SHELF.items():
        write_wheel(folder, name, version, requires)
    return folder


@pytest.fixture(scope="session")
def interpreters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of uv in which is only what the interpreters say of themselves: asking them takes longer than most tests
    take otherwise."""
    folder = tmp_path_factory.mktemp("interpreters")
    for which in (sys.executable, platform.python_version()):
        subprocess.run([find_uv_bin(), "--quiet", "--cache-dir", str(folder), "python", "find", which], check=True)
    return folder


@pytest.fixture(autouse=True)
def isolated(shelf: Path, interpreters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty cache of stacks, and nothing to install but what is on the shelf."""
    shutil.copytree(interpreters, tmp_path / "uv")
    monkeypatch.setenv("UV_FIND_LINKS", str(shelf))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")
