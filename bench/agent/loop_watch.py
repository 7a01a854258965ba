"""How long the event loop was held at the longest by a single step, and where that step stood.

A step is one run of a callback, such as a task up to its next await: nothing else runs on the loop meanwhile. Seen are
all that are scheduled on the loop: tasks, callbacks and timers, and collections of garbage inside of them; not what a
transport does by itself with bytes that came, such as parsing a request.

A step that lasts is looked at by a signal, which needs no second thread to take turns with, and comes right after a
function in C that let no Python run: at the line that called it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from math import inf
from time import perf_counter_ns
from types import BuiltinMethodType, CodeType, FrameType
from typing import Any, NamedTuple, Self

from bench.agent.code_place import Stack, own_line, place, stack_of
from bench.agent.timing import CollectorClock

LONG_NS = 5_000_000
"""What is shorter is no hold whose line anybody needs."""
_COLLECTING = "garbage collection"
# A timer that goes off while the loop sleeps wakes it: for so many steps after that it is set and stopped with each.
_SPARSE_STEPS = 256
_SCHEDULE = ("call_soon", "call_soon_threadsafe")
_SCHEDULE_TIMERS = ("call_later", "call_at")


class Hold(NamedTuple):
    """One step: when it ended on the monotonic clock, and where it stood, if it was long."""

    ended_ns: int
    held_ns: int
    stack: Stack | None
    collecting: bool

    def overlaps(self, begin_s: float, end_s: float) -> bool:
        return begin_s * 1e9 < self.ended_ns and self.ended_ns - self.held_ns < end_s * 1e9

    def told(self) -> dict[str, float | str | None]:
        """For a result, with a line if it was longer than `LONG_NS`."""
        at = None
        if self.held_ns > LONG_NS:
            at = _COLLECTING if self.collecting else place(self.stack or ())
        return {"hold_ms": round(self.held_ns / 1e6, 3), "hold_at": at}


NOTHING = Hold(0, 0, None, collecting=False)


class _Samples:
    """Where one step stood whenever it was looked at, by the line of the app's own code."""

    def __init__(self) -> None:
        self._begin_ns = self._looked_ns = 0
        self._spent_ns: Counter[tuple[CodeType, int]] = Counter()
        self._stacks: dict[tuple[CodeType, int], Stack] = {}
        self._last: tuple[CodeType, int] | None = None

    def has(self, begin_ns: int) -> bool:
        return self._begin_ns == begin_ns

    def add(self, begin_ns: int, now_ns: int, stack: Stack) -> None:
        """The time since the last look is that of the line where the step stands now: a function in C ends before it
        can be looked at."""
        if self._begin_ns != begin_ns:
            self._begin_ns = self._looked_ns = begin_ns
            self._spent_ns.clear()
            self._stacks.clear()
        line = own_line(stack) or stack[0]
        self._last = line.code, line.line
        self._stacks.setdefault(self._last, stack)
        self._spent_ns[self._last] += now_ns - self._looked_ns
        self._looked_ns = now_ns

    def longest(self, begin_ns: int, end_ns: int) -> Stack | None:
        """Where the step stood for the longest; None if it wasn't looked at."""
        if self._begin_ns != begin_ns or self._last is None:
            return None
        self._spent_ns[self._last] += end_ns - self._looked_ns
        ((line, _),) = self._spent_ns.most_common(1)
        return self._stacks[line]


class _RunQueueWait:
    """For how long this thread had work and no core, by the kernel's account; 0 where it keeps none."""

    def __init__(self) -> None:
        try:
            self._file: int | None = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        except OSError:
            self._file = None
        self._waited_ns = self._read_ns()

    def since_ns(self) -> int:
        """Since this was last asked."""
        before_ns, self._waited_ns = self._waited_ns, self._read_ns()
        return self._waited_ns - before_ns

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)

    def _read_ns(self) -> int:
        if self._file is None:
            return 0
        fields = os.pread(self._file, 64, 0).split()
        return int(fields[1]) if len(fields) > 1 else 0


class LoopWatch:
    """A context in which the steps of the running loop are watched, on the main thread."""

    def __init__(self, collector: CollectorClock) -> None:
        self._collector = collector
        self._loop = asyncio.get_running_loop()
        self._longest = NOTHING
        self._holds: list[Hold] = []
        self._begin_ns = self._collected_ns = 0
        self._armed = False
        self._sparse_left = 0
        self._samples = _Samples()
        self._waited = _RunQueueWait()
        self._waited_ns = 0

    def __enter__(self) -> Self:
        signal.signal(signal.SIGALRM, self._look)
        signal.siginterrupt(signal.SIGALRM, False)
        for name in _SCHEDULE:
            setattr(self._loop, name, self._watching(getattr(self._loop, name)))
        for name in _SCHEDULE_TIMERS:
            setattr(self._loop, name, self._watching_timer(getattr(self._loop, name)))
        return self

    def __exit__(self, *_: object) -> None:
        """What is scheduled by now still runs as a step, for which no timer is set."""
        self._armed, self._sparse_left = True, 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # one may still be on its way
        for name in (*_SCHEDULE, *_SCHEDULE_TIMERS):
            delattr(self._loop, name)
        self._waited.close()

    def turn(self) -> None:
        """The end of a while, of whose short steps the longest is kept; of the long ones all are. The step that calls
        this doesn't count."""
        self._begin_ns = 0
        self._waited.since_ns()
        self._holds.append(self._longest)
        self._longest = NOTHING

    def longest(self, begin_s: float = 0.0, end_s: float = inf) -> Hold:
        """Of all whiles, between two moments of the monotonic clock."""
        within = [one for one in self._holds if one.overlaps(begin_s, end_s)]
        return max(within, key=lambda one: one.held_ns, default=NOTHING)

    def _watching(self, schedule: Callable[..., Any]) -> Callable[..., Any]:
        step = self._step

        def scheduled(callback: Any, *args: Any, context: Any = None) -> Any:
            # What ends a task in a set, say, is over in no time.
            if type(callback) is BuiltinMethodType and not isinstance(callback.__self__, asyncio.Task):
                return schedule(callback, *args, context=context)
            return schedule(step, callback, *args, context=context)

        return scheduled

    def _watching_timer(self, schedule: Callable[..., Any]) -> Callable[..., Any]:
        step = self._step

        def scheduled(when: float, callback: Any, *args: Any, context: Any = None) -> Any:
            return schedule(when, step, callback, *args, context=context)

        return scheduled

    def _step(self, callback: Callable[..., Any], *args: Any) -> None:
        if self._begin_ns:  # scheduled by one method of the loop through another
            callback(*args)
            return
        self._collected_ns = self._collector.total_ns
        self._begin_ns = begin_ns = perf_counter_ns()
        if not self._armed:
            self._arm(LONG_NS)
        try:
            callback(*args)
        finally:
            end_ns = perf_counter_ns()
            if end_ns - begin_ns > self._longest.held_ns and self._begin_ns:
                self._note(begin_ns, end_ns)
            self._begin_ns = 0
            if self._sparse_left:
                self._disarm()

    def _note(self, begin_ns: int, end_ns: int) -> None:
        """A long step without what it waited for a core, which others had: that holds the loop, but by no fault of
        the app's."""
        held_ns, stack = end_ns - begin_ns, self._samples.longest(begin_ns, end_ns)
        if stack:
            held_ns -= self._waited_ns + self._waited.since_ns()
        collecting = self._collector.total_ns - self._collected_ns > (end_ns - begin_ns) / 2
        hold = Hold(end_ns, held_ns, stack, collecting)
        if held_ns > LONG_NS:
            self._holds.append(hold)
        elif held_ns > self._longest.held_ns:
            self._longest = hold

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        begin_ns, now_ns = self._begin_ns, perf_counter_ns()
        if not begin_ns:
            self._armed, self._sparse_left = False, _SPARSE_STEPS
            return
        left_ns = LONG_NS - (now_ns - begin_ns)
        if left_ns <= 0:
            if not self._samples.has(begin_ns):
                self._waited_ns = min(self._waited.since_ns(), now_ns - begin_ns)
            self._samples.add(begin_ns, now_ns, stack_of(frame))
            left_ns = LONG_NS
        self._arm(left_ns)

    def _arm(self, after_ns: int) -> None:
        self._armed = True
        signal.setitimer(signal.ITIMER_REAL, after_ns / 1e9)

    def _disarm(self) -> None:
        self._armed = False
        self._sparse_left -= 1
        signal.setitimer(signal.ITIMER_REAL, 0)
