"""Allocations of a request by the part that makes them: memray's records in their order, in which each crossing of a
boundary leaves a mark.

Not by the frames that memray knows: on Python 3.11, a task that is cancelled makes it lose some.
"""

from __future__ import annotations

import gc
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import memray

from bench.agent.memory.allocations import FREES, count
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.tracing.cpu_clock import PROBE_CALLS
from bench.agent.tracing.part_boundaries import PartBoundaries
from bench.agent.tracing.part_clock import PartClock
from bench.agent.tracing.part_sums import named_parts
from bench.agent.tracing.spent import Spent

_REQUESTS = 8
# A mark is an allocation of so many bytes, and right after it one of as many and its part's index and 1.
_MARK_BYTES = 4_987
_HALVES_APART = 4
_HEADER_BYTES = bytes.__basicsize__
_UNMARKED = -1

Counts = dict[int, tuple[float, float]]
"""Allocations and bytes by part."""


class _Marks(list[int]):
    """CPU by part that leaves a mark at each charge: what was allocated before it in its thread is that part's."""

    def __setitem__(self, part: Any, spent_ns: Any) -> None:
        super().__setitem__(part, spent_ns)
        bytes(_MARK_BYTES)
        bytes(_MARK_BYTES + 1 + part)


async def part_allocations(exchange: PreparedRequest, boundaries: PartBoundaries) -> dict[str, Any]:
    """Allocations and bytes per request of each part, Python's own allocator included, the collector off.

    What the timers allocate is taken off by the number of their crossings, as much of it in all as requests allocate
    more with them than without. Both are slopes between a stretch of requests and one of twice its length.
    """
    plain = await count(exchange)
    clock = boundaries.clock
    gc.collect()
    gc.freeze()
    gc.disable()
    boundaries.put_in()
    try:
        await _timed(exchange, clock, _REQUESTS)
        (single, _), (twice, spent) = [await _timed(exchange, clock, times * _REQUESTS) for times in (1, 2)]
        own = _timers(clock, spent, _of_crossing(clock), 2 * _REQUESTS)
    finally:
        boundaries.take_out()
        gc.enable()
    found = {part: _slope(single.get(part, (0, 0)), twice[part]) for part in sorted(twice) if part != _UNMARKED}
    whole = plain["allocs"] / plain["requests"], plain["alloc_bytes"] / plain["requests"]
    by_part = _without(found, own, whole)
    return {
        "parts": named_parts(clock, list(by_part)),
        "by_part": [
            {"allocs": round(max(0.0, allocs), 2), "alloc_bytes": round(max(0.0, alloc_bytes), 1)}
            for allocs, alloc_bytes in by_part.values()
        ],
    }


async def _timed(exchange: PreparedRequest, clock: PartClock, requests: int) -> tuple[Counts, Spent]:
    spent = Spent(_Marks(clock.spent().spent_ns), clock.spent().crossings)
    with _tracked() as found:
        clock.start(spent)
        for _ in range(requests):
            await exchange.perform()
        clock.stop()
    return found, spent


def _of_crossing(clock: PartClock) -> dict[str, tuple[tuple[float, float], tuple[float, float]]]:
    """What a timer allocates at a crossing, by way: in the inner part, and in the outer one."""
    found = {}
    for way, (plain, timed) in clock.probes().items():
        with _tracked() as untimed:
            plain()
        spent = Spent(_Marks(clock.spent().spent_ns), clock.spent().crossings)
        with _tracked() as marked:
            clock.start(spent)
            timed()
            clock.stop()
        inside, outside, without = marked[clock.pool], marked[clock.root], untimed[_UNMARKED]
        found[way] = (
            (inside[0] / PROBE_CALLS, inside[1] / PROBE_CALLS),
            (max(0.0, outside[0] - without[0]) / PROBE_CALLS, max(0.0, outside[1] - without[1]) / PROBE_CALLS),
        )
    return found


def _timers(clock: PartClock, spent: Spent, costs: Mapping[str, Any], requests: int) -> Counts:
    """What the timers allocated per request in each part, by their crossings."""
    own: Counts = {}
    for way, outer, inner, times in clock.crossed(spent):
        for part, (allocs, alloc_bytes) in zip((inner, outer), costs[way], strict=True):
            before = own.get(part, (0.0, 0.0))
            own[part] = before[0] + allocs * times / requests, before[1] + alloc_bytes * times / requests
    return own


def _slope(single: tuple[float, float], twice: tuple[float, float]) -> tuple[float, float]:
    return (twice[0] - single[0]) / _REQUESTS, (twice[1] - single[1]) / _REQUESTS


def _without(found: Counts, own: Counts, whole: tuple[float, float]) -> Counts:
    """Less the timers' own, by as much as makes the whole what it is without timers."""
    factors = []
    for kind in (0, 1):
        tax = sum(one[kind] for one in found.values()) - whole[kind]
        known = sum(own.get(part, (0.0, 0.0))[kind] for part in found)
        factors.append(max(0.0, tax) / known if known else 0.0)
    return {
        part: (
            allocs - factors[0] * own.get(part, (0.0, 0.0))[0],
            alloc_bytes - factors[1] * own.get(part, (0.0, 0.0))[1],
        )
        for part, (allocs, alloc_bytes) in found.items()
    }


@contextmanager
def _tracked() -> Iterator[Counts]:
    """What is allocated meanwhile, by part, which is known when it is over; what no mark came after is `_UNMARKED`."""
    found: Counts = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "allocations.bin"
        with memray.Tracker(file, trace_python_allocators=True):
            yield found
        found.update(_read(file))


def _read(file: Path) -> Counts:
    allocs: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    threads: dict[int, _Waiting] = defaultdict(_Waiting)
    with memray.FileReader(file) as reader:
        for record in reader.get_allocation_records():
            if record.allocator in FREES:
                continue
            thread = threads[record.tid]
            part = thread.marked(record.size - _HEADER_BYTES - _MARK_BYTES)
            if part is None:
                thread.allocs += 1
                thread.alloc_bytes += record.size
            else:
                allocs[part] += thread.allocs
                sizes[part] += thread.alloc_bytes
                threads[record.tid] = _Waiting()
    for thread in threads.values():
        allocs[_UNMARKED] += thread.allocs
        sizes[_UNMARKED] += thread.alloc_bytes
    return {part: (allocs[part], sizes[part]) for part in allocs}


@dataclass
class _Waiting:
    """What a thread has allocated since its last mark; `begun` records after the first half of the next one."""

    allocs: int = 0
    alloc_bytes: int = 0
    begun: int = _HALVES_APART

    def marked(self, beyond: int) -> int | None:
        """The part whose mark ends with an allocation of so many bytes beyond a mark's."""
        if beyond == 0:
            self.begun = 0
        elif beyond > 0 and self.begun < _HALVES_APART:
            return beyond - 1
        else:
            self.begun += 1
        return None
