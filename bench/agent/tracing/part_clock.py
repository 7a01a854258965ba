"""The CPU clock of the named parts of an app: each middleware, dependency and handler, and the libraries between them.

Everything counts for the part that starts it: a task, and work that is handed to a thread, with what handing it over
takes on both sides. In process, where requests come one by one, so does what the event loop does until a part that
waits goes on; behind a server that is the server's, since it can't be separated from the requests of others. So what
all parts spent is what the process spent; `OtherThreads` says how that holds for threads that nothing was handed to.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from threading import current_thread, get_ident
from typing import Any

from bench.agent.tracing.cpu_clock import WAYS, CpuClock
from bench.agent.tracing.other_threads import OtherThreads
from bench.agent.tracing.spent import Spent, Thread

FIXED = ("server", "starlette", "routing", "fastapi", "validation", "serialisation", "background", "gc")
SERVER, STARLETTE, ROUTING, FASTAPI, VALIDATION, SERIALISATION, BACKGROUND, GC = range(len(FIXED))
"""Parts that there is one of; those with names of their own come after them."""
_MOST_PARTS = 1 << 20


class PartClock(CpuClock):
    """`parts` are kinds and names; a part's index stays its own for good. `picked_up` is called in a thread whose next
    work begins."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []
        self.kinds: list[str] = []
        self.picked_up: Callable[[], None] | None = None
        super().__init__(width=_MOST_PARTS, root=SERVER, pool=STARLETTE, collector=GC)
        self._index: dict[tuple[str, str], int] = {}
        self._others = OtherThreads()
        for kind in FIXED:
            self.part(kind, kind)
        self._loops.wakes = True
        self._loops.brought = self._others.brought

    def serve(self) -> None:
        """From now on requests come from a server, many at a time."""
        self._loops.wakes = False

    def part(self, kind: str, name: str) -> int:
        """The index of a part, which is new where it isn't known yet."""
        known = self._index.get((kind, name))
        if known is not None:
            return known
        index = self._index[kind, name] = len(self.parts)
        self.parts.append((kind, name))
        self.kinds.append(kind)
        self._spent.spent_ns.append(0)
        self._steps.append(self._driver(index))
        return index

    @property
    def here(self) -> int:
        """The part that this thread is in."""
        thread = self._threads.get(get_ident())
        return self.pool if thread is None else thread.part

    def spent(self) -> Spent:
        """For all parts that are known, and more as they come while it is timed into."""
        return self.nowhere()

    def start(self, spent: Spent) -> None:
        spent.spent_ns.extend([0] * (len(self.parts) - len(spent.spent_ns)))
        self._loops.others = self._others.begin()
        super().start(spent)

    def stop(self) -> None:
        super().stop()
        self._loops.others = None
        self._others.end()

    def delivering(self, deliver: Callable[..., Any]) -> Callable[..., Any]:
        """A loop's `call_soon_threadsafe`, by which other threads say what somebody waits for."""

        def timed(callback: Callable[..., Any], *args: Any, **context: Any) -> Any:
            if self.on and get_ident() not in self._threads:
                self._others.deliver(callback, args)
            return deliver(callback, *args, **context)

        return timed

    def crossed(self, spent: Spent) -> list[tuple[str, int, int, int]]:
        """Way, outer and inner part, and how often."""
        found = []
        for index, times in spent.crossings.items():
            pair, inner = divmod(index, _MOST_PARTS)
            way, outer = divmod(pair, _MOST_PARTS)
            found.append((WAYS[way], outer, inner, times))
        return found

    def handed_over(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """What is about to be given to another thread, in the part that gives it. The thread stays in that part: its
        waking up for the next one can't be separated from the end of this one."""
        part = self.here
        return partial(self._in_thread, part, function) if self.on and part != self.root else function

    def _in_thread(self, part: int, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        if not self.on:
            return function(*args, **kwargs)
        self._forget_ended()
        if self.picked_up is not None:
            self.picked_up()
        thread, _ = self._enter(part)
        try:
            return function(*args, **kwargs)
        finally:
            self._leave(thread, part)

    def factory(self, before: Any) -> Any:
        """A task factory over the one that the loop had, None for its own."""
        if before is None:
            return self.task

        def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> Any:
            return before(loop, self._own(coroutine), **given)

        return make

    def nowhere(self) -> Spent:
        return Spent([0] * len(self.parts), defaultdict(int))

    def _joined(self) -> Thread:
        ident, now_ns = get_ident(), time.thread_time_ns()
        thread = self._threads[ident] = Thread(self.pool, now_ns, self._spent)
        self._others.know(ident, thread, now_ns)
        return thread

    def _forget_ended(self) -> None:
        """The thread that had this one's number before it, if one had."""
        ident = get_ident()
        known = self._others.known.get(ident)
        if known is not None and known.owner is not current_thread():
            self._others.forget(ident)
            self._threads.pop(ident, None)

    def _pay_into(self, spent: Spent) -> None:
        """All threads from now on, and until now into what they paid into before."""
        self._spent = spent
        for ident, thread in list(self._threads.items()):
            now_ns = time.thread_time_ns() if thread is self._loops else self._others.now_ns(ident)
            if now_ns is None:  # it has ended
                del self._threads[ident]
                continue
            if thread is not self._loops:
                thread.spent_ns[thread.part] += now_ns - thread.since_ns
            thread.since_ns, thread.spent_ns, thread.crossings = now_ns, spent.spent_ns, spent.crossings
