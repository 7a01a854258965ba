"""How many files this process may have open: a connection is one."""

from __future__ import annotations

import resource
from pathlib import Path


def raise_file_limit() -> int:
    """Let this process open as many files as it may allow itself: their number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = int(Path("/proc/sys/fs/nr_open").read_text())
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
