"""Overrides that were left in the app."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.weighted_routes import weighted_mean
from bench.text.numbers import listed, measured


def dependency_overrides(app: AuditEvidence) -> Iterator[AppFinding]:
    """A dict that isn't empty makes FastAPI analyse the dependencies of every route anew for each request."""
    overrides = app.app.overrides
    if not overrides:
        return
    costs = app.cpu("fastapi")
    machinery = weighted_mean((route.weight, cost) for route, cost in costs)
    takes = f" FastAPI's own part takes {measured(machinery, 'µs')} of an average request." if machinery else ""
    says = (
        f"`dependency_overrides` replaces {listed([f'`{name}`' for name in overrides])}. While it isn't empty, FastAPI "
        f"analyses the dependencies of a route again for each request.{takes} How much an empty one saves isn't "
        "measured."
    )
    yield AppFinding("dependency_overrides", says, None, tuple(route.figures.route for route, _ in costs))
