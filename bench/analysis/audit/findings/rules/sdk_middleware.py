"""What telemetry, logging and error tracking take of a request."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.findings.sdks import sdk_kind
from bench.text.numbers import measured


def sdk_middleware(app: AuditEvidence) -> Iterator[AppFinding]:
    """Telemetry, logging or error tracking; one that is a BaseHTTPMiddleware is found as that."""
    for one, cost in app.middlewares():
        kind = sdk_kind(one.name)
        if kind and not one.base_http and (saves := cost.per_request):
            says = (
                f"`{one.name}`{cost.often} ({kind}) takes {measured(saves, 'µs')} of an average request, {cost.method}."
            )
            yield AppFinding(
                one.name,
                says,
                saves,
                cost.routes,
                "middlewares are telemetry, logging or error tracking",
                count=cost.count,
            )
