"""Versions of Python as command lines name them; and stacks of a Python that has not every wheel."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import pytest
from shelves import write_wheel

from bench.model.environment import Stack
from bench.stack import pythons
from bench.stack.environment import build, build_both, lacks
from bench.stack.pythons import matching, python_version, resolver_words
from bench.stack.recipe import of_requirements
from bench.stack.uv import StackError

HERE = ".".join(map(str, sys.version_info[:2]))
ELSEWHERE = "cp39-cp39-manylinux_2_17_x86_64"


@pytest.mark.parametrize("text", ["3.10", "3.12.1", "3.14t", "3.15.0t"])
def test_a_version_may_be_whole_and_of_a_free_threaded_build(text: str) -> None:
    assert python_version(text) == text


@pytest.mark.parametrize("text", ["3.9", "3.14d", "python3.12", "t", "3.12;x", ""])
def test_what_agents_do_not_run_on_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="is not a supported version"):
        python_version(text)


def test_only_an_interpreter_tells_that_it_is_free_threaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "interpreter", lambda python: python)
    assert resolver_words("3.14") == ("--python-version", "3.14")
    assert resolver_words("3.14t") == ("--python", "3.14t")


def test_a_list_stands_as_it_is_written_and_each_once() -> None:
    assert matching("3.14, 3.11,3.14t,3.11") == ("3.14", "3.11", "3.14t")


@pytest.mark.parametrize(
    ("text", "complaint"), [("3.11,", "'3.11,' has an empty part"), ("3.11,two", "'two' is not a supported version")]
)
def test_a_list_with_something_else_is_refused_without_naming_an_option(text: str, complaint: str) -> None:
    with pytest.raises(StackError, match=f"^{complaint}"):
        matching(text)


LISTED = [
    {"version": "3.14.2", "implementation": "cpython", "variant": "default"},
    {"version": "3.14.2", "implementation": "cpython", "variant": "freethreaded"},
    {"version": "3.11.7", "implementation": "cpython"},
    {"version": "3.11.2", "implementation": "cpython"},
    {"version": "3.15.0rc1", "implementation": "cpython"},
    {"version": "3.8.1", "implementation": "cpython"},
    {"version": "3.11.15", "implementation": "pypy"},
]


def test_a_specifier_means_the_releases_that_are_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "uv", lambda *_, **__: json.dumps(LISTED))
    monkeypatch.setenv("PYENV_ROOT", "/nowhere")
    assert matching(">=3.10") == ("3.11", "3.14", "3.14t")
    assert matching("<3.14") == ("3.11",)
    with pytest.raises(StackError, match="names no versions"):
        matching(">=three")


def test_uv_lists_the_python_that_runs_this() -> None:
    assert HERE in pythons.installed()


def test_what_pyenv_alone_has_is_taken_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def found(*words: str, **_: bool) -> str:
        if "list" in words:
            return "[]"
        raise StackError("no interpreter found")

    for name in ("3.13.0", "3.13.10", "3.13.2t", "3.13-dev", "3.7.1"):
        (tmp_path / "versions" / name / "bin").mkdir(parents=True)
        (tmp_path / "versions" / name / "bin" / "python").touch()
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setattr(pythons, "uv", found)
    pythons.interpreter.cache_clear()
    taken = {one: pythons.interpreter(one) for one in ("3.13", "3.13t", "3.13.0")}
    with pytest.raises(StackError, match=r"Python 3\.12t is not on this machine, and uv can't get it"):
        pythons.interpreter("3.12t")
    pythons.interpreter.cache_clear()
    at = str(tmp_path / "versions")
    assert taken == {
        "3.13": f"{at}/3.13.10/bin/python",
        "3.13t": f"{at}/3.13.2t/bin/python",
        "3.13.0": f"{at}/3.13.0/bin/python",
    }
    assert pythons.installed() == ("3.13", "3.13t")


@pytest.fixture
def incomplete(project: Path, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shelf whose gamma-ray and probe are for another Python."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for wheel in shelf.iterdir():
        tag = ELSEWHERE if wheel.name.startswith(("gamma_ray", "probe")) else "py3-none-any"
        (mine / wheel.name.replace("py3-none-any", tag)).write_bytes(wheel.read_bytes())
    monkeypatch.setenv("UV_FIND_LINKS", str(mine))
    return project


def test_a_stack_comes_without_what_its_python_has_no_wheel_of(incomplete: Path) -> None:
    found = build(of_requirements([]), incomplete, HERE).stack
    assert found.packages == {"alpha": "1.0", "beta": "1.0"}
    assert found.no_wheel == ("gamma-ray", "probe")
    assert lacks(found, ["gamma-ray>=1"]) == f"needs gamma-ray, which has no wheel for Python {found.python}"
    assert found.unavailable("alpha", "probe").startswith("needs probe")
    assert not found.unavailable("alpha")


def test_the_other_side_of_a_comparison_keeps_what_it_has_wheels_of(incomplete: Path) -> None:
    empty = of_requirements([])
    base, head = build_both(empty, empty, incomplete, (HERE, HERE))
    assert base.stack == head.stack


def test_what_was_named_is_not_left_out(incomplete: Path) -> None:
    with pytest.raises(StackError, match="gamma"):
        build(of_requirements(["gamma-ray"]), incomplete, HERE)


def test_a_wheel_of_an_older_version_is_taken_where_the_pinned_one_has_none(incomplete: Path, tmp_path: Path) -> None:
    write_wheel(tmp_path / "mine", "probe", "2.0")
    found = build(of_requirements([]), incomplete, HERE).stack
    assert (found.packages["probe"], found.no_wheel) == ("2.0", ("gamma-ray",))


def test_the_python_of_the_harness_is_not_asked_for_its_wheels(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = build(of_requirements([]), project)
    assert found.stack.no_wheel == ()
    assert found.stack.python == platform.python_version()


@pytest.mark.parametrize(
    ("python", "minor"), [("3.14.0", "3.14"), ("3.14.0t", "3.14t"), ("3.11.7", "3.11"), ("3.15.0rc1", "3.15")]
)
def test_a_stack_names_its_python_as_a_command_line_does(python: str, minor: str) -> None:
    assert Stack(requirements=(), python=python, packages={}, lock_sha256="").minor_python == minor
