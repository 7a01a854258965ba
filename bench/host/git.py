"""What git says of a repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

# As `git rev-parse --local-env-vars` has them, but for the settings that somebody passes on the command line.
_OF_A_REPOSITORY = frozenset(
    f"GIT_{name}"
    for name in (
        *("DIR", "WORK_TREE", "IMPLICIT_WORK_TREE", "COMMON_DIR", "INDEX_FILE", "PREFIX", "OBJECT_DIRECTORY"),
        *("ALTERNATE_OBJECT_DIRECTORIES", "GRAFT_FILE", "NO_REPLACE_OBJECTS", "REPLACE_REF_BASE", "SHALLOW_FILE"),
        *("NAMESPACE", "QUARANTINE_PATH", "CONFIG"),
    )
)


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


def run_git(folder: Path, *words: str, timeout_s: float = 60.0) -> str:
    """What git prints in a folder, for no hook and no question to a terminal. Raises GitError."""
    try:
        done = subprocess.run(
            ["git", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false", *words],
            cwd=folder,
            capture_output=True,
            check=True,
            timeout=timeout_s,
            env={**_elsewhere(), "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError as error:
        raise GitError("git isn't installed" if error.filename == "git" else str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise GitError(f"it did not end within {timeout_s:g} s") from error
    except subprocess.CalledProcessError as error:
        raise GitError(_reason(_decoded(error.stderr)) or f"it ended with {error.returncode}") from error
    except OSError as error:
        raise GitError(str(error)) from error
    return _decoded(done.stdout).strip()


def _decoded(said: bytes) -> str:
    """A carriage return stays one: in a subject or a diff it ends no line."""
    return said.decode("utf-8", "replace")


def _elsewhere() -> dict[str, str]:
    """The environment without what git tells a hook about the repository that it runs in."""
    return {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}


def _reason(said: str) -> str:
    """The line of an error that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any("dubious ownership" in line for line in lines):
        return f"the repository belongs to another user; trust it with `{lines[-1]}`"
    last = [line for line in lines if line.startswith(("fatal:", "error:"))] or lines
    return "".join(last[-1:]).removeprefix("fatal: ").removeprefix("error: ")
