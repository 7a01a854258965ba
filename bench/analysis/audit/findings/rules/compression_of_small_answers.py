"""Compression of answers that are small anyway."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.model.audit import Audit
from bench.model.run import MemorySample
from bench.text.numbers import measured, size

_NAMES = ("gzip", "brotli", "zstd", "compress")
_PACKET_BYTES = 1400
"""A body that fits one packet arrives no earlier when it is compressed."""


def compression_of_small_answers(app: AuditEvidence) -> Iterator[AppFinding]:
    """A compressing middleware costs time on routes whose whole answer fits one packet of the network."""
    bodies = _bodies(app.audit)
    for one, cost in app.middlewares():
        if not any(name in one.name.rpartition(":")[2].lower() for name in _NAMES):
            continue
        small = tuple(pair for pair in cost.costs if bodies.get(pair[0].figures.route, _PACKET_BYTES) < _PACKET_BYTES)
        saves = replace(cost, costs=small)
        if (price := saves.per_request) and (price.mean if price.low is None else price.low) > 0:
            largest = size(max(bodies[route] for route in saves.routes))
            routes = f"{len(small)} {'route' if len(small) == 1 else 'routes'}"
            says = (
                f"`{one.name}`{cost.often} takes {measured(price, 'µs')} of an average request, {cost.method}, on "
                f"{routes} whose answers fit one packet (at most {largest}): it can't send them earlier."
            )
            yield AppFinding(
                one.name,
                says,
                price,
                saves.routes,
                "middlewares compress answers that fit one packet",
                count=cost.count,
            )


def _bodies(audit: Audit) -> dict[str, int]:
    """The length of each case's answer as the app sends it."""
    return {one.case: one.body_bytes for one in audit.samples if isinstance(one, MemorySample)}
