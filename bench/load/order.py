"""What the harness tells Locust's processes, they tell each other, and they tell it back: JSON all the way.

All sides import this module, so it imports neither Locust nor gevent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from bench.model import Noun, Spread
from bench.samples import EndpointSample, Histogram, OpenLoad

GIVE_UP_S = 2.0
"""When every request has failed for this long, the client stops: the rest would be more of the same."""


class Exchange(Noun):
    """A request as it is sent, and the answer that is right: its status, and its body byte for byte.

    `headers` go over the wire as they stand, after `host` and `content-length`.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


class Arrivals(Noun):
    """When the requests of an open load are due: `rate` a second of all clients together, and how they are spread."""

    rate: float = Field(gt=0)
    spread: Spread = "constant"
    seed: int = 0


class Order(Noun):
    """The case's exchange, which a scenario may repeat, and for how long it is to run; open with `arrivals`.

    A request that takes longer than `timeout_s` has failed. `server_pid` and `database_pid` are the processes whose CPU
    time is read at both edges of the measured stretch: the server's own, and the database's with all its descendants.
    `meter` is where a server on another machine says that of itself, HOST:PORT. With neither nothing is read.
    """

    exchange: Exchange
    arrivals: Arrivals | None = None
    warmup_s: float = Field(gt=0)
    duration_s: float = Field(gt=0)
    timeout_s: float = Field(default=10.0, gt=0)
    server_pid: int | None = None
    database_pid: int | None = None
    meter: str | None = None


class Reading(Noun):
    """What a server's processes had used at a moment `at_s` of their machine's monotonic clock, all since their start.

    `waited_s` had work and no core. `requests` is what the server has counted, where it is asked.
    """

    at_s: float
    cpu_s: float
    user_s: float
    system_s: float
    waited_s: float
    rss_mb: float
    database_cpu_s: float | None = None
    requests: int | None = None
    serving: Serving | None = None


class Serving(Noun):
    """What a `bench serve` serves: a target as its file stands, and the stack that it runs on."""

    target: str
    source_sha256: str
    lock_sha256: str
    server: str


class Seen(Noun):
    """What a client saw between the edges of the measured stretch; `LoadSample` says what each field means."""

    begin_s: float
    """When the stretch began, on the machine's monotonic clock."""
    began_at_s: float
    """The same on the clock of the wall, which machines share more or less."""
    duration_s: float
    requests: int
    per_second: tuple[int, ...]
    errors: dict[str, int]
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


class Part(Seen):
    """What one process of the client saw."""

    kind: Literal["part"] = "part"


class Outcome(Seen):
    """What all processes of the client saw, and the server's readings at both edges: none, or two."""

    kind: Literal["outcome"] = "outcome"
    workers: int
    lost_workers: int
    joined_workers: int = 0
    starts_apart_s: float
    readings: tuple[Reading, ...]


class Abandoned(Noun):
    """The client stopped before the end of the measured stretch, and why."""

    kind: Literal["abandoned"] = "abandoned"
    reason: str


PART: TypeAdapter[Part | Abandoned] = TypeAdapter(Annotated[Part | Abandoned, Field(discriminator="kind")])
REPORT: TypeAdapter[Outcome | Abandoned] = TypeAdapter(Annotated[Outcome | Abandoned, Field(discriminator="kind")])
