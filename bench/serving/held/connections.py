"""Thousands of connections that are open at once, in one thread."""

from __future__ import annotations

import select
import time
from collections import Counter

from bench.serving.held.connection import HeldConnection
from bench.serving.held.task import ConnectionTask

# So few at a time that no server's backlog is ever full: its kernel would drop what comes then, for a second.
_AT_ONCE = 64
_WAIT_S = 0.5


class HeldConnections:
    """Those that are open, and as `lost` what became of the others, counted by what it was."""

    def __init__(self, task: ConnectionTask) -> None:
        self._task = task
        self._request = task.request
        self._events = select.epoll()
        self._held: dict[int, HeldConnection] = {}
        self._opening: set[int] = set()
        self.lost: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many are open now, each with its answer."""
        self._take(0)
        return len(self._held) - len(self._opening)

    def hold(self, count: int) -> None:
        """Open as many as are missing of `count`, and wait for their answers; those that are lost aren't replaced."""
        missing = count - len(self._held) - self.lost.total()
        deadline_s = time.monotonic() + self._task.timeout_s
        while missing > 0 or self._opening:
            while missing > 0 and len(self._opening) < _AT_ONCE:
                missing -= 1
                self._open()
            waiting = len(self._opening)
            self._take(_WAIT_S)
            if len(self._opening) < waiting:
                deadline_s = time.monotonic() + self._task.timeout_s
            elif time.monotonic() > deadline_s:
                for descriptor in list(self._opening):
                    self._lose(descriptor, f"no response within {self._task.timeout_s:g} s")

    def serve(self, for_s: float) -> None:
        """Do what idle connections have to do, for so long."""
        deadline_s = time.monotonic() + for_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            self._take(left_s)

    def drop(self) -> None:
        """Close them all. Those that were lost are forgotten."""
        for held in self._held.values():
            held.close()
        self._held.clear()
        self._opening.clear()
        self.lost.clear()

    def _open(self) -> None:
        try:
            held = HeldConnection(self._task, self._request)
        except OSError as error:
            self.lost[f"{type(error).__name__}: {error.strerror or error}"] += 1
            return
        descriptor = held.socket.fileno()
        self._held[descriptor] = held
        self._opening.add(descriptor)
        self._events.register(descriptor, select.EPOLLIN)

    def _take(self, wait_s: float) -> None:
        """Whatever has come to any of them."""
        for descriptor, _ in self._events.poll(wait_s):
            held = self._held[descriptor]
            held.receive()
            if held.lost:
                self._lose(descriptor, held.lost)
            elif held.ready:
                self._opening.discard(descriptor)

    def _lose(self, descriptor: int, reason: str) -> None:
        self.lost[reason] += 1
        self._opening.discard(descriptor)
        self._held.pop(descriptor).close()
