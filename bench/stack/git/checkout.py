"""Versions of somebody's own app out of git: a commit as a worktree in the cache, or the working tree as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from bench.host.git import GitError, run_git
from bench.model.app_version import AppVersion
from bench.stack.git import worktrees
from bench.stack.git.commands import git, is_shallow
from bench.stack.uv import StackError
from bench.text.control import one_line
from bench.text.suggest import nearest

PREFIX = "git:"
_FORMAT = "%H%n%cI%n%s"
# Whatever the user's own settings say. Renames are looked for among so many files: it takes the square of them.
_DIFF = (
    *("diff", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/"),
    *("--unified=0", "--inter-hunk-context=0", "--find-renames", "-l400"),
)


@dataclass(frozen=True)
class Checkout:
    """One version on disk: `root` is the top of its repository, `app_dir` the app's folder in it. No other command can
    take it as long as this is alive."""

    version: AppVersion
    root: Path
    app_dir: Path
    _lock: worktrees.Lock | None = field(default=None, repr=False, compare=False)


def names_version(words: str) -> bool:
    """Whether the words of a command line name a version of the app, and no stack."""
    return words.startswith(PREFIX)


def checkout(words: str, app_dir: Path) -> Checkout:
    """The version of the app in this folder that `git:REF` names; `git:` is the working tree. Raises StackError."""
    root, ref = top_of(app_dir), words.removeprefix(PREFIX)
    if not ref:
        return Checkout(_working_tree(words, root), root, app_dir)
    found = described(words, root, resolved(words, root, ref))
    try:
        folder, lock = worktrees.take(root, found.commit)
    except GitError as error:
        raise StackError(f"{found.label}: can't be checked out: {error}") from error
    except OSError as error:
        raise StackError(f"{error}; versions are checked out there: free some space or set XDG_CACHE_HOME") from error
    inside = app_dir.resolve().relative_to(root)
    if not (folder / inside).is_dir():
        raise StackError(f"{found.label}: has no folder {inside} (--app-dir)")
    return Checkout(found, folder, folder / inside, lock)


def difference(app_dir: Path, base: AppVersion, head: AppVersion) -> str:
    """What changed from one version to the other, as `git diff` without context lines; what a working tree has beside
    its commit is in it. Raises StackError."""
    root = top_of(app_dir)
    if base.named == head.named == PREFIX:
        return ""
    ends = [base.commit] if head.named == PREFIX else [base.commit, head.commit]
    if base.named == PREFIX:
        ends = ["-R", head.commit]
    return git(root, *_DIFF, *ends, "--", "*.py")


def untracked(app_dir: Path) -> list[str]:
    """The Python files of a working tree that git doesn't know yet, from its top. Raises StackError."""
    root = top_of(app_dir)
    return git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", "*.py").split("\0")[:-1]


def uncommitted(app_dir: Path) -> bool:
    """Whether the working tree has changes that no commit has. Raises StackError."""
    return bool(git(top_of(app_dir), "status", "--porcelain"))


def top_of(app_dir: Path) -> Path:
    """The top of the repository that the app lies in. Raises StackError."""
    try:
        return Path(run_git(app_dir, "rev-parse", "--show-toplevel")).resolve()
    except GitError as error:
        raise StackError(f"{app_dir}: git:REF needs a git repository there ({error})") from error


def described(words: str, root: Path, commit: str) -> AppVersion:
    """What a commit is. Raises StackError."""
    line = git(root, "log", "--max-count=1", f"--format={_FORMAT}", commit)
    return version(words, *line.split("\n", 2))


def version(words: str, commit: str, at: str, subject: str = "") -> AppVersion:
    """What git tells of a commit. A subject is anybody's, and is printed."""
    committed_at = datetime.fromisoformat(at)
    return AppVersion(named=words, commit=commit, subject=one_line(subject), committed_at=committed_at)


def _working_tree(words: str, root: Path) -> AppVersion:
    found = described(words, root, resolved(words, root, "HEAD"))
    return found.model_copy(update={"dirty": uncommitted(root)})


def resolved(words: str, root: Path, ref: str) -> str:
    """The commit of a branch, a tag or a hash; a branch that a clone for CI hasn't got is looked for at `origin`.

    Raises StackError.
    """
    if ref.startswith("-"):
        raise StackError(f"{words}: name a branch, a tag or a commit, e.g. git:main")
    if (commit := _commit_of(root, ref)) is None:
        raise StackError(f"{words}: {_unknown(root, ref)}")
    return commit


def is_ref(app_dir: Path, name: str) -> bool:
    """Whether a name without `git:` is one of the repository that the app lies in."""
    try:
        return _commit_of(top_of(app_dir), name) is not None
    except StackError:
        return False


def _commit_of(root: Path, ref: str) -> str | None:
    for name in (ref, f"origin/{ref}"):
        try:
            return run_git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except GitError:
            continue
    return None


def _unknown(root: Path, ref: str) -> str:
    """Why nothing has this name, and the next step. Raises StackError."""
    if not git(root, "rev-list", "--max-count=1", "--all"):
        return "the repository has no commit yet"
    if is_shallow(root):
        return "this clone is shallow: fetch the history (`git fetch --unshallow`; actions/checkout: `fetch-depth: 0`)"
    known = git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    return f"no branch, tag or commit of this repository; {nearest(ref, known.split())}"
