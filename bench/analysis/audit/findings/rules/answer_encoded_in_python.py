"""Answers that Python encodes, where Pydantic could write the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.analysis.audit.findings.evidence import AuditEvidence, Cost
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.findings.releases import PYDANTIC_WRITES_JSON, has_fastapi
from bench.model.app import Route
from bench.text.numbers import measured, share

_LARGE = 0.1
"""A share of a request that is worth a look."""


def answer_encoded_in_python(app: AuditEvidence) -> Iterator[AppFinding]:
    """Without a response model, data goes through `jsonable_encoder` and then through `json`; with one and the default
    response class, Pydantic writes the JSON."""
    if not has_fastapi(app, PYDANTIC_WRITES_JSON):
        return
    found: list[tuple[float, Cost]] = []
    for route, cost in app.cpu("serialisation"):
        described = app.described(route)
        part = cost.mean / route.cpu_us.mean if route.cpu_us.mean else 0.0
        if described and not described.response_model and part >= _LARGE and _is_json(described):
            found.append((part, (route, cost)))
    if found:
        yield _finding(sorted(found, key=lambda one: -one[1][0].weight * one[1][1].mean))


def _finding(found: Sequence[tuple[float, Cost]]) -> AppFinding:
    """The route that pays most is the evidence."""
    part, (worst, cost) = found[0]
    others = f", and so do {len(found) - 1} more" if len(found) > 1 else ""
    says = (
        f"`{worst.figures.route}` has no response model and spends {measured(cost, 'µs')} ({share(part)}) on encoding "
        f"its answer{others}. Where data is returned, and no Response, Pydantic could write the JSON. What that saves "
        "isn't measured."
    )
    return AppFinding("serialisation", says, None, tuple(route.figures.route for _, (route, _) in found))


def _is_json(route: Route) -> bool:
    """Routes of Starlette have no class."""
    return "JSON" in (route.response_class or "")
