"""The figures of an audit: the contract of `bench audit --json` and of `audit.json`. None is "not measured"."""

from __future__ import annotations

from bench.model.app import ReasonKind
from bench.model.audit import PartKind
from bench.model.base import Record


class CoverageFigures(Record):
    """How many routes there are, how many were measured, and why the others weren't, counted by reason."""

    routes: int
    measured: int
    reasons: dict[ReasonKind, int]


class StartupFigures(Record):
    """CPU of starting, and resident memory (MB of 10**6), as `StartupSteps` has them: means over launches."""

    startup_cpu_ms: float | None = None
    interpreter_cpu_ms: float | None = None
    import_cpu_ms: float | None = None
    libraries_cpu_ms: float | None = None
    build_cpu_ms: float | None = None
    lifespan_cpu_ms: float | None = None
    first_request_cpu_ms: float | None = None
    openapi_cpu_ms: float | None = None
    before_mb: float | None = None
    libraries_mb: float | None = None
    build_mb: float | None = None
    rest_mb: float | None = None


class PartFigures(Record):
    """One part of a route: CPU by boundary timers, and by leaving it out (`peeled`), with 95% intervals.

    `count` is how often a request meets it: of a middleware class that was added several times, its figures are the
    sum."""

    kind: PartKind
    name: str
    count: int = 1
    cpu_us: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    peeled_us: float | None = None
    peeled_low: float | None = None
    peeled_high: float | None = None
    wait_us: float | None = None
    allocs: float | None = None
    alloc_bytes: float | None = None


class SpanFigures(Record):
    """A stretch of the waterfall of one request; `part` is an index into the route's parts."""

    part: int
    begin_us: float
    end_us: float
    cpu_us: float
    waits: bool = False
    in_thread: bool = False


class RouteFigures(Record):
    """One case of a route: per request, in process. `served_us` is its CPU behind uvicorn.

    `valid` is False where a check failed or measuring it did, with the `reasons`; a route that wasn't to be measured at
    all is `excluded`, for the reason that the coverage counts. `weight` is its share of all
    requests. `residual_us` is what the parts leave unexplained. `retained_bytes` are per request. `bare_us` is its CPU
    with all of its middlewares left out at once.
    """

    route: str
    endpoint: str | None = None
    valid: bool
    reasons: tuple[str, ...] = ()
    excluded: ReasonKind | None = None
    launches: int = 0
    cpu_us: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    wait_us: float | None = None
    allocs: float | None = None
    alloc_bytes: float | None = None
    peak_mb: float | None = None
    retained_bytes: float | None = None
    retained_low: float | None = None
    retained_high: float | None = None
    hold_ms: float | None = None
    hold_at: str | None = None
    residual_us: float | None = None
    timers_us: float | None = None
    bare_us: float | None = None
    bare_low: float | None = None
    bare_high: float | None = None
    served_us: float | None = None
    served_low: float | None = None
    served_high: float | None = None
    served_residual_us: float | None = None
    weight: float | None = None
    compared: str = "bytes"
    parts: tuple[PartFigures, ...] = ()
    served_parts: tuple[PartFigures, ...] = ()
    waterfall: tuple[SpanFigures, ...] = ()
    limitations: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it was to be measured, and has no valid figures."""
        return not self.valid and self.excluded is None


class FindingFigures(Record):
    """One finding with its price: µs that a weighted request would save, and the share of its cost.

    `routes` are those that it concerns. `says` is one sentence with the evidence. `alike` tells several of its kind in
    one (`middlewares are …`), and `amount` how much there is of what has no price. `count` is how many of them `where`
    names.
    """

    finding: str
    where: str
    count: int = 1
    saves_us: float | None = None
    saves_low: float | None = None
    saves_high: float | None = None
    share: float | None = None
    routes: tuple[str, ...] = ()
    says: str
    alike: str = ""
    amount: str = ""


class AuditFigures(Record):
    """A whole audit. `app` is `module:attr`, `server` the server and its settings; every route of the app is one of the
    `routes`, measured or not."""

    app: str
    server: str = "uvicorn"
    coverage: CoverageFigures
    startup: StartupFigures
    routes: tuple[RouteFigures, ...]
    findings: tuple[FindingFigures, ...] = ()
