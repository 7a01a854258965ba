"""What each BaseHTTPMiddleware takes of a request."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.text.numbers import measured


def base_http_middleware(app: AuditEvidence) -> Iterator[AppFinding]:
    """A BaseHTTPMiddleware runs the rest of the app in a task of its own and passes the body through a stream."""
    for one, cost in app.middlewares():
        if one.base_http and (saves := cost.per_request):
            says = (
                f"`{one.name}`{cost.often} is a `BaseHTTPMiddleware` and takes {measured(saves, 'µs')} of an average "
                f"request, {cost.method}. Plain ASGI middleware pays for its own code only."
            )
            yield AppFinding(
                one.name, says, saves, cost.routes, "middlewares are a `BaseHTTPMiddleware`", count=cost.count
            )
