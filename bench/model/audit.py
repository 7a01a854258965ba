"""What an audit observed: the parts of each route's cost, and what each middleware costs when it is left out."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from bench.model.app import AppDescription, RouteCoverage
from bench.model.base import Record
from bench.model.boundaries import TimerCost
from bench.model.environment import Stack
from bench.model.provenance import Provenance
from bench.model.run import MemorySample, MissingSample, Noise, Windows
from bench.model.server import DEFAULT, ServerSettings
from bench.model.startup import StartupSteps
from bench.model.workload import Case, EffortName

SCHEMA_VERSION = 1
_FURTHER = re.compile(r" \[\d+\]$")


def route_id(request: str) -> str:
    """The route that a request is of: `GET /users/{id}` of `GET /users/{id} [2]`."""
    return _FURTHER.sub("", request)


PartKind = Literal[
    "server",
    "starlette",
    "routing",
    "middleware",
    "fastapi",
    "dependency",
    "validation",
    "handler",
    "serialisation",
    "background",
    "gc",
    "residual",
]


class Part(Record):
    """One part of a request's cost. `name` tells apart those of a kind (`app.mw:Timing`); else it is the kind."""

    kind: PartKind
    name: str


class PartCrossings(Record):
    """How often part `outer` called part `inner` (indexes) in the timed windows; each resumption counts."""

    way: Literal["coroutine", "function"]
    outer: int
    inner: int
    times: int


class PartSample(Record):
    """One launch in which the boundaries between parts were timed in every other window.

    `plain` and `timed` are figures per request and window; `spent_us` is CPU per request [part][timed window], with
    what the timers took. `missing` boundaries weren't found: their part is in the one that calls it. `tasks_left` are
    the tasks that a request left running after its answer: what they cost is in no figure in process. Served,
    `system_us` is the kernel's share of the plain windows and the windows' `wall_us` mean nothing. `core` is where it
    ran; None in results of before it was kept.
    """

    kind: Literal["parts"] = "parts"
    case: str
    launch: int
    core: int | None = None
    hash_seed: int
    served_by: str | None = None
    parts: tuple[Part, ...]
    plain: Windows
    timed: Windows
    spent_us: tuple[tuple[float, ...], ...]
    crossings: tuple[PartCrossings, ...]
    timers: tuple[TimerCost, ...]
    missing: tuple[str, ...] = ()
    tasks_left: float = 0.0
    system_us: float | None = None


class PeelSample(Record):
    """One launch in which a request was timed with and without these middlewares (indexes), window by window.

    `same_answer` is False where leaving them out changes the answer: no cost follows from it then, and there may be no
    windows. Of a request without any middleware that could be left out, `without` is empty and both are the same.
    """

    kind: Literal["peel"] = "peel"
    case: str
    launch: int
    core: int | None = None
    hash_seed: int
    without: tuple[int, ...]
    same_answer: bool
    whole: Windows
    peeled: Windows


class PartAllocations(Record):
    """Allocations per request of one part (index into `parts` of its sample)."""

    allocs: float
    alloc_bytes: float


class PartAllocationSample(Record):
    """Allocations per request by part, the tracer's own left out."""

    kind: Literal["allocations by part"] = "allocations by part"
    case: str
    launch: int
    parts: tuple[Part, ...]
    by_part: tuple[PartAllocations, ...]


class Span(Record):
    """A stretch of one request in one part: when it began and ended by the wall clock, from the request's start.

    `cpu_us` is the thread's CPU in it; `waits` tells a stretch in which nobody ran: its part waited.
    """

    part: int
    begin_us: float
    end_us: float
    cpu_us: float
    waits: bool = False
    in_thread: bool = False


class WaterfallSample(Record):
    """One request alone, its stretches in order, and what each part waited per request over `requests` of them."""

    kind: Literal["waterfall"] = "waterfall"
    case: str
    parts: tuple[Part, ...]
    spans: tuple[Span, ...]
    requests: int
    wait_us: tuple[float, ...]


class RetainedSample(Record):
    """Memory that is still held after some first requests and after each block of `requests` more, in bytes."""

    kind: Literal["retained"] = "retained"
    case: str
    requests: int
    held_bytes: tuple[int, ...]


class StartupSample(StartupSteps):
    """The start of the app, and its first request."""

    kind: Literal["startup"] = "startup"
    launch: int


AuditSample = Annotated[
    PartSample | PeelSample | PartAllocationSample | WaterfallSample | RetainedSample | MemorySample | StartupSample,
    Field(discriminator="kind"),
]


class Audit(Provenance):
    """Every sample of one app on one host. `weights` are requests by route id as an access log counts them."""

    schema_version: int = SCHEMA_VERSION
    effort: EffortName
    command: tuple[str, ...] = ()
    stack: Stack
    app: AppDescription
    server: ServerSettings = DEFAULT
    coverage: tuple[RouteCoverage, ...]
    cases: tuple[Case, ...]
    weights: dict[str, float] | None = None
    noise: tuple[Noise, ...] = ()
    samples: tuple[AuditSample, ...] = ()
    absences: tuple[MissingSample, ...] = ()
    elapsed_s: float = 0.0
