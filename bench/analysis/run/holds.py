"""The longest hold of the event loop by case, in process and under each scenario.

Whatever else a sample's checks say: that the loop was held is an observation of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.model.load import LoadSample, SearchSample
from bench.model.run import MemorySample, Run

IN_PROCESS = "in process"


@dataclass(frozen=True)
class LoopHold:
    """The longest single step of the loop over all launches; `where` is `in process` or the scenario, and `at` the
    line where the step stood, None for one too short to be looked at."""

    case: str
    where: str
    hold_ms: float
    at: str | None


def loop_holds(run: Run) -> tuple[LoopHold, ...]:
    """In the order of the cases; none of what wasn't watched."""
    longest: dict[tuple[str, str], LoopHold] = {}
    for sample in _watched(run):
        if sample.hold_ms is None:
            continue
        where = sample.scenario if isinstance(sample, LoadSample) else IN_PROCESS
        known = longest.get((sample.case, where))
        if known is None or sample.hold_ms > known.hold_ms:
            longest[sample.case, where] = LoopHold(sample.case, where, sample.hold_ms, sample.hold_at)
    order = {case.id: index for index, case in enumerate(run.cases)}
    return tuple(sorted(longest.values(), key=lambda one: (order.get(one.case, len(order)), one.where != IN_PROCESS)))


def _watched(run: Run) -> Iterator[MemorySample | LoadSample]:
    """Those of a search are its capacity, and each rate that it tried."""
    for sample in run.samples:
        if isinstance(sample, SearchSample):
            yield from (sample.capacity, *sample.steps)
        elif isinstance(sample, MemorySample | LoadSample):
            yield sample
