"""The reference work beside what is served: how fast the server's core is, at any moment."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

from bench.agent.reference_work import reference_us

# Often, since a neighbour comes and goes within milliseconds; about 0.2 ms each, less than 1% of the core.
EVERY_S = 0.02
_HELD_S = 5 * EVERY_S


class ReferenceRuns:
    """Fifty runs a second on the loop; on a thread of their own while a request holds it.

    That thread hardly wakes up otherwise, and what it runs then is slowed by the same neighbours: both are on one core.
    It runs as soon as the request lets go of the interpreter, which native code may do no sooner than at its end.
    """

    def __init__(self, turn: Callable[[bool], None] = lambda _: None) -> None:
        """`turn` is called with True when a turn on the loop begins, and with False when it ends."""
        self._turn = turn
        self.runs: list[tuple[float, float, float]] = []
        """Moments on the machine's monotonic clock, in s, what the work took then, in µs, and the CPU time of all that
        was done there for no request, in µs: that of the `turn` as well."""
        self._on_loop_s = 0.0
        self._next: asyncio.TimerHandle | None = None
        self._over = threading.Event()

    def start(self) -> None:
        """On the loop that serves."""
        self._on_loop()
        threading.Thread(target=self._while_held, daemon=True).start()

    def end(self) -> None:
        self._over.set()
        if self._next is not None:
            self._next.cancel()

    def _on_loop(self) -> None:
        self._on_loop_s = self._run(lambda: self._turn(True), self._expect)

    def _expect(self) -> None:
        self._next = asyncio.get_running_loop().call_later(EVERY_S, self._on_loop)
        self._turn(False)

    def _while_held(self) -> None:
        wait_s = _HELD_S
        while not self._over.wait(wait_s):
            held = time.perf_counter() - self._on_loop_s > _HELD_S
            if held:
                self._run()
            wait_s = EVERY_S if held else _HELD_S

    def _run(self, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None) -> float:
        """Between two others, whose CPU time counts as well; when it began."""
        begin_ns = time.thread_time_ns()
        before()
        at_s = time.perf_counter()
        took_us = reference_us()
        after()
        self.runs.append((at_s, took_us, (time.thread_time_ns() - begin_ns) / 1e3))
        return at_s
