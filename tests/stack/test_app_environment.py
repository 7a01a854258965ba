"""The environment of somebody's own app is found where its owner keeps it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.stack import overlay
from bench.stack.app_environment import app_environment
from bench.stack.environment import Environment
from bench.stack.uv import StackError, uv


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No environment is active, and the instruments are nowhere."""
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(overlay, "made_for", lambda _: tmp_path / "overlay")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    (folder / ".git").mkdir(parents=True)
    (folder / "backend" / "src").mkdir(parents=True)
    return folder


def made(folder: Path) -> Path:
    uv("venv", "--python", sys.executable, str(folder))
    return folder


def folder_of(environment: Environment) -> Path:
    return environment.python.parents[1]


def test_a_named_environment_is_taken_as_an_environment_and_as_an_interpreter(tmp_path: Path) -> None:
    named = made(tmp_path / "named")
    assert folder_of(app_environment(tmp_path, named)) == named
    found = app_environment(tmp_path, named / "bin" / "python")
    assert folder_of(found) == named
    assert found.foreign
    assert found.overlay == tmp_path / "overlay"
    assert found.stack.requirements == ()


@pytest.mark.parametrize("what", ["nowhere", "empty", "file"])
def test_what_is_no_environment_is_refused(tmp_path: Path, what: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(StackError, match=f"--env .*{what}: is neither an interpreter nor an environment"):
        app_environment(tmp_path, tmp_path / what)


def test_what_is_no_python_is_refused_with_its_own_words(tmp_path: Path) -> None:
    liar = tmp_path / "python"
    liar.write_text("#!/bin/sh\necho I am a snake >&2\nexit 3\n")
    liar.chmod(0o755)
    with pytest.raises(StackError, match=r"is no Python that starts \(I am a snake\)"):
        app_environment(tmp_path, liar)


def test_an_interpreter_that_is_too_old_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "python"
    told = '{"version": "3.9.1", "implementation": "CPython", "platform": "", "packages": {}}'
    old.write_text(f"#!/bin/sh\necho '{told}'\n")
    old.chmod(0o755)
    with pytest.raises(StackError, match=r"is CPython 3\.9\.1; apps are measured on CPython 3\.10 or newer"):
        app_environment(tmp_path, old)


def test_the_activated_environment_comes_before_that_of_the_folder(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = made(tmp_path / "active")
    made(repository / ".venv")
    monkeypatch.setenv("VIRTUAL_ENV", str(active))
    assert folder_of(app_environment(repository)) == active


def test_the_folder_and_those_above_it_are_searched_up_to_the_repository(repository: Path, tmp_path: Path) -> None:
    made(tmp_path / ".venv")
    with pytest.raises(StackError, match="name its interpreter or environment with --env PATH"):
        app_environment(repository / "backend" / "src")
    made(repository / ".venv")
    assert folder_of(app_environment(repository / "backend" / "src")) == repository / ".venv"
    made(repository / "backend" / ".venv")
    assert folder_of(app_environment(repository / "backend" / "src")) == repository / "backend" / ".venv"


def test_an_environment_whose_python_is_gone_is_not_passed_over(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made(repository / ".venv") / "bin" / "python").unlink()
    with pytest.raises(StackError, match=r"\.venv: has no Python that is still there; make it anew, or name another"):
        app_environment(repository)
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    with pytest.raises(StackError, match="gone: has no Python that is still there"):
        app_environment(repository)


def test_packages_are_those_that_the_interpreter_finds(shelf: Path, tmp_path: Path) -> None:
    named = made(tmp_path / "named")
    uv("pip", "install", "--python", str(named / "bin" / "python"), "alpha==1.0", "gamma-ray==1.5")
    found = app_environment(tmp_path, named)
    assert found.stack.packages == {"alpha": "1.0", "beta": "2.0", "gamma-ray": "1.5"}
    assert found.lock == "alpha==1.0\nbeta==2.0\ngamma-ray==1.5\n"


def test_the_harness_s_own_environment_is_not_taken_for_the_app_s(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    monkeypatch.setattr("bench.stack.app_environment._has_starlette", lambda _: False)
    made(repository / ".venv")
    assert folder_of(app_environment(repository)) == repository / ".venv"
