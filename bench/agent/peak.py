"""How far one request raises the high water of this process's resident memory."""

from __future__ import annotations

import gc
from pathlib import Path

from bench.agent.driver import Exchange


async def peak(exchange: Exchange) -> dict[str, float | str]:
    """Resident memory before, the rise of its high water during one request (MB of 10**6), and what came back.

    Writing 5 to clear_refs resets VmHWM to what is resident now (proc(5)): polling would miss short peaks.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before_kib = _status_kib("VmRSS")
    trace = await exchange.trace()
    return {
        "before_mb": before_kib * 1024 / 1e6,
        "peak_mb": (_status_kib("VmHWM") - before_kib) * 1024 / 1e6,
        "body_bytes": trace.length,
        "first_byte_ms": round(trace.first_byte_ms, 3),
        "elapsed_ms": round(trace.elapsed_ms, 3),
        "status": trace.status,
        "lines": trace.lines,
        "content_type": trace.content_type,
        "sha256": trace.sha256,
    }


def _status_kib(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise RuntimeError(f"/proc/self/status has no {field}")
