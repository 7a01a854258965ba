"""A uv.lock that was made for other dependencies is noticed, and none that fits, without a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.stack.stale_lock import is_stale
from bench.stack.uv import uv

BEGIN = '[project]\nname = "My_Service"\nversion = "1"\nrequires-python = ">=3.10"\n'
LOCKED = (
    'dependencies = ["Alpha >=1, <9", "gamma_ray; python_version < \'3.8\'", "one>=1"]\n'
    '[project.optional-dependencies]\nx = ["probe"]\n'
)
ONE = "[tool.uv.sources]\none = { path = 'one' }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "service"
    (folder / "one").mkdir(parents=True)
    (folder / "one" / "pyproject.toml").write_text('[project]\nname = "one"\nversion = "1"\n')
    (folder / "pyproject.toml").write_text(BEGIN + LOCKED + ONE)
    uv("lock", "--directory", str(folder))
    return folder


@pytest.mark.parametrize(
    "now",
    [
        LOCKED,
        LOCKED.replace(">=1, <9", "<9,>=1.0"),
        LOCKED.replace('["probe"]', '["alpha", "probe>=2"]'),  # an extra isn't installed
        LOCKED.replace("dependencies", 'dynamic = ["dependencies"]\nother', 1),
        'dependencies = "alpha"\n',
        'dependencies = ["<<<"]\n',
        "not toml",
    ],
)
def test_a_lock_that_fits_or_can_not_be_compared_is_none(project: Path, now: str) -> None:
    (project / "pyproject.toml").write_text(BEGIN + now + ONE)
    assert not is_stale(project / "uv.lock", project)


@pytest.mark.parametrize(
    "now",
    [
        LOCKED.replace('"one>=1"', '"one>=1", "probe"'),
        LOCKED.replace(', "one>=1"', ""),
        LOCKED.replace("<9", "<2"),
        "",
    ],
)
def test_a_lock_that_was_made_for_other_dependencies_is_stale(project: Path, now: str) -> None:
    before = (project / "uv.lock").read_bytes()
    (project / "pyproject.toml").write_text(BEGIN + now + ONE)
    assert is_stale(project / "uv.lock", project)
    assert (project / "uv.lock").read_bytes() == before


def test_the_first_dependency_of_a_project_that_had_none_makes_its_lock_stale(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(BEGIN)
    uv("lock", "--directory", str(tmp_path))
    assert not is_stale(tmp_path / "uv.lock", tmp_path)
    (tmp_path / "pyproject.toml").write_text(BEGIN + 'dependencies = ["alpha"]\n')
    assert is_stale(tmp_path / "uv.lock", tmp_path)


def test_a_lock_with_nothing_that_can_be_read_is_not_called_stale(project: Path) -> None:
    for text in (
        "",
        "package = 3",
        "<<<<<<<",
        '[[package]]\nname = "my-service"\nmetadata = { requires-dist = [3] }\n',
    ):
        (project / "uv.lock").write_text(text)
        assert not is_stale(project / "uv.lock", project)
