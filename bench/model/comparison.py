"""A comparison: what was observed of two stacks, what is missing, and what follows. Frozen, typed, without I/O."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Protocol, Self

from bench.model.app_version import AppVersion, ChangedFunction, ProfiledCase, RouteChanges
from bench.model.base import Record
from bench.model.environment import Host, Stack
from bench.model.pair_samples import PairedSample
from bench.model.provenance import Provenance
from bench.model.run import MissingSample, Noise
from bench.model.selftest import Injection, Selftest
from bench.model.server import ServerSettings
from bench.model.workload import Case

SCHEMA_VERSION = 2

PrimaryMetric = Literal["cpu_us", "server_cpu_us", "allocs", "startup_cpu_ms", "rest_mb"]
"""What a comparison is decided by: CPU time in process, or of the server under load; of runs that were measured apart,
allocations; of apps that are started, CPU time until they are ready, or the memory that they hold then."""
StartupStep = Literal[
    "libraries_cpu_ms", "build_cpu_ms", "lifespan_cpu_ms", "first_request_cpu_ms", "openapi_cpu_ms", "build_mb"
]
Metric = Literal[
    "cpu_us",
    "server_cpu_us",
    "latency_p50_ms",
    "latency_p99_ms",
    "startup_cpu_ms",
    "rest_mb",
    StartupStep,
    "allocs",
    "instructions",
]
OF_A_START: tuple[PrimaryMetric, ...] = ("startup_cpu_ms", "rest_mb")
"""What decides where the cases are apps that are started, and not requests."""


def judged_metrics(gate: PrimaryMetric) -> tuple[PrimaryMetric, ...]:
    """The metrics that decide, the gate first: a comparison by start-up also says whether an app holds more."""
    return OF_A_START if gate == "startup_cpu_ms" else (gate,)


class Incomparable(Record):
    """Why metrics of a case can't be compared between two runs that were measured apart."""

    case: str
    metrics: tuple[Metric, ...]
    reason: str


class AnswerMismatch(Record):
    """A case that the two stacks answer differently: a finding, and the reason why it isn't timed.

    `broken` is the side that fails, or answers something else than its target promises, where the other does not.
    """

    case: str
    base: str
    head: str
    broken: Literal["base", "head"] | None = None


class Verdict(StrEnum):
    """What a comparison says of one case: beyond its margin, within it, neither, or nothing that may be compared."""

    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    INCOMPARABLE = "incomparable"


class Result(Record):
    """One metric of one case: head over base, its interval, and the verdict at a margin.

    Counts have no interval: both ends are the ratio. `reasons` say why it isn't valid, or qualify the verdict.
    `not_excluded` is what could have been missed: the largest change, up or down, that its interval doesn't exclude, as
    a share; None of what is called changed, or has no interval.
    """

    case: str
    metric: Metric
    ratio: float | None
    ci_low: float | None
    ci_high: float | None
    margin: float
    verdict: Verdict
    blocks: int
    valid: bool
    reasons: tuple[str, ...] = ()
    not_excluded: float | None = None

    @classmethod
    def missing(cls, case: str, metric: Metric, margin: float, verdict: Verdict, reason: str) -> Self:
        """A result that isn't there, and why."""
        return cls(
            case=case,
            metric=metric,
            ratio=None,
            ci_low=None,
            ci_high=None,
            margin=margin,
            verdict=verdict,
            blocks=0,
            valid=False,
            reasons=(reason,),
        )


class Side(Record):
    """One of the two stacks: the words that named it, the packages that they name, and what they came to.

    `run` is the id of the run that holds its figures, if they were measured apart from the other side's, and `host` the
    machine that it was measured on. `version` is of somebody's own app, where git has it, and `server` what served
    it, if that was asked for.
    """

    named: str
    names: tuple[str, ...]
    stack: Stack
    run: str | None = None
    host: Host | None = None
    version: AppVersion | None = None
    server: ServerSettings | None = None


class Sides(Protocol):
    """Every result of two stacks."""

    @property
    def base(self) -> Side: ...
    @property
    def head(self) -> Side: ...
    @property
    def host(self) -> Host: ...


class Split(Record):
    """What of a change comes from dependencies and what from code, for the cases that changed: the base's code on the
    head's lock is measured between both. `dependencies` compare it with the base, `code` the head with it.

    `reason` says why there is nothing of either.
    """

    dependencies: tuple[Result, ...] = ()
    code: tuple[Result, ...] = ()
    reason: str | None = None


class StateDrift(Record):
    """A case whose cost grows with the state that requests make, such as a table that becomes longer: by which share of
    its cost for each thousand of its requests, with its interval, on one side.

    `requests` is how many of them in a row were looked at, as either side has had them.
    """

    case: str
    side: Literal["base", "head"]
    per_thousand: float
    ci_low: float
    ci_high: float
    requests: int = 0


class Comparison(Provenance):
    """Every sample of two stacks, and what is needed to do it again. `results` are derived from the rest, and stand in
    the file for those who read it without layercake.

    `one_core` says why blocks could run on one core only, and `selftest` what the host's own self-tests had said by
    then. It `confirms` what looks changed by fresh blocks, unless others do so for it. Only a self-test has `injected`
    anything. The rest is of two versions of somebody's own app: `routes` that one of them lacks, the functions that
    their difference touches among those that `changed`, the cases that were `profiled`, the `split` of changes where
    the lock changed too, and what `drifts` with state.
    """

    schema_version: int = SCHEMA_VERSION
    margin: float
    confidence: float
    budget_s: float
    gate: PrimaryMetric = "cpu_us"
    measurement: int = 1
    base: Side
    head: Side
    database: str | None = None
    one_core: str | None = None
    noise: tuple[Noise, ...] = ()
    cases: tuple[Case, ...]
    disagreements: tuple[AnswerMismatch, ...] = ()
    samples: tuple[PairedSample, ...] = ()
    absences: tuple[MissingSample, ...] = ()
    unlike: tuple[Incomparable, ...] = ()
    injected: tuple[Injection, ...] = ()
    selftest: Selftest | None = None
    confirms: bool = True
    elapsed_s: float = 0.0
    results: tuple[Result, ...] = ()
    routes: RouteChanges | None = None
    changed: tuple[ChangedFunction, ...] = ()
    profiled: tuple[ProfiledCase, ...] = ()
    split: Split | None = None
    drifts: tuple[StateDrift, ...] = ()

    @property
    def judged(self) -> tuple[PrimaryMetric, ...]:
        """The metrics that decide, the gate first."""
        return judged_metrics(self.gate)

    @property
    def margins(self) -> dict[str, float]:
        """By case, which change matters of it: its own margin, or the one of all."""
        return {case.id: self.margin if case.margin is None else case.margin for case in self.cases}
