"""What the kernel says of a process: its CPU time, the time that it waited for a core, its resident memory (Linux)."""

from __future__ import annotations

import ctypes
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
        raise ProcessGoneError(f"process {pid} has ended") from error
    return CpuTime(total_s, int(fields[11]) / _TICKS_PER_S, int(fields[12]) / _TICKS_PER_S)


def waited_s(pid: int, *others: int) -> float:
    """How long the threads that a process (and others on the same cores) has now had work and no core, since each of
    them started, but for what the kernel's network threads took of its cores: with large bodies that is the process's
    own traffic.

    The difference of two readings may be a little below 0. 0 on a kernel that keeps no such account. Raises
    ProcessGoneError.
    """
    waited = sum(map(_all_waited_s, (pid, *others)))
    try:
        return waited - sum(map(_network_thread_s, os.sched_getaffinity(pid)))
    except ProcessLookupError as error:
        raise ProcessGoneError(f"process {pid} has ended") from error


@cache
def _network_threads() -> dict[int, Path]:
    """The account of ksoftirqd by core; empty in a container that doesn't show the kernel's threads."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            name = (process / "comm").read_text().strip()
            if name.startswith("ksoftirqd/") and not (process / "cmdline").read_bytes():
                found[int(name.partition("/")[2])] = process / "schedstat"
    return found


def _network_thread_s(core: int) -> float:
    with suppress(KeyError, OSError, IndexError):
        return int(_network_threads()[core].read_text().split()[0]) / 1e9
    return 0.0


def _all_waited_s(pid: int) -> float:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError as error:
        raise ProcessGoneError(f"process {pid} has ended") from error
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
        raise ProcessGoneError(f"process {pid} has ended") from error
    return pages * _PAGE_BYTES / 1e6


_LONGEST_BYTES = 2**20
_libc = ctypes.CDLL(None, use_errno=True)


class ProcessGoneError(Exception):
    """The process isn't there any more."""


def cpu_s(pid: int) -> float:
    """CPU time of one process since its start, all its threads, to the nanosecond. Raises ProcessGoneError.

    This is the process's CPU clock. Adding up `/proc/PID/task/*/schedstat` would give the same, but for threads that
    have ended, and for what a running thread has used since the scheduler's last tick.
    """
    clock = ctypes.c_int()
    if _libc.clock_getcpuclockid(pid, ctypes.byref(clock)):
        raise ProcessGoneError(f"process {pid} has ended")
    try:
        return time.clock_gettime_ns(clock.value) / 1e9
    except OSError as error:
        raise ProcessGoneError(f"process {pid} has ended") from error


def tree_cpu_s(pid: int) -> float:
    """CPU time of a process and all its descendants; those that have ended count too, in whole clock ticks.

    Raises ProcessGoneError when the process itself is gone. Only what its main thread forked is looked for, and only
    its own children are counted after their end: that is how PostgreSQL works, and it keeps this near 0.2 ms.
    """
    # The ended first: a child that ends in between is missing for this once, and never counted twice.
    total_s = _ended_children_s(pid) + cpu_s(pid)
    unseen = _children(pid)
    if unseen is None:
        raise ProcessGoneError(f"process {pid} ended, or this kernel doesn't list child processes")
    while unseen:
        child = unseen.pop()
        try:
            total_s += cpu_s(child)
        except ProcessGoneError:
            continue  # it ended just now
        unseen += _children(child) or []
    return total_s


def tree(pid: int) -> list[int]:
    """A process and all its descendants, as far as their parents' main threads forked them."""
    found, unseen = [], [pid]
    while unseen:
        found.append(unseen.pop())
        unseen += _children(found[-1]) or []
    return found


def _children(pid: int) -> list[int] | None:
    try:
        return [int(child) for child in _read(f"/proc/{pid}/task/{pid}/children").split()]
    except OSError:
        return None


def _ended_children_s(pid: int) -> float:
    """Of those that it has waited for."""
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    except OSError as error:
        raise ProcessGoneError(f"process {pid} has ended") from error
    return (int(fields[13]) + int(fields[14])) / _TICKS_PER_S


def _read(path: str) -> bytes:
    """Without the layers of a file object, which cost more than the reading."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _LONGEST_BYTES)
    finally:
        os.close(descriptor)
