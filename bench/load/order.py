"""What the harness tells Locust's process, and what that tells it back: one JSON file each way.

Both sides import this module, so it imports neither Locust nor gevent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from bench.model import Noun
from bench.samples import EndpointSample, Histogram

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


class Order(Noun):
    """The case's exchange, which a scenario may repeat, and for how long it is to run.

    A request that takes longer than `timeout_s` has failed. `server_pid` and `database_pid` are the processes whose CPU
    time is read at both edges of the measured stretch: the server's own, and the database's with all its descendants.
    """

    exchange: Exchange
    warmup_s: float = Field(gt=0)
    duration_s: float = Field(gt=0)
    timeout_s: float = Field(default=10.0, gt=0)
    server_pid: int
    database_pid: int | None = None


class Outcome(Noun):
    """What the client saw between the edges of the measured stretch; `LoadSample` says what each field means."""

    kind: Literal["outcome"] = "outcome"
    begin_s: float
    """When the stretch began, on the machine's monotonic clock."""
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
    server_user_s: float
    server_system_s: float
    server_cpu_s: float
    database_cpu_s: float | None
    server_rss_mb: float


class Abandoned(Noun):
    """The client stopped before the end of the measured stretch, and why."""

    kind: Literal["abandoned"] = "abandoned"
    reason: str


REPORT: TypeAdapter[Outcome | Abandoned] = TypeAdapter(Annotated[Outcome | Abandoned, Field(discriminator="kind")])
