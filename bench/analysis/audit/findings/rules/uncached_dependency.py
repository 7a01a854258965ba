"""Dependencies that are called again in the same request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.analysis.audit.findings.evidence import AuditEvidence, Cost
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.weighted_routes import WeightedRoute, weighted_sum
from bench.model.app import Dependency
from bench.stats.intervals import Estimate
from bench.text.numbers import measured


def uncached_dependency(app: AuditEvidence) -> Iterator[AppFinding]:
    """A dependency with `use_cache=False` is called again in the same request. Its calls are taken to cost the same."""
    uses: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for route, one in app.dependencies():
        uses[one.name, route.figures.route].append(one)
    for name in dict.fromkeys(name for name, _ in uses):
        found = [_again(cost, uses[name, cost[0].figures.route]) for cost in app.cpu("dependency", name)]
        again = [one for one in found if one is not None]
        if saves := weighted_sum((route.weight, cost) for route, cost, _ in again):
            most = max(calls for _, _, calls in again)
            says = (
                f"`{name}` is called up to {most} times in a request, since it is used with `use_cache=False`. The "
                f"calls after the first take {measured(saves, 'µs')} of an average request."
            )
            alike = "dependencies are called again in the same request, since they are used with `use_cache=False`"
            yield AppFinding(name, says, saves, tuple(route.figures.route for route, _, _ in again), alike)


def _again(cost: Cost, uses: Sequence[Dependency]) -> tuple[WeightedRoute, Estimate, int] | None:
    """What the calls after the first cost on this route, and how many calls there are; None for one call."""
    route, whole = cost
    calls = sum(not one.use_cache for one in uses) + any(one.use_cache for one in uses)
    if calls < 2:
        return None
    part = (calls - 1) / calls
    low, high = (None if end is None else end * part for end in (whole.low, whole.high))
    return route, Estimate(whole.mean * part, low, high, whole.n), calls
