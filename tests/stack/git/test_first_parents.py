"""The commits between two, as a bisection goes through them, and what is said of two that have none between."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from app_repository import Repository

from bench.stack.git.first_parents import changed_files, commits
from bench.stack.uv import StackError


@pytest.fixture
def made(tmp_path: Path) -> Repository:
    folder = tmp_path / "repository"
    folder.mkdir()
    found = Repository(folder)
    found.git("init", "--quiet", "--initial-branch", "main")
    found.commit("one", a_txt="1")
    found.git("tag", "v1")
    return found


def test_they_are_listed_oldest_first_with_both_ends(made: Repository) -> None:
    hashes = [made.git("rev-parse", "v1"), *(made.commit(f"change {number}", a_txt=str(number)) for number in (2, 3))]
    found = commits("git:v1", "git:main", made.folder)
    assert [one.commit for one in found] == hashes
    assert [one.subject for one in found] == ["one", "change 2", "change 3"]
    assert found[0].named == f"git:{hashes[0][:8]}"


def test_one_that_changes_no_file_is_none_to_be_searched(made: Repository) -> None:
    changed = made.commit("two", a_txt="2")
    made.commit("nothing")
    assert [one.commit for one in commits("git:v1", "git:main", made.folder)][1:] == [changed]


def test_documentation_is_a_change(made: Repository) -> None:
    made.commit("words", README_md="more")
    assert len(commits("git:v1", "git:main", made.folder)) == 2


def test_a_carriage_return_in_a_subject_ends_no_line(made: Repository) -> None:
    made.write("a.txt", "2")
    made.git("commit", "--quiet", "--all", "--cleanup=verbatim", "--message", "one\rtwo")
    assert commits("git:v1", "git:main", made.folder)[-1].subject == "one two"


def test_a_subject_moves_no_cursor(made: Repository) -> None:
    made.commit("red \x1b[31m\u2028 <b>x</b> \x1c end", a_txt="2")
    assert commits("git:v1", "git:main", made.folder)[-1].subject.isprintable()


def test_a_merge_is_one_commit_of_the_branch_that_it_was_merged_into(made: Repository) -> None:
    made.git("checkout", "--quiet", "-b", "side")
    made.commit("side", b_txt="1")
    made.git("checkout", "--quiet", "main")
    made.commit("two", a_txt="2")
    made.git("merge", "--quiet", "--no-edit", "-m", "merged", "side")
    found = commits("git:v1", "git:main", made.folder)
    assert [one.subject for one in found] == ["one", "two", "merged"]
    assert changed_files(made.folder, found[1], found[2]) == ("b.txt",)
    with pytest.raises(
        StackError, match=rf"side is on a branch that was merged .*; begin with git:{found[0].commit[:8]}"
    ):
        commits("git:side", "git:main", made.folder)


def test_what_has_none_between_is_refused_with_the_reason(made: Repository) -> None:
    made.commit("two", a_txt="2")
    made.git("checkout", "--quiet", "-b", "other", "v1")
    made.commit("three", a_txt="3")
    made.git("checkout", "--quiet", "--orphan", "alone")
    made.commit("four", a_txt="4")
    with pytest.raises(StackError, match="both are commit"):
        commits("git:v1", "git:v1", made.folder)
    with pytest.raises(StackError, match=r"git:v1 is older than git:main; put the commit before the change first"):
        commits("git:main", "git:v1", made.folder)
    with pytest.raises(StackError, match=r"git:other doesn't descend from git:main; the newest commit of both is git:"):
        commits("git:main", "git:other", made.folder)
    with pytest.raises(StackError, match="have no commit in common"):
        commits("git:main", "git:alone", made.folder)
    with pytest.raises(StackError, match=r"git:mian: no branch, tag or commit .*main"):
        commits("git:mian", "git:main", made.folder)


def test_a_shallow_clone_names_the_step(made: Repository, tmp_path: Path) -> None:
    for number in (2, 3, 4):
        made.commit(str(number), a_txt=str(number))
    clone = tmp_path / "clone"
    address = f"file://{made.folder}"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", "--branch", "main", address, str(clone)], check=True)
    with pytest.raises(StackError, match="fetch-depth: 0"):
        commits("git:v1", "git:main", clone)
    subprocess.run(["git", "fetch", "--quiet", "--depth", "1", "origin", "tag", "v1"], cwd=clone, check=True)
    with pytest.raises(StackError, match="fetch-depth: 0"):
        commits("git:v1", "git:main", clone)
