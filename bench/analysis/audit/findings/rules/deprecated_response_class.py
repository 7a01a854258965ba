"""Response classes that FastAPI is about to drop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.findings.releases import DEPRECATES_JSON_CLASSES, has_fastapi

_DEPRECATED = ("ORJSONResponse", "UJSONResponse")


def deprecated_response_class(app: AuditEvidence) -> Iterator[AppFinding]:
    """FastAPI warns of these classes since 0.131; a response model is the replacement."""
    if not has_fastapi(app, DEPRECATES_JSON_CLASSES):
        return
    found: dict[str, list[str]] = defaultdict(list)
    for route in app.routes:
        described = app.described(route)
        name = (described.response_class or "").rpartition(":")[2].rpartition(".")[2] if described else ""
        if name in _DEPRECATED:
            found[name].append(route.figures.route)
    for name, routes in found.items():
        says = (
            f"`{name}` is deprecated since FastAPI {DEPRECATES_JSON_CLASSES}: with a response model, Pydantic writes "
            "the JSON itself. What that saves here isn't measured."
        )
        yield AppFinding(name, says, None, tuple(routes))
