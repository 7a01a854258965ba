"""Routes that leave memory behind."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.weighted_routes import retained_of
from bench.text.numbers import number, size

_LEAST_BYTES = 64.0
"""Less than a small object for each request can be a counter or a list that grows."""


def memory_retained(app: AuditEvidence) -> Iterator[AppFinding]:
    """Memory grows with the number of requests to a route."""
    for route in app.routes:
        retained = retained_of(route.figures)
        if retained is None or retained.low is None or retained.low < _LEAST_BYTES:
            continue
        ends = f"95% interval {number(retained.low, 0)} to {number(retained.high or 0.0, 0)} B"
        says = (
            f"`{route.figures.route}` leaves {size(retained.mean)} in memory for each request ({ends}): "
            f"{size(retained.mean * 1e6)} after a million."
        )
        where = route.figures.endpoint or route.figures.route
        kept = size(retained.mean)
        yield AppFinding(
            where, says, None, (route.figures.route,), "routes leave memory behind after each request", kept
        )
