"""The project's own stack is its committed lock: nothing is resolved for it, so nothing can come out otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from shelves import PINS, write_lock

from bench.stack import committed_lock as stack_committed_lock
from bench.stack import lock as locks
from bench.stack.environment import build, build_both
from bench.stack.recipe import of_requirements, read

HERE = (None, None)


@pytest.fixture
def locked(project: Path, shelf: Path) -> Path:
    write_lock(project, shelf)
    return project


@pytest.fixture
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolved(*_: object, **__: object) -> str:
        raise AssertionError("uv was asked to resolve")

    monkeypatch.setattr(locks, "uv", resolved)


@pytest.mark.usefixtures("no_resolver")
def test_nothing_named_is_built_from_the_lock_alone(locked: Path) -> None:
    found = build(of_requirements([]), locked)
    assert found.stack.packages == PINS
    assert found.lock.count("--hash=sha256:") == len(PINS)


@pytest.mark.usefixtures("no_resolver")
def test_two_stacks_of_which_neither_names_anything_are_built_from_it_too(locked: Path) -> None:
    base, head = build_both(read(""), read("  "), locked, HERE)
    assert base == head


def without_remarks(lock: str) -> str:
    return "".join(line for line in lock.splitlines(keepends=True) if "#" not in line)


def test_it_is_the_very_lock_that_the_resolver_comes_to(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_lock = locks.lock(of_requirements([]), locked, "3.11.0")
    monkeypatch.setattr(stack_committed_lock, "chosen", lambda *_: None)
    assert locks.lock(of_requirements([]), locked, "3.11.0") == committed_lock


@pytest.mark.parametrize("change", [without_remarks, lambda lock: lock.replace("gamma-ray==", "delta-ray==")])
def test_a_lock_that_lacks_what_must_be_known_is_no_answer(locked: Path, change: Callable[[str], str]) -> None:
    text = (locked / "requirements.lock").read_text("utf-8")
    wanted = locks.wanted(of_requirements([]), locked)
    assert stack_committed_lock.chosen(text, wanted, "3.11.0") is not None
    assert stack_committed_lock.chosen(change(text), wanted, "3.11.0") is None


def test_a_lock_that_is_older_than_what_the_groups_ask_for_is_no_answer(locked: Path) -> None:
    text = (locked / "requirements.lock").read_text("utf-8")
    assert stack_committed_lock.chosen(text, ["alpha>=2"], "3.11.0") is None
    assert stack_committed_lock.chosen(text, ["alpha>=1"], "3.11.0") is not None


def test_an_entry_is_there_for_the_pythons_that_it_names() -> None:
    both = "".join(
        f"alpha=={version} ; python_full_version {sign} '3.12' \\\n    --hash=sha256:00\n    # via x\n"
        for version, sign in (("1.0", "<"), ("2.0", ">="))
    )
    assert [stack_committed_lock.chosen(both, ["alpha"], python) for python in ("3.11.9", "3.12", "3.13.1")] == [
        f"alpha=={version} \\\n    --hash=sha256:00\n" for version in ("1.0", "2.0", "2.0")
    ]


def test_the_lock_of_this_repository_says_what_each_pin_is_there_for(root: Path) -> None:
    lock = (root / "requirements.lock").read_text("utf-8")
    wanted = locks.wanted(of_requirements([]), root)
    found = stack_committed_lock.chosen(lock, wanted, "3.11.0")
    assert found is not None
    packages = locks.pins(found)
    assert {"fastapi", "starlette", "greenlet", "pydantic-core", "memray", "pytest"} <= packages.keys()
    assert not {"locust", "numpy", "mypy", "playwright"} & packages.keys()
