"""Runs for claims: every case that a claim reads, with plain costs that a test may change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from bench.analysis.run.figures import Summary
from bench.analysis.run.summary import summarise
from bench.claims.claim import AnsweredQuestion, Claim, Reply, Ruling
from bench.claims.judge import answer, judge
from bench.claims.rules.streams import LEFT
from bench.model.run import FactSample, MemorySample, Run, Sample
from bench.model.startup import CaseStartupSample
from bench.model.workload import Case
from tests.factories import synthetic_run, timing_sample
from tests.server_samples import ADDED_US, server_sample

LAUNCHES = 4
NOISE = (0.004, -0.003, 0.002, -0.003)
"""By how much, as a share, a launch's every cost is off: launches differ, as on a real machine, but by little."""

_BASE = synthetic_run()

ROWS = (1, 10, 100, 1000, 10_000)
# case: (µs of CPU, the case that it stands over)
COSTS: dict[str, tuple[float, str | None]] = {
    "starlette_plain:plain": (12.0, None),
    "starlette_plain:rows1": (12.5, None),
    "fastapi_plain:plain": (37.0, "starlette_plain:plain"),
    "fastapi_plain:rows1": (46.0, "starlette_plain:rows1"),
    **{f"fastapi_plain:rows{rows}": (46.0, None) for rows in ROWS[1:]},
    **{f"fastapi_json_response:rows{rows}": (40 + 0.55 * rows, f"fastapi_plain:rows{rows}") for rows in ROWS},
    **{f"fastapi_orjson_response:rows{rows}": (42 + 0.05 * rows, f"fastapi_json_response:rows{rows}") for rows in ROWS},
    **{f"fastapi_response_model:rows{rows}": (52 + 0.22 * rows, f"fastapi_plain:rows{rows}") for rows in ROWS},
    **{
        f"fastapi_response_model_dicts:rows{rows}": (54 + 0.7 * rows, f"fastapi_response_model:rows{rows}")
        for rows in ROWS
    },
    **{f"fastapi_return_type:rows{rows}": (52 + 0.22 * rows, f"fastapi_response_model:rows{rows}") for rows in ROWS},
    **{f"fastapi_dict:rows{rows}": (55 + 6.0 * rows, f"fastapi_plain:rows{rows}") for rows in ROWS},
    "fastapi_hello:plain": (36.0, "fastapi_plain:plain"),
    "fastapi_hello:create": (36.0, None),
    "fastapi_hello:unmatched": (30.0, None),
    "fastapi_body:create": (60.0, "fastapi_hello:create"),
    "fastapi_body:create100": (190.0, "fastapi_hello:create"),
    "fastapi_def:plain": (111.0, "fastapi_hello:plain"),
    "service_asyncpg:user": (400.0, None),
    "service_asyncpg:rows100": (900.0, None),
    "service_sqlalchemy:user": (900.0, None),
    "service_sqlalchemy:rows100": (2500.0, None),
    "csv_full:csv1000": (640.0, None),
    "csv_stream:csv1000": (600.0, None),
    "csv_rows:csv1000": (2240.0, None),
    "export_string:csv1000": (3000.0, None),
    "export_rows:csv1000": (9000.0, None),
    "export_keyset:csv1000": (2800.0, None),
    "export_cursor:csv1000": (2700.0, None),
    "deps_one:plain": (42.0, "fastapi_hello:plain"),
    "deps_ten_nested:plain": (110.0, "deps_one:plain"),
    "deps_five_cached:plain": (80.0, "deps_one:plain"),
    "deps_five_uncached:plain": (105.0, "deps_five_cached:plain"),
    "deps_yield:plain": (60.0, "deps_one:plain"),
    "deps_one_def:plain": (120.0, "deps_one:plain"),
    "request_id_asgi:plain": (38.0, "fastapi_hello:plain"),
    "request_id_asgi3:plain": (41.0, "request_id_asgi:plain"),
    "request_id_base:plain": (128.0, "fastapi_hello:plain"),
    "request_id_base3:plain": (310.0, "request_id_base:plain"),
    "request_id_dependency:plain": (50.0, "fastapi_hello:plain"),
    "request_id_dependency3:plain": (75.0, "request_id_dependency:plain"),
    **{
        f"{target}:{request}": (cost + extra, "fastapi_hello:plain" if request != "denied" else None)
        for target, cost in (("auth_asgi", 38.0), ("auth_base", 130.0), ("auth_dependency", 60.0))
        for request, extra in (("plain", 0.0), ("public", -2.0), ("denied", 20.0))
    },
    "errors_returned:not_found": (40.0, None),
    "errors_returned:invalid": (45.0, None),
    "errors_handlers:not_found": (41.0, "errors_returned:not_found"),
    "errors_handlers:invalid": (80.0, "errors_returned:invalid"),
    "router_v1:plain": (60.0, "fastapi_hello:plain"),
    "routes_nested:deep1": (37.0, "fastapi_hello:plain"),
    "routes_nested:deep3": (50.0, "fastapi_hello:plain"),
    "routes_nested:deep6": (85.0, "fastapi_hello:plain"),
    "routes_200:first": (36.5, "fastapi_hello:plain"),
    "routes_200:last": (190.0, "fastapi_hello:plain"),
    "routes_200:unmatched": (184.0, "fastapi_hello:unmatched"),
    **{f"stream_by_hand:sse{pieces}": (100 + 10.0 * pieces, None) for pieces in (1, 100)},
    **{f"stream_sse:sse{pieces}": (100 + 30.0 * pieces, None) for pieces in (1, 100)},
    **{f"stream_jsonl:jsonl{pieces}": (100 + 20.0 * pieces, None) for pieces in (1, 100)},
    **{f"websocket_echo:echo{pieces}": (80 + 20.0 * pieces, None) for pieces in (1, 100)},
}
_PARENTS = {case.partition(":")[0]: over.partition(":")[0] for case, (_, over) in COSTS.items() if over}
TRACE = ["ASGI middleware in", "BaseHTTPMiddleware in", "dependency"]
OUT = ["response sent", "BaseHTTPMiddleware out", "ASGI middleware out"]
PUBLIC = {"id": 1, "name": "Ada", "email": "ada@mail.example"}
STORED = PUBLIC | {"hashed_password": "x", "internal_flags": []}
FACTS: dict[str, Any] = {
    "deps_sessions:cached": {"sessions": 1},
    "deps_sessions:uncached": {"sessions": 2},
    "deps_sessions:nested": {"sessions": 1},
    "deps_sessions:order": {"events": ["session opened", "endpoint", "response sent", "session closed"]},
    "db_sessions:cached": {"sessions": 1, "connections": 1},
    "db_sessions:uncached": {"sessions": 2, "connections": 2},
    "db_sessions:nested": {"sessions": 1, "connections": 1},
    "validation_order:rejected": {"events": [*TRACE, "validation rejected", *OUT]},
    "validation_order:accepted": {"events": [*TRACE, "endpoint", *OUT]},
    "orjson_deprecation:warnings": {"warnings": [{"category": "FastAPIDeprecationWarning", "says": "ORJSONResponse"}]},
    "route_order:wrong_order": (422, {"detail": []}),
    "route_order:right_order": {"route": "/orders/bulk"},
    **{case: {"closed": True, "by": "CancelledError", "chunks": 2, "after_ms": 0.4} for case in LEFT},
    "stream_left:raw_asgi": {"closed": True, "by": "its own end", "chunks": 40, "after_ms": 950.0},
    **{f"fastapi_{how}:stored": PUBLIC for how in ("response_model", "response_model_dicts", "return_type", "orjson")},
    **{f"fastapi_{how}:stored": STORED for how in ("dict", "json_response", "orjson_response")},
}
# case: (MB at the peak, MB of body, ms to the first byte, ms in all)
MEMORY: dict[str, tuple[float, float, float, float]] = {
    "csv_full:export": (27.0, 7.9, 300.0, 300.0),
    "csv_stream:export": (0.1, 7.9, 4.0, 280.0),
    **{
        f"export_{how}:export{mb}": (peak * mb if how == "string" else peak, float(mb), wait * mb, mb * time)
        for mb in (5, 50, 500)
        for how, peak, wait, time in (
            ("string", 4.0, 20.0, 20.0),
            ("rows", 2.0, 0.2, 60.0),
            ("offset", 2.0, 0.2, 22.0 + mb),
            ("keyset", 2.0, 0.2, 22.0),
            ("cursor", 2.0, 0.2, 20.0),
        )
        if (how, mb) != ("offset", 500)  # takes too long to be measured
    },
}
# case: (ms of importing libraries, ms of building the app)
STARTS: dict[str, tuple[float, float]] = {
    "routes_1:start": (400.0, 4.0),
    "routes_20:start": (400.0, 8.0),
    "routes_200:start": (400.0, 90.0),
    "routes_1000:start": (400.0, 450.0),
}
SERVED = "fastapi_plain:plain"
"""The case whose server's settings were compared, and what they add."""
SETTINGS_US = ADDED_US | {"second worker on a core of its own": 2.0}


@cache
def the_whole() -> Summary:
    """Everything, at its usual figures."""
    return a_summary()


def a_summary(
    costs: Mapping[str, float] | None = None,
    facts: Mapping[str, Any] | None = None,
    memory: Mapping[str, tuple[float, float, float, float]] | None = None,
    launches: int = LAUNCHES,
    starts: Mapping[str, tuple[float, float]] | None = None,
) -> Summary:
    """Everything, with these costs, facts, peaks and starts instead of the usual ones."""
    return summarise(a_run(costs, facts, memory, launches, starts))


def a_run(
    costs: Mapping[str, float] | None = None,
    facts: Mapping[str, Any] | None = None,
    memory: Mapping[str, tuple[float, float, float, float]] | None = None,
    launches: int = LAUNCHES,
    starts: Mapping[str, tuple[float, float]] | None = None,
) -> Run:
    """As `a_summary`, before it is read."""
    changed = {case: ((costs or {}).get(case, cost), over) for case, (cost, over) in COSTS.items()}
    told, peaks = {**FACTS, **(facts or {})}, {**MEMORY, **(memory or {})}
    began = {**STARTS, **(starts or {})}
    cases = tuple(_case(case, changed.get(case, (0.0, None))[1]) for case in {**changed, **peaks, **began, **told})
    samples = [
        *(sample for case in changed for sample in _timed(case, changed, launches)),
        *(sample for case, figures in peaks.items() for sample in _peaks(case, figures, launches)),
        *(sample for case, parts in began.items() for sample in _starts(case, parts, launches)),
        *(_fact(case, answer) for case, answer in told.items()),
        *(server_sample(SERVED, launch, SETTINGS_US) for launch in range(launches)),
    ]
    return _BASE.model_copy(update={"cases": cases, "samples": tuple(samples), "absences": ()})


def without(summary: Summary, *parts: str) -> Summary:
    """What is left when every case whose id contains one of the parts wasn't measured."""
    kept = {id_: case for id_, case in summary.cases.items() if not any(part in id_ for part in parts)}
    return Summary(summary.run, kept, summary.holes, summary.tallies, summary.slowed_share)


def claim(rule: Callable[[Any], Ruling], summary: Summary) -> Claim:
    return next(found for found in judge(summary) if found.name == rule.__name__)


def reply(question: Callable[[Any], Reply], summary: Summary) -> AnsweredQuestion:
    return next(found for found in answer(summary) if found.name == question.__name__)


def _case(id_: str, over: str | None) -> Case:
    target, request = id_.split(":")
    pieces = int(request[len(request.rstrip("0123456789")) :] or 0) or None
    return Case(
        target=target,
        request=request,
        over=_PARENTS.get(target),
        parent_id=over,
        adds=target,
        description="",
        chunks=pieces if target.startswith("stream_") else None,
        messages=pieces if target.startswith("websocket_") else None,
        leaves_after=2 if id_ in LEFT else None,
        source_sha256="ab",
    )


def _timed(case: str, costs: Mapping[str, tuple[float, str | None]], launches: int) -> list[Sample]:
    cost, over = costs[case]
    found: list[Sample] = []
    for launch in range(launches):
        slowed = 1 + NOISE[launch]
        parent = (over, (costs[over][0] * slowed,)) if over else None
        found.append(timing_sample(case, launch, (cost * slowed + NOISE[-1 - launch],), parent))
    return found


def _starts(case: str, parts: tuple[float, float], launches: int) -> list[Sample]:
    libraries_ms, build_ms = parts
    return [
        CaseStartupSample(
            case=case,
            launch=launch,
            hash_seed=launch,
            import_cpu_ms=(libraries_ms + build_ms) * (1 + NOISE[launch]),
            libraries_cpu_ms=libraries_ms * (1 + NOISE[launch]),
            build_cpu_ms=build_ms * (1 + NOISE[launch]),
            rest_mb=50.0,
            routes=int(case.partition(":")[0].rpartition("_")[2]),
        )
        for launch in range(launches)
    ]


def _peaks(case: str, figures: tuple[float, float, float, float], launches: int) -> list[Sample]:
    peak_mb, body_mb, first_ms, whole_ms = figures
    return [
        MemorySample(
            case=case,
            launch=launch,
            before_mb=44.0,
            peak_mb=peak_mb * (1 + NOISE[launch]),
            body_bytes=round(body_mb * 1e6),
            first_byte_ms=first_ms * (1 + NOISE[launch]),
            elapsed_ms=whole_ms * (1 + NOISE[launch]),
        )
        for launch in range(launches)
    ]


def _fact(case: str, answer: Any) -> FactSample:
    status, told = answer if isinstance(answer, tuple) else (200, answer)
    return FactSample(case=case, status=status, answer=told)
