"""What git says of a repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


class GitError(Exception):
    """What git couldn't do, in its own last words."""


def git_state(project: Path) -> tuple[str | None, bool]:
    """The commit of a checkout, None where there is none, and whether it has changes beside it.

    What is installed in an environment may lie in a repository, whose commit says nothing of it.
    """
    if not (project / ".git").exists():
        return None, False
    try:
        return run_git(project, "rev-parse", "HEAD"), bool(run_git(project, "status", "--porcelain"))
    except GitError:
        return None, False


def run_git(folder: Path, *words: str, timeout_s: float = 60) -> str:
    """What git prints in a folder, for no hook and no question to a terminal. Raises GitError."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_DIR")}
    try:
        done = subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", *words],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=True,
            timeout=timeout_s,
            env={**quiet, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise GitError("git isn't installed" if error.filename == "git" else str(error)) from error
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()]
        raise GitError(said[-1].removeprefix("fatal: ") if said else f"it ended with {error.returncode}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitError(str(error)) from error
    return done.stdout.strip()
