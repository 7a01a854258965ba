"""What the kernel tells of this machine's cores: which are threads of one, how fast each is, and how many a control
group allows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

CPUS = Path("sys/devices/system/cpu")
_AS_FAST = 0.9
"""Cores of one kind differ by a few per cent in how fast they may run; those of another kind by a quarter and more."""


def online_cores(root: Path) -> set[int]:
    """The machine's cores that are switched on, whoever may use them; empty where the kernel doesn't tell."""
    online = text(root / CPUS / "online")
    return numbers(online) if online else set()


def threads_of_core(root: Path, core: int) -> set[int] | None:
    """This one and those that share its physical core; None where the kernel doesn't tell."""
    siblings = text(root / CPUS / f"cpu{core}/topology/thread_siblings_list")
    return numbers(siblings) if siblings else None


def one_thread_each(root: Path, cores: Iterable[int]) -> list[int]:
    """The last of these of each physical core, in their order."""
    taken: set[int] = set()
    kept = []
    for core in sorted(cores, reverse=True):
        if core not in taken:
            kept.append(core)
            taken |= threads_of_core(root, core) or {core}
    return sorted(kept)


def fastest(root: Path, cores: Iterable[int]) -> list[int]:
    """Those of these cores that are of the fastest kind; all of them where the kernel doesn't tell."""
    by_core = {core: _speed(root, core) for core in cores}
    known = [speed for speed in by_core.values() if speed is not None]
    if len(known) < len(by_core):
        return sorted(by_core)
    return sorted(core for core, speed in by_core.items() if (speed or 0) >= _AS_FAST * max(known))


def quota_cores(root: Path) -> float:
    """The least that a control group of this process, or one above it, allows: in cores, infinite without a limit."""
    least = float("inf")
    for line in (text(root / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            least = min(least, *(_limit(folder) for folder in _upwards(root / "sys/fs/cgroup", path)))
        elif "cpu" in controllers.split(","):
            least = min(least, *(_limit_v1(folder) for folder in _upwards(root / "sys/fs/cgroup/cpu", path)))
    return least


def numbers(ranges: str) -> set[int]:
    """`0,4-6` as the kernel writes lists of cores."""
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def text(file: Path) -> str | None:
    """What a file of the kernel says; None where it isn't there."""
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None


def _speed(root: Path, core: int) -> int | None:
    """How fast a core may be, in a unit that only its neighbours share."""
    folder = root / CPUS / f"cpu{core}"
    said = text(folder / "cpu_capacity") or text(folder / "cpufreq/cpuinfo_max_freq")
    return int(said) if said else None


def _upwards(top: Path, path: str) -> list[Path]:
    """A group's folder and those of the groups that it lies in."""
    folder = top / path.strip("/")
    return [folder, *(above for above in folder.parents if above.is_relative_to(top))]


def _limit(folder: Path) -> float:
    quota, _, period = (text(folder / "cpu.max") or "max").partition(" ")
    return float("inf") if quota == "max" else int(quota) / int(period)


def _limit_v1(folder: Path) -> float:
    quota, period = text(folder / "cpu.cfs_quota_us"), text(folder / "cpu.cfs_period_us")
    return float("inf") if quota is None or period is None or int(quota) < 0 else int(quota) / int(period)
