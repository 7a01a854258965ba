"""What a project says that it needs is read as requirements, whoever's table it is in."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bench.stack.pyproject import dependencies, requires_python
from bench.stack.uv import StackError


def written(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def poetry(folder: Path, *lines: str) -> Path:
    return written(folder, "\n".join(("[tool.poetry.dependencies]", *lines)))


def test_a_project_table_is_taken_as_it_is(tmp_path: Path) -> None:
    file = written(
        tmp_path, '[project]\nrequires-python = ">=3.11"\ndependencies = ["fastapi[standard]>=0.100", "x"]\n'
    )
    assert dependencies(file) == ["fastapi[standard]>=0.100", "x"]
    assert requires_python(file) == ">=3.11"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('"*"', ""),
        ('"1.2.3"', "==1.2.3"),
        ('"^1.2.3"', ">=1.2.3,<2"),
        ('"^0.115.6"', ">=0.115.6,<0.116"),
        ('"^0.0.3"', ">=0.0.3,<0.0.4"),
        ('"^0"', ">=0,<1"),
        ('"^2"', ">=2,<3"),
        ('"~1.2.3"', ">=1.2.3,<1.3"),
        ('"~1"', ">=1,<2"),
        ('">=1.2, <2"', ">=1.2,<2"),
        ('"~=1.4"', "~=1.4"),
        ('"!=1.5"', "!=1.5"),
        ('{version = "^1.2", extras = ["standard", "all"]}', "[standard,all]>=1.2,<2"),
    ],
)
def test_poetry_s_ranges_are_everybody_s(tmp_path: Path, said: str, meant: str) -> None:
    (found,) = dependencies(poetry(tmp_path, 'python = "^3.10"', f"fastapi = {said}"))
    assert found == f"fastapi{meant}"
    Requirement(found)
    assert requires_python(tmp_path / "pyproject.toml") == ">=3.10,<4"


def test_what_is_optional_is_left_out(tmp_path: Path) -> None:
    assert dependencies(poetry(tmp_path, 'a = "1"', 'b = {version = "2", optional = true}')) == ["a==1"]


@pytest.mark.parametrize("said", ['{git = "https://example.invalid/x"}', '{path = "../x"}', '[{version = "1"}]'])
def test_what_comes_from_elsewhere_is_refused_with_a_step(tmp_path: Path, said: str) -> None:
    with pytest.raises(StackError, match="comes from no package index; make its environment and name it with --env"):
        dependencies(poetry(tmp_path, f"x = {said}"))


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\n"])
def test_a_project_that_lists_nothing_is_refused_with_a_step(tmp_path: Path, text: str) -> None:
    with pytest.raises(StackError, match="lists no dependencies of the app"):
        dependencies(written(tmp_path, text))


def test_what_is_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"pyproject\.toml: can't be read"):
        dependencies(written(tmp_path, "[project\n"))
