"""A hand-made audit of a small service with realistic figures: what the report and the findings are tested with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bench.analysis.audit.coverage import MAY_CHANGE
from bench.analysis.audit.figures import excluded
from bench.analysis.audit.findings.judge import with_findings
from bench.model.app import AppDescription, Dependency, Middleware, Route, RouteCoverage
from bench.model.audit import Audit, PartKind
from bench.model.audit_figures import (
    AuditFigures,
    CoverageFigures,
    PartFigures,
    RouteFigures,
    SpanFigures,
    StartupFigures,
)
from bench.model.environment import Stack
from bench.model.run import MemorySample, MissingSample, Noise
from bench.model.workload import Case, EffortName, Pass
from tests.factories import synthetic_run

NASTY = "</script><b onclick=alert(1)>x</b>"
SENTRY = "sentry_sdk.integrations.asgi:SentryAsgiMiddleware"
TIMING = "app.middleware.timing:TimingMiddleware"
REQUEST_ID = "app.middleware.request_id:RequestIdMiddleware"
CORS = "starlette.middleware.cors:CORSMiddleware"
GZIP = "starlette.middleware.gzip:GZipMiddleware"
USER = "app.auth:current_user"
SESSION = "app.database:session"
MIDDLEWARE = (
    Middleware(name=SENTRY, at="sentry_sdk/integrations/asgi.py:92"),
    Middleware(name=CORS, at="starlette/middleware/cors.py:16", place=0),
    Middleware(name=TIMING, at="app/middleware/timing.py:11", base_http=True, place=1),
    Middleware(name=REQUEST_ID, at="app/middleware/request_id.py:8", base_http=True, place=2),
    Middleware(name=GZIP, at="starlette/middleware/gzip.py:9", place=3),
)
_COSTS = {SENTRY: 141.0, CORS: 16.4, TIMING: 372.0, REQUEST_ID: 129.0, GZIP: 31.0}
_LAUNCHES = 7


@dataclass(frozen=True)
class MadeRoute:
    """One route of the service: what its own code costs, and what is odd about it."""

    path: str
    endpoint: str
    at: str
    handler_us: float
    serialisation_us: float
    weight: float
    validation_us: float = 4.0
    dependencies: tuple[Dependency, ...] = ()
    in_thread: bool = False
    waits_us: float = 0.0
    response_model: bool = True
    response_class: str = "starlette.responses:JSONResponse"
    body_bytes: int = 900
    peak_mb: float = 0.3
    retained: tuple[float, float, float] = (0.4, -3.1, 3.9)
    hold_ms: float = 0.9
    hold_at: str | None = None
    invalid: tuple[str, ...] = ()
    limitations: tuple[str, ...] = ()
    second: bool = field(default=False, kw_only=True)

    @property
    def id(self) -> str:
        return f"GET {self.path}" + (" [2]" if self.second else "")


_USES_SESSION = (Dependency(name=SESSION, at="app/database.py:20", yields=True),)
_USES_USER = (
    Dependency(name=USER, at="app/auth.py:33", in_thread=True),
    Dependency(name=SESSION, at="app/database.py:20", yields=True, use_cache=False),
    Dependency(name=SESSION, at="app/database.py:20", yields=True, use_cache=False),
)
ROUTES = (
    MadeRoute("/v1/info", "app.info:info", "app/info.py:14", 21.0, 11.0, 0.408),
    MadeRoute(
        "/v1/materials", "app.materials:list_materials", "app/materials.py:41", 240.0, 655.0, 0.22,
        dependencies=_USES_SESSION, waits_us=2_140.0, body_bytes=48_200, peak_mb=1.9,
    ),
    MadeRoute(
        "/v1/materials/{material_id}", "app.materials:get_material", "app/materials.py:63", 118.0, 24.0, 0.2,
        dependencies=_USES_USER, validation_us=9.0, waits_us=890.0,
    ),
    MadeRoute(
        "/v1/materials/{material_id}", "app.materials:get_material", "app/materials.py:63", 121.0, 25.0, 0.02,
        dependencies=_USES_USER, validation_us=9.0, waits_us=870.0, second=True,
    ),
    MadeRoute(
        "/v1/search", "app.search:search", "app/search.py:19", 310.0, 220.0, 0.08,
        response_model=False, validation_us=22.0, body_bytes=9_700,
        limitations=("the answer varies: it was compared by its shape",),
    ),
    MadeRoute("/health", "app.health:health", "app/health.py:5", 88.0, 6.0, 0.05, in_thread=True, body_bytes=15),
    MadeRoute(
        "/v1/history", "app.history:history", "app/history.py:30", 64.0, 17.0, 0.02,
        retained=(1_041.0, 1_022.0, 1_060.0), response_class="fastapi.responses:ORJSONResponse",
    ),
    MadeRoute(
        "/v1/export", "app.export:export", "app/export.py:48", 101_300.0, 0.0, 0.002,
        response_model=False, body_bytes=7_900_000, peak_mb=27.4, hold_ms=100.4, hold_at="app/export.py:57",
    ),
    MadeRoute(
        "/v1/report", "app.report:report", "app/report.py:12", 51.0, 9.0, 0.0,
        invalid=("3 of 1,200 answers: status 500 instead of 200",),
    ),
)  # fmt: skip
_LOGIN = "answers 401; --header 'Authorization: Bearer ${TOKEN}'"
_UNMEASURED = (
    RouteCoverage(
        route="GET /v1/me", measured=False, reason="token", says=_LOGIN
    ),
    RouteCoverage(
        route="GET /v1/orders", measured=False, reason="token", says=_LOGIN
    ),
    RouteCoverage(
        route="POST /v1/materials", measured=False, reason="state", says=MAY_CHANGE
    ),
    RouteCoverage(
        route="GET /v1/orders/{order_id}", measured=False, reason="id", says="answers 404: no such order",
    ),
    RouteCoverage(route="WEBSOCKET /v1/live", measured=False, reason="not http", says="a WebSocket"),
)  # fmt: skip


def sample_audit() -> Audit:
    """The audit; its samples are those that a report reads besides the figures."""
    return Audit(
        id="20261129T120000Z-audit-1a2b3c",
        harness_version="0.1.0",
        host=synthetic_run().host,
        started_at=datetime(2026, 11, 29, 12, tzinfo=UTC),
        command=("audit", "app.main:app"),
        seed=7,
        commit=None,
        dirty=False,
        complete=True,
        effort=EffortName.DEFAULT,
        stack=Stack(
            requirements=(),
            python="3.12.9",
            packages={"fastapi": "0.165.0", "starlette": "1.10.0", "pydantic": "2.14.3", "uvicorn": "0.54.0"},
            lock_sha256="0" * 64,
        ),
        app=AppDescription(
            name="app.main:app",
            type="fastapi.applications:FastAPI",
            middleware=MIDDLEWARE,
            routes=tuple(_described(route, place) for place, route in enumerate(ROUTES) if not route.second),
            overrides=("app.settings:settings",),
        ),
        coverage=(
            *(RouteCoverage(route=f"GET {one.path}", measured=True) for one in ROUTES if not one.second),
            *_UNMEASURED,
        ),
        cases=tuple(_case(route) for route in ROUTES),
        weights={f"GET {route.path}": route.weight * 1000 for route in ROUTES if not route.second},
        noise=(
            Noise(at="start", core=1, duration_s=1, stolen_share=0.01, longest_gap_us=900),
            Noise(at="end", core=1, duration_s=1, stolen_share=0.02, longest_gap_us=1_400),
        ),
        samples=tuple(_memory(route) for route in ROUTES),
        absences=(MissingSample(case="GET /v1/export", during=Pass.BOUNDARIES, kind="invalid", reason="timed out"),),
        elapsed_s=118.0,
    )


def sample_figures() -> AuditFigures:
    """Its figures, with what was found."""
    found = sample_audit()
    bare = AuditFigures(
        app="app.main:app",
        coverage=CoverageFigures(
            routes=13, measured=8, reasons={"token": 2, "state": 1, "id": 1, "not http": 1}
        ),
        startup=StartupFigures(
            interpreter_cpu_ms=15.2,
            import_cpu_ms=812.0,
            libraries_cpu_ms=655.0,
            build_cpu_ms=157.0,
            lifespan_cpu_ms=14.2,
            first_request_cpu_ms=3.1,
            openapi_cpu_ms=41.0,
            rest_mb=74.2,
        ),
        routes=(*(_figures(route) for route in ROUTES), *excluded(found, {})),
    )  # fmt: skip
    return with_findings(found, bare)


def wide_figures(routes: int) -> AuditFigures:
    """The same of an app with many routes, none weighted."""
    made = [_figures(ROUTES[at % 7]) for at in range(routes)]
    named = tuple(
        one.model_copy(update={"route": f"GET /v1/things/{at}/{{thing_id}}", "weight": None})
        for at, one in enumerate(made)
    )
    return sample_figures().model_copy(update={"routes": named, "findings": ()})


def _described(route: MadeRoute, place: int) -> Route:
    return Route(
        kind="http",
        method="GET",
        path=route.path,
        endpoint=route.endpoint,
        at=route.at,
        in_thread=route.in_thread,
        in_schema=True,
        middleware=tuple(range(len(MIDDLEWARE))),
        dependencies=route.dependencies,
        place=place,
        response_model=route.response_model,
        response_class=route.response_class,
    )


def _case(route: MadeRoute) -> Case:
    return Case(
        target="app.main:app",
        request=route.id,
        over=None,
        adds="the app",
        description="",
        source_sha256="0" * 64,
    )


def _memory(route: MadeRoute) -> MemorySample:
    return MemorySample(
        case=route.id,
        launch=0,
        before_mb=74.0,
        peak_mb=route.peak_mb,
        body_bytes=route.body_bytes,
        first_byte_ms=2.0,
        elapsed_ms=2.5,
    )


def _figures(route: MadeRoute) -> RouteFigures:
    if route.invalid:
        return RouteFigures(
            route=route.id, endpoint=route.at, valid=False, reasons=route.invalid, launches=2, weight=route.weight
        )
    parts = tuple(_parts(route))
    spent = [part.cpu_us for part in parts if part.cpu_us is not None]
    residual = 6.4
    whole = sum(spent) + residual
    served = (PartFigures(kind="server", name="server", cpu_us=58.0, ci_low=56.1, ci_high=59.9), *parts)
    return RouteFigures(
        route=route.id,
        endpoint=route.at,
        valid=True,
        launches=_LAUNCHES,
        cpu_us=whole,
        ci_low=whole * 0.985,
        ci_high=whole * 1.015,
        wait_us=route.waits_us,
        allocs=412.0,
        alloc_bytes=38_400.0,
        peak_mb=route.peak_mb,
        retained_bytes=route.retained[0],
        retained_low=route.retained[1],
        retained_high=route.retained[2],
        hold_ms=route.hold_ms,
        hold_at=route.hold_at,
        residual_us=residual,
        timers_us=31.2,
        served_us=whole + 120.0,
        served_low=(whole + 120.0) * 0.98,
        served_high=(whole + 120.0) * 1.02,
        served_residual_us=14.0,
        weight=route.weight,
        parts=parts,
        served_parts=served,
        waterfall=tuple(_spans(parts, route)),
        limitations=route.limitations,
    )


def _parts(route: MadeRoute) -> Iterator[PartFigures]:
    yield _part("starlette", "starlette", 19.0)
    for name, cost in _COSTS.items():
        yield _part("middleware", name, cost, peeled=None if name == SENTRY else cost * 1.04)
    yield _part("routing", "routing", 7.2)
    yield _part("fastapi", "fastapi", 61.0)
    for name in dict.fromkeys(one.name for one in route.dependencies):
        cost = {USER: 96.0, SESSION: 42.0}[name]
        yield _part("dependency", name, cost, wait_us=12.0 if name == USER else 0.0)
    yield _part("validation", "validation", route.validation_us)
    yield _part("handler", route.endpoint.partition(":")[2], route.handler_us, wait_us=route.waits_us)
    if route.serialisation_us:
        yield _part("serialisation", "serialisation", route.serialisation_us)


def _part(
    kind: PartKind, name: str, cpu_us: float, peeled: float | None = None, wait_us: float = 0.0
) -> PartFigures:  # fmt: skip
    return PartFigures(
        kind=kind,
        name=name,
        cpu_us=cpu_us,
        ci_low=cpu_us * 0.97,
        ci_high=cpu_us * 1.03,
        peeled_us=peeled,
        peeled_low=None if peeled is None else peeled * 0.96,
        peeled_high=None if peeled is None else peeled * 1.04,
        wait_us=wait_us,
        allocs=round(cpu_us / 4),
        alloc_bytes=round(cpu_us * 30),
    )


def _spans(parts: Sequence[PartFigures], route: MadeRoute) -> Iterator[SpanFigures]:
    """In through every part, and out through the middleware again; the handler waits in its middle."""
    at_us = 0.0
    for index, part in enumerate(parts):
        cpu_us = (part.cpu_us or 0.0) * (0.7 if part.kind == "middleware" else 1.0)
        threaded = part.kind == "handler" and route.in_thread
        pieces = [cpu_us * 0.6, cpu_us * 0.4] if part.wait_us or threaded else [cpu_us]
        for number, piece in enumerate(pieces):
            if number and part.wait_us:
                yield SpanFigures(part=index, begin_us=at_us, end_us=at_us + part.wait_us, cpu_us=0.0, waits=True)
                at_us += part.wait_us
            in_thread = threaded and number == 1
            ran = 9.0 if in_thread else piece
            yield SpanFigures(part=index, begin_us=at_us, end_us=at_us + ran, cpu_us=ran, in_thread=in_thread)
            at_us += ran
    for index in reversed(range(len(parts))):
        if parts[index].kind == "middleware":
            cpu_us = (parts[index].cpu_us or 0.0) * 0.3
            yield SpanFigures(part=index, begin_us=at_us, end_us=at_us + cpu_us, cpu_us=cpu_us)
            at_us += cpu_us
