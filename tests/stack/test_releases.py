"""Releases of a package as uv sees them, from wheels on a shelf."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelves import write_wheel

from bench.stack import releases
from bench.stack.uv import StackError


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for version in ("0.9.0", "0.10.0", "0.10.0.post1", "0.11.0rc1", "0.11.0", "1.0", "1.1.dev3"):
        write_wheel(folder, "delta", version, requires=("nowhere>=3",))
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("specifier", "found"),
    [
        ("", ("0.9.0", "0.10.0", "0.10.0.post1", "0.11.0", "1.0")),
        (">=0.10", ("0.10.0", "0.10.0.post1", "0.11.0", "1.0")),
        (">=0.10,<1", ("0.10.0", "0.10.0.post1", "0.11.0")),
        (">=0.9.0,<=0.11.0,!=0.10.0", ("0.9.0", "0.10.0.post1", "0.11.0")),
        ("==1.0", ("1.0",)),
    ],
)
def test_releases_come_oldest_first_without_those_before_a_release(specifier: str, found: tuple[str, ...]) -> None:
    assert releases.matching("delta", specifier) == found


def test_what_no_release_matches_is_an_error_in_uvs_own_words() -> None:
    with pytest.raises(StackError, match="gamma-ray"):
        releases.matching("gamma-ray", ">=7")


def test_an_unknown_package_is_an_error() -> None:
    with pytest.raises(StackError, match="No solution found"):
        releases.matching("nosuchthing", "")


@pytest.mark.parametrize("specifier", ["0.115", ">=x", "fastapi>=1", ">=1; os_name == 'nt'"])
def test_what_is_no_specifier_is_refused(specifier: str) -> None:
    with pytest.raises(StackError, match="is not a version specifier"):
        releases.matching("alpha", specifier)


@pytest.mark.parametrize("name", ["", "fastapi>=1", "fastapi[all]", "two words", "a @ file:///x", "-r x"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(StackError, match="name"):
        releases.package_name(name)


def test_names_and_versions_are_written_as_everywhere() -> None:
    assert releases.package_name("Gamma_Ray") == "gamma-ray"
    assert releases.version("v1.0.0") == "1.0.0"
    with pytest.raises(StackError, match="is not a version"):
        releases.version("latest")
