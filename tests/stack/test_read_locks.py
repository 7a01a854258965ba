"""Whatever a lock or a project's file has in place of any part of it: it gives requirements, or an error in a line."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from bench.stack import package_indexes, project_python, project_requirements, pyproject
from bench.stack.uv import StackError

PROJECT: dict[str, Any] = {
    "project": {"name": "service", "requires-python": ">=3.10", "dependencies": ["alpha>=1", "beta[x]"]},
    "build-system": {"requires": []},
    "tool": {
        "uv": {"index": [{"name": "corp", "url": "https://corp.example/simple", "default": True}]},
        "poetry": {
            "source": [{"name": "corp", "url": "https://corp.example/simple"}],
            "package-mode": True,
            "dependencies": {"python": "^3.10", "alpha": "^1.2", "beta": {"version": "~1", "extras": ["x"]}},
        },
        "pdm": {"source": [{"name": "corp", "url": "https://corp.example/simple"}]},
    },
}
OF_POETRY: dict[str, Any] = {k: v for k, v in PROJECT.items() if k != "project"}
PACKAGES: dict[str, Any] = {
    "package": [
        {"name": "alpha", "version": "1.0", "source": {"type": "git", "url": "https://x.example/a"}},
        {"name": "Beta_two", "version": "2.0", "source": {"registry": "https://corp.example/simple"}},
        {"name": "here", "version": "1", "source": {"editable": "libs/here"}},
    ]
}
PIPFILE: dict[str, Any] = {
    "_meta": {"sources": [{"name": "corp", "url": "https://corp.example/simple"}]},
    "default": {
        "alpha": {"version": "==1.0", "extras": ["x"], "markers": "python_version > '3'"},
        "beta": {"git": "https://x.example/b", "ref": "abc"},
        "here": {"path": "./here", "editable": True},
        "there": {"file": "https://x.example/there-1.0-py3-none-any.whl"},
    },
}
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\0"), max_size=8)
VALUES = st.recursive(
    st.integers(-5, 5)
    | st.booleans()
    | st.floats(0, 1)
    | TEXTS
    | st.sampled_from(["*", "../..", "^1", "==", "1;", "@"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
MISSING = object()


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return repr(value) if isinstance(value, float) else json.dumps(value)


def as_toml(document: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(key)} = {toml(one)}\n" for key, one in document.items())


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        yield (*above, key)
        yield from places(one, (*above, key))


@st.composite
def damaged(draw: st.DrawFn, document: dict[str, Any]) -> Any:
    changed: Any = copy.deepcopy(document)
    *above, last = draw(st.sampled_from(list(places(document))))
    value = draw(VALUES | st.just(MISSING))
    place = changed
    for key in above:
        place = place[key]
    if value is MISSING:
        del place[last]
    else:
        place[last] = value
    return changed


def refused_or(read: Callable[[], Any]) -> Any:
    """None for what is refused. Any other exception fails a test."""
    try:
        return read()
    except StackError:
        return None


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock"])
@given(lock=damaged(PACKAGES))
def test_a_damaged_lock_of_packages(tmp_path_factory: pytest.TempPathFactory, name: str, lock: dict[str, Any]) -> None:
    file = tmp_path_factory.mktemp("project") / name
    file.write_text(as_toml(lock), "utf-8")
    (file.parent / "pyproject.toml").write_text(as_toml(PROJECT), "utf-8")
    found = refused_or(lambda: project_requirements.read(file, file.parent))
    assert found is None or all(map(Requirement, found.lines))


@given(lock=damaged(PIPFILE))
def test_a_damaged_lock_of_pipenv(tmp_path_factory: pytest.TempPathFactory, lock: dict[str, Any]) -> None:
    file = tmp_path_factory.mktemp("project") / "Pipfile.lock"
    file.write_text(json.dumps(lock), "utf-8")
    found = refused_or(lambda: project_requirements.read(file, file.parent))
    assert found is None or all(map(Requirement, found.lines))
    refused_or(lambda: package_indexes.of(file))


@given(lock=damaged(PACKAGES))
def test_a_damaged_lock_of_uv_is_asked_for_its_indexes_and_members(
    tmp_path_factory: pytest.TempPathFactory, lock: dict[str, Any]
) -> None:
    file = tmp_path_factory.mktemp("project") / "uv.lock"
    file.write_text(as_toml(lock), "utf-8")
    refused_or(lambda: package_indexes.of(file))
    refused_or(lambda: project_requirements.is_member(file, file.parent / "libs"))


@given(project=damaged(PROJECT) | damaged(OF_POETRY))
def test_a_damaged_project(tmp_path_factory: pytest.TempPathFactory, project: dict[str, Any]) -> None:
    file = tmp_path_factory.mktemp("project") / "pyproject.toml"
    file.write_text(as_toml(project), "utf-8")
    for name in ("poetry.lock", "pdm.lock", "pyproject.toml"):
        if name != file.name:
            file.with_name(name).write_text(as_toml(PACKAGES), "utf-8")
        refused_or(lambda name=name: project_requirements.read(file.with_name(name), file.parent))  # type: ignore[misc]
        refused_or(lambda name=name: package_indexes.of(file.with_name(name)))  # type: ignore[misc]
    refused_or(lambda: pyproject.name_of(file))
    wanted = refused_or(lambda: pyproject.requires_python(file))
    if wanted:
        refused_or(lambda: project_python._allows(file, wanted))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("poetry.lock", '[[package]]\nname = "alpha"\n', "alpha has no version; run `poetry lock`"),
        ("pdm.lock", "[[package]]\n", "a package has no name; run `pdm lock`"),
        ("pdm.lock", "package = 3\n", "`package` is no list of packages; run `pdm lock`"),
        ("Pipfile.lock", '{"default": {"alpha": {}}}', "alpha has no version; run `pipenv lock`"),
        ("Pipfile.lock", "[]", "is no lock of Pipenv; run `pipenv lock`"),
    ],
)
def test_the_error_says_what_is_wrong_and_what_makes_the_lock_again(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "pyproject.toml").write_text(as_toml(PROJECT))
    with pytest.raises(StackError) as told:
        project_requirements.read(tmp_path / name, tmp_path)
    assert str(told.value) == f"{tmp_path / name}: {said}"


@pytest.mark.parametrize("name", ["poetry.lock", "pdm.lock"])
def test_what_comes_from_no_index_needs_no_version(tmp_path: Path, name: str) -> None:
    entries = '[[package]]\nname = "here"\npath = "./here"\n[[package]]\nname = "alpha"\nversion = "1.0"\n'
    (tmp_path / name).write_text(entries)
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["alpha", "here @ file:///srv/here"]\n')
    found = project_requirements.read(tmp_path / name, tmp_path)
    assert found.lines == ("alpha==1.0", "here @ file:///srv/here")
    assert found.preferred == {"alpha": "1.0"}


def test_a_lock_with_the_marks_of_a_merge_is_refused_refused_or(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("<<<<<<< HEAD\nversion = 1\n=======\nversion = 2\n>>>>>>> other\n")
    with pytest.raises(StackError, match=r"uv\.lock: can't be read \(.*\); run `uv lock`$"):
        project_requirements.read(tmp_path / "uv.lock", tmp_path)


def test_a_lock_that_uv_does_not_know_has_a_next_step_behind_uv_s_reason(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text("version = 9\n")
    (tmp_path / "pyproject.toml").write_text(as_toml(PROJECT))
    with pytest.raises(StackError, match=r"(?s)uv\.lock: uv export: error: .*\nrun `uv lock`$"):
        project_requirements.read(tmp_path / "uv.lock", tmp_path)
