"""What is seen in a process that serves beside its requests: how fast its core is, and what holds its event loop."""

from __future__ import annotations

from typing import Any

from bench.agent.holds.lateness_watch import LatenessWatch
from bench.agent.reference_work import reference_us
from bench.agent.servers.reference_runs import EVERY_S, ReferenceRuns
from bench.agent.timing import CollectorClock

_IDLE_REFERENCES = 100


class LoopFigures:
    """Made before the server starts, begun on its loop."""

    def __init__(self) -> None:
        self.idle_references_us = [reference_us() for _ in range(_IDLE_REFERENCES)]
        self._runs = ReferenceRuns(self._looked)
        self._watch: LatenessWatch | None = None

    def begin(self) -> None:
        self._runs.start()

    def end(self) -> None:
        """From now on this process does nothing but serve."""
        self._runs.end()

    def watch(self, collector: CollectorClock) -> None:
        """From now on the longest holds of the event loop are kept."""
        self._watch = LatenessWatch(collector, EVERY_S)

    def unwatch(self) -> None:
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def holds(self, begin_s: float, end_s: float) -> dict[str, float | str | None]:
        """The longest hold of the loop between two moments of the machine's monotonic clock, and all together; None of
        each where nobody watches."""
        if self._watch is None:
            return dict.fromkeys(("hold_ms", "hold_at", "held_s"))
        held_s = round(self._watch.total_s(begin_s, end_s), 4)
        return self._watch.longest(begin_s, end_s).as_dict() | {"held_s": held_s}

    def report(self) -> dict[str, Any]:
        """`references`: moments on the machine's monotonic clock, in s, what the reference work took then and the CPU
        time of all that was done there for no request, in µs; and what the work took before the server started."""
        return {"references": self._runs.runs, "idle_references_us": self.idle_references_us}

    def _looked(self, began: bool) -> None:
        """A turn on the loop begins, or is over and the next one expected."""
        if self._watch is not None:
            if began:
                self._watch.turn()
            else:
                self._watch.expect()
