"""Long steps of the event loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.model.audit_figures import RouteFigures
from bench.text.numbers import number

_LONG_MS = 5.0


def event_loop_held(app: AuditEvidence) -> Iterator[AppFinding]:
    """One step of the event loop takes long: until it ends, no other request is served. It costs no CPU by itself."""
    held: dict[str, list[tuple[float, RouteFigures]]] = defaultdict(list)
    for route in app.routes:
        one = route.figures
        if one.hold_ms is not None and one.hold_ms >= _LONG_MS:
            held[one.hold_at or one.route].append((one.hold_ms, one))
    for at, found in sorted(held.items(), key=lambda entry: -max(ms for ms, _ in entry[1])):
        longest_ms, worst = max(found, key=lambda one: one[0])
        where = f" at `{at}`" if worst.hold_at else ""
        says = (
            f"`{worst.route}` holds the event loop for {number(longest_ms)} ms{where}. No other request is served "
            "meanwhile."
        )
        routes = tuple(one.route for _, one in found)
        yield AppFinding(at, says, None, routes, "places hold the event loop", f"{number(longest_ms)} ms")
