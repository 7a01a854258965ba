"""Child processes: what of the environment is passed on to them, and a session of their own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from typing import Any

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


def passed_on(*more: str) -> dict[str, str]:
    """The variables that a child is given: nothing else of the user's environment changes what is measured."""
    return {name: os.environ[name] for name in (*_PASSED_ON, *more) if name in os.environ}


def start(command: Sequence[str], *, cores: Sequence[int] | None = None, **how: Any) -> subprocess.Popen[bytes]:
    """In a session of its own, so that Ctrl-C reaches the harness alone, which then ends it; on `cores`, if any."""
    process = subprocess.Popen(command, start_new_session=True, **how)
    if cores:
        os.sched_setaffinity(process.pid, cores)
    return process
