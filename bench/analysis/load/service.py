"""How a service did under load: its limit, failures, stalls. A result, shown whether or not the measurement is valid.

Pure functions over one sample's own evidence. `bench.analysis.load.checks` asks whether the sample is valid.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.analysis.load.quantities import (
    answered_within,
    failed_of_all,
    failed_requests,
    kept,
    mean_s,
    of_a_core,
    server_cores,
    service_times,
    tells_core_speed,
    users_waiting,
)
from bench.model.load import LoadSample, SilentPeriod
from bench.stats.histogram import percentile
from bench.stats.windows import speed
from bench.text.numbers import count, number, share

_SATURATED = 0.85
_IDLE = 0.5
_USERS_WAITING = 0.5
_HELD = 0.3
_STEADY_LIMIT = 0.15
_REFERENCES_LEAST = 3
_REOPENED_LIMIT = 0.01
_ALL_BUSY, _SPARE = 0.9, 1.5


class Limit(StrEnum):
    """What holds a served case's rate where it is."""

    SATURATED = "saturated"
    HELD = "event loop held"
    WAITING = "waiting"
    USERS = "paced by its users"
    KEEPS_UP = "keeps up"
    TURNS = "taking turns with its client"
    BUSY = "partly busy"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Condition:
    """One thing that a load shows of its service: a name, the evidence in a sentence, and whether it is a problem."""

    name: str
    evidence: str
    problem: bool = True


def conditions(*samples: LoadSample) -> tuple[Condition, ...]:
    """What is to say of a service after one launch at least, its limit first: failures of all launches, and of
    everything else what the first launch shows that shows it."""
    of_launches = (next(filter(None, map(look, samples)), None) for look in _BY_LAUNCH)
    return tuple(filter(None, (limit(samples[0]), failures(*samples), *of_launches)))


def limit(sample: LoadSample) -> Condition:
    """Whether the server was saturated, waited, or had its event loop held, and what follows."""
    kind, evidence = _limit(sample)
    return Condition(kind.value, evidence, problem=kind is Limit.HELD)


def limit_of(sample: LoadSample) -> Limit:
    """The same without what follows."""
    return _limit(sample)[0]


def failures(*samples: LoadSample) -> Condition | None:
    """Failed requests of all launches by class, the most frequent first."""
    failed, every = failed_of_all(samples)
    if not failed:
        return None
    errors = sum((Counter(sample.errors) for sample in samples), Counter())
    classes = ", ".join(f"{count(n)} {name}" for name, n in errors.most_common())
    return Condition("errors", f"{share(failed / every)} of {count(every)} requests failed: {classes}")


def ended_early(sample: LoadSample) -> Condition | None:
    """The client stopped, because nothing was answered any more."""
    if sample.gave_up is None:
        return None
    return Condition("stopped early", f"after {number(sample.duration_s, 1)} s: {sample.gave_up}")


def stalls(sample: LoadSample) -> Condition | None:
    """Requests waited and none was answered, for much longer than a request usually takes."""
    found = stalled(sample)
    if not found:
        return None
    longest = max(found, key=lambda one: one.duration_s)
    many = f"{len(found)} times, the longest for" if len(found) > 1 else "once, for"
    evidence = f"no answer {many} {number(longest.duration_s, 1)} s, from second {number(longest.at_s, 1)}"
    return Condition("stalls", evidence)


def stalled(sample: LoadSample) -> tuple[SilentPeriod, ...]:
    """The silent periods that are five times as long as the median request takes from its send, and twice as long as
    nine in ten take, and ten times as long as it usually is from one answer to the next."""
    if not sample.silent or not sample.requests:
        return sample.silent
    took = service_times(sample)
    median_ms, slow_ms = percentile(took, 0.5), percentile(took, 0.9)
    apart_s = sample.duration_s / sample.requests
    least_s = max(5 * (math.inf if median_ms is None else median_ms) / 1e3, 2 * (slow_ms or 0) / 1e3, 10 * apart_s)
    return tuple(one for one in sample.silent if one.duration_s >= least_s)


def behind(sample: LoadSample) -> Condition | None:
    """An open load that the server didn't keep up with: figures are of a queue that grows."""
    if sample.open is None or kept(sample):
        return None
    offered = sample.open.offered
    answered = f"{share(answered_within(sample) / offered)} of {count(offered)}" if offered else "none"
    evidence = f"{answered} scheduled requests answered in time; the queue grows, so latency depends on the duration"
    if users_waiting(sample) >= _ALL_BUSY and limit_of(sample) is not Limit.SATURATED:
        enough = math.ceil(_SPARE * sample.open.rate * mean_s(sample.open.service))
        evidence += f". All {count(sample.users)} connections were busy: try --users {enough}"
    return Condition("rate not kept", evidence)


def unsteady(sample: LoadSample) -> Condition | None:
    """After the warm-up a closed load's rate climbs or falls: its halves differ by more than 15%, also when each counts
    at its own core speed, or a neighbour who comes or goes would look like the service.

    Each half may have or miss an answer for every user, which is much where few large ones are asked for.
    """
    seconds = sample.per_second[:-1]  # the last may cover less than a second
    half = len(seconds) // 2
    if half == 0 or not any(sample.per_second) or stalled(sample):
        return None
    first, second = sum(seconds[:half]), sum(seconds[-half:])
    least = _STEADY_LIMIT * first + sample.users
    slowed = _slowed(sample.reference_us) if tells_core_speed(sample) else 1.0
    if min(abs(second - first), abs(second * slowed - first)) <= least:
        return None
    change = f"{second / first - 1:+.1%} requests/s" if first else "no answer in the first"
    return Condition("unsteady rate", f"second half of the measurement: {change}; see the timeline")


def _slowed(reference_us: Sequence[float]) -> float:
    """By how much slower the core was in the second half than in the first; 1 where that isn't known."""
    middle = len(reference_us) // 2
    if len(reference_us) < _REFERENCES_LEAST:
        return 1.0
    return speed(reference_us[:middle], 1.0) / speed(reference_us[-middle:], 1.0)


def reopened(sample: LoadSample) -> Condition | None:
    """The server closes connections: new ones take time, and CPU on both sides."""
    requests = sample.client_requests
    if sample.reconnects <= _REOPENED_LIMIT * max(requests, 1) + failed_requests(sample):
        return None
    evidence = f"{count(sample.reconnects)} connections reopened for {count(requests)} requests"
    return Condition("connections closed", f"{evidence}; the server closes them, which costs both sides")


def incomparable(sample: LoadSample) -> str | None:
    """Why a served comparison can't use this load, although it is valid: its requests weren't all alike."""
    for found in (failures(sample), ended_early(sample), stalls(sample), unsteady(sample)):
        if found is not None:
            return f"{found.name}: {found.evidence}"
    return None


def _limit(sample: LoadSample) -> tuple[Limit, str]:
    if sample.server_cpu_s is None or not sample.duration_s > 0:
        return Limit.UNKNOWN, "the CPU of this server is not known: give its --meter"
    cores = server_cores(sample)
    server = of_a_core(sample.server_cpu_s, sample) / cores
    database = of_a_core(sample.database_cpu_s or 0.0, sample)
    used = f"server {server:.0%} of {'a core' if cores == 1 else f'its {cores} cores'}"
    used += "" if sample.database_cpu_s is None else f", database {database:.0%}"
    idle = server + database < _IDLE
    if server >= _SATURATED:
        return Limit.SATURATED, f"{used}: this is the most that {_processes_answer(sample)}"
    if sample.open is not None and kept(sample):
        return Limit.KEEPS_UP, f"{used} at this rate"
    if idle and (held := of_a_core(sample.held_s or 0.0, sample)) >= _HELD:
        at = f", the longest at {sample.hold_at}" if sample.hold_at else ""
        return Limit.HELD, f"{used}, and its event loop was held for at least {held:.0%} of the time{at}"
    return _below_its_limit(sample, server, used, idle)


def _processes_answer(sample: LoadSample) -> str:
    several = len(sample.server_workers)
    return f"{several} server processes answer" if several else "one server process answers"


def _below_its_limit(sample: LoadSample, server: float, used: str, idle: bool) -> tuple[Limit, str]:
    if sample.open is None and users_waiting(sample) < _USERS_WAITING:
        return Limit.USERS, f"{used}; users waited for an answer {users_waiting(sample):.0%} of the time"
    client = of_a_core(sample.client_cpu_s, sample)
    if idle and sample.open is None and server + client >= _SATURATED:
        return Limit.TURNS, f"{used}, client {client:.0%}; more users raise the rate"
    if idle:
        return Limit.WAITING, f"{used}: requests wait for something else than CPU; more users may raise the rate"
    return Limit.BUSY, used


_BY_LAUNCH: tuple[Callable[[LoadSample], Condition | None], ...] = (ended_early, stalls, behind, unsteady, reopened)
