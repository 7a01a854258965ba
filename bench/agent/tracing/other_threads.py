"""CPU time of threads that nothing was handed to: of drivers with queues of their own, and of native libraries.

A thread that sets a future (as aiosqlite's does) spent what it did for whoever waits for that future. Of all others
only their sum is known: what the process spent without the threads that are known. Where that is much, it is asked for
at each boundary, and is of the part that runs or waits just then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread as PythonThread
from threading import current_thread, get_ident
from typing import Any

from bench.agent.tracing.spent import Thread

_NOTICEABLE, _WINDOWS = 0.04, 2
"""Of a process's CPU time, in so many windows one after another."""


@dataclass
class KnownThread:
    """A thread that is timed by itself, by its CPU clock from `base_ns` on. `since_ns` is when it was last seen there;
    `timed` is where it is, unless it is a driver's."""

    owner: PythonThread
    clock_id: int
    base_ns: int
    since_ns: int
    timed: Thread | None = None

    @property
    def seen_ns(self) -> int:
        return (self.since_ns if self.timed is None else self.timed.since_ns) - self.base_ns


class OtherThreads:
    """Used on the loop's thread, but for `know` and `deliver`.

    `known` are threads by their number. `brought` is what drivers have spent on each future that they set, in ns.
    """

    def __init__(self) -> None:
        self.known: dict[int, KnownThread] = {}
        self.brought: dict[Any, int] = {}
        self._ended_ns = 0
        self._asked_ns = 0
        self._begun = 0, 0
        self._noticed = 0

    def know(self, ident: int, timed: Thread | None, now_ns: int) -> None:
        """The calling thread is timed by itself from now on."""
        if ident in self.known:  # as a driver's
            self.forget(ident)
        self.known[ident] = KnownThread(current_thread(), time.pthread_getcpuclockid(ident), now_ns, now_ns, timed)

    def forget(self, ident: int) -> None:
        """A thread that has ended, or isn't timed by itself any more."""
        self._ended_ns += self.known.pop(ident).seen_ns

    def now_ns(self, ident: int) -> int | None:
        """The CPU clock of a thread; None where it has ended, and is known no more."""
        thread = self.known.get(ident)
        if thread is None:
            return None
        try:
            return time.clock_gettime_ns(thread.clock_id)
        except OSError:
            self.forget(ident)
            return None

    def deliver(self, callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """The calling thread gives this to the loop, and so ends what it did for a future, if there is one."""
        future = _future(callback, args)
        if future is None:
            return
        ident, now_ns = get_ident(), time.thread_time_ns()
        driver = self.known.get(ident)
        if driver is None or driver.owner is not current_thread():
            self.know(ident, None, now_ns)
            return
        self.brought[future] = self.brought.get(future, 0) + now_ns - driver.since_ns
        driver.since_ns = now_ns

    def begin(self) -> Callable[[], int] | None:
        """A window begins: how to ask what unknown threads have spent since this was asked last, in ns, where it is
        worth it: it costs each boundary some µs."""
        for ident, thread in list(self.known.items()):
            if thread.timed is None and (now_ns := self.now_ns(ident)) is not None:
                thread.since_ns = now_ns
        self.brought.clear()
        self._begun = time.process_time_ns(), self._unknown_ns()
        self._asked_ns = self._begun[1]
        return self._ask if self._noticed >= _WINDOWS else None

    def end(self) -> None:
        process_ns, unknown_ns = time.process_time_ns(), self._unknown_ns()
        much = unknown_ns - self._begun[1] > _NOTICEABLE * (process_ns - self._begun[0])
        self._noticed = self._noticed + 1 if much else 0

    def _ask(self) -> int:
        """What was spent on a thread before it was known may come late: less than nothing waits until it has."""
        now_ns = self._unknown_ns()
        spent_ns = now_ns - self._asked_ns
        if spent_ns <= 0:
            return 0
        self._asked_ns = now_ns
        return spent_ns

    def _unknown_ns(self) -> int:
        known_ns = time.thread_time_ns() + self._ended_ns
        for ident, thread in list(self.known.items()):
            now_ns = self.now_ns(ident)
            known_ns += thread.seen_ns if now_ns is None else now_ns - thread.base_ns
        return time.process_time_ns() - known_ns


def _future(callback: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """The future that a callback is about, by what drivers pass: `set_result`, or a function and the future."""
    for one in (getattr(callback, "__self__", None), *args):
        if asyncio.isfuture(one):
            return one
    return None
