"""The safeguards: one function each over a sample's own evidence, in one table at the end.

They run when a sample is read, so a rule that becomes stricter judges old runs too.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bench.host import Cores
from bench.load.histogram import decode
from bench.samples import Check, LoadSample, MemorySample, Noise, ProfileSample, Sample, TimingSample
from bench.statistics import speed

# Closed loop: the client may spend this share of its core before it is the client that is measured.
_CLIENT_BUSY_LIMIT = 0.95
# Where the database has the client's core and fills it, a client that takes less than this isn't in its way.
_CLIENT_NEGLIGIBLE = 0.1
_ONE_CORE = 1.05  # CPU time and the stretch are read a moment apart; together above this, they have two cores
_SERVER_BUSY_LEAST = 0.5
_USERS_WAITING_LEAST = 0.5
_STEADY_LIMIT = 0.15
_WINDOW_US_LEAST = 500.0
_PROFILED_LEAST = 100
_STOLEN_LIMIT = 0.05
_REFERENCES_LEAST = 3
_LOAD_AVERAGE_LIMIT = 0.5


def no_errors(sample: LoadSample) -> Check:
    """Every request of the measured stretch was answered, in time and as expected."""
    failed = sum(sample.errors.values())
    shown = ", ".join(f"{count} {name}" for name, count in sorted(sample.errors.items())) or "none"
    return Check(name="no errors", passed=failed == 0, evidence=f"{shown} beside {sample.requests} answered")


def answered_at_all(sample: LoadSample) -> Check:
    """There is something to take a figure from, and a time that it took."""
    return Check(
        name="answered at all",
        passed=sample.requests > 0 and sample.duration_s > 0,
        evidence=f"{sample.requests} requests in {sample.duration_s:g} s",
    )


def verified(sample: LoadSample) -> Check:
    """Answers were compared byte by byte, or by a check of the scenario, and not just once."""
    return Check(
        name="answers verified",
        passed=sample.verified > 0,
        evidence=f"{sample.verified} compared, byte by byte or by the scenario's own check",
    )


def counted_on_both_sides(sample: LoadSample) -> Check:
    """uvicorn saw as many requests as the client sent; those under way at the end may be missing on one side."""
    apart = abs(sample.client_requests - sample.server_requests)
    return Check(
        name="counted on both sides",
        passed=apart <= sample.users,
        evidence=f"client {sample.client_requests}, server {sample.server_requests}",
    )


def client_not_saturated(sample: LoadSample) -> Check:
    """A client at its limit shows its own speed; so does one that leaves the database too little of a shared core."""
    client, server = _of_a_core(sample.client_cpu_s, sample), _of_a_core(sample.server_cpu_s, sample)
    # A client that spins while the server is busier still isn't what holds the rate down.
    passed = client < _CLIENT_BUSY_LIMIT or server >= client
    evidence = f"client {client:.0%} of a core, server {server:.0%}"
    if sample.database_cpu_s is not None:
        database = _of_a_core(sample.database_cpu_s, sample)
        full = _CLIENT_BUSY_LIMIT <= client + database <= _ONE_CORE
        passed = passed and not (full and client > _CLIENT_NEGLIGIBLE and server < _CLIENT_BUSY_LIMIT)
        evidence += f", database {database:.0%}, maybe of the client's core"
    return Check(name="client not saturated", passed=passed, evidence=evidence)


def server_busy(sample: LoadSample) -> Check:
    """Where users ask again as soon as they are answered, a server that idles is waiting for its client: unless its
    database works meanwhile, or the users take their time."""
    server = _of_a_core(sample.server_cpu_s, sample)
    share, evidence = server, f"{server:.0%} of a core"
    if sample.database_cpu_s is not None:
        database = _of_a_core(sample.database_cpu_s, sample)
        share, evidence = server + database, f"server {server:.0%} of a core, database {database:.0%}"
    passed = share >= _SERVER_BUSY_LEAST
    if not passed and (waiting := _users_waiting(sample)) < _USERS_WAITING_LEAST:
        passed, evidence = True, f"{evidence}; its users set the pace, and waited for answers {waiting:.0%} of the time"
    return Check(name="server busy", passed=passed, evidence=evidence)


def disjoint_cores(sample: LoadSample) -> Check:
    """Server and client were held to cores of their own; left to the kernel, they take each other's."""
    shared = set(sample.server_cores) & set(sample.client_cores)
    return Check(
        name="disjoint cores",
        passed=bool(sample.server_cores and sample.client_cores) and not shared,
        evidence=f"server on {list(sample.server_cores)}, client on {list(sample.client_cores)}",
    )


def speed_known(sample: LoadSample) -> Check:
    """The reference work ran beside the requests, or server CPU couldn't be told from a slowed core."""
    runs = len(sample.reference_us)
    return Check(name="core speed known", passed=runs >= _REFERENCES_LEAST, evidence=f"{runs} reference runs")


def steady(sample: LoadSample) -> Check | None:
    """After the warm-up the rate neither climbs nor falls: the halves of the measured stretch agree.

    Each half at its own core speed, or a neighbour who comes or goes would look like a warm-up that was too short; and
    each may have or miss an answer for every user, which is much where few large ones are asked for.
    """
    seconds = sample.per_second[:-1]  # the last may cover less than a second
    half, references = len(seconds) // 2, sample.reference_us
    if half == 0 or not any(sample.per_second) or len(references) < _REFERENCES_LEAST:
        return None  # too short to tell, which is no finding
    middle = len(references) // 2
    slowed = speed(references[:middle], 1.0) / speed(references[-middle:], 1.0)
    first, second = sum(seconds[:half]), sum(seconds[-half:]) * slowed
    change = second / first - 1 if first else math.inf
    passed = abs(second - first) <= _STEADY_LIMIT * first + sample.users
    if not first:
        passed = max(sample.per_second) <= sample.users
    return Check(name="steady", passed=passed, evidence=f"second half {change:+.1%}")


def long_enough(sample: TimingSample) -> Check:
    """A window must be long against the clocks' own cost, which is well under a microsecond."""
    typical = float(np.median(sample.windows.cpu_us or 0.0)) * sample.windows.calls
    return Check(
        name="windows long enough", passed=typical >= _WINDOW_US_LEAST, evidence=f"{typical / 1e3:.2f} ms of CPU each"
    )


def cpu_within_wall(sample: TimingSample) -> Check:
    """One thread can't use more CPU than time passed; more means other threads worked, and says so."""
    cpu, wall = float(np.median(sample.windows.cpu_us or 0.0)), float(np.median(sample.windows.wall_us or 0.0))
    return Check(name="CPU within elapsed", passed=cpu <= wall * 1.05, evidence=f"{cpu:.1f} of {wall:.1f} µs")


def went_up(sample: MemorySample) -> Check:
    """A high water can't lie below what was resident before."""
    return Check(name="high water read", passed=sample.peak_mb >= 0, evidence=f"{sample.peak_mb:.2f} MB")


def enough_profiled(sample: ProfileSample) -> Check:
    """A profile of a few samples shows chance."""
    taken = sample.duration_s / sample.interval_s if sample.interval_s > 0 else 0.0
    return Check(name="enough samples", passed=taken >= _PROFILED_LEAST, evidence=f"about {taken:.0f} samples")


def quiet(noise: Noise) -> Check:
    """Little of a busy loop's time went to somebody else."""
    return Check(
        name=f"quiet at the {noise.at}",
        passed=noise.stolen_share <= _STOLEN_LIMIT,
        evidence=f"{noise.stolen_share:.1%} of core {noise.core} taken, at worst {noise.longest_gap_us / 1e3:.1f} ms",
    )


def _users_waiting(sample: LoadSample) -> float:
    """The share of its users' time in which a request was on its way: by Little's law, rate times latency over users.

    NaN, which is below no limit, when there was no stretch.
    """
    if sample.duration_s <= 0:
        return math.nan
    latency_s = decode(sample.latency).get_mean_value() / 1e9 if sample.latency.count else 0.0
    return float(sample.requests / sample.duration_s * latency_s / sample.users)


def _of_a_core(cpu_s: float, sample: LoadSample) -> float:
    """CPU time as a share of the measured stretch; NaN, which lies within no limit, when there was no stretch."""
    return cpu_s / sample.duration_s if sample.duration_s > 0 else math.nan


_LOAD: tuple[Callable[[LoadSample], Check | None], ...] = (
    answered_at_all,
    no_errors,
    verified,
    counted_on_both_sides,
    client_not_saturated,
    server_busy,
    disjoint_cores,
    speed_known,
    steady,
)
_TIMING: tuple[Callable[[TimingSample], Check], ...] = (long_enough, cpu_within_wall)


def fitness(cores: Cores, noise: Noise, load_average: float) -> tuple[Check, ...]:
    """Whether a machine is fit to measure, before anything is."""
    return (
        Check(
            name="a core for the client",
            passed=cores.client is not None,
            evidence=f"measured on {cores.measured}, client on {cores.client}; two cores at least are needed",
        ),
        quiet(noise),
        Check(
            name="nothing else runs",
            passed=load_average < _LOAD_AVERAGE_LIMIT,
            evidence=f"load average {load_average:.2f} over the last minute; end what else runs",
        ),
    )


def checks(sample: Sample) -> tuple[Check, ...]:
    """What every safeguard that applies to a sample finds."""
    match sample:
        case LoadSample():
            return tuple(found for check in _LOAD if (found := check(sample)) is not None)
        case TimingSample():
            return tuple(check(sample) for check in _TIMING)
        case MemorySample():
            return (went_up(sample),)
        case ProfileSample():
            return (enough_profiled(sample),)
        case _:
            return ()
