"""What the launches of a served case observed: requests, latencies, the client's ceiling, searches for a rate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bench.model.base import Record
from bench.model.scenario import ArrivalProcess, LoadModel, Objective, Requirement
from bench.model.server import ServerSettings

CLIENT_LIMIT = "client_limit"
"""The failure of a connection that the client itself couldn't open: no file or port was left."""


class Histogram(Record):
    """An HdrHistogram: `encoded` is its base64 V2 form, values in nanoseconds, `digits` significant digits."""

    encoded: str
    digits: int
    count: int
    longest_ns: int


class Second(Record):
    """One second of the measured interval, by when answers came: right ones, failed requests, and the latencies of the
    right ones. `p50_ms` and `p99_ms` are nearest ranks within that second, None when nothing was answered."""

    requests: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None


class SilentPeriod(Record):
    """Requests were on their way and nothing came back: when that began, counted from the begin of the measured
    interval, and how long it took, to 20 ms."""

    at_s: float
    duration_s: float


class EndpointSample(Record):
    """What one endpoint of a scenario saw in the measured stretch; `LoadSample` says what each field means."""

    name: str
    requests: int
    errors: dict[str, int]
    latency: Histogram
    verified: int


class OpenLoad(Record):
    """What an open load observed beside its latencies, which count from when a request was due.

    At `rate` a second, `offered` fell due within the stretch. In the whole launch `due` did, of which `ended` were
    answered or lost, and `unsent` never sent: no connection was free for them up to the time-out after the end.
    `service` counts from the send; `lag` is how late the client sent what a free connection had waited for.
    """

    rate: float
    arrivals: ArrivalProcess
    offered: int
    due: int
    ended: int
    unsent: int
    service: Histogram
    lag: Histogram


class Ceiling(Record):
    """What the same client did on the same cores, in the same session, against a server that only sends ready bytes:
    back to back, or for an open load when twice its rate fell due."""

    requests: int
    duration_s: float
    client_cpu_s: float


LoadComparing = Literal["bytes", "parts", "content", "shape", "type"]
"""What the client compared of an answer with the right one, beside its status. Of fixed ones their length, and "bytes"
or, of large ones, "parts" of them in turn. Of samples of others their "content", or media type and "shape", or "type".
"""


class LoadSample(Record):
    """One served launch under load. Figures are totals of the measured stretch (after the warm-up), and evidence.

    `requests` were answered rightly within the stretch, `per_second` without those sent on a schedule; `latency` also
    holds those sent in it and answered after its end, and counts from when a scheduled one was due. `failed_s` is the
    time that failed requests were on their way, added up; where it is None (older samples) `latency` also holds what
    timed out, with the time that it had waited. `timeline` is second by second (the last may cover less), `silent` the
    longest periods without an answer. `gave_up` says why the client stopped early, when it did. `require` is what the
    service had to meet.
    `verified` of them were compared with the right answer, as `compared` says, or by the scenario's own check.

    `server_requests` and `client_requests` count the whole launch, on either side, and must agree; `server_workers` are
    those of each process of a server that has several, of which all other figures are sums. `reference_us` is
    what a fixed piece of work took in the server's own process, fifty times a second: its core's speed meanwhile.
    `idle_reference_us` is what it took just before the server started. `watching_cpu_s` is the part of `server_cpu_s`
    that was spent on this work and on watching the event loop; None in samples of before it was kept.

    `workers` processes were the client, of which `lost_workers` never reported; they began `starts_apart_s` apart.
    `joined_workers` came later, when Locust gave them users of the others: what those did nobody reported.
    `stolen_before` is the share of a busy loop's time that others took, by core, just before. `client_waited_s` and
    `server_waited_s` had work and no core, meanwhile; `client_grown_mb` is by how much the client's memory grew.
    `under_way` is how many requests were, in the mean over the stretch, seen every 20 ms.
    `hold_ms` is the longest single step of the server's event loop that was seen, `hold_at` the line where it stood: 0
    where none was longer than 5 ms, None where nobody watched; `held_s` is how long those seen took together, at least.
    `ceiling` is None where the scenario asks for more than the case's own request. `server` names what served, with
    its loop and parser; `server_settings` are those of one elsewhere, which the run's are not. Of what runs
    `…_elsewhere`, on another machine, no core is watched; the server's figures are None there where it has no meter.
    """

    kind: Literal["load"] = "load"
    case: str
    scenario: str
    launch: int
    model: LoadModel
    users: int
    open: OpenLoad | None = None
    warmup_s: float
    duration_s: float
    requests: int
    per_second: tuple[int, ...]
    errors: dict[str, int]
    failed_s: float | None = None
    timeline: tuple[Second, ...] = ()
    silent: tuple[SilentPeriod, ...] = ()
    gave_up: str | None = None
    require: tuple[Requirement, ...] = ()
    latency: Histogram
    endpoints: tuple[EndpointSample, ...] = ()
    verified: int
    compared: LoadComparing = "bytes"
    connections: int
    reconnects: int
    client_requests: int
    server_requests: int | None
    server_workers: tuple[int, ...] = ()
    client_cpu_s: float
    client_waited_s: float | None = None
    client_grown_mb: float | None = None
    under_way: float | None = None
    server_user_s: float | None
    server_system_s: float | None
    server_cpu_s: float | None
    server_waited_s: float | None = None
    database_cpu_s: float | None = None
    reference_us: tuple[float, ...]
    idle_reference_us: tuple[float, ...]
    watching_cpu_s: float | None = None
    server_rss_mb: float | None
    hold_ms: float | None = None
    hold_at: str | None = None
    held_s: float | None = None
    server_cores: tuple[int, ...]
    client_cores: tuple[int, ...]
    server: str | None = None
    server_settings: ServerSettings | None = None
    server_elsewhere: bool = False
    client_elsewhere: bool = False
    workers: int = 1
    lost_workers: int = 0
    joined_workers: int = 0
    starts_apart_s: float = 0.0
    stolen_before: dict[int, float] = Field(default_factory=dict)
    ceiling: Ceiling | None = None


class RefusedRate(Record):
    """A rate at which the server answered nothing rightly for so long that the client gave up, and how."""

    rate: float
    reason: str


class SearchSample(Record):
    """The search for the highest rate that still meets an objective: what the closed model reached first, then every
    rate that was tried, in order, but for those at which the client gave up. From the step of number `long_from`, the
    first being 0, each was tried for longer, to confirm an answer."""

    kind: Literal["search"] = "search"
    case: str
    scenario: str
    objective: Objective
    capacity: LoadSample
    steps: tuple[LoadSample, ...]
    refused: tuple[RefusedRate, ...] = ()
    long_from: int | None = None
