"""Git commands whose failure ends what a user asked for."""

from __future__ import annotations

from pathlib import Path

from bench.host.git import GitError, run_git
from bench.stack.uv import StackError


def git(root: Path, *words: str) -> str:
    """What git prints in a repository. Raises StackError."""
    try:
        return run_git(root, *words)
    except GitError as error:
        raise StackError(f"git {words[0]}: {error}") from error


def is_shallow(root: Path) -> bool:
    """Whether a clone has only a part of its history. Raises StackError."""
    return git(root, "rev-parse", "--is-shallow-repository") == "true"
