"""CPU time of threads, charged at every moment to the layer that each of them is in.

A boundary is where one layer calls another. Whoever crosses it reads the thread's own CPU clock, charges what went by
to the layer that is left, and goes on in the other. A coroutine crosses at every resumption and at every suspension:
what other tasks do while it waits is theirs.
"""

from __future__ import annotations

import asyncio
import gc
import time
import types
from collections.abc import Callable, Generator
from functools import wraps
from statistics import median
from threading import get_ident
from typing import Any

LAYERS = ("server", "starlette", "fastapi", "pydantic", "json", "handler", "gc")
SERVER, STARLETTE, FASTAPI, PYDANTIC, JSON, HANDLER, GC = range(len(LAYERS))
WAYS = ("coroutine", "function")
_LAYERS = len(LAYERS)
_FUNCTIONS = _LAYERS**2
"""Where the crossings of functions begin, after those of coroutines."""
_TRIALS, _CALLS = 3, 200


class Account:
    """CPU by layer, and how often which boundary was crossed in which way: [way][from][to] as one list."""

    def __init__(self) -> None:
        self.spent_ns = [0] * len(LAYERS)
        self.crossings = [0] * (len(WAYS) * len(LAYERS) ** 2)

    def crossed(self) -> list[dict[str, Any]]:
        """Every boundary that was crossed at all."""
        names = [(way, outer, inner) for way in WAYS for outer in LAYERS for inner in LAYERS]
        return [
            {"way": way, "outer": outer, "inner": inner, "times": times}
            for (way, outer, inner), times in zip(names, self.crossings, strict=True)
            if times
        ]


class _Thread:
    """Where a thread is, since when by its own CPU clock, and what it has spent."""

    __slots__ = ("crossings", "layer", "since_ns", "spent_ns")

    def __init__(self, layer: int, since_ns: int, account: Account) -> None:
        self.layer = layer
        self.since_ns = since_ns
        self.spent_ns = account.spent_ns
        self.crossings = account.crossings


class LayerClock:
    """Times the boundaries that it wraps while it is `on`; else they call through. Made on the loop's own thread, on
    which all coroutines run.

    The loop's thread begins in the server; any other that crosses a boundary in Starlette, whose thread pool it is.
    """

    def __init__(self) -> None:
        self.on = False
        self._account = Account()
        self._loops = _Thread(SERVER, 0, self._account)
        self._loops_ident = get_ident()
        self._threads = {self._loops_ident: self._loops}
        self._collecting: list[tuple[_Thread, int]] = []
        gc.callbacks.append(self._collected)

    def start(self, account: Account) -> None:
        """Time into `account` from now on. Called from the loop itself, below no boundary."""
        self.on = True
        self._pay_into(account)

    def stop(self) -> None:
        """Nothing more is timed, not even what is still under way and crosses a boundary later."""
        loops = self._loops
        loops.spent_ns[loops.layer] += time.thread_time_ns() - loops.since_ns
        self.on = False
        self._pay_into(Account())

    def function(self, layer: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A plain function, in its layer."""
        enter, leave = self._enter, self._leave

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.on:
                return function(*args, **kwargs)
            thread, before = enter(layer)
            try:
                return function(*args, **kwargs)
            finally:
                leave(thread, before)

        return timed

    def awaited(self, layer: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose result is awaited at once, in its layer. What it returns can be awaited, and no more."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            awaitable = function(*args, **kwargs)
            return self.slices(layer, awaitable) if self.on else awaitable

        return timed

    def coroutine_function(self, layer: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """A coroutine function, in its layer, that everybody sees to be one."""

        @wraps(function)
        async def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.on:
                return await function(*args, **kwargs)
            return await self.slices(layer, function(*args, **kwargs))

        return timed

    def within(self, layer: int, function: Callable[..., Any], *args: Any) -> Any:
        """A call whose result is awaited at once, in its layer."""
        return self.slices(layer, function(*args)) if self.on else function(*args)

    @types.coroutine
    def slices(self, layer: int, awaitable: Any) -> Generator[Any, Any, Any]:
        """Drive an awaitable step by step, so that nothing but its own steps is charged to its layer.

        On the loop's thread. It does what `_enter` and `_leave` do by itself: two calls less at each step.
        """
        coroutine = awaitable if hasattr(awaitable, "send") else _awaiting(awaitable)
        thread, now = self._loops, time.thread_time_ns
        advance, given = coroutine.send, None
        while True:
            before, now_ns = thread.layer, now()
            thread.spent_ns[before] += now_ns - thread.since_ns
            thread.crossings[before * _LAYERS + layer] += 1
            thread.layer, thread.since_ns = layer, now_ns
            try:
                wanted = advance(given)
            except StopIteration as done:
                return done.value
            finally:
                now_ns = now()
                thread.spent_ns[thread.layer] += now_ns - thread.since_ns
                thread.layer, thread.since_ns = before, now_ns
                given = None  # an exception that keeps the frame that raises it alive would be garbage to collect
            try:
                given = yield wanted
                advance = coroutine.send
            except GeneratorExit:
                coroutine.close()
                raise
            except BaseException as error:  # noqa: BLE001  whatever is thrown in is the coroutine's to handle
                advance, given = coroutine.throw, error

    def task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> asyncio.Task[Any]:
        """A loop's task factory: what a layer starts beside itself is still that layer."""
        layer = self._loops.layer
        if layer != SERVER:
            coroutine = _awaiting(self.slices(layer, coroutine))
        return asyncio.Task(coroutine, loop=loop, **given)

    def cost_ns(self) -> dict[str, tuple[float, float]]:
        """What crossing a boundary and coming back costs by its way: within the inner layer, and in the outer one.

        By calls of nothing, timed and not. Called while the clock is off.
        """
        costs = {}
        for way, crossing in (("coroutine", self._awaits), ("function", self._calls)):
            found = [crossing() for _ in range(_TRIALS)]
            costs[way] = median(inside for inside, _ in found), median(outside for _, outside in found)
        return costs

    def _awaits(self) -> tuple[float, float]:
        async def calls(function: Callable[..., Any]) -> None:
            for _ in range(_CALLS):
                await function()

        async def nothing() -> None:
            pass

        timed = self.awaited(HANDLER, nothing)
        return self._compared(lambda: _run(calls(nothing)), lambda: _run(calls(timed)))

    def _calls(self) -> tuple[float, float]:
        def calls(function: Callable[..., Any]) -> None:
            for _ in range(_CALLS):
                function()

        def nothing() -> None:
            pass

        timed = self.function(HANDLER, nothing)
        return self._compared(lambda: calls(nothing), lambda: calls(timed))

    def _compared(self, plain: Callable[[], None], timed: Callable[[], None]) -> tuple[float, float]:
        """Per call, ns: what is charged to the inner layer, and the rest of what timing adds."""
        before_ns = time.thread_time_ns()
        plain()
        plain_ns = time.thread_time_ns() - before_ns
        account = Account()
        self.start(account)
        timed()
        self.stop()
        inside_ns = account.spent_ns[HANDLER]
        outside_ns = account.spent_ns[SERVER] - plain_ns
        return inside_ns / _CALLS, max(0.0, outside_ns / _CALLS)

    def _enter(self, layer: int) -> tuple[_Thread, int]:
        thread = self._threads.get(get_ident()) or self._joined()
        now_ns = time.thread_time_ns()
        before = thread.layer
        thread.spent_ns[before] += now_ns - thread.since_ns
        thread.since_ns = now_ns
        thread.layer = layer
        thread.crossings[_FUNCTIONS + before * _LAYERS + layer] += 1
        return thread, before

    def _leave(self, thread: _Thread, before: int) -> None:
        now_ns = time.thread_time_ns()
        thread.spent_ns[thread.layer] += now_ns - thread.since_ns
        thread.since_ns = now_ns
        thread.layer = before

    def _joined(self) -> _Thread:
        thread = self._threads[get_ident()] = _Thread(STARLETTE, time.thread_time_ns(), self._account)
        return thread

    def _pay_into(self, account: Account) -> None:
        """The loop's thread from now on; other threads when they next cross a boundary."""
        self._account = account
        loops = self._loops
        loops.since_ns, loops.spent_ns, loops.crossings = time.thread_time_ns(), account.spent_ns, account.crossings
        self._threads = {self._loops_ident: loops}

    def _collected(self, phase: str, _info: dict[str, Any]) -> None:
        """The collector is a layer of its own, whatever it interrupts."""
        if phase == "start":
            if self.on:
                self._collecting.append(self._enter(GC))
        elif self._collecting:
            self._leave(*self._collecting.pop())


async def _awaiting(awaitable: Any) -> Any:
    return await awaitable


def _run(coroutine: Any) -> None:
    """A coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise RuntimeError("it waits")
