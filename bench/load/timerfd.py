"""A callback at a moment of the machine's monotonic clock, kept to some tens of microseconds (Linux).

The hub's own timers keep to whole milliseconds, as epoll does: longer than a fast server takes for an answer.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable

from gevent import get_hub

_READ = 1
_ABSOLUTE = 1
_FLAGS = os.O_NONBLOCK | os.O_CLOEXEC
_libc = ctypes.CDLL(None, use_errno=True)


class _Setting(ctypes.Structure):
    """`struct itimerspec`: an interval, which stays zero, and the moment; both in s and ns."""

    _fields_ = (("interval", ctypes.c_long * 2), ("at", ctypes.c_long * 2))


class Alarm:
    """Calls `ring` in the hub once the moment of the latest `set` has come. `time.perf_counter_ns` reads its clock."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._descriptor = _libc.timerfd_create(time.CLOCK_MONOTONIC, _FLAGS)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "no timer is available")
        self._setting = _Setting()
        self._at = self._setting.at
        self._pointer = ctypes.byref(self._setting)
        self._watcher = get_hub().loop.io(self._descriptor, _READ)
        self._watcher.start(ring)

    def set(self, at_ns: int) -> None:
        """A moment that has passed rings at once. This also silences one that has rung."""
        self._at[0], self._at[1] = divmod(max(at_ns, 1), 1_000_000_000)
        _libc.timerfd_settime(self._descriptor, _ABSOLUTE, self._pointer, None)

    def silence(self) -> None:
        self._at[0] = self._at[1] = 0
        _libc.timerfd_settime(self._descriptor, _ABSOLUTE, self._pointer, None)
