"""A pyinstrument profile of what uvicorn serves, taken inside the server while a client of another process loads it."""

from __future__ import annotations

import asyncio
import resource
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.agent.profiles.frame_names import IDLE, LOOP, below_loop
from bench.agent.profiles.profiling import INTERVAL_S, Sampling, text
from bench.agent.servers.uvicorn import UvicornServer

# A client takes a second or two to start; a while after its first request all its connections are made.
_PATIENCE_S = 20.0
_SETTLE_S = 0.4
_LOOK_S = 0.005
_MUCH = 0.1


@dataclass(frozen=True)
class ServerUsage:
    """What this process had used at a moment of the machine's monotonic clock, and how many requests it had served.

    `cpu_s` is of all its threads, `loop_s` of that in the loop's, `system_s` in the kernel; `slept_s` is reported by
    differences only: how long the loop's thread had nothing to do, or waited for another one.
    """

    at_s: float
    requests: int
    cpu_s: float
    loop_s: float
    system_s: float
    slept_s: float

    @classmethod
    def now(cls, served: UvicornServer) -> ServerUsage:
        at_s, own = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        ran_s, queued_s = _thread_s()
        return cls(at_s, served.requests, own.ru_utime + own.ru_stime, ran_s, own.ru_stime, at_s - ran_s - queued_s)

    def since(self, before: ServerUsage) -> ServerUsage:
        return ServerUsage(
            self.at_s - before.at_s,
            self.requests - before.requests,
            self.cpu_s - before.cpu_s,
            self.loop_s - before.loop_s,
            self.system_s - before.system_s,
            self.slept_s - before.slept_s,
        )

    @property
    def request_s(self) -> float:
        """CPU of one request."""
        return self.cpu_s / self.requests

    @property
    def in_threads(self) -> bool:
        """Whether other threads than the loop's did much of the work."""
        return self.cpu_s - self.loop_s > _MUCH * self.cpu_s


class ServedProfile:
    """A profile that was taken. It is reported after the load, since that takes a while."""

    def __init__(self, served: UvicornServer, sampling: Sampling, plain: ServerUsage, profiled: ServerUsage) -> None:
        self._server = served.name
        self._sampling = sampling
        self._plain = plain
        self._profiled = profiled

    def report(self, title: str | None) -> dict[str, Any]:
        """Folded stacks, and with a `title` pyinstrument's own files. `tax` is CPU per request against that of a moment
        before, and `kernel_share` how much of the latter the kernel used.

        Raises RuntimeError when nothing was answered.
        """
        plain, profiled = self._plain, self._profiled
        if not plain.requests or not profiled.requests:
            raise RuntimeError("no request was answered during the profile; use a smaller request or --full")
        folded = self._sampling.folded(below_loop)
        if plain.in_threads:  # sampled by CPU time
            folded[f"{LOOP};{IDLE}"] += max(0, round(profiled.at_s * 1e6) - folded.total())
        else:
            part_idle(folded, round(profiled.slept_s * 1e6))
        return {
            "folded": text(folded),
            "interval_s": INTERVAL_S,
            "duration_s": profiled.at_s,
            "requests": profiled.requests,
            "tax": profiled.request_s / plain.request_s,
            "kernel_share": plain.system_s / plain.cpu_s,
            "server": self._server,
            "own": self._sampling.own(title),
        }


async def profile_served(served: UvicornServer, duration_s: float) -> tuple[ServedProfile, tuple[float, float]]:
    """A profile of `duration_s` under load, which somebody else has to bring; and from when to when, on the machine's
    monotonic clock, it had to come for that. Raises RuntimeError when none did.
    """
    served.beside.end()
    await _asked(served)
    begin = ServerUsage.now(served)
    await asyncio.sleep(duration_s / 2)
    middle = ServerUsage.now(served)
    with Sampling(cpu_time=middle.since(begin).in_threads) as sampling:
        before = ServerUsage.now(served)
        await asyncio.sleep(duration_s)
        end = ServerUsage.now(served)
    return ServedProfile(served, sampling, middle.since(begin), end.since(before)), (begin.at_s, end.at_s)


def part_idle(folded: Counter[str], slept_us: int) -> None:
    """Part the time in which the loop called nobody: what its thread slept is `[idle]`, the rest its own work.

    No function runs in either, so that a sampler can't tell them apart; the kernel can.
    """
    idle = max(0, min(slept_us, folded[LOOP]))
    folded[LOOP] -= idle
    folded[f"{LOOP};{IDLE}"] += idle


async def _asked(served: UvicornServer) -> None:
    """Until requests come, and all who send them are there. Raises RuntimeError when nobody does."""
    before, deadline_s = served.requests, time.perf_counter() + _PATIENCE_S
    while served.requests == before:
        if time.perf_counter() > deadline_s:
            raise RuntimeError(f"no request arrived within {_PATIENCE_S:g} s")
        await asyncio.sleep(_LOOK_S)
    await asyncio.sleep(_SETTLE_S)


def _thread_s() -> tuple[float, float]:
    """How long this thread has run, and how long it had work and no core (0 where the kernel keeps no account)."""
    ran_s = time.thread_time()
    try:
        return ran_s, int(Path("/proc/thread-self/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return ran_s, 0.0
