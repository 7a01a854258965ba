"""What the kernel says of a process: its CPU time, the time that it waited for a core, its resident memory (Linux)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from bench.proctree import ProcessGoneError, cpu_s

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class CpuTime:
    """CPU time of a process since its start, all threads: `total_s` to the nanosecond, the split in clock ticks."""

    total_s: float
    user_s: float
    system_s: float


def cpu_time(pid: int) -> CpuTime:
    """Raises ProcessGoneError."""
    total_s = cpu_s(pid)
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error
    return CpuTime(total_s, int(fields[11]) / _TICKS_PER_S, int(fields[12]) / _TICKS_PER_S)


def waited_s(pid: int) -> float:
    """How long the threads that a process has now had work and no core, since each of them started.

    0 on a kernel that keeps no such account. Raises ProcessGoneError.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error
    waited_ns = 0
    for thread in threads:
        try:
            waited_ns += int((thread / "schedstat").read_text().split()[1])
        except (OSError, IndexError):
            continue  # it ended just now, or there is no account
    return waited_ns / 1e9


def resident_mb(pid: int) -> float:
    """Resident memory in 10**6 bytes. Raises ProcessGoneError."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error
    return pages * _PAGE_BYTES / 1e6
