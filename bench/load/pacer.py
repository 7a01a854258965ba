"""Hands out the arrivals of an open load in their order, each to whoever has been free for longest.

What falls due while nobody is free waits, and takes no memory while it does: the schedule is known, only its next
moment is kept.
"""

from __future__ import annotations

import math
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter_ns

from gevent import get_hub

from bench.load.timerfd import Alarm

Taker = Callable[[int | None], object]
"""Called in the hub with the moment at which a request was due (`perf_counter_ns`), or None: there are no more."""


class Pacer:
    """The schedule of one client process. `due` counts what was handed out or abandoned, `ended` what became of that:
    whoever takes an arrival says so when its request was answered, or lost."""

    def __init__(self) -> None:
        self._loop = get_hub().loop
        self._alarm = Alarm(self._ring)
        self._takers: deque[Taker] = deque()
        self._start_ns = 0
        self._offsets: Iterator[int] = iter(())
        self._noticed: Iterator[int] = iter(())
        self._next_ns: float = math.inf
        self._unnoticed_ns: float = math.inf
        self._end_ns: float = math.inf
        self._begin_ns = 0
        self._before = 0
        self.due = self.ended = 0
        self._lags = array("q")

    def start(self, schedule: Callable[[], Iterator[int]]) -> None:
        """From now on the offsets of a `schedule` count, which is walked twice: once to notice what falls due, and once
        to hand it out, maybe much later. Whoever has asked for an arrival before has been waiting for it."""
        self._offsets, self._noticed, self._start_ns = schedule(), schedule(), perf_counter_ns()
        self._unnoticed_ns = self._start_ns + next(self._noticed)
        self._advance()
        self._alarm.set(int(self._unnoticed_ns))

    def mark(self) -> None:
        """The measured stretch begins: what falls due from now on is `offered`."""
        self._begin_ns, self._before = perf_counter_ns(), self.due

    def end(self) -> None:
        """What has fallen due until now is still handed out; whoever waits for more gets none."""
        self._end_ns = perf_counter_ns()
        self._loop.run_callback(self._release)

    @property
    def behind(self) -> bool:
        """Whether something has fallen due that nobody was free for."""
        return self._next_ns <= min(self._end_ns, perf_counter_ns())

    def abandon(self) -> array[int]:
        """Give up what nobody was free for up to the end: how long each has waited, in ns."""
        waits = array("q")
        while self._next_ns <= self._end_ns:
            self._count(self._next_ns)
            waits.append(perf_counter_ns() - int(self._next_ns))
            self._advance()
        return waits

    @property
    def offered(self) -> int:
        """How many of those fell due since the mark."""
        return self.due - self._before

    def next(self, taker: Taker) -> None:
        """The next arrival goes to `taker`: at once when it is overdue, else in turn when it falls due."""
        due_ns = self._next_ns
        if due_ns > self._end_ns:
            taker(None)
        elif due_ns <= perf_counter_ns() and not self._takers:
            self._hand(taker)
        else:
            self._takers.append(taker)

    def take_lags(self) -> array[int]:
        """How late this process noticed that an arrival was due, in ns, whoever was free; those since the last taking.

        A client that stood still, or has too much to do, is late; a server that keeps every connection busy is not.
        """
        taken, self._lags = self._lags, array("q")
        return taken

    def done(self) -> None:
        """What became of an arrival is known."""
        self.ended += 1

    def leave(self, taker: Taker) -> None:
        """It isn't free any more."""
        if taker in self._takers:
            self._takers.remove(taker)

    def _ring(self) -> None:
        now_ns = perf_counter_ns()
        while self._unnoticed_ns <= min(now_ns, self._end_ns):
            self._lags.append(now_ns - int(self._unnoticed_ns))
            self._unnoticed_ns = self._start_ns + next(self._noticed)
        while self._takers and self._next_ns <= min(perf_counter_ns(), self._end_ns):
            self._hand(self._takers.popleft())
        if self._unnoticed_ns <= self._end_ns:
            self._alarm.set(int(self._unnoticed_ns))
        else:
            self._alarm.silence()

    def _release(self) -> None:
        self._ring()
        while self._takers:
            self._takers.popleft()(None)

    def _hand(self, taker: Taker) -> None:
        due_ns = int(self._next_ns)
        self._count(due_ns)
        self._advance()
        taker(due_ns)

    def _count(self, due_ns: float) -> None:
        self.due += 1
        self._before += due_ns < self._begin_ns

    def _advance(self) -> None:
        self._next_ns = self._start_ns + next(self._offsets)
