"""What the kernel says of another process: its CPU time and its resident memory (Linux)."""

from __future__ import annotations

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessGoneError(Exception):
    """The process isn't there any more."""


@dataclass(frozen=True)
class CpuTime:
    """CPU time of a process since its start, all threads: `total_s` to the nanosecond, the split in clock ticks."""

    total_s: float
    user_s: float
    system_s: float


def cpu_time(pid: int) -> CpuTime:
    """Raises ProcessGoneError.

    The total is the process's CPU clock. Adding up `/proc/PID/task/*/schedstat` would give the same, but for
    threads that have ended, and for what a running thread has used since the scheduler's last tick.
    """
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessGoneError(f"process {pid} is gone")
    try:
        total_s = time.clock_gettime_ns(clock.value) / 1e9
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error
    return CpuTime(total_s, int(fields[11]) / _TICKS_PER_S, int(fields[12]) / _TICKS_PER_S)


def resident_mb(pid: int) -> float:
    """Resident memory in 10**6 bytes. Raises ProcessGoneError."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error
    return pages * _PAGE_BYTES / 1e6
