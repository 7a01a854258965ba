"""Which core each process gets: what is measured, its client, its database; and how many cores measure at once."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.host.topology import fastest, one_thread_each, online_cores, quota_cores, threads_of_core

MOST_STREAMS = 8
"""One harness process keeps no more cores busy: between windows it is asked for what a stream does next."""


@dataclass(frozen=True)
class Cores:
    """Who runs where: the measured process (agent or server), its client, its database. None: left to the kernel.

    `server` are those of a server with several workers: the measured one and more, where there are enough.
    """

    measured: tuple[int, ...] | None
    client: tuple[int, ...] | None
    database: tuple[int, ...] | None = None
    server: tuple[int, ...] | None = None


@dataclass(frozen=True)
class StreamCores:
    """On which cores streams run, the best first, and in a few words each why not on more of the machine's."""

    cores: tuple[int, ...]
    limits: tuple[str, ...] = ()


def cores(clients: int = 1, root: Path = Path("/"), workers: int = 1) -> Cores:
    """The best core that this process may use for what is measured, others for the client; neither of only one.

    `clients` are how many the client wants to have, and gets if there are so many; none is the other thread of the
    measured core, if that can be. A database gets one more, or the client's last: never the measured one. The server's
    `workers` get one each of the streams' kind, as far as the others leave any: a thread of their cores is none.
    """
    measured, *_ = stream_cores(root)
    allowed = os.sched_getaffinity(0) - {measured}
    others = sorted(allowed - _threads(root, measured) or allowed)
    if not others:
        return Cores(None, None)
    client = tuple(reversed(others[-max(clients, 1) :]))
    database = others[max(len(others) - len(client) - 1, 0)]
    spare = _spare(root, {measured, *client, database})
    return Cores((measured,), client, (database,), (measured, *spare[: workers - 1]) if workers > 1 else None)


def _threads(root: Path, core: int) -> set[int]:
    return {core} | (threads_of_core(root, core) or set())


def _spare(root: Path, taken: set[int]) -> list[int]:
    """The cores that are as fast as any, of which no thread is taken; one thread of each."""
    threads = set().union(*(_threads(root, core) for core in taken))
    allowed = os.sched_getaffinity(0)
    return [core for core in fastest(root, one_thread_each(root, allowed)) if not threads & _threads(root, core)]


def stream_cores(root: Path = Path("/"), each_mb: float = 0.0) -> tuple[int, ...]:
    """The cores on which streams of blocks may run at once, the best first; always one at least.

    One thread of a physical core, all of the fastest kind, no more than a quota allows, nor than fit into half of the
    free memory with `each_mb` of agents. Of three and more, one is left to the harness and to whatever else runs; of
    two both are used, since the harness works only while a stream waits.
    """
    return streams(root, each_mb).cores


def streams(root: Path = Path("/"), each_mb: float = 0.0) -> StreamCores:
    """The same, and what keeps the machine's other cores out."""
    allowed = os.sched_getaffinity(0)
    physical = one_thread_each(root, allowed)
    *spare, last = alike = fastest(root, physical)
    usable = (last, *reversed(spare[1:] if len(spare) > 1 else spare))
    quota = quota_cores(root)
    fitting = psutil.virtual_memory().available / 1e6 / 2 / each_mb if each_mb else math.inf
    number = max(1, int(min(MOST_STREAMS, quota, fitting, len(usable))))
    online, second, slow = len(online_cores(root) | allowed), len(allowed) - len(physical), len(physical) - len(alike)
    limits = {
        "the machine has only one core": online == 1,
        f"the affinity (`taskset` or cpuset) allows only {len(allowed)} of {online} cores": len(allowed) < online,
        f"second threads of physical cores ({second}) are not used": second > 0,
        f"cores of a slower kind ({slow}) are not used": slow > 0,
        f"core {alike[0]} is left to other programs": len(usable) < len(alike),
        f"the CPU quota allows only {quota:g} core{'' if quota == 1 else 's'}": quota < min(len(usable), MOST_STREAMS),
        f"free memory is enough for only {number} at once": fitting < min(len(usable), quota, MOST_STREAMS),
        f"no more than {MOST_STREAMS} cores can be kept busy": min(len(usable), quota, fitting) > MOST_STREAMS,
    }
    return StreamCores(usable[:number], tuple(said for said, applies in limits.items() if applies))


def core_pairs(root: Path = Path("/"), each_mb: float = 0.0) -> dict[int | None, int]:
    """The same two by two, one to find the other by, for what works on both at once and isn't timed; none of fewer than
    four. `each_mb` is of what works on one core."""
    usable = stream_cores(root, each_mb)
    pairs: dict[int | None, int] = dict(zip(usable[::2], usable[1::2], strict=False))
    return pairs if len(pairs) > 1 else {}
