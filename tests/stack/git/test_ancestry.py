"""Where a version stands in the history of its repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_repository import Repository, app_repository

from bench.stack.git.ancestry import descends, last_of, last_tag, lasting, uncommitted
from bench.stack.uv import StackError


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return app_repository(tmp_path / "own", routes=1)


def test_the_last_tag_is_the_newest_one_in_the_history_of_head(repository: Repository) -> None:
    repository.git("tag", "v1.0")
    repository.commit("Second")
    repository.git("tag", "v1.1")
    repository.commit("Third")
    repository.git("checkout", "--quiet", "-b", "side", "v1.0")
    repository.commit("Aside")
    repository.git("tag", "v9.9")
    repository.git("checkout", "--quiet", "main")
    assert last_tag(repository.folder) == "git:v1.1"


def test_without_a_tag_an_anchor_is_to_be_named(repository: Repository) -> None:
    with pytest.raises(StackError, match=r"no tag in the history of HEAD; name .* --anchor git:REF$"):
        last_tag(repository.folder)


def test_a_shallow_clone_is_told_to_fetch_the_history(repository: Repository, tmp_path: Path) -> None:
    repository.git("tag", "v1.0")
    repository.commit("Second")
    clone = Repository(tmp_path)
    clone.git("clone", "--quiet", "--depth", "1", repository.folder.as_uri(), "clone")
    with pytest.raises(StackError, match=r"this clone is shallow: fetch the history \(`fetch-depth: 0`\)"):
        last_tag(tmp_path / "clone")


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="needs a git repository"):
        last_tag(tmp_path)


def test_a_commit_descends_from_those_in_its_history(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("Second")
    assert descends(repository.folder, first, second)
    assert not descends(repository.folder, second, first)
    assert not descends(repository.folder, "0" * 40, second)


def test_the_last_of_some_commits_is_the_nearest_in_the_history_on_its_own_branch_first(
    repository: Repository,
) -> None:
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("Second")
    repository.git("checkout", "--quiet", "-b", "side", first)
    aside = repository.commit("Aside")
    repository.git("checkout", "--quiet", "main")
    third = repository.commit("Third")
    folder = repository.folder
    assert last_of({first, second, aside, third}, folder, third) == second
    assert last_of({aside}, folder, third) == ""
    repository.git("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    merged = repository.git("rev-parse", "HEAD")
    assert last_of({first, aside}, folder, merged) == first
    assert last_of({aside}, folder, merged) == aside


def test_what_is_not_committed_counts_but_for_the_track_itself(repository: Repository) -> None:
    track = repository.folder / "layercake-track.jsonl"
    repository.write(track.name, "")
    repository.commit("A track")
    assert not uncommitted(repository.folder, track)
    repository.write(track.name, "{}\n")
    assert not uncommitted(repository.folder, track)
    repository.write("app/deps.py", "")
    assert uncommitted(repository.folder, track)


def test_a_name_that_moves_on_is_replaced_by_the_commit_that_it_stands_for_now(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1.0")
    repository.commit("Second")
    assert lasting("git:v1.0", repository.folder) == "git:v1.0"
    assert lasting("git:HEAD~1", repository.folder) == f"git:{first[:8]}"
    with pytest.raises(StackError, match="no branch, tag or commit"):
        lasting("git:nope", repository.folder)
