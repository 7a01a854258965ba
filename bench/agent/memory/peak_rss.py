"""How far one request raises the high water of this process's resident memory, and what it holds up meanwhile."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

from bench.agent.holds.step_watch import StepWatch
from bench.agent.requests.asgi_client import PreparedRequest
from bench.agent.timing import CollectorClock

_TICK_S = 0.001
_WATCHED_MS = 10_000.0


async def peak(exchange: PreparedRequest, collector: CollectorClock) -> dict[str, float | str | None]:
    """Resident memory before, the rise of its high water during one request (MB of 10**6), and what came back.

    Writing 5 to clear_refs resets VmHWM to what is resident now (proc(5)): polling would miss short peaks.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before_kib = status_kib("VmRSS")
    start_ns = time.process_time_ns()
    with _Canary() as canary:
        trace = await exchange.trace()
    cpu_ms = round((time.process_time_ns() - start_ns) / 1e6, 3)
    peak_mb = (status_kib("VmHWM") - before_kib) * 1024 / 1e6
    return {
        "before_mb": before_kib * 1024 / 1e6,
        "peak_mb": peak_mb,
        "body_bytes": trace.length,
        "first_byte_ms": round(trace.first_byte_ms, 3),
        "elapsed_ms": round(trace.elapsed_ms, 3),
        "cpu_ms": cpu_ms,
        "stall_ms": round(canary.stall_s * 1e3, 3),
        **await _longest_hold(exchange, collector, trace.elapsed_ms),
        "status": trace.status,
        "lines": trace.lines,
        "content_type": trace.content_type,
        "content_encoding": trace.content_encoding,
        "sha256": trace.sha256,
    }


async def _longest_hold(
    exchange: PreparedRequest, collector: CollectorClock, elapsed_ms: float
) -> dict[str, float | str | None]:
    """Of another request, unless that takes too long: looking at frames keeps objects alive, which raises the peak."""
    if elapsed_ms > _WATCHED_MS:
        return {"hold_ms": None, "hold_at": None}
    with StepWatch(collector) as watch:
        await asyncio.create_task(exchange.trace())  # in steps of its own
    return watch.longest.as_dict()


class _Canary:
    """Wants a turn of the event loop every millisecond, and knows how late the latest was.

    A turn takes about 10 µs: one hundredth of the CPU. What holds the loop for less than a tick may escape it.
    """

    def __init__(self) -> None:
        self.stall_s = 0.0
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> _Canary:
        self._await_turn()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._look()  # who ends without letting others have a turn has held them up as well

    def _await_turn(self) -> None:
        self._due_s = time.perf_counter() + _TICK_S  # not the loop's own clock, which uvloop stops while it is held
        self._timer = self._loop.call_later(_TICK_S, self._turn)

    def _turn(self) -> None:
        self._look()
        self._await_turn()

    def _look(self) -> None:
        self.stall_s = max(self.stall_s, time.perf_counter() - self._due_s)


def status_kib(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")
