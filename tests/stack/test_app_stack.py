"""A changed stack of an app: what was named moves, with what it forces, and the app's own environment stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from shelves import write_wheel

from bench.runner.process_variables import process_variables
from bench.stack import overlay
from bench.stack.app_stack import AppStack
from bench.stack.declared import bounds
from bench.stack.environment import Environment
from bench.stack.recipe import read
from bench.stack.uv import StackError, uv

NONE = (None, None)


@pytest.fixture(autouse=True)
def no_instruments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.setattr(overlay, "made_for", lambda _: tmp_path / "overlay")


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """A project with the older of everything in its .venv."""
    folder = tmp_path / "service"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[project]\nname = "service"\nversion = "1"\ndependencies = ["alpha"]\n')
    uv("venv", "--python", sys.executable, str(folder / ".venv"))
    install(folder, "alpha==1.0", "beta==1.0", "gamma-ray==1.0")
    return folder


def install(folder: Path, *what: str) -> None:
    uv("pip", "install", "--python", str(folder / ".venv" / "bin" / "python"), *what)


def imported(environment: Environment, code: str) -> str:
    done = subprocess.run(
        [str(environment.python), "-c", code],
        env=process_variables(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_without_requirements_the_app_s_own_environment_is_taken(service: Path) -> None:
    stack = AppStack(service)
    found = stack.build(read(""))
    assert found.python == service / ".venv" / "bin" / "python"
    assert stack.build_both(read(""), read(" "), NONE) == (found, found)


def test_only_what_was_named_moves_and_what_it_forces(service: Path) -> None:
    before = sorted((service / ".venv").rglob("*"))
    stack = AppStack(service)
    assert stack.build(read("gamma_ray==1.5")).stack.packages == {"alpha": "1.0", "beta": "1.0", "gamma-ray": "1.5"}
    found = stack.build(read("alpha==2.0"))
    assert found.stack.packages == {"alpha": "2.0", "beta": "2.0", "gamma-ray": "1.0"}
    assert found.foreign
    assert found.stack.requirements == ("alpha==2.0",)
    assert found.stack.python == stack.own.stack.python
    assert imported(found, "import alpha; print(alpha.version)") == "2.0"
    assert sorted((service / ".venv").rglob("*")) == before


def test_two_stacks_agree_in_what_nobody_named(service: Path) -> None:
    base, head = AppStack(service).build_both(read("alpha==1.0"), read("alpha==2.0"), NONE)
    assert base.stack.packages == {"alpha": "1.0", "beta": "2.0", "gamma-ray": "1.0"}
    assert head.stack.packages == {"alpha": "2.0", "beta": "2.0", "gamma-ray": "1.0"}


def test_a_bound_of_the_project_holds_for_what_wasn_t_named(service: Path) -> None:
    (service / "pyproject.toml").write_text('[project]\nname = "service"\ndependencies = ["beta<2", "alpha<2"]\n')
    with pytest.raises(StackError, match=r"alpha==2\.0: can't be combined with the app's other packages"):
        AppStack(service).build(read("alpha==2.0"))


def test_what_came_from_no_index_comes_along_as_it_is_installed(service: Path, tmp_path: Path) -> None:
    install(service, str(write_wheel(tmp_path, "private", "1.0", code="word = 'kept'\n")))
    found = AppStack(service).build(read("alpha==2.0"))
    assert imported(found, "import private; print(private.word)") == "kept"
    named = "from importlib.metadata import version; print(version('private'))"
    assert imported(found, named) == "1.0"


def test_a_lock_that_was_kept_is_the_same_stack_again(service: Path) -> None:
    stack = AppStack(service)
    built = stack.build(read("alpha==2.0"))
    assert stack.restore(read("alpha==2.0"), built.lock) == built


def test_ranges_are_bounds_and_pins_are_not(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "service"\ndependencies = ["A_b>=1,<2", "c==1.0", "d", "e>=1; python_version < \'3\'"]\n'
    )
    (tmp_path / "requirements.txt").write_text("# ours\nf~=1.4  # why\n-r other.txt\ng==2 --hash=sha256:00\n")
    assert bounds(tmp_path) == {"a-b": "A_b<2,>=1", "f": "f~=1.4"}
    (tmp_path / "src").mkdir()
    assert bounds(tmp_path / "src") == bounds(tmp_path)


@pytest.mark.parametrize("text", ["[project", "project = 3\n", '[project]\ndependencies = "alpha<2"\n'])
def test_a_project_that_says_it_in_another_way_bounds_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert bounds(tmp_path) == {}


def test_what_is_editable_is_imported_from_its_own_folder(service: Path) -> None:
    """As an installer leaves a project that has its code in `src`."""
    (service / "src" / "own").mkdir(parents=True)
    (service / "src" / "own" / "__init__.py").write_text("word = 'today'\n")
    (libraries,) = (service / ".venv" / "lib").glob("python3*/site-packages")
    info = libraries / "own-1.0.dist-info"
    info.mkdir()
    (libraries / "own.pth").write_text(str(service / "src"))
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (info / "direct_url.json").write_text(f'{{"url": "{service.as_uri()}", "dir_info": {{"editable": true}}}}')
    files = ("own.pth", f"{info.name}/METADATA", f"{info.name}/direct_url.json", f"{info.name}/RECORD", "../bin/own")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    found = AppStack(service).build(read("alpha==2.0"))
    assert imported(found, "import own; print(own.word)") == "today"
    (service / "src" / "own" / "__init__.py").write_text("word = 'tomorrow'\n")
    assert imported(found, "import own; print(own.word)") == "tomorrow"
    assert imported(found, "from importlib.metadata import version; print(version('own'))") == "1.0"


def test_poetry_s_ranges_are_bounds_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.poetry.dependencies]\nalpha = "^1.2"\nbeta = "2.0"\n')
    assert bounds(tmp_path) == {"alpha": "alpha<2,>=1.2"}
