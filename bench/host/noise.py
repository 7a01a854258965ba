"""How much of a busy loop's time other processes take."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Literal

from bench.model.run import Noise

# A busy loop of Python takes well under 2 µs a turn; what is missing for longer than this was taken by somebody else.
_GAP_NS = 20_000


def noise(at: Literal["start", "end"], core: Sequence[int] | None, duration_s: float = 0.3) -> Noise:
    """Spin on the measured core and look for gaps: the share of time, and the longest stretch, that went elsewhere."""
    before = os.sched_getaffinity(0)
    spun_on = core or sorted(before)[-1:]
    os.sched_setaffinity(0, spun_on)
    try:
        stolen_ns, longest_ns, elapsed_ns = _spin(round(duration_s * 1e9))
    finally:
        os.sched_setaffinity(0, before)
    return Noise(
        at=at,
        core=spun_on[0],
        duration_s=elapsed_ns / 1e9,
        stolen_share=stolen_ns / elapsed_ns,
        longest_gap_us=longest_ns / 1e3,
    )


def load_average() -> float:
    """How many processes wanted a core, on average over the last minute."""
    return os.getloadavg()[0]


def _spin(duration_ns: int) -> tuple[int, int, int]:
    clock = time.perf_counter_ns
    start = last = clock()
    stolen = longest = 0
    while last - start < duration_ns:
        now = clock()
        gap = now - last
        if gap > _GAP_NS:
            stolen += gap
            longest = max(longest, gap)
        last = now
    return stolen, longest, last - start
