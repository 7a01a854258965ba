"""The CPU clock of the named parts of an app: each middleware, dependency and handler, and the libraries between them.

Everything counts for the part that starts it: a task, and work that is handed to a thread, with what handing it over
takes on both sides. In process, where requests come one by one, so does what the event loop does until a part that
waits goes on; behind a server that is the server's, since it can't be separated from the requests of others. Worker
threads are known from their first such work on, and read by their own clocks. Drivers may have threads with queues of
their own: what these spend counts for the part that waits and goes on next. So what all parts spent is what the process
spent.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from threading import current_thread, get_ident
from typing import Any

from bench.agent.tracing.cpu_clock import WAYS, CpuClock, Spent, Thread

FIXED = ("server", "starlette", "routing", "fastapi", "validation", "serialisation", "background", "gc")
SERVER, STARLETTE, ROUTING, FASTAPI, VALIDATION, SERIALISATION, BACKGROUND, GC = range(len(FIXED))
"""Parts that there is one of; those with names of their own come after them."""
_MOST_PARTS = 1 << 20
_NOTICEABLE, _WINDOWS = 0.04, 2
"""Of a process's CPU time, in so many windows one after another."""


@dataclass(frozen=True)
class Elsewhere:
    """CPU time of the whole process, and of those of its threads that nothing was handed to: of all but those with
    these clocks."""

    process_ns: int = 0
    others_ns: int = 0
    clocks: tuple[int, ...] = ()

    @classmethod
    def of(cls, known: Iterable[Thread]) -> Elsewhere:
        """Now, on the loop's thread; no figure of others where a known one has ended."""
        clocks = tuple(thread.clock_id for thread in known if thread.clock_id is not None)
        process_ns = time.process_time_ns()
        try:
            known_ns = time.thread_time_ns() + sum(map(time.clock_gettime_ns, clocks))
        except OSError:
            return cls(process_ns)
        return cls(process_ns, process_ns - known_ns, clocks)

    def since(self, before: Elsewhere) -> int:
        """What the others have spent, in ns; 0 where they aren't the same ones any more."""
        return max(0, self.others_ns - before.others_ns) if self.clocks == before.clocks else 0


class PartClock(CpuClock):
    """`parts` are kinds and names; a part's index stays its own for good. `picked_up` is called in a thread whose next
    work begins."""

    def __init__(self) -> None:
        self.parts: list[tuple[str, str]] = []
        self.kinds: list[str] = []
        self.picked_up: Callable[[], None] | None = None
        super().__init__(width=_MOST_PARTS, root=SERVER, pool=STARLETTE, collector=GC)
        self._index: dict[tuple[str, str], int] = {}
        self._elsewhere = Elsewhere()
        self._begun = self._elsewhere
        self._with_others = 0
        for kind in FIXED:
            self.part(kind, kind)
        self._loops.wakes = True

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
        self._begun = self._elsewhere = Elsewhere.of(self._threads.values())
        self._loops.others = self._others if self._with_others >= _WINDOWS else None
        super().start(spent)

    def stop(self) -> None:
        """Once other threads have spent something, they are asked from then on: it costs each resumption some µs."""
        super().stop()
        self._loops.others = None
        if self._with_others < _WINDOWS:
            now = Elsewhere.of(self._threads.values())
            spent = now.since(self._begun) > _NOTICEABLE * (now.process_ns - self._begun.process_ns)
            self._with_others = self._with_others + 1 if spent else 0

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
        if not self.on or part == self.root:
            return function
        enter, leave = self._enter, self._leave

        @wraps(function, updated=())
        def timed(*args: Any, **kwargs: Any) -> Any:
            if not self.on:
                return function(*args, **kwargs)
            self._forget_ended()
            if self.picked_up is not None:
                self.picked_up()
            thread, _ = enter(part)
            try:
                return function(*args, **kwargs)
            finally:
                leave(thread, part)

        return timed

    def factory(self, before: Any) -> Any:
        """A task factory over the one that the loop had, None for its own."""
        if before is None:
            return self.task

        def make(loop: asyncio.AbstractEventLoop, coroutine: Any, **given: Any) -> Any:
            return before(loop, self._own(coroutine), **given)

        return make

    def nowhere(self) -> Spent:
        return Spent([0] * len(self.parts), defaultdict(int))

    def _others(self) -> int:
        """What threads that nothing was handed to have spent since this was called last, in ns."""
        before, self._elsewhere = self._elsewhere, Elsewhere.of(self._threads.values())
        return self._elsewhere.since(before)

    def _joined(self) -> Thread:
        ident = get_ident()
        thread = self._threads[ident] = Thread(self.pool, time.thread_time_ns(), self._spent)
        thread.owner, thread.clock_id = current_thread(), time.pthread_getcpuclockid(ident)
        return thread

    def _forget_ended(self) -> None:
        """The thread that had this one's number before it, if one had."""
        known = self._threads.get(get_ident())
        if known is not None and known.owner is not current_thread():
            del self._threads[get_ident()]

    def _pay_into(self, spent: Spent) -> None:
        """All threads from now on, and until now into what they paid into before."""
        self._spent = spent
        for ident, thread in list(self._threads.items()):
            try:
                now_ns = time.thread_time_ns() if thread.clock_id is None else time.clock_gettime_ns(thread.clock_id)
            except OSError:  # the thread has ended
                del self._threads[ident]
                continue
            if thread.clock_id is not None:
                thread.spent_ns[thread.part] += now_ns - thread.since_ns
            thread.since_ns, thread.spent_ns, thread.crossings = now_ns, spent.spent_ns, spent.crossings
