"""The messages between the harness and its client processes, as JSON: load order, part, outcome."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from bench.model.base import Record
from bench.model.exchange import Exchange
from bench.model.load import EndpointSample, Histogram, OpenLoad, Second, SilentPeriod
from bench.model.scenario import ArrivalProcess
from bench.serving.headers import Headers
from bench.serving.reading import Reading

GIVE_UP_S = 2.0
"""When every request has failed for this long, the client stops: the rest would be more of the same."""


TIMEOUT_S = 10.0


def timeout_s(users: int, answer_s: float) -> float:
    """How long a request may take where an answer takes `answer_s`, and a server may work on one at a time: the last of
    its users waits for all others."""
    return max(TIMEOUT_S, 2.0 * users * answer_s)


class Arrivals(Record):
    """When the requests of an open load are due: `rate` a second of all clients together, and how they are spread."""

    rate: float = Field(gt=0)
    spread: ArrivalProcess = "constant"
    seed: int = 0


class RouteExchange(Record):
    """One of the requests that an app's traffic is made of: what it is called beside its method, and its share."""

    name: str
    weight: float = Field(gt=0)
    exchange: Exchange


class LoadSpec(Record):
    """The case's exchange, which a scenario may repeat, and for how long it is to run; open with `arrivals`. `routes`
    are those of an app's traffic.

    A request that takes longer than `timeout_s` has failed. `server_pid` and `database_pid` are the processes whose CPU
    time is read at both edges of the measured stretch: the server's own, and the database's with all its descendants.
    `meter` is where a server on another machine says that of itself, HOST:PORT. With neither nothing is read.
    `headers` are those of every request. In a file their values are `${NAME}`s; from process to process they are whole.
    """

    exchange: Exchange
    routes: tuple[RouteExchange, ...] = ()
    headers: Headers = ()
    arrivals: Arrivals | None = None
    warmup_s: float = Field(gt=0)
    duration_s: float = Field(gt=0)
    timeout_s: float = Field(default=TIMEOUT_S, gt=0)
    server_pid: int | None = None
    database_pid: int | None = None
    meter: str | None = None


class SecondCounts(Record):
    """One second of one client process: right answers by the bucket of their latency, and how many requests failed."""

    requests: int
    errors: int
    buckets: tuple[int, ...]
    counts: tuple[int, ...]


class IntervalObservations(Record):
    """What a client saw between the edges of the measured stretch; `LoadSample` says what each field means."""

    begin_s: float
    """When the stretch began, on the machine's monotonic clock."""
    began_at_s: float
    """The same on the clock of the wall, which machines share more or less."""
    duration_s: float
    requests: int
    per_second: tuple[int, ...]
    errors: dict[str, int]
    failed_s: float
    silent: tuple[SilentPeriod, ...]
    gave_up: str | None = None
    latency: Histogram
    endpoints: tuple[EndpointSample, ...]
    verified: int
    connections: int
    reconnects: int
    client_requests: int
    client_cpu_s: float
    client_waited_s: float
    client_grown_mb: float
    under_way: float
    open: OpenLoad | None


class WorkerReport(IntervalObservations):
    """What one process of the client saw."""

    kind: Literal["part"] = "part"
    seconds: tuple[SecondCounts, ...]


class Outcome(IntervalObservations):
    """What all processes of the client saw, and the server's readings at both edges: none, or two."""

    kind: Literal["outcome"] = "outcome"
    timeline: tuple[Second, ...]
    workers: int
    lost_workers: int
    joined_workers: int = 0
    starts_apart_s: float
    readings: tuple[Reading, ...]


class Abandoned(Record):
    """The client could not measure: the server's process or its meter is gone, or no worker reported."""

    kind: Literal["abandoned"] = "abandoned"
    reason: str


PART: TypeAdapter[WorkerReport | Abandoned] = TypeAdapter(
    Annotated[WorkerReport | Abandoned, Field(discriminator="kind")]
)
REPORT: TypeAdapter[Outcome | Abandoned] = TypeAdapter(Annotated[Outcome | Abandoned, Field(discriminator="kind")])
