"""The safeguards: one function each over a sample's own evidence, in tables; those of a load have their own module.

They run when a sample is read, so a rule that becomes stricter judges old runs too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

from bench.analysis.load.checks import load_checks
from bench.analysis.load.search_checks import search_checks
from bench.analysis.run.connections import none_lost, right_beside
from bench.analysis.run.server_checks import SERVER_SAFEGUARDS
from bench.model.base import Record
from bench.model.boundaries import BoundarySample
from bench.model.connections import ConnectionSample
from bench.model.load import LoadSample, SearchSample
from bench.model.run import Check, MemorySample, ProfileSample, Sample, TimingSample
from bench.model.server_layers import ServerSample
from bench.stats.windows import WINDOW_US_LEAST

_PROFILED_LEAST = 100
_TIMED_LEAST = 5


def long_enough(sample: TimingSample) -> Check:
    """Windows are long against the clocks' own cost."""
    typical = median(sample.windows.cpu_us or (0.0,)) * sample.windows.calls
    return Check(
        name="windows long enough", passed=typical >= WINDOW_US_LEAST, evidence=f"{typical / 1e3:.2f} ms of CPU each"
    )


def cpu_within_wall(sample: TimingSample) -> Check:
    """One thread can't use more CPU than time passed; more means other threads worked, and says so."""
    cpu, wall = median(sample.windows.cpu_us or (0.0,)), median(sample.windows.wall_us or (0.0,))
    return Check(name="CPU within elapsed", passed=cpu <= wall * 1.05, evidence=f"{cpu:.1f} of {wall:.1f} µs")


def went_up(sample: MemorySample) -> Check:
    """A high water can't lie below what was resident before."""
    return Check(name="peak memory read", passed=sample.peak_mb >= 0, evidence=f"{sample.peak_mb:.2f} MB")


def enough_profiled(sample: ProfileSample) -> Check:
    """A profile of a few samples shows chance."""
    taken = sample.duration_s / sample.interval_s if sample.interval_s > 0 else 0.0
    return Check(name="enough samples", passed=taken >= _PROFILED_LEAST, evidence=f"about {taken:.0f} samples")


def loaded_throughout(sample: BoundarySample) -> Check:
    """Windows after the load had ended would be of an idle server."""
    said = f"the load continued for {sample.loaded_on_s:.2f} s after the last window"
    return Check(name="loaded throughout", passed=sample.loaded_on_s >= 0, evidence=said)


def enough_asked(sample: BoundarySample) -> Check:
    """What is under way when a window begins or ends must be little of it."""
    asked = min(sample.plain.requests, sample.timed.requests)
    return Check(
        name="enough requests",
        passed=asked >= max(1, _TIMED_LEAST * sample.users),
        evidence=f"at least {asked} in the windows of each kind, {sample.users} concurrent",
    )


def answered_rightly(sample: BoundarySample) -> Check:
    """The timers stand in the way of every request: the answers must be the same."""
    wrong = ", ".join(f"{count} {kind}" for kind, count in sample.errors.items())
    said = wrong or f"{sample.verified} responses compared, same as without timers"
    return Check(name="responses as without timers", passed=not sample.errors and sample.verified > 0, evidence=said)


_SAFEGUARDS: Mapping[type[Record], tuple[Callable[[Any], Check], ...]] = {
    TimingSample: (long_enough, cpu_within_wall),
    ServerSample: SERVER_SAFEGUARDS,
    ConnectionSample: (none_lost, right_beside),
    BoundarySample: (answered_rightly, enough_asked, loaded_throughout),
    MemorySample: (went_up,),
    ProfileSample: (enough_profiled,),
}


def checks(sample: Sample) -> tuple[Check, ...]:
    """What every safeguard that applies to a sample finds."""
    match sample:
        case LoadSample():
            return load_checks(sample)
        case SearchSample():
            return search_checks(sample)
        case _:
            return tuple(check(sample) for check in _SAFEGUARDS.get(type(sample), ()))
