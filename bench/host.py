"""The machine: its fingerprint, which core does what, and how much it disturbs a busy loop."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from bench.model import Host
from bench.samples import Noise

# A busy loop of Python takes well under 2 µs a turn; what is missing for longer than this was taken by somebody else.
_GAP_NS = 20_000


@dataclass(frozen=True)
class Cores:
    """Who runs where: the measured process (agent or server), its client, its database. None: left to the kernel."""

    measured: tuple[int, ...] | None
    client: tuple[int, ...] | None
    database: tuple[int, ...] | None = None


def cores(clients: int = 1) -> Cores:
    """The last core that this process may use for what is measured, others for the client; neither of only one.

    `clients` are how many the client wants to have, and gets if there are so many. A database gets one more, or the
    client's last: never the measured one.
    """
    *others, measured = sorted(os.sched_getaffinity(0))
    if not others:
        return Cores(None, None)
    client = tuple(reversed(others[-max(clients, 1) :]))
    return Cores((measured,), client, (others[max(len(others) - len(client) - 1, 0)],))


def describe() -> Host:
    """The host's fingerprint: what makes two hosts' times comparable, and nothing that names them."""
    cpu_model = _cpu_field("model name") or platform.machine()
    facts = {
        "cpu_model": cpu_model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "system": platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "virtualised": "hypervisor" in _cpu_field("flags").split() if _cpu_field("flags") else None,
    }
    digest = hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()
    return Host.model_validate({**facts, "fingerprint": digest[:16]})


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


def _cpu_field(name: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == name), "")
