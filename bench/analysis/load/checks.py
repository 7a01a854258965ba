"""The safeguards of a load: one function each over a sample's own evidence, in one table at the end.

They ask whether the measurement is valid, and never how the service did: that is a result (`service.py`).

A safeguard that has nothing to look at finds None, which is no finding: a scenario without a ceiling, say.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.analysis.load.quantities import (
    answered_within,
    failed_requests,
    in_flight,
    mean_s,
    mixed,
    of_a_core,
    server_cores,
    service_times,
    waited_for_others_s,
)
from bench.model.load import CLIENT_LIMIT, Ceiling, LoadComparing, LoadSample
from bench.model.run import Check
from bench.stats.histogram import percentile

# A client that takes more than this of what it can do at all may be what is measured.
_CEILING_USED_LIMIT = 0.7
# Closed loop: the client may spend this share of its core before it is the client that is measured.
_CLIENT_BUSY_LIMIT = 0.95
# Where the database has the client's core and fills it, a client that takes less than this isn't in its way.
_CLIENT_NEGLIGIBLE = 0.1
_ONE_CORE = 1.05  # CPU time and the stretch are read a moment apart; together above this, they have two cores
_REFERENCES_LEAST = 3
_LAG_LIMIT, _LAG_RESOLVED_MS = 0.25, 0.2
_LITTLE_LIMIT = 1.05
_LOST = ("timeout", "closed", "protocol", "raised")
_SEEN_LIMIT = 0.3
_WAITED_LIMIT = 0.1
_STOLEN_LIMIT = 0.3
_APART_LIMIT_S = 0.2
_GROWN_LIMIT_MB = 32.0


_COMPARED: dict[LoadComparing, str] = {
    "bytes": "byte by byte",
    "parts": "by length and one of 16 parts in turn",
    "content": "by decoded content",
    "shape": "by content type and JSON shape",
    "type": "by content type",
}


def requests_sent(sample: LoadSample) -> Check:
    """There is something to take a figure from, right answers or failures, and a time that it took."""
    failed = failed_requests(sample)
    return Check(
        name="requests sent",
        passed=sample.requests + failed > 0 and sample.duration_s > 0,
        evidence=f"{sample.requests} answered and {failed} failed in {sample.duration_s:g} s",
    )


def verified(sample: LoadSample) -> Check:
    """Answers were compared with the right one, or by a check of the scenario, and not just once."""
    return Check(
        name="answers verified",
        passed=sample.verified > 0 or not sample.requests,
        evidence=f"{sample.verified} of {sample.requests} compared {_COMPARED[sample.compared]}, "
        "or with the scenario's check",
    )


def counted_on_both_sides(sample: LoadSample) -> Check | None:
    """The server saw as many requests as the client had answers: what was on its way at the end was waited for.
    Requests that were lost on their way, and each user's last after one, may be missing on one side."""
    if sample.server_requests is None:
        return None
    apart = abs(sample.client_requests - sample.server_requests)
    lost = sum(count for name, count in sample.errors.items() if name in _LOST)
    return Check(
        name="counted on both sides",
        passed=apart <= (sample.users + lost if lost else 0),
        evidence=f"client {sample.client_requests}, server {sample.server_requests}",
    )


def client_not_saturated(sample: LoadSample) -> Check | None:
    """A client at its limit shows its own speed; so does one that leaves the database too little of a shared core.

    In an open load the schedule tells: a client that keeps it has time enough, however busy it looks.
    """
    if sample.open is not None:
        return None
    client = of_a_core(sample.client_cpu_s, sample) / _client_cores(sample)
    if sample.server_cpu_s is None:
        passed = client < _CLIENT_BUSY_LIMIT
        return Check(name="client not saturated", passed=passed, evidence=f"client {client:.0%} of its cores")
    server = of_a_core(sample.server_cpu_s, sample) / server_cores(sample)
    # A client that spins while the server is busier still isn't what holds the rate down.
    passed = client < _CLIENT_BUSY_LIMIT or server >= client
    evidence = (
        f"client {client:.0%} of its cores, server {server:.0%}{' of its cores' if server_cores(sample) > 1 else ''}"
    )
    if sample.database_cpu_s is not None:
        database = of_a_core(sample.database_cpu_s, sample)
        full = _CLIENT_BUSY_LIMIT <= client + database <= _ONE_CORE
        passed = passed and not (full and client > _CLIENT_NEGLIGIBLE and server < _CLIENT_BUSY_LIMIT)
        evidence += f", database {database:.0%}, maybe on the client's core"
    return Check(name="client not saturated", passed=passed, evidence=evidence)


def disjoint_cores(sample: LoadSample) -> Check | None:
    """Server and client were held to cores of their own; left to the kernel, they take each other's."""
    if sample.server_elsewhere or sample.client_elsewhere:
        return None
    shared = set(sample.server_cores) & set(sample.client_cores)
    return Check(
        name="disjoint cores",
        passed=bool(sample.server_cores and sample.client_cores) and not shared,
        evidence=f"server on {list(sample.server_cores)}, client on {list(sample.client_cores)}",
    )


def speed_known(sample: LoadSample) -> Check | None:
    """The reference work ran beside the requests, or server CPU couldn't be separated from a slowed core."""
    if sample.server_elsewhere:
        return None
    runs = len(sample.reference_us)
    return Check(name="core speed known", passed=runs >= _REFERENCES_LEAST, evidence=f"{runs} reference runs")


def every_arrival_accounted_for(sample: LoadSample) -> Check | None:
    """What fell due was answered, lost, or never sent: nothing else became of it."""
    if sample.open is None:
        return None
    seen = sample.open
    missing = seen.due - seen.ended - seen.unsent
    evidence = f"{seen.due} scheduled: {seen.ended} answered or lost, {seen.unsent} never sent"
    return Check(name="every arrival accounted for", passed=missing == 0, evidence=evidence)


def schedule_kept(sample: LoadSample) -> Check | None:
    """The client sent what was due when it was due: its lag, which is part of every latency, is small against them.

    Or as small as waking up an idle virtual core takes: latencies of an open load are known no finer than that.
    """
    if sample.open is None:
        return None
    q = next((q for q in (0.99, 0.9, 0.5) if percentile(sample.open.lag, q) is not None), None)
    if q is None:
        return None
    lag, latency = percentile(sample.open.lag, q), percentile(sample.latency, q)
    if lag is None or latency is None:
        return None
    evidence = f"{q:.0%} of requests sent at most {lag:.3f} ms late, latency {latency:.3f} ms"
    return Check(name="schedule kept", passed=lag <= max(_LAG_LIMIT * latency, _LAG_RESOLVED_MS), evidence=evidence)


def below_the_ceiling(sample: LoadSample) -> Check | None:
    """The client could have done much more: so it did against a server that does nothing, in the same session."""
    if sample.ceiling is None or sample.duration_s <= 0 or sample.ceiling.duration_s <= 0:
        return None
    rate, most = answered_within(sample) / sample.duration_s, sample.ceiling.requests / sample.ceiling.duration_s
    how = "did" if sample.open is None else "reached at twice the rate"
    passed, beside = suffices(sample.ceiling, rate), ""
    if sample.open is None and sample.compared == "parts":
        # The kernel copies a large body for any server: the null server may be as slow as the one that is measured.
        client = of_a_core(sample.client_cpu_s, sample) / _client_cores(sample)
        passed = passed or client <= _CEILING_USED_LIMIT
        beside = f", using {client:.0%} of its cores"
    return Check(
        name="client below its ceiling",
        passed=passed,
        evidence=f"{rate:,.0f} of the {most:,.0f} requests/s that the client {how} against the null server{beside}",
    )


def suffices(ceiling: Ceiling, rate: float | None) -> bool:
    """Whether a client with this ceiling has enough to spare at a rate; None: whatever the rate comes to."""
    return rate is None or rate <= _CEILING_USED_LIMIT * ceiling.requests / ceiling.duration_s


def little(sample: LoadSample) -> Check | None:
    """Little's law: rate times mean latency is how many requests are on their way: about as many as were seen to be,
    and no more than there are users. Those that failed were on their way as well.

    In an open load latency counts from when a request was due, and the law is asked of the time from its send. Where
    the queue grows, most of what is answered had fallen due before the measured interval.
    """
    failed = failed_requests(sample)
    if sample.duration_s <= 0 or not sample.requests + failed or (sample.open is None and mixed(sample)):
        return None
    if failed and sample.failed_s is None:
        return None  # an older sample, which doesn't say how long those took
    under_way = in_flight(sample)
    # Of users that move in step, one answer more than fits into the stretch may fall into it for each.
    longest_s = max(mean_s(service_times(sample)), (sample.failed_s or 0.0) / failed if failed else 0.0)
    edges = 1 + sample.users * longest_s / sample.duration_s
    passed = under_way <= _LITTLE_LIMIT * sample.users + edges
    evidence = f"{under_way:.2f} requests in flight by rate and latency"
    if sample.under_way is not None:
        apart = abs(under_way - sample.under_way)
        passed = passed and apart <= _SEEN_LIMIT * max(under_way, sample.under_way) + edges
        evidence += f", {sample.under_way:.2f} observed"
    return Check(name="Little's law", passed=passed, evidence=f"{evidence}, of {sample.users} users")


def connections_made(sample: LoadSample) -> Check:
    """The client had files and ports for its connections, and made no more than it has users. What a server refuses, or
    closes, is how that service is."""
    made, again, own = sample.connections, sample.reconnects, sample.errors.get(CLIENT_LIMIT, 0)
    limited = f"; {own} times it had no file or port left, see `ulimit -n`" if own else ""
    return Check(
        name="connections made",
        passed=0 < made <= sample.users and not own,
        evidence=f"{sample.users} requested, {made} opened, {again} reopened{limited}",
    )


def undisturbed(sample: LoadSample) -> Check | None:
    """Neither side had work and no core: nobody else ran there, before or meanwhile.

    A database may have the client's core, which the report says.
    """
    waits = {"server": waited_for_others_s(sample)}
    if sample.database_cpu_s is None:
        waits["client"] = sample.client_waited_s
    shares = {name: of_a_core(wait, sample) for name, wait in waits.items() if wait is not None}
    if not shares and not sample.stolen_before:
        return None
    stolen = max(sample.stolen_before.values(), default=0.0)
    waited = ", ".join(f"{name} waited {share:.1%} of the time for its core" for name, share in shares.items())
    if sample.client_cores and sample.workers > len(sample.client_cores):
        waited += f" (its {sample.workers} processes share {len(sample.client_cores)})"
    return Check(
        name="cores undisturbed",
        passed=max(shares.values(), default=0.0) <= _WAITED_LIMIT and stolen <= _STOLEN_LIMIT,
        evidence=f"{waited}; other processes used {stolen:.1%} of a core just before",
    )


def client_grows_not(sample: LoadSample) -> Check | None:
    """The client's memory doesn't follow the number of requests, or a long load would end it."""
    if sample.client_grown_mb is None:
        return None
    return Check(
        name="client's memory steady",
        passed=sample.client_grown_mb <= _GROWN_LIMIT_MB,
        evidence=f"{sample.client_grown_mb:+.1f} MB over {sample.requests} requests",
    )


def all_workers(sample: LoadSample) -> Check | None:
    """Every process of the client reported what it saw, and they began together."""
    if sample.workers == 1 and not sample.client_elsewhere:
        return None
    joined = f", {sample.joined_workers} joined during the load" if sample.joined_workers else ""
    return Check(
        name="all workers reported",
        passed=not sample.lost_workers and not sample.joined_workers and sample.starts_apart_s <= _APART_LIMIT_S,
        evidence=f"{sample.workers - sample.lost_workers} of {sample.workers}, "
        f"started within {sample.starts_apart_s * 1e3:.1f} ms{joined}",
    )


def _client_cores(sample: LoadSample) -> int:
    """How many cores the client had; of workers elsewhere one each, which is what a Locust process can use."""
    return len(sample.client_cores) or sample.workers


SAFEGUARDS: tuple[Callable[[LoadSample], Check | None], ...] = (
    requests_sent,
    verified,
    every_arrival_accounted_for,
    schedule_kept,
    counted_on_both_sides,
    connections_made,
    below_the_ceiling,
    client_not_saturated,
    little,
    disjoint_cores,
    undisturbed,
    speed_known,
    client_grows_not,
    all_workers,
)
OF_THE_COUNT: tuple[Callable[[LoadSample], Check | None], ...] = (
    every_arrival_accounted_for,
    counted_on_both_sides,
    all_workers,
)
"""Without these nothing that a load says is worth anything, not even that it failed."""
MAY_DELAY: tuple[Callable[[LoadSample], Check | None], ...] = (
    schedule_kept,
    below_the_ceiling,
    client_not_saturated,
    disjoint_cores,
    undisturbed,
)
"""What fails one of these may have been slow for no fault of its server's."""


def load_checks(sample: LoadSample) -> tuple[Check, ...]:
    """What every safeguard says that has something to look at."""
    return tuple(found for check in SAFEGUARDS if (found := check(sample)) is not None)
