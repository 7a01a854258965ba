"""Versions of somebody's own app out of git: a commit as a worktree in the cache, or the working tree as it is.

A worktree is taken by one command at a time, and is as its commit has it when a command takes it: what an app wrote
into it before is gone.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from bench.host.git import GitError, run_git
from bench.model.app_version import AppVersion
from bench.stack.uv import StackError
from bench.text.suggest import nearest

PREFIX = "git:"
_FORMAT = "%H%n%cI%n%s"


@dataclass(frozen=True)
class Checkout:
    """One version on disk: `root` is the top of its repository, `app_dir` the app's folder in it. No other command can
    take it as long as this is alive."""

    version: AppVersion
    root: Path
    app_dir: Path
    _taken: IO[str] | None = field(default=None, repr=False, compare=False)


def names_version(words: str) -> bool:
    """Whether the words of a command line name a version of the app, and no stack."""
    return words.startswith(PREFIX)


def checkout(words: str, app_dir: Path) -> Checkout:
    """The version of the app in this folder that `git:REF` names; `git:` is the working tree. Raises StackError."""
    root, ref = top_of(app_dir), words.removeprefix(PREFIX)
    if not ref:
        return Checkout(_working_tree(words, root), root, app_dir)
    version = described(words, root, _resolved(words, root, ref))
    folder, taken = _worktree(words, root, version.commit)
    inside = folder / app_dir.resolve().relative_to(root)
    if not inside.is_dir():
        raise StackError(f"{words}: has no folder {app_dir.resolve().relative_to(root)} (--app-dir)")
    return Checkout(version, folder, inside, taken)


def commits(good: str, bad: str, app_dir: Path) -> tuple[AppVersion, ...]:
    """The commits from `git:GOOD` to `git:BAD`, oldest first, both among them; of a merge, only what it was merged
    into. Raises StackError."""
    root = top_of(app_dir)
    ends = [_resolved(words, root, words.removeprefix(PREFIX)) for words in (good, bad)]
    between = _git(root, "rev-list", "--first-parent", "--reverse", f"{ends[0]}..{ends[1]}").split()
    if not between or ends[0] not in _git(root, "rev-list", "--first-parent", ends[1]).split():
        raise StackError(f"{good} {bad}: {good} isn't an earlier commit of {bad}'s own history (first parents)")
    return tuple(described(f"{PREFIX}{one[:8]}", root, one) for one in (ends[0], *between))


def difference(app_dir: Path, base: AppVersion, head: AppVersion) -> str:
    """What changed from one version to the other, as `git diff` without context lines; what a working tree has beside
    its commit is in it. Raises StackError."""
    root = top_of(app_dir)
    ends = [base.commit] if head.named == PREFIX else [base.commit, head.commit]
    if base.named == PREFIX:
        ends = ["-R", head.commit]
    return _git(root, "diff", "--no-color", "--no-ext-diff", "--no-renames", "--unified=0", *ends, "--", "*.py")


def top_of(app_dir: Path) -> Path:
    """The top of the repository that the app lies in. Raises StackError."""
    try:
        return Path(run_git(app_dir, "rev-parse", "--show-toplevel"))
    except GitError as error:
        raise StackError(f"{app_dir}: git:REF needs a git repository there ({error})") from error


def described(words: str, root: Path, commit: str) -> AppVersion:
    """What a commit is. Raises StackError."""
    full, at, subject = _git(root, "show", "--no-patch", f"--format={_FORMAT}", commit).split("\n", 2)
    return AppVersion(named=words, commit=full, subject=subject, committed_at=datetime.fromisoformat(at))


def _working_tree(words: str, root: Path) -> AppVersion:
    found = described(words, root, _resolved(words, root, "HEAD"))
    return found.model_copy(update={"dirty": bool(_git(root, "status", "--porcelain"))})


def _resolved(words: str, root: Path, ref: str) -> str:
    """The commit of a branch, a tag or a hash; a branch that a clone for CI hasn't got is looked for at `origin`.

    Raises StackError.
    """
    if ref.startswith("-") or not ref:
        raise StackError(f"{words}: name a branch, a tag or a commit, e.g. git:main")
    for name in (ref, f"origin/{ref}"):
        try:
            return run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except GitError:
            continue
    if _git(root, "rev-parse", "--is-shallow-repository") == "true":
        step = "this clone is shallow: fetch the history (actions/checkout with `fetch-depth: 0`)"
    else:
        known = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
        step = nearest(ref, known.split())
    raise StackError(f"{words}: no branch, tag or commit of this repository; {step}")


def _worktree(words: str, root: Path, commit: str) -> tuple[Path, IO[str]]:
    """A folder with a commit's files and nothing else, and what keeps other commands out of it. Raises StackError."""
    shared = Path(root, _git(root, "rev-parse", "--git-common-dir")).resolve()
    repository = hashlib.sha256(str(shared).encode()).hexdigest()[:12]
    above = user_cache_path("fastapi-layercake") / "worktrees" / repository
    folders = (above / f"{commit[:12]}-{number}" for number in count(1))
    folder, taken = next((folder, taken) for folder in folders if (taken := _taken(folder)) is not None)
    try:
        if not (folder / ".git").exists():
            run_git(root, "worktree", "prune")
            run_git(root, "worktree", "add", "--quiet", "--force", "--detach", str(folder), commit, timeout_s=600)
        run_git(folder, "reset", "--quiet", "--hard", commit, timeout_s=600)
        run_git(folder, "clean", "-ffdxq", timeout_s=600)
        for step in _submodules(folder):
            run_git(folder, *step, timeout_s=600)
    except GitError as error:
        taken.close()
        raise StackError(f"{words}: can't be checked out: {error}") from error
    return folder, taken


def _submodules(folder: Path) -> Iterator[tuple[str, ...]]:
    if (folder / ".gitmodules").is_file():
        yield ("submodule", "update", "--quiet", "--init", "--recursive", "--force")


def _taken(folder: Path) -> IO[str] | None:
    """The lock of a worktree; None if another command has it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    handle = folder.with_suffix(".taken").open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle


def _git(root: Path, *words: str) -> str:
    try:
        return run_git(root, *words)
    except GitError as error:
        raise StackError(f"git {words[0]}: {error}") from error
