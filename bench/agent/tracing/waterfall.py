"""One request alone as it goes through an app's parts: its stretches in order, and what each part waits."""

from __future__ import annotations

import resource
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any

from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.tracing.part_boundaries import PartBoundaries
from bench.agent.tracing.part_clock import PartClock
from bench.agent.tracing.part_sums import named_parts
from bench.agent.tracing.spent import Spent

# Elapsed time that the CPU clock lacks: less of it is the timers' own and the kernel's.
_WAIT_NS = 20_000
_MOST_SPANS = 500
# Of so many times the requests that are wanted, those in which no other process took the core from the loop's thread.
_TRIES = 3
_PICKED_UP = -1


@dataclass
class _Stretch:
    """A thread in one part, from when to when by the wall clock, and its CPU in it."""

    part: int
    begin_ns: int
    end_ns: int
    cpu_ns: int
    in_thread: bool

    @property
    def waits_ns(self) -> int:
        return max(0, self.end_ns - self.begin_ns - self.cpu_ns)


@dataclass
class _Trace:
    """Every charge in the order in which it was made: part, CPU, when, and in which thread; and where a thread of the
    pool picks up its next work. `interrupted` is how often the loop's thread lost its core to somebody else."""

    charges: list[tuple[int, int, int, int]] = field(default_factory=list)
    begin_ns: int = 0
    end_ns: int = 0
    interrupted: int = 0

    def picked_up(self) -> None:
        self.charges.append((_PICKED_UP, 0, time.perf_counter_ns(), get_ident()))

    @property
    def elapsed_ns(self) -> int:
        return self.end_ns - self.begin_ns


class _Recorder(list[int]):
    """CPU by part that also remembers each charge."""

    def __init__(self, parts: int, trace: _Trace) -> None:
        super().__init__([0] * parts)
        self._trace = trace

    def __setitem__(self, part: Any, spent_ns: Any) -> None:
        self._trace.charges.append((part, spent_ns - self[part], time.perf_counter_ns(), get_ident()))
        super().__setitem__(part, spent_ns)


async def waterfall(exchange: PreparedRequest, boundaries: PartBoundaries, requests: int) -> dict[str, Any]:
    """So many requests one by one: the stretches of the one of median length, and every part's mean waiting time.

    An idle loop's time is the part's that goes on after it, less what other threads did meanwhile; a thread that
    blocks waits for the part that it is in.
    """
    traces = await _undisturbed(exchange, boundaries, requests)
    seen = [_stretches(trace) for trace in traces]
    waits_ns: dict[int, int] = defaultdict(int)
    for stretches in seen:
        for stretch in stretches:
            waits_ns[stretch.part] += _waits_ns(stretch, stretches)
    middle = sorted(range(len(traces)), key=lambda one: traces[one].elapsed_ns)[len(traces) // 2]
    parts = sorted({stretch.part for stretches in seen for stretch in stretches})
    shown, begin_ns = seen[middle][:_MOST_SPANS], traces[middle].begin_ns
    return {
        "parts": named_parts(boundaries.clock, parts),
        "spans": [_span(one, parts.index(one.part), begin_ns, seen[middle]) for one in shown],
        "requests": len(traces),
        "wait_us": [round(waits_ns[part] / 1e3 / len(traces), 2) for part in parts],
    }


async def _undisturbed(exchange: PreparedRequest, boundaries: PartBoundaries, requests: int) -> list[_Trace]:
    traces: list[_Trace] = []
    boundaries.put_in()
    try:
        await _traced(exchange, boundaries.clock)  # the first finds the classes' methods anew
        while len(traces) < _TRIES * requests and sum(not one.interrupted for one in traces) < requests:
            traces.append(await _traced(exchange, boundaries.clock))
    finally:
        boundaries.take_out()
    return sorted(traces, key=lambda one: one.interrupted)[:requests]


async def _traced(exchange: PreparedRequest, clock: PartClock) -> _Trace:
    spent, trace = clock.spent(), _Trace()
    clock.picked_up = trace.picked_up
    interrupted = _interruptions()
    clock.start(Spent(_Recorder(len(spent.spent_ns), trace), spent.crossings))
    trace.charges.clear()  # what other threads had spent until now
    trace.begin_ns = time.perf_counter_ns()
    try:
        await exchange.perform()
    finally:
        trace.end_ns = time.perf_counter_ns()
        clock.stop()
        clock.picked_up = None
    trace.interrupted = _interruptions() - interrupted
    return trace


def _interruptions() -> int:
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def _stretches(trace: _Trace) -> list[_Stretch]:
    """Charges of one thread to the same part, joined unless it waited, in the order in which they begin."""
    loop = get_ident()
    since: dict[int, int] = {loop: trace.begin_ns}
    last: dict[int, _Stretch] = {}
    found: list[_Stretch] = []
    for part, cpu_ns, at_ns, thread in trace.charges:
        begin_ns = since.get(thread)
        if part == _PICKED_UP:
            since.pop(thread, None)
            last.pop(thread, None)
            continue
        since[thread] = at_ns
        if begin_ns is None or begin_ns >= trace.end_ns:
            continue
        one = _Stretch(part, begin_ns, min(at_ns, trace.end_ns), cpu_ns, in_thread=thread != loop)
        before = last.get(thread)
        # What other threads did while the stretch before this one lasted.
        of_others = cpu_ns > one.end_ns - one.begin_ns + _WAIT_NS
        brief = before is not None and max(one.waits_ns, before.waits_ns) < _WAIT_NS
        if before is not None and before.part == part and (brief or of_others):
            before.end_ns, before.cpu_ns = one.end_ns, before.cpu_ns + cpu_ns
        else:
            found.append(one)
            last[thread] = one
    return sorted(found, key=lambda one: one.begin_ns)


def _waits_ns(one: _Stretch, others: Sequence[_Stretch]) -> int:
    """Of a stretch in which hardly anybody ran: on the loop, less what threads did at the same time."""
    if one.waits_ns < _WAIT_NS:
        return 0
    if one.in_thread:
        return one.waits_ns
    beside_ns = sum(
        max(0, min(one.end_ns, other.end_ns) - max(one.begin_ns, other.begin_ns)) for other in others if other.in_thread
    )
    return max(0, one.waits_ns - beside_ns)


def _span(one: _Stretch, part: int, begin_ns: int, others: Sequence[_Stretch]) -> dict[str, Any]:
    return {
        "part": part,
        "begin_us": round((one.begin_ns - begin_ns) / 1e3, 2),
        "end_us": round((one.end_ns - begin_ns) / 1e3, 2),
        "cpu_us": round(one.cpu_ns / 1e3, 2),
        "waits": _waits_ns(one, others) > one.cpu_ns,
        "in_thread": one.in_thread,
    }
