"""Whether a machine is fit to measure: what will disturb, and what to do about it. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from pydantic import computed_field

from bench.host.state import Machine
from bench.model.base import Record
from bench.model.environment import Host
from bench.model.run import Noise
from bench.model.selftest import Selftest
from bench.text.numbers import changed_by, cores, listed, number, share

# As the checks of `bench.analysis.run` and `bench.analysis.load` have them: what makes a run say so, and what makes a
# load INVALID.
_STOLEN_SAID, _STOLEN_LIMIT = 0.05, 0.3
_OTHERS_SAID = 0.1
_NEEDED_CORES, _FEWEST_FREE = 2, 1.5
_MEMORY_LEAST_MB = 1_000
_DISK_LEAST_MB, _DISK_ENOUGH_MB = 500, 2_000
# Each reading of these leaves the process: the clock is then a part of what it measures.
_SLOW_CLOCKS = ("hpet", "acpi_pm", "pit", "jiffies", "xen")
_WITHOUT = {
    "valgrind": "no `bench compare --instructions`",
    "wrk": "`make clients` runs without it",
    "chromium": "browser tests are skipped and `make docs` takes no screenshot",
}


class Fitness(StrEnum):
    """What one thing means for a measurement: nothing, wider intervals, or none; or that only an extra is missing."""

    FIT = "fit"
    DISTURBS = "may disturb"
    UNFIT = "unfit"
    MISSING = "missing"


class HostFinding(Record):
    """One thing that was looked at: what was seen, and the step to take, empty where none is needed."""

    about: str
    fitness: Fitness
    seen: str
    step: str = ""


class Diagnosis(Record):
    """Everything that was looked at on a host; `untold` is what it doesn't tell of itself."""

    host: Host
    findings: tuple[HostFinding, ...]
    untold: tuple[str, ...]

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no property below a decorator
    @property
    def fitness(self) -> Fitness:
        """The worst of the findings; what is only missing is none."""
        order = (Fitness.UNFIT, Fitness.DISTURBS)
        return next((one for one in order if any(found.fitness is one for found in self.findings)), Fitness.FIT)


def disturbed(noise: Sequence[Noise]) -> bool:
    """Whether others took so much of a core around a measurement that it is worth looking for them."""
    return any(one.stolen_share > _STOLEN_SAID for one in noise)


def diagnose(host: Host, machine: Machine, known: Selftest | None) -> Diagnosis:
    """What of a machine disturbs; `known` is what its self-tests have said."""
    found = [finding for judge in _JUDGES if (finding := judge(machine)) is not None]
    untold = {"frequency governor": machine.governor, "turbo": machine.turbo, "clock source": machine.clock}
    return Diagnosis(
        host=host,
        findings=(*found, of_selftest(known), *_tools(machine)),
        untold=tuple(name for name, value in untold.items() if value is None),
    )


def of_cores(machine: Machine) -> HostFinding:
    """Load needs one core for what is measured and one for who asks."""
    if machine.cores.client is None or machine.cores.measured is None:
        seen = f"{machine.allowed}: server and client share it, so every load is INVALID"
        return _unfit("cores", seen, "allow at least two: larger machine, `taskset` or the container's cpuset")
    measured, client = cores(machine.cores.measured), cores(machine.cores.client)
    return _fit("cores", f"{machine.allowed}: measurement on {measured}, client on {client}")


def of_streams(machine: Machine) -> HostFinding:
    """Each of these cores measures blocks or launches of its own; one alone is as right, and slower."""
    streams = machine.streams
    why = f": {listed(streams.limits)}" if streams.limits else ""
    if len(streams.cores) == 1:
        slower = "comparisons need about twice the time of two"
        return _fit("measuring at once", f"{cores(streams.cores)} only, so {slower}{why}")
    return _fit("measuring at once", f"{cores(streams.cores)}{'; no more' if why else ''}{why}")


def of_siblings(machine: Machine) -> HostFinding | None:
    """Two threads of one physical core slow each other by up to a half."""
    if not machine.shared_core:
        return None
    seen = "server and client run on two threads of one physical core and slow each other down"
    return _disturbs(
        "physical cores", seen, "use different physical cores: `taskset -c` with one thread of each (see `lscpu -e`)"
    )


def of_noise(machine: Machine) -> HostFinding:
    """A busy loop on the measured core, and the gaps in it."""
    noise, stolen = machine.noise, machine.stolen_share
    by = f", {share(stolen)} by the hypervisor" if stolen else ""
    seen = (
        f"{share(noise.stolen_share)} of core {noise.core} used by others in {noise.duration_s:.0f} s{by}; "
        f"longest interruption {number(noise.longest_gap_us / 1e3)} ms"
    )
    if noise.stolen_share <= _STOLEN_SAID:
        return _fit("contention", seen)
    by_others = stolen is not None and stolen > noise.stolen_share / 2
    step = "wait, or use another machine: busy host" if by_others else "stop other programs, or wait until they end"
    return (_unfit if noise.stolen_share > _STOLEN_LIMIT else _disturbs)("contention", seen, step)


def of_others(machine: Machine) -> HostFinding:
    """What other processes of this machine use, in cores."""
    used = sum(one.cores for one in machine.busy)
    busiest = [f"{one.name} (pid {one.pid}) {share(one.cores)}" for one in machine.busy[:3] if one.cores > 0.01]
    who = f": {listed(busiest)}" if busiest else ""
    seen = f"{share(used)} of a core{who}; load average {machine.load_average:.2f}"
    if used <= _OTHERS_SAID:
        return _fit("other processes", seen)
    step = "stop them, or wait until they end"
    free = machine.allowed - used
    return (_unfit if free < _FEWEST_FREE else _disturbs)("other processes", seen, step)


def of_quota(machine: Machine) -> HostFinding:
    """A control group's quota stops every process for the rest of a period once it is used up."""
    quota = machine.quota_cores
    if math.isinf(quota):
        return _fit("CPU quota", "none")
    seen = f"{number(quota, 1)} cores; a process above the quota is paused until the next period"
    step = "remove it (`docker run` without --cpus, a pod without a CPU limit); use a cpuset instead"
    return (_unfit if quota < _NEEDED_CORES else _disturbs)("CPU quota", seen, step)


def of_governor(machine: Machine) -> HostFinding | None:
    """A core that is slow until it has been busy for a while."""
    if machine.governor is None:
        return None
    if machine.governor == "performance":
        return _fit("frequency governor", machine.governor)
    return _disturbs("frequency governor", machine.governor, "`sudo cpupower frequency-set --governor performance`")


def of_turbo(machine: Machine) -> HostFinding | None:
    """A core that is fast until it is warm."""
    if machine.turbo is None:
        return None
    if not machine.turbo:
        return _fit("turbo", "off")
    step = "turn it off: write 1 to /sys/devices/system/cpu/intel_pstate/no_turbo, or 0 to …/cpu/cpufreq/boost"
    return _disturbs("turbo", "on: the core speed changes with temperature and load", step)


def of_memory(machine: Machine) -> HostFinding:
    """Swapping, and room for the largest answers."""
    seen = f"{number(machine.memory_free_mb, 0)} MB free, {number(machine.swap_used_mb, 0)} MB of swap in use"
    if machine.memory_free_mb < _MEMORY_LEAST_MB:
        return _unfit("memory", seen, "free some: a 50 MB export alone needs about 250 MB")
    if machine.swap_used_mb >= 1:
        return _disturbs("memory", seen, "stop programs that use much memory, then `sudo swapoff -a`")
    return _fit("memory", seen)


def of_disk(machine: Machine) -> HostFinding:
    """Runs, environments and the database's data."""
    seen = f"{number(machine.disk_free_mb, 0)} MB free for results"
    if machine.disk_free_mb >= _DISK_ENOUGH_MB:
        return _fit("disk", seen)
    step = "make room: stored runs and the cache (~/.cache/fastapi-layercake) may be emptied"
    return (_unfit if machine.disk_free_mb < _DISK_LEAST_MB else _disturbs)("disk", seen, step)


def of_clock(machine: Machine) -> HostFinding | None:
    """Some clocks cost more than what is timed by them."""
    if machine.clock is None:
        return None
    if machine.clock not in _SLOW_CLOCKS:
        return _fit("clock source", machine.clock)
    step = "boot with clocksource=tsc, if the processor has a constant TSC"
    return _disturbs("clock source", f"{machine.clock}: each read is a system call", step)


def of_python(machine: Machine) -> HostFinding:
    """The harness's own, which measures unless --python names another."""
    if machine.python_debug:
        return _unfit("Python", f"{machine.python}, a debug build", "use a release build: make PYTHON=…")
    return _fit("Python", machine.python)


def of_selftest(known: Selftest | None) -> HostFinding:
    """What comparisons on this host have been seen to find, and to miss."""
    if known is None:
        return HostFinding(
            about="self-test",
            fitness=Fitness.MISSING,
            seen="none on this host",
            step="run `bench selftest` (4 minutes) to test how well comparisons work here",
        )
    same, largest = known.controls[0], known.controls[-1]
    tests = f"{known.tests} self-test{'s' if known.tests > 1 else ''}, the last on {known.last_at:%d.%m.%Y}"
    alarms = f"{known.alarms or 'no'} false alarm{'' if known.alarms == 1 else 's'} in {same.cases} unchanged cases"
    found = f"{largest.slower} of {largest.cases} slowed by {share(largest.share)} were detected"
    seen = f"{tests}: {alarms}, {found}; 99% intervals {changed_by(1 + known.half_width).replace('+', '±')}"
    if not same.cases or not largest.cases:
        return _disturbs(
            "self-test", seen, "too few valid figures: run `bench selftest` again when the machine is quiet"
        )
    if noisy := known.noisy_cores:
        step = (
            f"stop what else uses {cores(noisy)}, or measure on others (`taskset -c`); then run `bench selftest` again"
        )
        return _disturbs("self-test", f"{seen}; {cores(noisy)} much noisier than the quietest", step)
    if known.alarms or largest.slower < largest.cases:
        return _disturbs("self-test", seen, "fix the items above, then run `bench selftest` again")
    return _fit("self-test", seen)


def _tools(machine: Machine) -> Iterator[HostFinding]:
    for tool, cost in _WITHOUT.items():
        if tool in machine.tools:
            yield _fit(tool, "installed")
        else:
            seen = f"not installed: {cost}"
            yield HostFinding(
                about=tool, fitness=Fitness.MISSING, seen=seen, step=f"install the package {tool}, if needed"
            )


def _fit(about: str, seen: str) -> HostFinding:
    return HostFinding(about=about, fitness=Fitness.FIT, seen=seen)


def _disturbs(about: str, seen: str, step: str) -> HostFinding:
    return HostFinding(about=about, fitness=Fitness.DISTURBS, seen=seen, step=step)


def _unfit(about: str, seen: str, step: str) -> HostFinding:
    return HostFinding(about=about, fitness=Fitness.UNFIT, seen=seen, step=step)


_JUDGES: tuple[Callable[[Machine], HostFinding | None], ...] = (
    of_cores,
    of_streams,
    of_siblings,
    of_noise,
    of_others,
    of_quota,
    of_governor,
    of_turbo,
    of_memory,
    of_disk,
    of_clock,
    of_python,
)
