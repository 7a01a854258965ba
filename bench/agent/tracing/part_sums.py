"""What was charged to the parts of an app, as a sample has it: per request, and of the parts that were met alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.agent.tracing.cpu_clock import typical_costs
from bench.agent.tracing.part_clock import PartClock
from bench.agent.tracing.spent import Spent


def window_kinds(pairs: int) -> list[bool]:
    """Whether each window is timed: p t t p, so that a drift hits both kinds alike."""
    return [timed for pair in range(pairs) for timed in ((False, True) if pair % 2 == 0 else (True, False))]


class PartSums:
    """Timed windows, each with its number of requests."""

    def __init__(self, clock: PartClock) -> None:
        self._clock = clock
        self._windows: list[tuple[Spent, int]] = []
        self._costs: list[dict[str, tuple[float, float]]] = []

    def calibrate(self) -> None:
        """Measure what timing costs, between windows: the core's speed changes."""
        self._costs.append(self._clock.cost_ns())

    def add(self, spent: Spent, requests: int) -> None:
        self._windows.append((spent, requests))

    def report(self, missing: Sequence[str]) -> dict[str, Any]:
        crossings: Counter[tuple[str, int, int]] = Counter()
        for spent, _ in self._windows:
            for way, outer, inner, times in self._clock.crossed(spent):
                crossings[way, outer, inner] += times
        met = {part for _, outer, inner in crossings for part in (outer, inner)}
        met |= {part for spent, _ in self._windows for part, ns in enumerate(spent.spent_ns) if ns}
        index = {part: place for place, part in enumerate(sorted(met))}
        return {
            "parts": named_parts(self._clock, sorted(met)),
            "spent_us": [
                [round(_of(spent, part) / requests / 1e3, 4) for spent, requests in self._windows] for part in index
            ],
            "crossings": [
                {"way": way, "outer": index[outer], "inner": index[inner], "times": times}
                for (way, outer, inner), times in sorted(crossings.items())
            ],
            "timers": typical_costs(self._costs),
            "missing": list(missing),
        }


def named_parts(clock: PartClock, parts: Sequence[int]) -> list[dict[str, str]]:
    return [{"kind": kind, "name": name} for kind, name in (clock.parts[part] for part in parts)]


def _of(spent: Spent, part: int) -> int:
    """A part that was met later than this window spent nothing in it."""
    return spent.spent_ns[part] if part < len(spent.spent_ns) else 0
