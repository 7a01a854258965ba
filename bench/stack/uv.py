"""uv as a command: one function, whose failures carry uv's own reason."""

from __future__ import annotations

import itertools
import re
import subprocess

from uv import find_uv_bin

from bench.model.errors import RefusedError


class StackError(RefusedError):
    """A stack that can't be named, resolved or built; the message carries uv's own reason where it has one."""


_UNREACHED = re.compile(r"Failed to fetch|Request failed|error sending request|network was disabled")


def unreached(error: StackError) -> bool:
    """Whether uv didn't judge what it was asked, but couldn't ask the index."""
    return _UNREACHED.search(str(error)) is not None


def uv(*words: str, stdin: str | None = None) -> str:
    """What uv prints. Raises StackError."""
    command = [find_uv_bin(), "--quiet", "--no-progress", "--color", "never", *words]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        task = " ".join(itertools.takewhile(lambda word: not word.startswith("-"), words))
        raise StackError(f"uv {task}: {done.stderr.strip() or f'exit status {done.returncode}'}")
    return done.stdout
