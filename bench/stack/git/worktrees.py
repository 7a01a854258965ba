"""Worktrees of commits in the cache: each is taken by one command at a time, and the ones used last are kept.

What an interrupted command left half made, or what lost its repository, is made anew. Nothing of the user's own
repository changes but its list of worktrees.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from weakref import finalize

from platformdirs import user_cache_path

from bench.host.git import GitError, run_git
from bench.stack.app_environment import bytecode
from bench.stack.environment import only_one_builder

KEPT = 8
"""So many worktrees of a repository stay when nobody has them."""
_LONG_S = 600.0


class Lock:
    """Nobody else has what it belongs to until it is released, or nothing refers to it any more."""

    def __init__(self, descriptor: int) -> None:
        self.release = finalize(self, os.close, descriptor)


def take(root: Path, commit: str) -> tuple[Path, Lock]:
    """A folder with a commit's files and nothing else, and what keeps other commands out of it.

    `root` is the top of a working tree of its repository. Raises GitError, and OSError for a cache that can't be
    written to.
    """
    shared = Path(root, run_git(root, "rev-parse", "--git-common-dir")).resolve()
    above = _cache() / hashlib.sha256(str(shared).encode()).hexdigest()[:12]
    above.mkdir(parents=True, exist_ok=True)
    folders = (above / f"{commit[:12]}-{number}" for number in count(1))
    folder, lock = next((folder, lock) for folder in folders if (lock := _locked(folder)) is not None)
    try:
        os.utime(folder.with_suffix(".taken"))
        _free(above)
        _prepare(root, shared, folder, commit)
    except BaseException:
        lock.release()
        raise
    return folder, lock


def _prepare(root: Path, shared: Path, folder: Path, commit: str) -> None:
    if (folder / ".git").exists():
        with contextlib.suppress(GitError):  # it was left half made, or has lost its repository
            _refresh(folder, shared, commit)
            return
    shutil.rmtree(folder, ignore_errors=True)
    adding = ("worktree", "add", "--quiet", "--force", "--force", "--detach", "--no-checkout")
    with only_one_builder(folder.parent):  # git reads the other worktrees, and fails at one that is half made
        run_git(root, *adding, str(folder), commit)
    _refresh(folder, shared, commit)


def _refresh(folder: Path, shared: Path, commit: str) -> None:
    """Also of what an app wrote into it."""
    run_git(folder, "reset", "--quiet", "--hard", commit, timeout_s=_LONG_S)
    run_git(folder, "clean", "-ffdxq", timeout_s=_LONG_S)
    if (folder / ".gitmodules").is_file():
        for words in _submodules(folder, shared):
            run_git(folder, *words, timeout_s=_LONG_S)


def _submodules(folder: Path, shared: Path) -> Iterator[Sequence[str]]:
    """From the clones that the repository has already, which needs no login; what it hasn't got from where it is."""
    listed = run_git(folder, "config", "--file", ".gitmodules", "--name-only", "--get-regexp", r"\.path$")
    names = [line.removeprefix("submodule.").removesuffix(".path") for line in listed.splitlines()]
    urls = [f"submodule.{name}.url={clone}" for name in names if (clone := shared / "modules" / name).is_dir()]
    update = ("submodule", "update", "--quiet", "--force")
    if urls:
        yield ("-c", "protocol.file.allow=always", *(word for url in urls for word in ("-c", url)), *update)
    yield (*update, "--init", "--recursive")


def _free(above: Path) -> None:
    """Remove the worktrees of a repository that nobody has but the last ones, and all whose repository is gone."""
    known = sorted(above.glob("*.taken"), key=lambda one: one.stat().st_mtime, reverse=True)
    of_others = [one for one in _cache().glob("*/*.taken") if one.parent != above]
    for taken in (*known[KEPT:], *(one for one in of_others if not _repository(one.with_suffix("")))):
        folder = taken.with_suffix("")
        if (lock := _locked(folder)) is not None:
            _remove(folder)
            taken.unlink(missing_ok=True)
            lock.release()


def _remove(folder: Path) -> None:
    """With what Python has compiled of it."""
    if _repository(folder):
        with contextlib.suppress(GitError), only_one_builder(folder.parent):
            run_git(folder, "worktree", "remove", "--force", "--force", str(folder))
    for one in (folder, Path(f"{bytecode()}{folder}")):
        shutil.rmtree(one, ignore_errors=True)


def _repository(folder: Path) -> bool:
    """Whether a worktree still has one."""
    try:
        return Path((folder / ".git").read_text("utf-8").removeprefix("gitdir:").strip()).is_dir()
    except OSError:
        return False


def _locked(folder: Path) -> Lock | None:
    """The lock of a worktree; None if another command has it, or has just removed it."""
    file = folder.with_suffix(".taken")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == file.stat().st_ino:
            return Lock(descriptor)
    except OSError:
        pass
    os.close(descriptor)
    return None


def _cache() -> Path:
    return user_cache_path("fastapi-layercake") / "worktrees"
