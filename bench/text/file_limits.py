"""How a user may let processes open more files."""

from __future__ import annotations

from bench.model.connections import SPARE_FILES


def more_files(connections: int) -> str:
    """A command for the shell in which the next measurement is started."""
    return f"`sudo prlimit --pid $$ --nofile={connections + SPARE_FILES}`"
