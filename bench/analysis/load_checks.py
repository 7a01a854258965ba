"""The safeguards of a load: one function each over a sample's own evidence, in one table at the end.

A safeguard that has nothing to look at finds None, which is no finding: a scenario without a ceiling, say.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from bench.model.load import Ceiling, Histogram, LoadSample
from bench.model.run import Check
from bench.stats.histogram import mean_ns, percentile
from bench.stats.windows import speed

# A client that takes more than this of what it can do at all may be what is measured.
_CEILING_USED_LIMIT = 0.7
# Closed loop: the client may spend this share of its core before it is the client that is measured.
_CLIENT_BUSY_LIMIT = 0.95
# Where the database has the client's core and fills it, a client that takes less than this isn't in its way.
_CLIENT_NEGLIGIBLE = 0.1
_ONE_CORE = 1.05  # CPU time and the stretch are read a moment apart; together above this, they have two cores
_SERVER_BUSY_LEAST = 0.5
_USERS_WAITING_LEAST = 0.5
_STEADY_LIMIT = 0.15
_REFERENCES_LEAST = 3
_KEPT_LEAST = 0.99
_LAG_LIMIT, _LAG_RESOLVED_MS = 0.25, 0.2
_LITTLE_LIMIT = 1.05
_SEEN_LIMIT = 0.3
_WAITED_LIMIT = 0.1
_STOLEN_LIMIT = 0.3
_APART_LIMIT_S = 0.2
_REMADE_LIMIT = 0.01
_GROWN_LIMIT_MB = 32.0


def no_errors(sample: LoadSample) -> Check:
    """Every request of the measured stretch was answered, in time and as expected."""
    failed = sum(sample.errors.values())
    shown = ", ".join(f"{count} {name}" for name, count in sorted(sample.errors.items())) or "none"
    return Check(name="no errors", passed=failed == 0, evidence=f"{shown}; {sample.requests} answered")


def answered_at_all(sample: LoadSample) -> Check:
    """There is something to take a figure from, and a time that it took."""
    return Check(
        name="some requests answered",
        passed=sample.requests > 0 and sample.duration_s > 0,
        evidence=f"{sample.requests} requests in {sample.duration_s:g} s",
    )


def verified(sample: LoadSample) -> Check:
    """Answers were compared byte by byte, or by a check of the scenario, and not just once."""
    return Check(
        name="answers verified",
        passed=sample.verified > 0,
        evidence=f"{sample.verified} compared, byte by byte or with the scenario's check",
    )


def counted_on_both_sides(sample: LoadSample) -> Check | None:
    """uvicorn saw as many requests as the client had answers: what was on its way at the end was waited for. Of those
    that failed, each user's last may be missing on one side."""
    if sample.server_requests is None:
        return None
    apart = abs(sample.client_requests - sample.server_requests)
    return Check(
        name="counted on both sides",
        passed=apart <= (sample.users + sum(sample.errors.values()) if sample.errors else 0),
        evidence=f"client {sample.client_requests}, server {sample.server_requests}",
    )


def client_not_saturated(sample: LoadSample) -> Check | None:
    """A client at its limit shows its own speed; so does one that leaves the database too little of a shared core.

    In an open load the schedule tells: a client that keeps it has time enough, however busy it looks.
    """
    if sample.open is not None:
        return None
    client = _of_a_core(sample.client_cpu_s, sample) / _client_cores(sample)
    if sample.server_cpu_s is None:
        passed = client < _CLIENT_BUSY_LIMIT
        return Check(name="client not saturated", passed=passed, evidence=f"client {client:.0%} of its cores")
    server = _of_a_core(sample.server_cpu_s, sample)
    # A client that spins while the server is busier still isn't what holds the rate down.
    passed = client < _CLIENT_BUSY_LIMIT or server >= client
    evidence = f"client {client:.0%} of its cores, server {server:.0%}"
    if sample.database_cpu_s is not None:
        database = _of_a_core(sample.database_cpu_s, sample)
        full = _CLIENT_BUSY_LIMIT <= client + database <= _ONE_CORE
        passed = passed and not (full and client > _CLIENT_NEGLIGIBLE and server < _CLIENT_BUSY_LIMIT)
        evidence += f", database {database:.0%}, maybe on the client's core"
    return Check(name="client not saturated", passed=passed, evidence=evidence)


def server_busy(sample: LoadSample) -> Check | None:
    """Where users ask again as soon as they are answered, a server that idles is waiting for its client: unless its
    database works meanwhile, or the users take their time."""
    if sample.open is not None or sample.server_cpu_s is None:
        return None  # an open load leaves a fast server idle, as it should
    server = _of_a_core(sample.server_cpu_s, sample)
    share, evidence = server, f"{server:.0%} of a core"
    if sample.database_cpu_s is not None:
        database = _of_a_core(sample.database_cpu_s, sample)
        share, evidence = server + database, f"server {server:.0%} of a core, database {database:.0%}"
    passed = share >= _SERVER_BUSY_LEAST
    if not passed and (waiting := _users_waiting(sample)) < _USERS_WAITING_LEAST:
        passed, evidence = True, f"{evidence}; its users set the pace and waited {waiting:.0%} of the time"
    return Check(name="server busy", passed=passed, evidence=evidence)


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
    """The reference work ran beside the requests, or server CPU couldn't be told from a slowed core."""
    if sample.server_elsewhere:
        return None
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


def rate_kept(sample: LoadSample) -> Check | None:
    """Of what fell due in an open load, as much was answered within the stretch: else the figures are of a queue that
    grows, and depend on how long it was watched."""
    if sample.open is None:
        return None
    share = sample.requests / sample.open.offered if sample.open.offered else math.nan
    evidence = f"{sample.requests} of {sample.open.offered} scheduled requests answered, {share:.1%}"
    return Check(name="rate kept", passed=kept(sample), evidence=evidence)


def kept(sample: LoadSample) -> bool:
    """Whether the server kept up with an open load. What is on its way at either edge may differ by one request; of
    random arrivals by three standard deviations of two Poisson counts of mean rate times service time."""
    if sample.open is None or not sample.open.offered:
        return False
    edges = 1.0
    if sample.open.arrivals == "poisson":
        edges += 3 * math.sqrt(2 * sample.open.rate * _mean_s(sample.open.service))
    return sample.requests >= _KEPT_LEAST * sample.open.offered - edges


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

    Or as small as waking up an idle virtual core takes: latencies of an open load are told no finer than that.
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
    rate, most = sample.requests / sample.duration_s, sample.ceiling.requests / sample.ceiling.duration_s
    how = "did" if sample.open is None else "reached at twice the rate"
    return Check(
        name="client below its ceiling",
        passed=suffices(sample.ceiling, rate),
        evidence=f"{rate:,.0f} of the {most:,.0f} requests/s that the client {how} against the null server",
    )


def suffices(ceiling: Ceiling, rate: float | None) -> bool:
    """Whether a client with this ceiling has enough to spare at a rate; None: whatever the rate comes to."""
    return rate is None or rate <= _CEILING_USED_LIMIT * ceiling.requests / ceiling.duration_s


def little(sample: LoadSample) -> Check | None:
    """Little's law: rate times mean latency is how many requests are on their way: about as many as were seen to be,
    and no more than there are users.

    In an open load latency counts from when a request was due, and the law is asked of the time from its send.
    """
    if sample.duration_s <= 0 or not sample.requests or (sample.open is None and _mixed(sample)):
        return None
    timed = sample.latency if sample.open is None else sample.open.service
    under_way = sample.requests / sample.duration_s * _mean_s(timed)
    # Of users that move in step, one answer more than fits into the stretch may fall into it for each.
    edges = 1 + sample.users * _mean_s(timed) / sample.duration_s
    passed = under_way <= _LITTLE_LIMIT * sample.users + edges
    evidence = f"{under_way:.2f} requests in flight by rate and latency"
    if sample.under_way is not None:
        apart = abs(under_way - sample.under_way)
        passed = passed and apart <= _SEEN_LIMIT * max(under_way, sample.under_way) + edges
        evidence += f", {sample.under_way:.2f} observed"
    return Check(name="Little's law", passed=passed, evidence=f"{evidence}, of {sample.users} users")


def connected_once(sample: LoadSample) -> Check:
    """Each user made its connection, and kept it: one that is made again has a hand-shake in its latency."""
    made, again = sample.connections, sample.reconnects
    return Check(
        name="connections kept",
        passed=0 < made <= sample.users and again <= _REMADE_LIMIT * max(sample.client_requests, 1),
        evidence=f"{sample.users} requested, {made} opened, {again} reopened",
    )


def undisturbed(sample: LoadSample) -> Check | None:
    """Neither side had work and no core: nobody else ran there, before or meanwhile.

    A database may have the client's core, which the report says.
    """
    waits = {"server": sample.server_waited_s}
    if sample.database_cpu_s is None:
        waits["client"] = sample.client_waited_s
    shares = {name: _of_a_core(wait, sample) for name, wait in waits.items() if wait is not None}
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


def _mixed(sample: LoadSample) -> bool:
    """Whether some requests were sent on a schedule of their user's own: the time that those wait isn't under way."""
    return sum(sample.per_second) < sample.requests


def _users_waiting(sample: LoadSample) -> float:
    """The share of its users' time in which a request was on its way: by Little's law, rate times latency over users.

    NaN, which is below no limit, when there was no stretch.
    """
    if sample.duration_s <= 0:
        return math.nan
    return sample.requests / sample.duration_s * _mean_s(sample.latency) / sample.users


def _mean_s(histogram: Histogram) -> float:
    return mean_ns(histogram) / 1e9 if histogram.count else 0.0


def _of_a_core(cpu_s: float, sample: LoadSample) -> float:
    """CPU time as a share of the measured stretch; NaN, which lies within no limit, when there was no stretch."""
    return cpu_s / sample.duration_s if sample.duration_s > 0 else math.nan


SAFEGUARDS: tuple[Callable[[LoadSample], Check | None], ...] = (
    answered_at_all,
    no_errors,
    verified,
    rate_kept,
    every_arrival_accounted_for,
    schedule_kept,
    counted_on_both_sides,
    connected_once,
    below_the_ceiling,
    client_not_saturated,
    server_busy,
    little,
    disjoint_cores,
    undisturbed,
    speed_known,
    steady,
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
