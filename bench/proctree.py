"""CPU time of other processes, and of everything that descends from one: a database is many processes (Linux)."""

from __future__ import annotations

import ctypes
import os
import time

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
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
        raise ProcessGoneError(f"process {pid} is gone")
    try:
        return time.clock_gettime_ns(clock.value) / 1e9
    except OSError as error:
        raise ProcessGoneError(f"process {pid} is gone") from error


def tree_cpu_s(pid: int) -> float:
    """CPU time of a process and all its descendants; those that have ended count too, in whole clock ticks.

    Raises ProcessGoneError when the process itself is gone. Only what its main thread forked is looked for, and only
    its own children are counted after their end: that is how PostgreSQL works, and it keeps this near 0.2 ms.
    """
    # The ended first: a child that ends in between is missing for this once, and never counted twice.
    total_s = _ended_children_s(pid) + cpu_s(pid)
    unseen = _children(pid)
    if unseen is None:
        raise ProcessGoneError(f"process {pid} is gone, or this kernel doesn't list the children of a process")
    while unseen:
        child = unseen.pop()
        try:
            total_s += cpu_s(child)
        except ProcessGoneError:
            continue  # it ended just now
        unseen += _children(child) or []
    return total_s


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
        raise ProcessGoneError(f"process {pid} is gone") from error
    return (int(fields[13]) + int(fields[14])) / _TICKS_PER_S


def _read(path: str) -> bytes:
    """Without the layers of a file object, which cost more than the reading."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _LONGEST_BYTES)
    finally:
        os.close(descriptor)
