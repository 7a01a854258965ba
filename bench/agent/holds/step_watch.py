"""Every step of the event loop watched, for where nothing is timed: a few µs for each.

Seen are all that are scheduled on the loop: tasks, callbacks and timers, and collections of garbage inside of them; not
what a transport does by itself with bytes that came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter_ns, thread_time_ns
from types import FrameType
from typing import Any

from bench.agent.holds import loop_holds
from bench.agent.holds.code_place import stack_of
from bench.agent.holds.loop_holds import LONG_NS, Hold, Look, LookTimer, RunQueueWait
from bench.agent.timing import CollectorClock

_SCHEDULE = ("call_soon", "call_soon_threadsafe")
_SCHEDULE_TIMERS = ("call_later", "call_at")


class StepWatch:
    """A context in which the steps of the running loop are watched, on the main thread. The step in which it ends
    doesn't count."""

    def __init__(self, collector: CollectorClock) -> None:
        self._collector = collector
        self._loop = asyncio.get_running_loop()
        self._waited = RunQueueWait()
        self._begin: Look | None = None
        self._looks: list[Look] = []
        self._over = False
        self.longest = Hold(0, 0)

    def __enter__(self) -> StepWatch:
        self._alarm = LookTimer(self._look)
        for name in _SCHEDULE:
            setattr(self._loop, name, self._watching(getattr(self._loop, name)))
        for name in _SCHEDULE_TIMERS:
            setattr(self._loop, name, self._watching_timer(getattr(self._loop, name)))
        return self

    def __exit__(self, *_: object) -> None:
        """What is scheduled by now is still run, as it would have been."""
        self._begin = None
        self._alarm.close()
        for name in (*_SCHEDULE, *_SCHEDULE_TIMERS):
            delattr(self._loop, name)
        self._waited.close()
        self._over = True

    def _watching(self, schedule: Callable[..., Any]) -> Callable[..., Any]:
        def scheduled(callback: Any, *args: Any, context: Any = None) -> Any:
            return schedule(self._step, callback, *args, context=context)

        return scheduled

    def _watching_timer(self, schedule: Callable[..., Any]) -> Callable[..., Any]:
        def scheduled(when: float, callback: Any, *args: Any, context: Any = None) -> Any:
            return schedule(when, self._step, callback, *args, context=context)

        return scheduled

    def _step(self, callback: Callable[..., Any], *args: Any) -> None:
        if self._over or self._begin is not None:  # or scheduled by one method of the loop through another
            callback(*args)
            return
        self._looks.clear()
        self._begin = begin = self._now()
        self._alarm.set(LONG_NS)
        try:
            callback(*args)
        finally:
            self._alarm.set(0)
            if self._begin is not None:
                found = loop_holds.hold(begin, self._looks, self._now())
                self.longest = max(self.longest, found, key=lambda one: one.held_ns)
            self._begin = None

    def _look(self, frame: FrameType | None) -> None:
        if self._begin is not None:
            self._looks.append(self._now()._replace(stack=stack_of(frame)))
            self._alarm.set(LONG_NS)

    def _now(self) -> Look:
        return Look(perf_counter_ns(), self._waited.total_ns(), thread_time_ns(), self._collector.total_ns)
