"""Holds of the event loop: for how long a step let nothing else run, and where it stood.

A step is one run of a callback, such as a task up to its next await. One that lasts is looked at by a timer's signal,
which needs no second thread to take turns with, and comes right after a function in C that let no Python run: at the
line that called it.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf
from types import CodeType, FrameType
from typing import Any, NamedTuple

from bench.agent.holds.code_place import Stack, own_line, place

LONG_NS = 5_000_000
"""What is shorter is no hold whose line anybody needs."""
_SLEPT_NS = LONG_NS // 2
_COLLECTING = "garbage collection"


class Hold(NamedTuple):
    """One step: when it ended on the monotonic clock, and where it stood, if it was looked at."""

    ended_ns: int
    held_ns: int
    stack: Stack = ()
    collecting: bool = False

    def overlaps(self, begin_s: float, end_s: float) -> bool:
        return begin_s * 1e9 < self.ended_ns and self.ended_ns - self.held_ns < end_s * 1e9

    def as_dict(self) -> dict[str, float | str | None]:
        """For a result, with a line if it was longer than `LONG_NS`."""
        at = None
        if self.held_ns > LONG_NS:
            at = _COLLECTING if self.collecting else place(self.stack)
        return {"hold_ms": round(self.held_ns / 1e6, 3), "hold_at": at}


def longest(holds: Sequence[Hold], begin_s: float = 0.0, end_s: float = inf) -> Hold:
    """Between two moments of the monotonic clock, in s."""
    within = (one for one in holds if one.overlaps(begin_s, end_s))
    return max(within, key=lambda one: one.held_ns, default=Hold(0, 0))


def total_s(holds: Sequence[Hold], begin_s: float, end_s: float) -> float:
    """How long the loop was held in all between two moments of the monotonic clock, in s."""
    begin_ns, end_ns = begin_s * 1e9, end_s * 1e9
    parts = (min(one.ended_ns, end_ns) - max(one.ended_ns - one.held_ns, begin_ns) for one in holds)
    return sum(max(0.0, part) for part in parts) / 1e9


class Look(NamedTuple):
    """What was seen of a step at a moment: `waited_ns` and `ran_ns` are totals of the thread, for a core and on one,
    `collected_ns` of the process."""

    at_ns: int
    waited_ns: int
    ran_ns: int
    collected_ns: int
    step: object = None
    stack: Stack = ()


def hold(begin: Look, looks: Sequence[Look], end: Look) -> Hold:
    """A step from `begin` to `end`, without what it waited for a core, which others had: that holds the loop, but by
    no fault of the app's. It stood for the longest where most of the time had gone by at the looks: a function in C
    ends before it can be looked at."""
    spent_ns: Counter[tuple[CodeType, int]] = Counter()
    stacks: dict[tuple[CodeType, int], Stack] = {}
    for before, look in zip((begin, *looks), looks, strict=False):
        if line := own_line(look.stack) or next(iter(look.stack), None):
            spent_ns[line.code, line.line] += look.at_ns - before.at_ns
            stacks.setdefault((line.code, line.line), look.stack)
    took_ns = end.at_ns - begin.at_ns
    held_ns = max(0, took_ns - _waited_ns(begin, looks, end))
    stack = stacks[spent_ns.most_common(1)[0][0]] if spent_ns else ()
    return Hold(end.at_ns, held_ns, stack, collecting=end.collected_ns - begin.collected_ns > took_ns / 2)


def _waited_ns(begin: Look, looks: Sequence[Look], end: Look) -> int:
    """For how long a step waited for a core. Where it slept until a look, only the look waited: the sleep went on."""
    waited_ns = end.waited_ns - (looks[-1] if looks else begin).waited_ns
    for before, look in pairwise((begin, *looks)):
        queued_ns = look.waited_ns - before.waited_ns
        slept_ns = look.at_ns - before.at_ns - queued_ns - (look.ran_ns - before.ran_ns)
        waited_ns += queued_ns if slept_ns < _SLEPT_NS else 0
    return waited_ns


class LookTimer:
    """The timer whose signal looks at the main thread."""

    def __init__(self, look: Callable[[FrameType | None], None]) -> None:
        self._over = False
        signal.signal(signal.SIGALRM, lambda _, frame: look(frame))
        signal.siginterrupt(signal.SIGALRM, False)  # a system call that it comes in goes on

    def set(self, after_ns: int) -> None:
        """0 stops it."""
        if not self._over:
            signal.setitimer(signal.ITIMER_REAL, after_ns / 1e9)

    def close(self) -> None:
        self.set(0)
        self._over = True
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # one may still be on its way


class RunQueueWait:
    """For how long this thread had work and no core, by the kernel's account; 0 where it keeps none."""

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            self._file = None

    def total_ns(self) -> int:
        fields: Any = () if self._file is None else os.pread(self._file, 64, 0).split()
        return int(fields[1]) if len(fields) > 1 else 0

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
