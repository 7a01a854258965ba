"""What a run observed: the samples of one stack, what is missing, and the run that holds them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue

from bench.model.base import Record
from bench.model.boundaries import BoundarySample
from bench.model.connections import ConnectionSample
from bench.model.environment import Stack
from bench.model.load import LoadSample, SearchSample
from bench.model.provenance import Provenance
from bench.model.server import DEFAULT, ServerSettings
from bench.model.server_layers import ServerSample
from bench.model.startup import AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Case, EffortName, Pass

SCHEMA_VERSION = 3
MEASUREMENT = 1
"""Counts the changes of what a window, its reference work or a count means: figures of two such can't be compared."""


class Noise(Record):
    """How much the machine disturbed a busy loop: share of time stolen, and the longest single gap."""

    at: Literal["start", "end"]
    core: int
    duration_s: float
    stolen_share: float
    longest_gap_us: float


class Windows(Record):
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


class TimingSample(Record):
    """In-process time of a case in one launch; with a parent, window i of both ran side by side on one core."""

    kind: Literal["timing"] = "timing"
    case: str
    launch: int
    core: int | None = None
    hash_seed: int
    windows: Windows
    parent: str | None = None
    parent_windows: Windows | None = None


class AllocationSample(Record):
    """Allocations of `requests` requests in one launch, garbage collection off; totals, not per request."""

    kind: Literal["allocations"] = "allocations"
    case: str
    launch: int
    hash_seed: int
    requests: int
    allocs: int
    alloc_bytes: int


class MemorySample(Record):
    """Resident memory of a fresh process before one request, and how far that request raised its high water.

    `first_byte_ms` and `elapsed_ms` are when the app handed over the first byte of the body, and the last. `cpu_ms` is
    the process's CPU time of it; `stall_ms` how long, at the longest, the event loop let nobody else have a turn;
    `hold_ms` how long its longest single step took, and `hold_at` at which line, if that was long. They are None in
    runs that didn't look.
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
    hold_ms: float | None = None
    hold_at: str | None = None


class FactSample(Record):
    """What a case answered when it was asked once: an observation that its app made of itself, and no time."""

    kind: Literal["fact"] = "fact"
    case: str
    status: int
    answer: JsonValue


class ProfileSample(Record):
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
    | CaseStartupSample
    | BuildSample
    | AtRestSample
    | FactSample
    | LoadSample
    | SearchSample
    | ServerSample
    | ConnectionSample
    | BoundarySample
    | ProfileSample,
    Field(discriminator="kind"),
]


class MissingSample(Record):
    """A number that isn't there, and why: `skipped` by its `requires`, or `invalid` because measuring it failed.

    `scenario` is set when only the load under that one is missing; of a start, `at rest` when only its live allocations
    are, and `building` when the parts of that are. What is skipped is missing from every pass, but for
    `this_pass_only`.
    """

    case: str
    during: Pass
    scenario: str | None = None
    kind: Literal["skipped", "invalid"]
    reason: str
    this_pass_only: bool = False

    def concerns(self, during: Pass) -> bool:
        """Whether a figure of that pass is missing for this reason."""
        return self.during == during or (self.kind == "skipped" and not self.this_pass_only)

    @classmethod
    def invalid(cls, case: str, during: Pass, error: object, scenario: str | None = None) -> Self:
        """Measuring it failed, and the `error` says why."""
        return cls(case=case, during=during, scenario=scenario, kind="invalid", reason=str(error))


class Check(Record):
    """One safeguard's finding about one sample: what was looked at, and whether the number may be believed."""

    name: str
    passed: bool
    evidence: str


class Run(Provenance):
    """Every sample of one stack on one host, and what is needed to do it again.

    `database` says which one ran beside it, and where; None where no case needed one. `url` is what was loaded where
    no target described the server: its `stack` is unknown then, and holds the harness's own Python only. `server` is
    what served in every pass that serves.
    """

    schema_version: int = SCHEMA_VERSION
    effort: EffortName
    command: tuple[str, ...] = ()
    measurement: int = 1
    stack: Stack
    url: str | None = None
    database: str | None = None
    server: ServerSettings = DEFAULT
    noise: tuple[Noise, ...] = ()
    cases: tuple[Case, ...]
    samples: tuple[Sample, ...] = ()
    absences: tuple[MissingSample, ...] = ()
    elapsed_s: dict[Pass, float] = Field(default_factory=dict)
