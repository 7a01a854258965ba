"""Where a version of somebody's own app stands in the history of its repository."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from bench.host.git import GitError, run_git
from bench.stack.git.checkout import PREFIX, resolved, top_of
from bench.stack.git.commands import git, is_shallow
from bench.stack.uv import StackError


def last_tag(app_dir: Path) -> str:
    """`git:TAG` of the last tag that HEAD has in its history. Raises StackError."""
    root = top_of(app_dir)
    try:
        return PREFIX + run_git(root, "describe", "--tags", "--abbrev=0", "HEAD")
    except GitError as error:
        raise StackError(f"no tag in the history of HEAD; {_next_step(root)}") from error


def lasting(words: str, app_dir: Path) -> str:
    """The same commit by a name that stays: a tag's; of a branch or `git:HEAD~1`, which move on, its short hash. Raises
    StackError."""
    root, ref = top_of(app_dir), words.removeprefix(PREFIX)
    try:
        run_git(root, "show-ref", "--verify", "--quiet", f"refs/tags/{ref}")
    except GitError:
        return f"{PREFIX}{resolved(words, root, ref)[:8]}"
    return words


def descends(app_dir: Path, older: str, newer: str) -> bool:
    """Whether one commit is in the history of another, as far as this clone knows it."""
    try:
        run_git(top_of(app_dir), "merge-base", "--is-ancestor", older, newer)
    except GitError:
        return False
    return True


def last_of(commits: Collection[str], app_dir: Path, commit: str) -> str:
    """The last of these commits before one in its history, on its own branch before any that was merged into it; ""
    where this clone knows of none. Raises StackError."""
    root = top_of(app_dir)
    for only in (["--first-parent"], []):
        older = git(root, "rev-list", *only, commit).splitlines()[1:]
        if found := next((one for one in older if one in commits), ""):
            return found
    return ""


def uncommitted(app_dir: Path, but: Path) -> bool:
    """Whether the working tree differs from HEAD in any other file than this. Raises StackError."""
    root, file = top_of(app_dir), but.resolve()
    beside = [f":(exclude,top,literal){file.relative_to(root)}"] if file.is_relative_to(root) else []
    return bool(git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", *beside))


def _next_step(root: Path) -> str:
    if is_shallow(root):
        return "this clone is shallow: fetch the history (`fetch-depth: 0`), or name the version: --anchor git:REF"
    return "name the version to measure against: --anchor git:REF"
