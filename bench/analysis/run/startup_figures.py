"""The figures of a target's start, of building it, and of what it holds at rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bench.model.startup import CaseStartupSample
from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class Startup:
    """What starting a target takes, at the core's undisturbed speed; `StartupSteps` says what each figure means.

    `start_ms` is importing the app and its lifespan, and `by_launch` has that of each launch on a core that wasn't
    slowed. The two steps of the import are None where no launch knew them apart. `speeds` are those of the core in
    each launch, as shares of its undisturbed speed.
    """

    start_ms: Estimate
    import_ms: Estimate
    interpreter_ms: Estimate | None
    libraries_ms: Estimate | None
    build_ms: Estimate | None
    lifespan_ms: Estimate | None
    first_request_ms: Estimate | None
    openapi_ms: Estimate | None
    rest_mb: Estimate
    libraries_mb: Estimate | None
    build_mb: Estimate | None
    by_launch: Mapping[int, float]
    speeds: Mapping[int, float]
    samples: tuple[CaseStartupSample, ...]

    @property
    def routes(self) -> int | None:
        return self.samples[-1].routes


@dataclass(frozen=True)
class Building:
    """Shares of building a target, by what was built; of a launch's sum."""

    routes: Estimate
    dependants: Estimate
    models: Estimate
    others: Estimate


@dataclass(frozen=True)
class AtRest:
    """Live allocations of a target that has started, and their bytes: means of counts, not estimates. `agree` says
    whether every launch counted the same."""

    live_allocs: float
    live_bytes: float
    agree: bool
    launches: int
