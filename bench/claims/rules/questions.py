"""The five questions that articles on FastAPI close with, each answered by what this run observed."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bench.analysis.load.figures import EndpointFigures
from bench.analysis.run.figure_text import peak
from bench.claims.claim import ClaimVerdict, Reply, place
from bench.claims.evidence import Evidence, NotMeasuredError
from bench.claims.rules.exports import first_byte_delay, largest
from bench.claims.rules.responses import HIDDEN
from bench.stats.intervals import Estimate, difference
from bench.text.numbers import listed, measured, number, size, times

LOGINS = {
    "auth_asgi": "pure ASGI middleware",
    "auth_base": "BaseHTTPMiddleware",
    "auth_dependency": "a chain of dependencies",
}
VARIANTS = (
    "fastapi_response_model",
    "fastapi_response_model_dicts",
    "fastapi_return_type",
    "fastapi_orjson",
    "fastapi_dict",
    "fastapi_json_response",
    "fastapi_orjson_response",
)
SESSIONS = {
    "cached": "two `Depends(get_db)`",
    "uncached": "one of the two with `use_cache=False`",
    "nested": "one directly and one through another dependency",
}


def login_by_middleware_or_by_dependency(run: Evidence) -> Reply:
    """Authentication: middleware or a dependency?

    By what each adds to an allowed request and to a request to a public route, and what a rejected request costs.
    """
    let_in = run.each(LOGINS, lambda target: run.added_us(f"{target}:plain"))
    public = run.each(LOGINS, lambda target: run.added_us(f"{target}:public"))
    denied = run.each(LOGINS, lambda target: run.cpu_us(f"{target}:denied"))
    return Reply(
        f"Authentication adds {_ways(let_in)} to a protected route, and {_ways(public)} to a public one. "
        f"A rejected request costs {_ways(denied)}."
    )


def sessions_of_two_uses(run: Evidence) -> Reply:
    """How many sessions do two `Depends(get_db)` create, and how many with `use_cache=False`?

    By counting the sessions of one request, without a database, and with SQLAlchemy on PostgreSQL.
    """
    made = run.each(SESSIONS, lambda way: run.fact(f"deps_sessions:{way}", "sessions", int))
    said = listed([f"{SESSIONS[way]} created {count}" for way, count in made.items()])
    return Reply(f"In one request: {said}.{_on_a_database(run)}")


def a_large_csv_as_one_string(run: Evidence) -> Reply:
    """What is the problem with sending a 500 MB CSV as one string, and how to fix it?

    By the peak memory, the time to the first byte, and how long other requests wait during the export.
    """
    name, whole, cursor = largest(run)
    finding = (
        f"At {size(whole.body_bytes)}, the largest size measured both ways, one string adds "
        f"{peak(whole)} of memory, a server-side cursor {peak(cursor)}; the first byte comes after "
        f"{number(whole.first_byte_ms.mean)} ms, {times(first_byte_delay(run, name))} as late."
    )
    return Reply(finding + _stall(run))


def response_model_and_a_hashed_password(run: Evidence) -> Reply:
    """Does `response_model` hide a `hashed_password` field of the source?

    By the fields of a stored user that each variant returned.
    """
    hidden = run.each(VARIANTS, lambda target: sorted(HIDDEN & run.fields(f"{target}:stored")))
    safe = [f"`{target}`" for target, leaked in hidden.items() if not leaked]
    leaks = [f"`{target}` ({listed(leaked)})" for target, leaked in hidden.items() if leaked]
    parts = [
        f"No hidden field left the server with {listed(safe)}." if safe else "",
        f"Hidden fields left with {listed(leaks)}." if leaks else "",
    ]
    return Reply(" ".join(filter(None, parts)))


def where_validation_happens(run: Evidence) -> Reply:
    """Where does validation happen relative to middleware?

    By the order of events in a rejected and in an accepted request.
    """
    rejected = run.fact("validation_order:rejected", "events", list)
    accepted = run.fact("validation_order:accepted", "events", list)
    return Reply(f"Rejected: {', '.join(map(str, rejected))}. Accepted: {', '.join(map(str, accepted))}.")


def _ways(costs: Mapping[str, Estimate]) -> str:
    """Each way's cost, and which one is cheapest beyond doubt."""
    said = listed([f"{measured(cost, 'µs')} by {LOGINS[target]}" for target, cost in costs.items()])
    cheapest = min(costs, key=lambda target: costs[target].mean)
    others = [cost for target, cost in costs.items() if target != cheapest]
    if not others:
        return said
    sure = all(place(difference(costs[cheapest], other), most=0) is ClaimVerdict.HOLDS for other in others)
    return f"{said} ({f'lowest with {LOGINS[cheapest]}' if sure else 'too close to call'})"


def _on_a_database(run: Evidence) -> str:
    try:
        made = run.each(SESSIONS, lambda way: _counted(run, f"db_sessions:{way}"))
    except NotMeasuredError:
        return ""
    said = listed([f"{SESSIONS[way]} created {counts}" for way, counts in made.items()])
    return f" With SQLAlchemy on PostgreSQL: {said}."


def _counted(run: Evidence, case: str) -> str:
    sessions, connections = run.fact(case, "sessions", int), run.fact(case, "connections", int)
    return f"{sessions} on {connections} {'connection' if connections == 1 else 'connections'}"


def _stall(run: Evidence) -> str:
    """How long a canary's requests took beside the exports."""
    cases = {"one string": "export_string:export5", "the cursor": "export_cursor:export5"}
    try:
        waits = {how: run.endpoint(case, "export", "health") for how, case in cases.items()}
    except NotMeasuredError as error:
        return f" How long other requests wait was not measured: {error}."
    said = "; ".join(f"with {how}, {_waited(canary)}" for how, canary in waits.items())
    return f" Response time of /health during repeated small exports: {said}."


def _waited(canary: EndpointFigures) -> str:
    p99 = canary.latency_ms.get(0.99)
    most = f"99% within {number(p99)} ms, " if p99 is not None and math.isfinite(p99) else ""
    return f"{most}at most {number(canary.longest_ms)} ms"
