"""The commit of a checkout, and whether it has changes."""

from __future__ import annotations

import subprocess
from pathlib import Path


def git_state(project: Path) -> tuple[str | None, bool]:
    """The commit of a checkout, None where there is none, and whether it has changes beside it.

    What is installed in an environment may lie in a repository, whose commit says nothing of it.
    """
    if not (project / ".git").exists():
        return None, False
    commit = _git(project, "rev-parse", "HEAD")
    return commit, bool(commit and _git(project, "status", "--porcelain"))


def _git(project: Path, *words: str) -> str | None:
    """What git says, or None where there is no git or no repository."""
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
