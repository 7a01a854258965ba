"""Holds of a server's event loop under load, found by a turn of the loop that comes late.

A wrapper around each step would cost every request some µs. This costs a few µs for each turn that is taken anyway, and
nothing for a request: a timer's signal is set to come shortly after the next turn is due, and is put off if the turn
comes in time. When it doesn't, the signal looks at the step that runs, again and again until the turn comes: what
stands in one step all the while holds the loop, and many short steps one after another don't.

A hold is counted from when the turn was due: one that began before is reported too short, by up to the time between
turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import groupby
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Any

from bench.agent.holds import loop_holds
from bench.agent.holds.code_place import stack_of
from bench.agent.holds.loop_holds import LONG_NS, Hold, Look, LookTimer, RunQueueWait
from bench.agent.timing import CollectorClock

# A loop that is late for nothing but many short steps is looked at later, up to so many times `LONG_NS`.
_MOST_PATIENCE = 4


class LatenessWatch:
    """Watches the running loop, on the main thread, until `close`; `turn` and then `expect` are called in each turn."""

    def __init__(self, collector: CollectorClock, every_s: float) -> None:
        self._collector = collector
        self._every_ns = round(every_s * 1e9)
        self._waited = RunQueueWait()
        self._alarm = LookTimer(self._look)
        self._due: Look | None = None
        self._patience_ns = LONG_NS
        self._looks: list[Look] = []
        self._holds: list[Hold] = []

    def turn(self) -> None:
        """The turn has come."""
        if self._looks:
            found = list(self._held(self._now()))
            self._holds += found
            self._patience_ns = LONG_NS if found else min(2 * self._patience_ns, _MOST_PATIENCE * LONG_NS)
            self._looks.clear()
        self._due = None

    def expect(self) -> None:
        """The next one is due after the time between turns from now."""
        now = self._now()
        self._due = now._replace(at_ns=now.at_ns + self._every_ns)
        self._alarm.set(self._every_ns + self._patience_ns)

    def longest(self, begin_s: float, end_s: float) -> Hold:
        """Between two moments of the monotonic clock; what is shorter than `LONG_NS` isn't seen."""
        return loop_holds.longest(self._holds, begin_s, end_s)

    def total_s(self, begin_s: float, end_s: float) -> float:
        """All holds between two moments of the monotonic clock together, in s."""
        return loop_holds.total_s(self._holds, begin_s, end_s)

    def close(self) -> None:
        self._alarm.close()
        self._waited.close()

    def _held(self, turn: Look) -> Iterator[Hold]:
        """The steps that were seen since the turn was due and took long, each from the last look at the one before."""
        begin = self._due
        for _, group in groupby(self._looks, key=lambda look: id(look.step)):
            looks = list(group)
            last = looks[-1] is self._looks[-1] and turn.at_ns - looks[-1].at_ns <= LONG_NS
            end = turn if last else looks[-1]
            if begin is not None and (found := loop_holds.hold(begin, looks, end)).held_ns > LONG_NS:
                yield found
            begin = looks[-1]

    def _look(self, frame: FrameType | None) -> None:
        if self._due is not None:
            self._looks.append(self._now()._replace(step=_step(frame), stack=stack_of(frame)))
            self._alarm.set(LONG_NS)

    def _now(self) -> Look:
        return Look(perf_counter_ns(), self._waited.total_ns(), thread_time_ns(), self._collector.total_ns)


def _step(frame: FrameType | None) -> Any:
    """What tells the step that runs from others; kept for as long as it is compared, so that no other takes its place.

    A task has one step at the most between two turns: the turn is the first in its next round.
    """
    try:
        return asyncio.current_task() or frame
    except RuntimeError:
        return frame
