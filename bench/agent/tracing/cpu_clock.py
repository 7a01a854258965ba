"""CPU time of threads, charged at every moment to the part of the program that each of them is in.

A boundary is where one part calls another. Whoever crosses it reads the thread's own CPU clock, charges what went by
to the part that is left, and goes on in the other. A coroutine crosses at every resumption and at every suspension:
what other tasks do while it waits is theirs.
"""

from __future__ import annotations

import asyncio
import gc
import time
import types
from collections.abc import Callable, Generator, Sequence
from functools import wraps
from statistics import median
from threading import get_ident
from typing import Any

from bench.agent.tracing.spent import Spent, Thread

WAYS = ("coroutine", "function")
PROBE_CALLS = 200
_TRIALS = 3


class CpuClock:
    """Times the boundaries that it wraps while it is `on`; else they call through. Made on the loop's own thread, on
    which all coroutines run.

    The loop's thread begins in the part `root`, any other that crosses a boundary in `pool`; `collector` is the garbage
    collector's. Parts are counted from 0, below `width`.
    """

    def __init__(self, *, width: int, root: int, pool: int, collector: int) -> None:
        self.on = False
        self._width = width
        self.root, self.pool, self._collector = root, pool, collector
        self._steps: list[Callable[[Any], Any]] = []
        self._spent = self.nowhere()
        self._loops = Thread(root, 0, self._spent)
        self._loops_ident = get_ident()
        self._threads = {self._loops_ident: self._loops}
        self._collecting: list[tuple[Thread, int]] = []
        gc.callbacks.append(self._collected)

    @property
    def asking_ns(self) -> int:
        """CPU that asking for the time of other threads took so far: of no part, and no request's."""
        return self._loops.asking_ns

    def start(self, spent: Spent) -> None:
        """Time into `spent` from now on. Called from the loop itself, below no boundary."""
        self.on = True
        self._pay_into(spent)

    def stop(self) -> None:
        """Nothing more is timed, not even what is still under way and crosses a boundary later."""
        loops = self._loops
        loops.spent_ns[loops.part] += time.thread_time_ns() - loops.since_ns
        self.on = False
        self._pay_into(self.nowhere())

    def function(self, part: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A plain function, in its part."""
        enter, leave = self._enter, self._leave

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.on:
                return function(*args, **kwargs)
            thread, before = enter(part)
            try:
                return function(*args, **kwargs)
            finally:
                leave(thread, before)

        return timed

    def awaited(self, part: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose result is awaited at once, in its part. What it returns can be awaited, and no more."""
        steps = self._steps[part]

        def timed(*args: Any, **kwargs: Any) -> Any:
            awaitable = function(*args, **kwargs)
            return steps(awaitable) if self.on else awaitable

        return timed

    def coroutine_function(self, part: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function, in its part, that everybody sees to be one."""
        steps = self._steps[part]

        @wraps(function)
        async def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.on:
                return await function(*args, **kwargs)
            return await steps(function(*args, **kwargs))

        return timed

    def within(self, part: int, function: Callable[..., Any], *args: Any) -> Any:
        """A call whose result is awaited at once, in its part."""
        return self._steps[part](function(*args)) if self.on else function(*args)

    def slices(self, part: int, awaitable: Any) -> Any:
        """Drive an awaitable step by step, so that nothing but its own steps is charged to its part. On the loop's
        thread."""
        return self._steps[part](awaitable)

    def coroutine(self, part: int, awaitable: Any) -> Any:
        """The same as a coroutine, for code of others: it may make a task of it."""
        return _awaiting(self._steps[part](awaitable))

    def task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> asyncio.Task[Any]:
        """A loop's task factory: what a part starts beside itself is still that part."""
        return asyncio.Task(self._own(coroutine), loop=loop, **given)

    def cost_ns(self) -> dict[str, tuple[float, float]]:
        """What crossing a boundary and coming back costs by its way: within the inner part, and in the outer one.

        By calls of nothing, timed and not. Called while the clock is off.
        """
        costs = {}
        for way, (plain, timed) in self.probes().items():
            found = [self._compared(plain, timed) for _ in range(_TRIALS)]
            costs[way] = median(inside for inside, _ in found), median(outside for _, outside in found)
        return costs

    def probes(self) -> dict[str, tuple[Callable[[], None], Callable[[], None]]]:
        """By way: `PROBE_CALLS` calls of nothing from the root, and as many that cross into `pool` and back."""

        async def nothing() -> None:
            pass

        def nothing_at_all() -> None:
            pass

        awaited, function = self.awaited(self.pool, nothing), self.function(self.pool, nothing_at_all)
        return {
            "coroutine": (lambda: _run(_awaits(nothing)), lambda: _run(_awaits(awaited))),
            "function": (lambda: _calls(nothing_at_all), lambda: _calls(function)),
        }

    def nowhere(self) -> Spent:
        """For what nobody asks about."""
        raise NotImplementedError

    def _driver(self, part: int) -> Callable[[Any], Any]:
        """What `slices` does for one part. It does what `_enter` and `_leave` do by itself: two calls less at each
        step."""
        thread, now, width, root = self._loops, time.thread_time_ns, self._width, self.root

        @types.coroutine
        def steps(awaitable: Any) -> Generator[Any, Any, Any]:
            coroutine = awaitable if hasattr(awaitable, "send") else _awaiting(awaitable)
            advance, given, waiter, wanted = coroutine.send, None, None, None
            while True:
                before, now_ns = thread.part, now()
                outer = before if waiter is None or not thread.wakes else waiter
                thread.spent_ns[outer] += now_ns - thread.since_ns
                if thread.brought or thread.others is not None:
                    now_ns = thread.settle(before if waiter is None else waiter, wanted, now_ns)
                thread.crossings[outer * width + part] += 1
                thread.part, thread.since_ns, thread.waiter = part, now_ns, None
                try:
                    wanted = advance(given)
                except StopIteration as done:
                    return done.value
                finally:
                    now_ns = now()
                    thread.spent_ns[thread.part] += now_ns - thread.since_ns
                    if thread.others is not None:
                        now_ns = thread.settle(thread.part, None, now_ns)
                    thread.part, thread.since_ns = before, now_ns
                    given = None  # an exception that keeps the frame that raises it alive would be garbage to collect
                if thread.wakes or thread.brought is not None:
                    if thread.waiter is None:
                        thread.waiter = part
                    waiter = thread.waiter if before == root else None
                try:
                    given = yield wanted
                    advance = coroutine.send
                except GeneratorExit:
                    coroutine.close()
                    raise
                except BaseException as error:  # noqa: BLE001  whatever is thrown in is the coroutine's to handle
                    advance, given = coroutine.throw, error

        return steps

    def _own(self, coroutine: Any) -> Any:
        """A coroutine that a task is made of, in the part that makes it."""
        part = self._loops.part
        return coroutine if part == self.root else self.coroutine(part, coroutine)

    def _compared(self, plain: Callable[[], None], timed: Callable[[], None]) -> tuple[float, float]:
        """Per call, ns: what is charged to the inner part, and the rest of what timing adds."""
        before_ns = time.thread_time_ns()
        plain()
        plain_ns = time.thread_time_ns() - before_ns
        spent = self.nowhere()
        CpuClock.start(self, spent)  # what a subclass learns from windows it can't learn from calls of nothing
        timed()
        CpuClock.stop(self)
        inside_ns = spent.spent_ns[self.pool]
        outside_ns = spent.spent_ns[self.root] - plain_ns
        return inside_ns / PROBE_CALLS, max(0.0, outside_ns / PROBE_CALLS)

    def _enter(self, part: int) -> tuple[Thread, int]:
        thread = self._threads.get(get_ident()) or self._joined()
        now_ns = time.thread_time_ns()
        before, width = thread.part, self._width
        thread.spent_ns[before] += now_ns - thread.since_ns
        thread.crossings[(width + before) * width + part] += 1
        thread.since_ns = now_ns
        thread.part = part
        return thread, before

    def _leave(self, thread: Thread, before: int) -> None:
        now_ns = time.thread_time_ns()
        thread.spent_ns[thread.part] += now_ns - thread.since_ns
        thread.since_ns = now_ns
        thread.part = before

    def _joined(self) -> Thread:
        thread = self._threads[get_ident()] = Thread(self.pool, time.thread_time_ns(), self._spent)
        return thread

    def _pay_into(self, spent: Spent) -> None:
        """The loop's thread from now on; other threads when they next cross a boundary."""
        self._spent = spent
        loops = self._loops
        loops.since_ns, loops.spent_ns, loops.crossings = time.thread_time_ns(), spent.spent_ns, spent.crossings
        self._threads = {self._loops_ident: loops}

    def _collected(self, phase: str, _info: dict[str, Any]) -> None:
        """The collector is a part of its own, whatever it interrupts in a thread that is known."""
        if phase == "start":
            if self.on and get_ident() in self._threads:
                self._collecting.append(self._enter(self._collector))
        elif self._collecting:
            self._leave(*self._collecting.pop())


def typical_costs(costs: Sequence[dict[str, tuple[float, float]]]) -> list[dict[str, Any]]:
    """Median over all that was measured of what a boundary costs: within the inner part, and in the outer one."""
    return [
        {
            "way": way,
            "inside_ns": round(median(cost[way][0] for cost in costs), 1),
            "outside_ns": round(median(cost[way][1] for cost in costs), 1),
        }
        for way in WAYS
    ]


async def _awaits(function: Callable[[], Any]) -> None:
    for _ in range(PROBE_CALLS):
        await function()


def _calls(function: Callable[[], Any]) -> None:
    for _ in range(PROBE_CALLS):
        function()


async def _awaiting(awaitable: Any) -> Any:
    return await awaitable


def _run(coroutine: Any) -> None:
    """A coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits")
