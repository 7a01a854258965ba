"""Middleware that costs more than what it stands around."""

from __future__ import annotations

from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence, PartCost
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.findings.sdks import sdk_kind
from bench.analysis.audit.weighted_routes import weighted_sum
from bench.stats.intervals import Estimate
from bench.text.numbers import measured


def expensive_middleware(app: AuditEvidence) -> Iterator[AppFinding]:
    """A middleware costs more than the handlers behind it; those that another finding names are left to it."""
    for one, cost in app.middlewares():
        if one.base_http or sdk_kind(one.name):
            continue
        saves, handlers = cost.per_request, _handlers(app, cost)
        if saves and handlers and (saves.mean if saves.low is None else saves.low) > handlers.mean:
            says = (
                f"`{one.name}`{cost.often} takes {measured(saves, 'µs')} of an average request, {cost.method}: more "
                f"than the handlers behind it, which take {measured(handlers, 'µs')}."
            )
            yield AppFinding(
                one.name,
                says,
                saves,
                cost.routes,
                "middlewares take more than the handlers behind them",
                count=cost.count,
            )


def _handlers(app: AuditEvidence, cost: PartCost) -> Estimate | None:
    """The handlers of these routes, per weighted request; None where one of them is unknown."""
    behind = [(route.weight, handler) for route, handler in app.cpu("handler") if route.figures.route in cost.routes]
    return weighted_sum(behind) if len(behind) == len(cost.costs) else None
