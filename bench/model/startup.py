"""What starting an app takes, step by step, and what it holds then."""

from __future__ import annotations

from typing import Literal

from bench.model.base import Record

AT_REST, BUILDING = "at rest", "building"
"""What a missing sample names when only the live allocations are missing, or the parts of building."""


class StartupSteps(Record):
    """One fresh process: CPU of all its threads, and resident memory in MB of 10**6. None where there is none, or where
    an older layercake didn't look.

    `interpreter_cpu_ms` is until Python runs its first line. Importing the app is importing the modules of others
    (`libraries_`) and what is left: building it (`build_`); None of both where it wasn't known yet which modules those
    are. What the agent itself has imported before that, a part of the standard library, is in none of them.
    `before_mb` is resident before the import, `rest_mb` after the first request (older: and the schema), and
    `libraries_mb` and `build_mb` are rises. `routes` are those of the app, its documentation's included.
    """

    interpreter_cpu_ms: float | None = None
    import_cpu_ms: float
    libraries_cpu_ms: float | None = None
    build_cpu_ms: float | None = None
    lifespan_cpu_ms: float | None = None
    first_request_cpu_ms: float | None = None
    openapi_cpu_ms: float | None = None
    before_mb: float | None = None
    libraries_mb: float | None = None
    build_mb: float | None = None
    rest_mb: float
    routes: int | None = None

    @property
    def startup_cpu_ms(self) -> float:
        """Until it can be asked: it is imported and built, and its lifespan has started."""
        return self.import_cpu_ms + (self.lifespan_cpu_ms or 0.0)


class CaseStartupSample(StartupSteps):
    """The start of a case's target, and its first request. `reference_us` is what a fixed piece of work took in the
    same process, before and after: the core's speed."""

    kind: Literal["start-up"] = "start-up"
    case: str
    launch: int
    core: int | None = None
    hash_seed: int
    reference_us: tuple[float, ...] = ()


class AppStart(StartupSteps):
    """The start of an app in a comparison. `reference_us` is what the reference work took just before and just after
    it: the core's speed."""

    reference_us: tuple[float, float]


class BuildSample(Record):
    """CPU of building a case's target by what was built, in a launch of its own with clocks around that: for shares,
    and no times. `others_` is all else: the app's own code, and what no clock stands around."""

    kind: Literal["building"] = "building"
    case: str
    launch: int
    hash_seed: int
    routes_cpu_ms: float
    dependants_cpu_ms: float
    models_cpu_ms: float
    others_cpu_ms: float


class AtRestSample(Record):
    """Live allocations of an app that has started and answered its first request, and their bytes as they were asked
    for: what building, lifespan and that request left. What the libraries hold isn't among them."""

    kind: Literal["at rest"] = "at rest"
    case: str
    launch: int
    hash_seed: int
    live_allocs: int
    live_bytes: int
