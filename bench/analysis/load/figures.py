"""The figures of a server under load: what a scenario saw, and what a search for the highest rate found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.analysis.load.objectives import Judged
from bench.analysis.load.service import Condition
from bench.model.load import LoadSample
from bench.model.scenario import Objective
from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class EndpointFigures:
    """The requests of a scenario that go by one name, over all launches; latencies in ms, as in `Load`."""

    requests: int
    errors: Mapping[str, int]
    latency_ms: Mapping[float, float | None]
    longest_ms: float


@dataclass(frozen=True)
class Load:
    """One case served under one scenario; times per completed request, latencies in ms (None: too few requests).

    `endpoints` by name. `database_cpu_us` is CPU of the database's own processes, as it ran: nothing watches their
    core's speed; None where there is no database, or its CPU isn't known. So are the server's where it has no meter.
    In an open load `rate` is what was asked for, latencies count from when a request was due, and `service_ms` from its
    send; None of both in a closed one. `requests` and `rps` are of right answers; percentiles are of all requests, of
    which the failed ones took longer than `longest_ms`: infinite where they reach those. CPU per request is None where
    more than 1% failed. `conditions` say how the service did, `objectives`
    whether it met what was required of it.
    """

    scenario: str
    model: str
    users: int
    requests: int
    errors: Mapping[str, int]
    failed_share: float
    rps: Estimate
    latency_ms: Mapping[float, float | None]
    longest_ms: float
    endpoints: Mapping[str, EndpointFigures]
    conditions: tuple[Condition, ...]
    objectives: tuple[Judged, ...]
    rate: float | None
    service_ms: Mapping[float, float | None] | None
    server_cpu_us: Estimate | None
    server_user_us: Estimate | None
    server_system_us: Estimate | None
    database_cpu_us: Estimate | None
    client_cpu_us: Estimate | None
    server_rss_mb: float | None
    server_layer_us: Estimate | None
    samples: tuple[LoadSample, ...]

    def rps_of(self, endpoint: EndpointFigures) -> float:
        """Requests of an endpoint a second, over all launches."""
        return endpoint.requests / sum(sample.duration_s for sample in self.samples)


@dataclass(frozen=True)
class SearchStep:
    """One rate that was tried, a second, for `duration_s`. `held` is None when that says nothing of the server;
    `refused` says how it was answered when the client gave up, and then there is nothing else."""

    rate: float
    duration_s: float | None
    rps: float | None
    latency_ms: Mapping[float, float | None]
    held: bool | None
    refused: str | None = None


@dataclass(frozen=True)
class Search:
    """The highest rate that meets an objective: `held` did (None: not even the lowest that was tried), `failed`, the
    next above it that was tried, didn't; `close` says whether they are so close that this is the answer. `capacity` is
    what a closed load reached, a second; None when that isn't valid."""

    scenario: str
    objective: Objective
    capacity: float | None
    held: float | None
    failed: float | None
    close: bool
    steps: tuple[SearchStep, ...]
