"""Quantities that one load sample supports, which its checks, its service conditions and its figures share."""

from __future__ import annotations

import math
from collections.abc import Iterable

from bench.model.load import EndpointSample, Histogram, LoadSample
from bench.stats.histogram import mean_ns

_KEPT_LEAST = 0.99
_NEVER_ANSWERED = ("timeout", "unsent", "connect")
_TIMED_IN_OLD_SAMPLES = ("timeout", "unsent")


def failed_requests(sample: LoadSample) -> int:
    """How many requests failed, in any way."""
    return sum(sample.errors.values())


def failed_of_all(samples: Iterable[LoadSample]) -> tuple[int, int]:
    """How many requests of all launches failed, and how many there were."""
    counts = [(failed_requests(sample), sample.latency.count) for sample in samples]
    failed = sum(one for one, _ in counts)
    return failed, failed + sum(answered for _, answered in counts)


def worker_shares(sample: LoadSample) -> list[float]:
    """Of the requests that a server's workers counted; none of a server with one process, or without requests."""
    counted = sum(sample.server_workers)
    return [requests / counted for requests in sample.server_workers] if counted else []


def server_cores(sample: LoadSample) -> int:
    """How many cores the server's processes kept busy at most: one each, as far as there were enough."""
    return max(1, min(len(sample.server_workers), len(sample.server_cores)))


def tells_core_speed(sample: LoadSample) -> bool:
    """Whether the reference work under a load tells how fast the server's core was.

    Not of a remote server; nor in an open load, where a core that idles between requests runs colder; nor of several
    workers, of which each has a core of its own, and some may idle.
    """
    return not (sample.server_elsewhere or sample.open is not None or sample.server_workers)


def failed_share(sample: LoadSample) -> float:
    """Of all requests, as a share; NaN of none."""
    failed, every = failed_of_all([sample])
    return failed / every if every else math.nan


def beyond_latencies(sample: LoadSample, part: EndpointSample | None = None) -> int:
    """How many failed requests took longer than every latency of a sample, or of one of its endpoints.

    All of them; but in older samples what had waited in vain stands among the latencies already.
    """
    errors = (sample if part is None else part).errors
    known = () if sample.failed_s is not None else _TIMED_IN_OLD_SAMPLES
    return sum(count for name, count in errors.items() if name not in known)


def answered_within(sample: LoadSample) -> int:
    """Right answers within the measured interval; in an open load, where the timeline has them, also to what had fallen
    due before: what its server does in that time. `requests` are those that fell due in it as well."""
    if sample.open is None:
        return sample.requests
    return max(sample.requests, sum(second.requests for second in sample.timeline))


def kept(sample: LoadSample) -> bool:
    """Whether the server kept up with an open load: as much was answered within the measured interval, rightly or not,
    as 99% of what fell due in it. What had fallen due before counts too, where the timeline has it: as much is on its
    way at the end, if the queue doesn't grow.

    What is on its way at either edge may differ by one request; of random arrivals by three standard deviations of two
    Poisson counts of mean rate times service time.
    """
    if sample.open is None or not sample.open.offered:
        return False
    edges = 1.0
    if sample.open.arrivals == "poisson":
        edges += 3 * math.sqrt(2 * sample.open.rate * mean_s(sample.open.service))
    answered = answered_within(sample) + sum(n for name, n in sample.errors.items() if name not in _NEVER_ANSWERED)
    return answered >= _KEPT_LEAST * sample.open.offered - edges


def mixed(sample: LoadSample) -> bool:
    """Whether some requests were sent on a schedule of their user's own: the time that those wait isn't under way."""
    return sum(sample.per_second) < sample.requests


def service_times(sample: LoadSample) -> Histogram:
    """What requests took from their send; the latency of an open load counts from when they were due."""
    return sample.latency if sample.open is None else sample.open.service


def in_flight(sample: LoadSample) -> float:
    """How many requests were on their way at a time, failed ones too: by Little's law, rate times mean service time.

    NaN, which is below no limit, when there was no measured interval.
    """
    if sample.duration_s <= 0:
        return math.nan
    rate = answered_within(sample) / sample.duration_s
    return rate * mean_s(service_times(sample)) + (sample.failed_s or 0.0) / sample.duration_s


def users_waiting(sample: LoadSample) -> float:
    """The share of its users' time, of an open load its connections', in which a request was on its way."""
    return in_flight(sample) / sample.users


def waited_for_others_s(sample: LoadSample) -> float | None:
    """For how long the server waited for each of its cores, no longer than it left them to others: its own threads wait
    for each other as well. None where that isn't known."""
    if sample.server_waited_s is None:
        return None
    cores = server_cores(sample)
    left_s = sample.duration_s - (sample.server_cpu_s or 0.0) / cores
    return min(sample.server_waited_s / cores, max(0.0, left_s))


def mean_s(histogram: Histogram) -> float:
    """Seconds; 0 of none."""
    return mean_ns(histogram) / 1e9 if histogram.count else 0.0


def of_a_core(cpu_s: float, sample: LoadSample) -> float:
    """CPU time as a share of the measured interval; NaN, which lies within no limit, when there was none."""
    return cpu_s / sample.duration_s if sample.duration_s > 0 else math.nan
