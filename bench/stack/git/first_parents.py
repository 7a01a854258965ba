"""The commits of an app's repository between two, as a bisection goes through them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from bench.host.git import GitError, run_git
from bench.model.app_version import AppVersion
from bench.stack.git.checkout import PREFIX, resolved, top_of, version
from bench.stack.git.commands import git, is_shallow
from bench.stack.uv import StackError
from bench.text.control import one_line

_FORMAT = "%H%x00%T%x00%P%x00%cI%x00%s"


def commits(good: str, bad: str, app_dir: Path) -> tuple[AppVersion, ...]:
    """The commits from `git:GOOD` to `git:BAD`, oldest first, both among them; of a merge, only what it was merged
    into. One whose files are all as before it is left out: only where no file differs is it certain that an app can't
    tell, since it may read its own documentation. Raises StackError."""
    root = top_of(app_dir)
    first, last = (resolved(words, root, words.removeprefix(PREFIX)) for words in (good, bad))
    if first == last:
        raise StackError(
            f"{good} {bad}: both are commit {first[:8]}; GOOD is a commit before the change, BAD one with it"
        )
    listed = _listed(root, "--first-parent", "--reverse", f"{first}..{last}")
    if not listed or listed[0].parent != first:
        raise StackError(_unrelated(root, (good, first), (bad, last), listed[0].parent if listed else ""))
    every = [*_listed(root, "--max-count=1", first), *listed]
    kept = [one for before, one in pairwise(every) if before.tree != one.tree]
    return tuple(version(f"{PREFIX}{one.commit[:8]}", one.commit, one.at, one.subject) for one in (every[0], *kept))


def changed_files(app_dir: Path, base: AppVersion, head: AppVersion) -> tuple[str, ...]:
    """The files that differ between two commits, as their repository has them. Raises StackError."""
    names = git(top_of(app_dir), "diff", "--name-only", "--no-renames", "-z", base.commit, head.commit)
    return tuple(map(one_line, filter(None, names.split("\0"))))


@dataclass(frozen=True)
class _Listed:
    """A commit in a list of them; `tree` is the hash of all its files."""

    commit: str
    tree: str
    parent: str
    at: str
    subject: str


def _listed(root: Path, *which: str) -> list[_Listed]:
    """Raises StackError."""
    lines = git(root, "log", f"--format={_FORMAT}", *which, "--").split("\n")
    return [
        _Listed(commit, tree, parents.partition(" ")[0], at, subject)
        for commit, tree, parents, at, subject in (line.split("\0", 4) for line in lines if line)
    ]


def _unrelated(root: Path, good: tuple[str, str], bad: tuple[str, str], joins: str) -> str:
    """Why the one is no commit before the other. `joins` is the newest of the bad one's first parents that the good
    one has as well, none of a history that ends before."""
    both = f"{good[0]} {bad[0]}"
    if not joins and is_shallow(root):
        return f"{both}: this clone is shallow: fetch the history (actions/checkout with `fetch-depth: 0`)"
    try:
        common = run_git(root, "merge-base", good[1], bad[1])
    except GitError:
        return f"{both}: have no commit in common"
    if common == bad[1]:
        return f"{both}: {bad[0]} is older than {good[0]}; put the commit before the change first"
    if common == good[1]:
        how = f"{good[0]} is on a branch that was merged into {bad[0]}, whose first parents are searched"
        return f"{both}: {how}; begin with git:{joins[:8]}"
    return f"{both}: {bad[0]} doesn't descend from {good[0]}; the newest commit of both is git:{common[:8]}"
