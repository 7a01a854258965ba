"""A project without an environment gets one in the cache, by its own lock, and nothing is written into the project."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bench.stack import interpreter, overlay, project_lock, project_python
from bench.stack.app_environment import app_environment
from bench.stack.uv import StackError, UnreachedError, uv

PROJECT = (
    '[project]\nname = "service"\nversion = "1"\nrequires-python = ">=3.10"\ndependencies = ["alpha", "gamma-ray"]\n'
)
PINNED = "".join(
    f'[[package]]\nname = "{name}"\nversion = "{version}"\n\n'
    for name, version in {"Alpha": "1.0", "beta": "1.0", "gamma.ray": "1.0", "windows-only": "3"}.items()
)
OLD = {"alpha": "1.0", "beta": "1.0", "gamma-ray": "1.0"}
NEW = {"alpha": "2.0", "beta": "2.0", "gamma-ray": "1.5"}


def interpreter_of(folder: Path) -> Path:
    found = project_lock.nearest([folder])
    assert found is not None
    return project_lock.build(found).python


def packages(folder: Path) -> dict[str, str]:
    found = interpreter_of(folder)
    assert not found.is_relative_to(folder)
    return interpreter.ask(found).packages


def written(folder: Path, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", "-").replace("_", ".")).write_text(text)
    return folder


@pytest.mark.parametrize("lock", ["poetry_lock", "pdm_lock"])
def test_locks_that_uv_does_not_know_pin_what_the_project_requires(tmp_path: Path, lock: str) -> None:
    assert packages(written(tmp_path / "service", pyproject_toml=PROJECT, **{lock: PINNED})) == OLD


def test_the_lock_of_uv_comes_first(tmp_path: Path) -> None:
    folder = written(tmp_path / "service", pyproject_toml=PROJECT.replace('"alpha"', '"alpha<2"'))
    uv("lock", "--directory", str(folder))
    before = sorted(one.name for one in folder.iterdir())
    written(folder, requirements_txt="probe")
    assert packages(folder) == NEW | {"alpha": "1.0"}
    assert sorted(one.name for one in folder.iterdir()) == sorted([*before, "requirements.txt"])


def test_the_lock_of_uv_that_was_made_for_other_dependencies_is_used_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(overlay, "made_for", lambda _: tmp_path / "overlay")  # the instruments are nowhere
    folder = written(tmp_path / "service", pyproject_toml=PROJECT)
    uv("lock", "--directory", str(folder))
    app_environment(folder)
    assert "uv.lock" not in caplog.text
    written(folder, pyproject_toml=PROJECT.replace('"alpha"', '"alpha", "probe"'))
    assert app_environment(folder).stack.packages == NEW
    assert "uv.lock doesn't fit its pyproject.toml; its pins are used: run `uv lock`" in caplog.text


def test_requirements_come_before_the_project_and_the_plain_file_before_others(tmp_path: Path) -> None:
    folder = written(tmp_path / "service", pyproject_toml=PROJECT)
    assert packages(folder) == NEW
    written(folder, requirements__dev_txt="probe")
    assert packages(folder) == {"probe": "3.0"}
    written(folder, requirements_txt="alpha<2\nbeta<2\n")
    assert packages(folder) == {"alpha": "1.0", "beta": "1.0"}


def test_a_folder_without_any_of_them_comes_to_nothing(tmp_path: Path) -> None:
    assert project_lock.nearest([tmp_path]) is None


def test_what_can_not_be_resolved_is_said_with_uv_s_reason(tmp_path: Path) -> None:
    folder = written(tmp_path / "service", requirements_txt="alpha==9.9")
    with pytest.raises(StackError, match=r"(?s)uv pip compile: .*alpha==9\.9") as told:
        packages(folder)
    step = "correct requirements.txt, or name an environment with --env PATH"
    assert str(told.value).splitlines()[-1] == step


def test_what_is_added_by_hand_and_can_not_be_resolved_is_named(tmp_path: Path) -> None:
    found = project_lock.nearest([written(tmp_path / "service", requirements_txt="alpha==1.0")])
    assert found is not None
    with pytest.raises(
        StackError, match=r"\ncorrect --with or requirements\.txt, or name an environment with --env PATH$"
    ):
        project_lock.build(found, ("alpha==2.0",))


def test_the_python_that_a_project_pins_is_taken(tmp_path: Path) -> None:
    folder = written(tmp_path / "service", requirements_txt="probe")
    (folder / ".python-version").write_text("3.11\n")
    found = interpreter_of(folder)
    said = subprocess.run([str(found), "-V"], capture_output=True, text=True, check=True).stdout
    assert said.startswith("Python 3.11.")
    (folder / ".python-version").write_text("an-environment-of-pyenv\n")
    assert packages(folder) == {"probe": "3.0"}


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("pyproject.toml", PROJECT.replace(">=3.10", ">=3.99"), ">=3.99"),
        (".python-version", "3.99\n", "3.99"),
    ],
)
def test_a_project_for_a_python_that_is_nowhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, wanted: str
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    folder = written(tmp_path / "service", requirements_txt="probe")
    (folder / file).write_text(text)
    with pytest.raises(StackError) as told:
        packages(folder)
    assert str(told.value) == (
        f"asks for Python {wanted} ({file}), which is not installed and can't be downloaded; "
        "install it (setup-python), or use --env PATH"
    )
    with pytest.raises(StackError, match=rf"^{re.escape(str(folder))}: asks for Python"):
        app_environment(folder)


def test_a_python_that_can_not_be_downloaded_is_not_taken_for_a_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreached(*_words: str) -> str:
        raise UnreachedError("uv venv: no package index can be reached", offline=False)

    monkeypatch.setattr(project_python, "uv", unreached)
    folder = written(tmp_path / "service", requirements_txt="probe")
    (folder / ".python-version").write_text("3.99\n")
    with pytest.raises(StackError, match=r"^asks for Python 3\.99 \(\.python-version\), which is not installed"):
        packages(folder)
