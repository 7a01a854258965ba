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
from bench.host.affinity import Cores
from bench.host.noise import load_average
from bench.model.run import Noise

TOOLS = ("valgrind", "wrk", "chromium")
"""Programs that something here is done with, and nothing is measured without."""
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
_CPUS = Path("sys/devices/system/cpu")


@dataclass(frozen=True)
class BusyProcess:
    """A process of somebody else, and how many cores' time it took."""

    pid: int
    name: str
    cores: float


@dataclass(frozen=True)
class Machine:
    """What was seen of it; None where it doesn't tell. `stolen_share` is what the hypervisor gave to others of the
    measured core's time, `quota_cores` how much CPU time a control group allows (infinite without a limit)."""

    allowed: int
    cores: Cores
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
        noise=noise,
        stolen_share=lost,
        busy=_busiest(before, after, noise.duration_s),
        load_average=load_average(),
        shared_core=_shared(root, cores),
        governor=_text(root / _CPUS / f"cpu{core}/cpufreq/scaling_governor"),
        turbo=_turbo(root),
        quota_cores=quota_cores(root),
        clock=_text(root / "sys/devices/system/clocksource/clocksource0/current_clocksource"),
        memory_free_mb=psutil.virtual_memory().available / 1e6,
        swap_used_mb=psutil.swap_memory().used / 1e6,
        disk_free_mb=shutil.disk_usage(_existing(keeps)).free / 1e6,
        python=platform.python_version(),
        python_debug=hasattr(sys, "gettotalrefcount"),
        tools=frozenset(tool for tool in TOOLS if _installed(tool)),
    )


def quota_cores(root: Path) -> float:
    """The least that a control group of this process, or one above it, allows: in cores, infinite without a limit."""
    least = float("inf")
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            least = min(least, *(_limit(folder) for folder in _upwards(root / "sys/fs/cgroup", path)))
        elif "cpu" in controllers.split(","):
            least = min(least, *(_limit_v1(folder) for folder in _upwards(root / "sys/fs/cgroup/cpu", path)))
    return least


def _upwards(top: Path, path: str) -> list[Path]:
    """A group's folder and those of the groups that it lies in."""
    folder = top / path.strip("/")
    return [folder, *(above for above in folder.parents if above.is_relative_to(top))]


def _limit(folder: Path) -> float:
    quota, _, period = (_text(folder / "cpu.max") or "max").partition(" ")
    return float("inf") if quota == "max" else int(quota) / int(period)


def _limit_v1(folder: Path) -> float:
    quota, period = _text(folder / "cpu.cfs_quota_us"), _text(folder / "cpu.cfs_period_us")
    return float("inf") if quota is None or period is None or int(quota) < 0 else int(quota) / int(period)


def _shared(root: Path, cores: Cores) -> bool | None:
    """Whether what is measured and its client are two threads of one physical core."""
    if cores.measured is None or cores.client is None:
        return None
    siblings = _text(root / _CPUS / f"cpu{cores.measured[0]}/topology/thread_siblings_list")
    return None if siblings is None else not _numbers(siblings).isdisjoint(cores.client)


def _numbers(ranges: str) -> set[int]:
    """`0,4-6` as the kernel writes lists of cores."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def _turbo(root: Path) -> bool | None:
    """Whether cores may run faster for a while than they can for long."""
    if (without := _text(root / _CPUS / "intel_pstate/no_turbo")) is not None:
        return without == "0"
    boost = _text(root / _CPUS / "cpufreq/boost")
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
    """What the hypervisor has given to others of a core's time; None where that isn't told."""
    times = psutil.cpu_times(percpu=True)
    return getattr(times[core], "steal", None) if core < len(times) else None


def _existing(folder: Path) -> Path:
    """The folder, or what it will be made in."""
    return next(one for one in (folder, *folder.absolute().parents) if one.exists())


def _installed(tool: str) -> bool:
    names = _CHROMIUMS if tool == "chromium" else (tool,)
    return any(shutil.which(name) for name in names)


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None
