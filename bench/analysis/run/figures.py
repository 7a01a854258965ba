"""The figures that a run supports: frozen, without I/O. `summary.py` makes them, `bench.report` shows them.

Units stand in the names, as in the model. Nothing here is stored: it is derived whenever a run is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from bench.analysis.load.figures import Load, Search
from bench.analysis.run.connection_figures import ConnectionCosts
from bench.analysis.run.server_figures import ServerLayers
from bench.analysis.run.startup_figures import AtRest, Building, Startup
from bench.model.boundaries import BoundarySample
from bench.model.run import FactSample, MemorySample, ProfileSample, Run
from bench.model.workload import Case
from bench.stats.intervals import Estimate

T_co = TypeVar("T_co", covariant=True)


class Standing(StrEnum):
    """Whether a figure may be read, and if not, what kind of hole it is."""

    VALID = "valid"
    INVALID = "invalid"
    SKIPPED = "skipped"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True)
class CheckedFigure(Generic[T_co]):
    """A number, or why there is none: `value` is set exactly when it is valid, `reasons` when it isn't."""

    value: T_co | None
    standing: Standing = Standing.VALID
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timing:
    """In-process time of one request, over launches; `by_launch` has each one's CPU in µs.

    `database_us` is CPU of the database's own processes, as it ran: its core may be another, and isn't watched.
    """

    cpu_us: Estimate
    wall_us: Estimate
    gc_us: Estimate
    database_us: Estimate | None
    by_launch: Mapping[int, float]
    windows: int


@dataclass(frozen=True)
class Allocations:
    """Allocations of one request: counts, not estimates. `agree` says whether every launch counted the same."""

    allocs: float
    alloc_bytes: float
    agree: bool
    launches: int


@dataclass(frozen=True)
class Memory:
    """How far one request raised the high water of a fresh process; `MemorySample` says what each figure means.

    `cpu_ms` and `stall_ms` are None where a launch didn't look.
    """

    peak_mb: Estimate
    before_mb: Estimate
    body_bytes: int
    first_byte_ms: Estimate
    elapsed_ms: Estimate
    cpu_ms: Estimate | None
    stall_ms: Estimate | None
    samples: tuple[MemorySample, ...]

    @property
    def resolved(self) -> bool:
        """Whether the peak stands out; else nothing but `< LEAST_MB` may be said."""
        return self.peak_mb.mean >= LEAST_MB


@dataclass(frozen=True)
class ChainStep:
    """A layer of a chain: the first is a whole cost, each further one a marginal cost."""

    case: Case
    cost_us: Estimate


@dataclass(frozen=True)
class Chain:
    """From a root to a case: do the layers add up to `whole_us`, which was measured on its own?"""

    steps: tuple[ChainStep, ...]
    whole_us: Estimate

    @property
    def split(self) -> bool:
        """Whether it starts at a root target; else its first step is a whole that nothing here takes apart."""
        return self.steps[0].case.over is None

    @property
    def sum_us(self) -> float:
        return sum(step.cost_us.mean for step in self.steps)

    @property
    def residual_us(self) -> float:
        return self.whole_us.mean - self.sum_us

    @property
    def residual_share(self) -> float:
        return self.residual_us / self.whole_us.mean


@dataclass(frozen=True)
class CaseSummary:
    """Everything a run says about one case. `added_*` are over the parent case; UNMEASURED where there is none."""

    case: Case
    timing: CheckedFigure[Timing]
    added_us: CheckedFigure[Estimate]
    allocations: CheckedFigure[Allocations]
    added_allocs: CheckedFigure[float]
    chain: CheckedFigure[Chain]
    loads: Mapping[str, CheckedFigure[Load]]
    search: CheckedFigure[Search]
    server: CheckedFigure[ServerLayers]
    connections: CheckedFigure[ConnectionCosts]
    boundaries: CheckedFigure[tuple[BoundarySample, ...]]
    memory: CheckedFigure[Memory]
    startup: CheckedFigure[Startup]
    building: CheckedFigure[Building]
    at_rest: CheckedFigure[AtRest]
    fact: CheckedFigure[FactSample]
    profile: CheckedFigure[ProfileSample]
    served_profile: CheckedFigure[ProfileSample]


@dataclass(frozen=True)
class CheckTally:
    """One safeguard over all samples of one kind: how many it looked at, and what it said where it failed."""

    name: str
    kind: str
    passed: int
    evidence: str
    failures: tuple[tuple[str, str], ...]

    @property
    def looked_at(self) -> int:
        return self.passed + len(self.failures)


@dataclass(frozen=True)
class MissingFigure:
    """Numbers of one case that are INVALID or skipped: in which passes, and why."""

    case: str
    standing: Standing
    passes: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Summary:
    """A run, read: `cases` by id in the run's order, what is missing from them, and the safeguards' tallies.

    `slowed_share` is the share of all looks at the measured core that found it slowed by more than a tenth; None when
    nothing looked.
    """

    run: Run
    cases: Mapping[str, CaseSummary]
    holes: tuple[MissingFigure, ...]
    tallies: tuple[CheckTally, ...]
    slowed_share: float | None


# Below this, one request's rise of the high water drowns in what a first request loads and the allocator rounds.
LEAST_MB = 0.5
