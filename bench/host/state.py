"""What this machine is like at this moment, as far as it disturbs a measurement: looked at, and not judged."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.host import affinity
from bench.host import noise as host_noise
from bench.host.affinity import Cores, StreamCores
from bench.host.noise import load_average
from bench.host.topology import CPUS, quota_cores, text, threads_of_core
from bench.model.run import Noise

TOOLS = ("valgrind", "wrk", "chromium")
"""Programs that something here is done with, and nothing is measured without."""
_CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first one opens a page in a third of the time."""


@dataclass(frozen=True)
class BusyProcess:
    """A process of somebody else, and how many cores' time it took."""

    pid: int
    name: str
    cores: float


@dataclass(frozen=True)
class Machine:
    """What was seen of it; None where it doesn't tell. `stolen_share` is what the hypervisor gave to others of the
    measured core's time, `quota_cores` how much CPU time a control group allows (infinite without a limit).
    Streams of blocks run on the cores of `streams` at once."""

    allowed: int
    cores: Cores
    streams: StreamCores
    noise: Noise
    stolen_share: float | None
    busy: tuple[BusyProcess, ...]
    load_average: float
    shared_core: bool | None
    governor: str | None
    turbo: bool | None
    quota_cores: float
    clock: str | None
    memory_free_mb: float
    swap_used_mb: float
    disk_free_mb: float
    python: str
    python_debug: bool
    tools: frozenset[str]


def look(keeps: Path, duration_s: float = 2.0, root: Path = Path("/")) -> Machine:
    """Look for `duration_s`, while the measured core spins; `keeps` is where results lie. Raises OSError."""
    cores = affinity.cores()
    core = cores.measured[0] if cores.measured else max(os.sched_getaffinity(0))
    before, stolen_s = _cpu_s(), _stolen_s(core)
    noise = host_noise.noise("start", cores.measured, duration_s)
    after, stolen_after_s = _cpu_s(), _stolen_s(core)
    lost = None if stolen_s is None or stolen_after_s is None else (stolen_after_s - stolen_s) / noise.duration_s
    return Machine(
        allowed=len(os.sched_getaffinity(0)),
        cores=cores,
        streams=affinity.streams(root),
        noise=noise,
        stolen_share=lost,
        busy=_busiest(before, after, noise.duration_s),
        load_average=load_average(),
        shared_core=_shared(root, cores),
        governor=text(root / CPUS / f"cpu{core}/cpufreq/scaling_governor"),
        turbo=_turbo(root),
        quota_cores=quota_cores(root),
        clock=text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
        memory_free_mb=psutil.virtual_memory().available / 1e6,
        swap_used_mb=psutil.swap_memory().used / 1e6,
        disk_free_mb=shutil.disk_usage(_existing(keeps)).free / 1e6,
        python=platform.python_version(),
        python_debug=hasattr(sys, "gettotalrefcount"),
        tools=frozenset(tool for tool in TOOLS if installed(tool)),
    )


def _shared(root: Path, cores: Cores) -> bool | None:
    """Whether what is measured and its client are two threads of one physical core."""
    if cores.measured is None or cores.client is None:
        return None
    siblings = threads_of_core(root, cores.measured[0])
    return None if siblings is None else not siblings.isdisjoint(cores.client)


def _turbo(root: Path) -> bool | None:
    """Whether cores may run faster for a while than they can for long."""
    if (without := text(root / CPUS / "intel_pstate/no_turbo")) is not None:
        return without == "0"
    boost = text(root / CPUS / "cpufreq/boost")
    return None if boost is None else boost == "1"


def _cpu_s() -> dict[tuple[int, float], tuple[str, float]]:
    """Name and CPU time so far of every other process, by its id and start: names change, and ids come again."""
    found = {}
    for one in psutil.process_iter(["name", "create_time", "cpu_times"]):
        times = one.info["cpu_times"]
        if one.pid != os.getpid() and times is not None:
            found[one.pid, one.info["create_time"]] = one.info["name"] or "?", times.user + times.system
    return found


def _busiest(
    before: Mapping[tuple[int, float], tuple[str, float]],
    after: Mapping[tuple[int, float], tuple[str, float]],
    elapsed_s: float,
) -> tuple[BusyProcess, ...]:
    """Who took any time in between, the busiest first."""
    found = []
    for who, (name, cpu_s) in after.items():
        _, earlier_s = before.get(who, (name, 0.0))
        if cpu_s > earlier_s:
            found.append(BusyProcess(who[0], name, (cpu_s - earlier_s) / elapsed_s))
    return tuple(sorted(found, key=lambda one: -one.cores))


def _stolen_s(core: int) -> float | None:
    """What the hypervisor has given to others of a core's time; None where that isn't known."""
    times = psutil.cpu_times(percpu=True)
    return getattr(times[core], "steal", None) if core < len(times) else None


def _existing(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def installed(tool: str) -> str | None:
    """Where one of `TOOLS` is, or None."""
    names = _CHROMIUMS if tool == "chromium" else (tool,)
    return next(filter(None, map(shutil.which, names)), None)
