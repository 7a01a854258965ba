"""What a run observed: samples, what is missing, and the run that holds them; frozen, typed, without I/O.

Whatever is stored is one of these; whatever can be derived from them (means, intervals, layers) is not stored.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from bench.boundary import BoundarySample
from bench.model import Case, EffortName, Host, LoadModel, Noun, Objective, Pass, Spread, Stack

SCHEMA_VERSION = 3
MEASUREMENT = 1
"""Counts the changes of what a window, its reference work or a count means: figures of two such can't be compared."""


class Noise(Noun):
    """How much the machine disturbed a busy loop: share of time stolen, and the longest single gap."""

    at: Literal["start", "end"]
    core: int
    duration_s: float
    stolen_share: float
    longest_gap_us: float


class Windows(Noun):
    """Short stretches of one case inside one launch; each figure is per request. Windows are not replicates.

    `reference_us` is what a fixed piece of work took beside each window: the core's speed at that moment.
    `database_us` is the CPU time of the database's own processes; None where there is none, or it can't be read.
    """

    calls: int
    cpu_us: tuple[float, ...]
    wall_us: tuple[float, ...]
    gc_us: tuple[float, ...]
    reference_us: tuple[float, ...]
    database_us: tuple[float, ...] | None = None


class TimingSample(Noun):
    """In-process time of a case in one launch; with a parent, window i of both ran side by side on one core."""

    kind: Literal["timing"] = "timing"
    case: str
    launch: int
    hash_seed: int
    windows: Windows
    parent: str | None = None
    parent_windows: Windows | None = None


class AllocationSample(Noun):
    """Allocations of `requests` requests in one launch, garbage collection off; totals, not per request."""

    kind: Literal["allocations"] = "allocations"
    case: str
    launch: int
    hash_seed: int
    requests: int
    allocs: int
    alloc_bytes: int


class MemorySample(Noun):
    """Resident memory of a fresh process before one request, and how far that request raised its high water.

    `first_byte_ms` and `elapsed_ms` are when the app handed over the first byte of the body, and the last. `cpu_ms` is
    the process's CPU time of it; `stall_ms` how long, at the longest, the event loop let nobody else have a turn. Both
    are None in runs that didn't look.
    """

    kind: Literal["memory"] = "memory"
    case: str
    launch: int
    before_mb: float
    peak_mb: float
    body_bytes: int
    first_byte_ms: float
    elapsed_ms: float
    cpu_ms: float | None = None
    stall_ms: float | None = None


class FactSample(Noun):
    """What a case answered when it was asked once: an observation that its app made of itself, and no time."""

    kind: Literal["fact"] = "fact"
    case: str
    status: int
    answer: JsonValue


class Histogram(Noun):
    """An HdrHistogram: `encoded` is its base64 V2 form, values in nanoseconds, `digits` significant digits."""

    encoded: str
    digits: int
    count: int
    longest_ns: int


class EndpointSample(Noun):
    """What one endpoint of a scenario saw in the measured stretch; `LoadSample` says what each field means."""

    name: str
    requests: int
    errors: dict[str, int]
    latency: Histogram
    verified: int


class OpenLoad(Noun):
    """What an open load observed beside its latencies, which count from when a request was due.

    At `rate` a second, `offered` fell due within the stretch. In the whole launch `due` did, of which `ended` were
    answered or lost, and `unsent` never sent: no connection was free for them up to the time-out after the end.
    `service` counts from the send; `lag` is how late the client sent what a free connection had waited for.
    """

    rate: float
    arrivals: Spread
    offered: int
    due: int
    ended: int
    unsent: int
    service: Histogram
    lag: Histogram


class Ceiling(Noun):
    """What the same client did on the same cores, in the same session, against a server that only sends ready bytes:
    back to back, or for an open load when twice its rate fell due."""

    requests: int
    duration_s: float
    client_cpu_s: float


class LoadSample(Noun):
    """One served launch under load. Figures are totals of the measured stretch (after the warm-up), and evidence.

    `requests` were answered rightly within the stretch, `per_second` without those sent on a schedule; `latency` also
    holds those sent in it and answered, or timed out, after its end, and counts from when a scheduled one was due.

    `server_requests` and `client_requests` count the whole launch, on either side, and must agree. `reference_us` is
    what a fixed piece of work took in the server's own process, fifty times a second: its core's speed meanwhile
    (and part of `server_cpu_s`); `idle_reference_us` what it took just before the server started.

    `workers` processes were the client, of which `lost_workers` never reported; they began `starts_apart_s` apart.
    `joined_workers` came later, when Locust gave them users of the others: what those did nobody reported.
    `stolen_before` is the share of a busy loop's time that others took, by core, just before. `client_waited_s` and
    `server_waited_s` had work and no core, meanwhile; `client_grown_mb` is by how much the client's memory grew.
    `under_way` is how many requests were, in the mean over the stretch, seen every 20 ms.
    `ceiling` is None where the scenario asks for more than the case's own request. `server` names what served, with
    its loop and parser. Of what runs `…_elsewhere`, on another machine, no core is watched; the server's figures are
    None there where it has no meter.
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
    latency: Histogram
    endpoints: tuple[EndpointSample, ...] = ()
    verified: int
    connections: int
    reconnects: int
    client_requests: int
    server_requests: int | None
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
    server_rss_mb: float | None
    server_cores: tuple[int, ...]
    client_cores: tuple[int, ...]
    server: str | None = None
    server_elsewhere: bool = False
    client_elsewhere: bool = False
    workers: int = 1
    lost_workers: int = 0
    joined_workers: int = 0
    starts_apart_s: float = 0.0
    stolen_before: dict[int, float] = Field(default_factory=dict)
    ceiling: Ceiling | None = None


class RefusedRate(Noun):
    """A rate at which the server answered nothing rightly for so long that the client gave up, and how."""

    rate: float
    reason: str


class SearchSample(Noun):
    """The search for the highest rate that still meets an objective: what the closed model reached first, then every
    rate that was tried, in order, but for those at which the client gave up."""

    kind: Literal["search"] = "search"
    case: str
    scenario: str
    objective: Objective
    capacity: LoadSample
    steps: tuple[LoadSample, ...]
    refused: tuple[RefusedRate, ...] = ()


class ProfileSample(Noun):
    """A profile of one case, from a pass of its own. `file` is relative to the run's folder, in folded form.

    `tax` is how many times a request took what it took unprofiled: of elapsed time in process, of the process's CPU
    where it was `served`. There `server` says by what, `users` asked back to back, and `kernel_share` is what the
    kernel used of the process's CPU while it wasn't profiled.
    `own` are the suffixes of what pyinstrument writes of it by itself, beside `file` and called like it but for them.
    """

    kind: Literal["profile"] = "profile"
    case: str
    where: Literal["in process", "served"] = "in process"
    file: str
    interval_s: float
    duration_s: float
    requests: int
    tax: float
    server: str | None = None
    users: int | None = None
    kernel_share: float | None = None
    own: tuple[str, ...] = ()


Sample = Annotated[
    TimingSample
    | AllocationSample
    | MemorySample
    | FactSample
    | LoadSample
    | SearchSample
    | BoundarySample
    | ProfileSample,
    Field(discriminator="kind"),
]


class Absence(Noun):
    """A number that isn't there, and why: `skipped` by its `requires`, or `invalid` because measuring it failed.

    `scenario` is set when only the load under that one is missing.
    """

    case: str
    during: Pass
    scenario: str | None = None
    kind: Literal["skipped", "invalid"]
    reason: str


class Check(Noun):
    """One safeguard's finding about one sample: what was looked at, and whether the number may be believed."""

    name: str
    passed: bool
    evidence: str


class Run(Noun):
    """Every sample of one stack on one host, and what is needed to do it again.

    `database` says which one ran beside it, and where; None where no case needed one. `command` are the words after
    `bench` that asked for it, folders of this machine left out.
    """

    schema_version: int = SCHEMA_VERSION
    id: str
    started_at: datetime
    effort: EffortName
    command: tuple[str, ...] = ()
    seed: int
    commit: str | None
    dirty: bool
    harness_version: str
    measurement: int = 1
    complete: bool
    stack: Stack
    host: Host
    database: str | None = None
    noise: tuple[Noise, ...] = ()
    cases: tuple[Case, ...]
    samples: tuple[Sample, ...] = ()
    absences: tuple[Absence, ...] = ()
    elapsed_s: dict[Pass, float] = Field(default_factory=dict)
