"""The functions that two versions of an app differ in are found in their repository, and named as profiles do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench.model.app_version import AppVersion
from bench.model.comparison import Comparison
from bench.profiles.diff import Difference, difference
from bench.profiles.folded import Stack
from bench.stack.git.checkout import Checkout
from bench.store import documents
from bench.workflows.difference import changed_functions
from tests.app_repository import Repository
from tests.comparisons import comparison
from tests.profile_runs import RUN, spent

CASE = "GET /items"
TEXT = "def read():\n    return 1\n\n\ndef other():\n    return 2\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An app in a folder of a larger repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    made = Repository(folder)
    made.git("init", "--quiet", "--initial-branch", "main")
    made.write("services/api/app/__init__.py", "")
    made.write("services/api/app/items.py", TEXT)
    made.write("services/api/flat.py", TEXT)
    made.write("libs/money/src/money/__init__.py", TEXT)
    made.write("libs/old/legacy/__init__.py", "")
    made.write("libs/old/legacy/rates.py", TEXT + "\n\ndef third():\n    return 3\n")
    made.write("services/api/tests/app/__init__.py", "")
    made.write("services/api/tests/app/items.py", TEXT)
    made.commit("An app")
    return made


def profiled(*names: str) -> list[Difference]:
    """A profile in which each of these takes 50 µs more now."""
    base: dict[Stack, int] = {(RUN, name): 100 for name in names}
    return [difference(CASE, [spent(base)], [spent({stack: us + 50 for stack, us in base.items()})])]


def recorded(base: Checkout, head: Checkout, found: list[Difference], folder: Path) -> Comparison:
    recording = documents.COMPARISON.recording(comparison(), folder)
    changed_functions.record(recording, base, head, found)
    return documents.COMPARISON.load(recording.folder)


def both(repository: Repository, base: str = "git:main~1", head: str = "git:main") -> tuple[Checkout, Checkout]:
    return version(repository, base), version(repository, head)


def version(repository: Repository, words: str) -> Checkout:
    """In a worktree of its own beside the repository, which is the working tree."""
    commit = repository.git("rev-parse", words.removeprefix("git:") or "HEAD")
    known = AppVersion(named=words, commit=commit, subject="", committed_at=datetime(2026, 3, 1, tzinfo=UTC))
    folder = repository.folder if words == "git:" else repository.folder.with_name(commit)
    if not folder.exists():
        repository.git("worktree", "add", "--quiet", "--detach", str(folder), commit)
    return Checkout(known, folder, folder / "services/api")


def named(found: Comparison) -> dict[str, str]:
    return {one.name: one.at for one in found.changed}


def test_functions_are_named_as_profiles_name_them_wherever_their_files_lie(
    repository: Repository, tmp_path: Path
) -> None:
    names = ["app.items:read", "app.flat:read", "money:read", "legacy.rates:read"]
    files = [
        "services/api/app/items.py",
        "services/api/flat.py",
        "libs/money/src/money/__init__.py",
        "libs/old/legacy/rates.py",
    ]
    for file in files:
        repository.replace(file, "return 1", "return 11")
    repository.commit("Change them")
    found = recorded(*both(repository), profiled(*names, "app.items:other"), tmp_path)
    assert named(found) == {name: f"{file}:2" for name, file in zip(names, files, strict=True)}
    assert {one.cases[CASE] for one in found.changed} == {50.0}
    assert [one.case for one in found.profiled] == [CASE]


def test_tests_of_an_app_are_no_part_of_it(repository: Repository, tmp_path: Path) -> None:
    repository.replace("services/api/tests/app/items.py", "return 1", "return 11")
    repository.commit("Change a test")
    assert recorded(*both(repository), profiled("app.items:read"), tmp_path).changed == ()


def test_a_package_of_an_app_may_be_called_tests(repository: Repository, tmp_path: Path) -> None:
    repository.write("services/api/app/tests/routes.py", TEXT)
    repository.commit("Medical tests")
    found = recorded(*both(repository), profiled("app.tests.routes:read"), tmp_path)
    assert "app.tests.routes:read" in named(found)


def test_a_file_with_a_new_name_keeps_its_functions(repository: Repository, tmp_path: Path) -> None:
    repository.git("mv", "libs/old/legacy/rates.py", "libs/old/legacy/prices.py")
    repository.replace("libs/old/legacy/prices.py", "return 1", "return 11")
    repository.commit("Rename it")
    seen = difference(CASE, [spent({(RUN, "legacy.rates:read"): 100})], [spent({(RUN, "legacy.prices:read"): 120})])
    (one,) = recorded(*both(repository), [seen], tmp_path).changed
    assert (one.name, one.removed, one.cases) == ("legacy.prices:read", False, {CASE: 20.0})


def test_what_is_not_committed_counts_too(repository: Repository, tmp_path: Path) -> None:
    repository.replace("services/api/flat.py", "return 1", "return 11")
    repository.write("services/api/app/fresh.py", "def sum_up():\n    return 3\n")
    base, head = both(repository, "git:main", "git:")
    found = recorded(base, head, profiled("app.flat:read", "app.fresh:sum_up"), tmp_path)
    assert named(found) == {
        "app.flat:read": "services/api/flat.py:2",
        "app.fresh:sum_up": "services/api/app/fresh.py:1-2",
    }


def test_settings_of_git_change_nothing(repository: Repository, tmp_path: Path) -> None:
    repository.replace("services/api/app/items.py", "return 2", "return 22")
    repository.commit("Change one")
    settings = {"diff.noprefix": "true", "diff.interHunkContext": "9", "diff.renames": "false", "color.ui": "always"}
    for name, value in (*settings.items(), ("diff.mnemonicPrefix", "true"), ("core.quotePath", "false")):
        repository.git("config", name, value)
    found = recorded(*both(repository), profiled("app.items:other"), tmp_path)
    assert named(found) == {"app.items:other": "services/api/app/items.py:6"}


def test_links_are_not_followed_and_what_is_no_python_is_no_trouble(repository: Repository, tmp_path: Path) -> None:
    secret = tmp_path / "secret.py"
    secret.write_text(TEXT)
    (repository.folder / "services/api/link.py").symlink_to(secret)
    repository.write('services/api/odd \u00e4"`.py', "def read(:\n")
    repository.write("services/api/app/items.py", ")))\n")
    repository.commit("Odd files")
    found = recorded(*both(repository), profiled("app.link:read", "app.items:read"), tmp_path)
    assert [one.name for one in found.changed if one.cases] == ["app.items:read"]
    assert not any("link" in one.name for one in found.changed)


def test_a_change_of_very_many_files_is_read_where_it_was_profiled(repository: Repository, tmp_path: Path) -> None:
    for number in range(600):
        repository.write(f"services/api/generated/m{number}.py", "class Row:\n    x = 1\n")
    repository.replace("services/api/app/items.py", "return 1", "return 11")
    repository.commit("Generate files")
    found = recorded(*both(repository), profiled("app.items:read"), tmp_path)
    assert found.changed[0].name == "app.items:read"
    assert len(found.changed) <= 1 + 50
