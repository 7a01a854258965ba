"""Commits of an app's repository as folders in the cache, in real repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from app_repository import Repository, app_repository

from bench.host import git
from bench.stack.app_environment import bytecode
from bench.stack.git import worktrees
from bench.stack.git.checkout import Checkout, checkout, difference, uncommitted
from bench.stack.uv import StackError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of this test alone: what others have taken out counts too."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return app_repository(tmp_path / "a service", routes=1)


def folders(cache: Path) -> set[str]:
    return {one.parent.name for one in cache.glob("fastapi-layercake/worktrees/*/*/.git")}


@contextmanager
def taken(words: str, repository: Repository) -> Iterator[Checkout]:
    found = checkout(words, repository.folder)
    yield found
    assert found._lock is not None
    found._lock.release()


def test_a_branch_a_tag_a_hash_and_an_older_commit_are_versions(repository: Repository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("tag", "v1.0")
    second = repository.commit("Slower", app__deps_py="# other\n")
    for ref, commit in {"main": second, "v1.0": first, first[:8]: first, "HEAD~1": first, "HEAD": second}.items():
        found = checkout(f"git:{ref}", repository.folder)
        assert (found.version.named, found.version.commit) == (f"git:{ref}", commit)
        assert ((found.app_dir / "app" / "deps.py").read_text() == "# other\n") == (commit == second)
    assert found.version.subject == "Slower"
    assert not found.version.dirty


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="signs with ssh-keygen")
def test_a_user_who_wants_to_see_signatures_sees_none_here(repository: Repository, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    repository.git("config", "gpg.format", "ssh")
    repository.git("config", "log.showSignature", "true")
    repository.git("-c", f"user.signingKey={key}.pub", "commit", "--quiet", "--allow-empty", "-S", "-m", "Signed")
    assert checkout("git:HEAD", repository.folder).version.subject == "Signed"


def test_git_alone_is_the_working_tree_with_what_is_not_committed(repository: Repository) -> None:
    assert not checkout("git:", repository.folder).version.dirty
    repository.write("app/new.py", "")
    found = checkout("git:", repository.folder)
    assert found.version.dirty
    assert uncommitted(repository.folder)
    assert found.app_dir == repository.folder
    assert found.version.short == f"{repository.git('rev-parse', 'HEAD')[:8]}+"


def test_two_arms_of_one_commit_have_folders_of_their_own_and_of_one_length(repository: Repository) -> None:
    base, head = checkout("git:HEAD", repository.folder), checkout("git:HEAD", repository.folder)
    assert base.root != head.root
    assert len(str(base.root)) == len(str(head.root))


def test_commands_at_once_never_share_a_worktree(repository: Repository) -> None:
    for number in range(2):
        repository.commit(str(number))
    words = ["git:HEAD", "git:HEAD~1", "git:HEAD~2", "git:HEAD", "git:HEAD"]
    with ThreadPoolExecutor(len(words)) as pool:
        found = list(pool.map(lambda one: checkout(one, repository.folder), words))
    assert len({one.root for one in found}) == len(words)
    assert all((one.app_dir / "app" / "main.py").is_file() for one in found)


def test_what_an_app_wrote_into_its_worktree_is_gone_the_next_time(repository: Repository) -> None:
    with taken("git:HEAD", repository) as found:
        (found.app_dir / "app.db").write_text("rows")
        (found.app_dir / "app" / "deps.py").unlink()
        folder = found.root
    with taken("git:HEAD", repository) as again:
        assert again.root == folder
        assert not (again.app_dir / "app.db").exists()
        assert (again.app_dir / "app" / "deps.py").exists()


def test_the_last_worktrees_are_kept_and_older_ones_removed(
    repository: Repository, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worktrees, "KEPT", 2)
    hashes = [repository.commit(str(number)) for number in range(4)]
    held = checkout(f"git:{hashes[0]}", repository.folder)
    os.utime(held.root.with_suffix(".taken"), (0, 0))
    for number, commit in enumerate(hashes[1:], 1):
        with taken(f"git:{commit}", repository) as found:
            os.utime(found.root.with_suffix(".taken"), (number, number))
    with taken("git:main", repository):
        pass
    assert folders(cache) == {f"{one[:12]}-1" for one in (hashes[0], *hashes[-2:])}  # the first one is in use
    assert held.app_dir.is_dir()
    assert len(repository.git("worktree", "list").splitlines()) == 4


def test_worktrees_of_repositories_that_are_gone_are_removed(repository: Repository, tmp_path: Path) -> None:
    other = app_repository(tmp_path / "other", routes=1)
    with taken("git:HEAD", other) as found:
        pass
    compiled = Path(f"{bytecode()}{found.root}")
    compiled.mkdir(parents=True)
    other.folder.rename(tmp_path / "elsewhere")
    with taken("git:HEAD", repository):
        assert not found.root.exists()
        assert not compiled.exists()
        assert not found.root.with_suffix(".taken").exists()


@pytest.mark.parametrize("broken", ["an index that is locked", "a repository made anew", "a folder without git"])
def test_what_an_interrupted_command_left_is_made_anew(repository: Repository, broken: str) -> None:
    with taken("git:HEAD", repository) as found:
        pass
    if broken == "an index that is locked":
        (repository.folder / ".git" / "worktrees" / found.root.name / "index.lock").touch()
        (found.root / "app" / "deps.py").unlink()
    elif broken == "a repository made anew":
        repository.git("worktree", "remove", "--force", str(found.root))
        found.root.mkdir()
        (found.root / ".git").write_text("gitdir: /nowhere\n")
    else:
        (found.root / ".git").unlink()
    with taken("git:HEAD", repository) as again:
        assert (again.root / "app" / "deps.py").is_file()
        assert uncommitted(again.root) is False


def test_a_hook_s_own_repository_and_index_are_left_alone(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = app_repository(tmp_path / "other", routes=1)
    index = other.folder / ".git" / "index"
    before = index.read_bytes()
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    found = checkout("git:HEAD", repository.folder)
    monkeypatch.undo()
    assert found.version.commit == repository.git("rev-parse", "HEAD")
    assert index.read_bytes() == before


def test_modes_and_links_are_as_the_commit_has_them(repository: Repository) -> None:
    script = repository.folder / "seed"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (repository.folder / "link").symlink_to("seed")
    repository.commit("A script")
    found = checkout("git:HEAD", repository.folder)
    assert os.access(found.root / "seed", os.X_OK)
    assert (found.root / "link").is_symlink()


def test_the_app_of_a_monorepo_lies_where_it_does(repository: Repository) -> None:
    repository.commit("A service", services__api__main_py="app = None\n")
    found = checkout("git:HEAD", repository.folder / "services" / "api")
    assert found.app_dir == found.root / "services" / "api"
    with pytest.raises(StackError, match=r"^git:HEAD~1: has no folder services/api \(--app-dir\)$"):
        checkout("git:HEAD~1", repository.folder / "services" / "api")


def test_submodules_are_checked_out(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    library = app_repository(tmp_path / "library", routes=1)
    repository.git("submodule", "--quiet", "add", str(library.folder), "libs/one")
    repository.commit("A library")
    with taken("git:HEAD", repository) as found:  # out of the clone that is there
        assert (found.root / "libs" / "one" / "app" / "main.py").is_file()
    with taken("git:HEAD", repository) as again:
        assert (again.root / "libs" / "one" / "app" / "main.py").is_file()
    monkeypatch.setattr(worktrees, "KEPT", 0)
    repository.commit("Another")
    checkout("git:HEAD", repository.folder)
    assert not found.root.exists()


def test_a_submodule_that_can_not_be_had_is_one_line(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = app_repository(tmp_path / "library", routes=1)
    repository.git("submodule", "--quiet", "add", str(library.folder), "library")
    repository.commit("A library")
    clone = Repository(tmp_path / "clone")
    subprocess.run(["git", "clone", "--quiet", str(repository.folder), str(clone.folder)], check=True)
    with pytest.raises(StackError, match=r"^git:HEAD: can't be checked out: .*library.*") as told:
        checkout("git:HEAD", clone.folder)
    assert "\n" not in str(told.value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")
    assert (checkout("git:HEAD", clone.folder).root / "library" / "app" / "main.py").is_file()


def test_a_branch_that_only_origin_has_is_found(repository: Repository, tmp_path: Path) -> None:
    repository.git("branch", "feature")
    repository.commit("Later")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(repository.folder), str(clone)], check=True)
    subprocess.run(["git", "checkout", "--quiet", "--detach"], cwd=clone, check=True)
    assert checkout("git:feature", clone).version.commit == repository.git("rev-parse", "feature")
    assert checkout("git:HEAD", clone).version.subject == "Later"


def test_a_shallow_clone_says_how_to_get_the_history(repository: Repository, tmp_path: Path) -> None:
    repository.commit("Later")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", repository.folder.as_uri(), str(clone)], check=True)
    for words in ("git:HEAD~1", "git:feature"):
        with pytest.raises(StackError, match=rf"^{words}: this clone is shallow: .*`fetch-depth: 0`\)$"):
            checkout(words, clone)


def test_what_names_no_commit_is_one_line(repository: Repository, tmp_path: Path) -> None:
    repository.git("tag", "v1.0")
    with pytest.raises(
        StackError, match=r"^git:mian: no branch, tag or commit of this repository; did you mean main\?"
    ):
        checkout("git:mian", repository.folder)
    with pytest.raises(StackError, match=r"^git:--all: name a branch, a tag or a commit, e\.g\. git:main$"):
        checkout("git:--all", repository.folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(StackError, match=r"empty: git:REF needs a git repository there \(not a git repository"):
        checkout("git:main", tmp_path / "empty")
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "empty")], check=True)
    for words in ("git:", "git:HEAD", "git:main"):
        with pytest.raises(StackError, match=rf"^{words}: the repository has no commit yet$"):
            checkout(words, tmp_path / "empty")


def test_without_git_the_program_it_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.folder))
    with pytest.raises(StackError, match=r"git:REF needs a git repository there \(git isn't installed\)"):
        checkout("git:main", repository.folder)


def test_a_repository_of_somebody_else_comes_with_the_step(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(StackError, match=r"another user; trust it with `git config --global --add safe\.directory .*`"):
        checkout("git:HEAD", repository.folder)


def test_a_cache_that_can_not_be_written_to_is_said(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(StackError, match="set XDG_CACHE_HOME"):
        checkout("git:HEAD", repository.folder)


def test_the_difference_of_versions_has_what_is_not_committed(repository: Repository) -> None:
    repository.commit("Other", app__deps_py="x = 1\n")
    base, head = (checkout(words, repository.folder).version for words in ("git:HEAD~1", "git:HEAD"))
    here = checkout("git:", repository.folder).version
    assert "+x = 1" in difference(repository.folder, base, head)
    repository.write("app/deps.py", "x = 2\n")
    assert "+x = 2" in difference(repository.folder, head, here)
    assert "-x = 2" in difference(repository.folder, here, head)
    assert difference(repository.folder, here, here) == ""


def test_git_that_does_not_end_is_given_up(repository: Repository) -> None:
    with pytest.raises(git.GitError, match=r"^it did not end within 0\.01 s$"):
        git.run_git(repository.folder, "-c", "alias.wait=!sleep 5", "wait", timeout_s=0.01)
