"""An audit as a finding reads it: its routes with what was described, and what its parts cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from bench.analysis.audit.weighted_routes import WeightedRoute, part_cpu, part_peeled, weighted_routes, weighted_sum
from bench.model.app import AppDescription, Dependency, Middleware, Route
from bench.model.audit import Audit, PartKind, route_id
from bench.model.audit_figures import AuditFigures, PartFigures
from bench.stats.intervals import Estimate
from bench.text.numbers import in_brackets

Cost = tuple[WeightedRoute, Estimate]


@dataclass(frozen=True)
class PartCost:
    """What a part costs on the routes that have it: on `peeled` of them by leaving it out, on the others by timers.
    On `unknown` more there is no figure: what is known is less than the whole then. `count` is how often the route with
    most of it meets it."""

    costs: tuple[Cost, ...]
    peeled: int
    unknown: int
    count: int = 1

    @property
    def often(self) -> str:
        """What stands behind the name of what was added several times."""
        return in_brackets(self.count)

    @property
    def routes(self) -> tuple[str, ...]:
        """Those that pay most first."""
        ordered = sorted(self.costs, key=lambda cost: -cost[0].weight * cost[1].mean)
        return tuple(route.figures.route for route, _ in ordered)

    @property
    def per_request(self) -> Estimate | None:
        """Of a weighted request to the service, µs."""
        return weighted_sum((route.weight, cost) for route, cost in self.costs)

    @property
    def method(self) -> str:
        """How it was measured, in words."""
        timed = len(self.costs) - self.peeled
        ways = [
            *(["by leaving it out"] if self.peeled else []),
            *(["by timers" + (f" on {_routes(timed)}" if self.peeled else "")] if timed else []),
        ]
        missing = f", unknown on {_routes(self.unknown)}" if self.unknown else ""
        return f"measured {' and '.join(ways)}{missing}"


def _routes(count: int) -> str:
    return f"{count} {'route' if count == 1 else 'routes'}"


@dataclass(frozen=True)
class AuditEvidence:
    """`routes` are the valid ones with their weights."""

    audit: Audit
    figures: AuditFigures
    routes: tuple[WeightedRoute, ...]
    _described: dict[str, Route] = field(repr=False)

    @classmethod
    def of(cls, audit: Audit, figures: AuditFigures) -> AuditEvidence:
        return cls(audit, figures, weighted_routes(figures), {route.id: route for route in audit.app.routes})

    @property
    def app(self) -> AppDescription:
        return self.audit.app

    def described(self, route: WeightedRoute) -> Route | None:
        """What was found out about a route before it was measured."""
        return self._described.get(route_id(route.figures.route))

    def middlewares(self) -> Iterator[tuple[Middleware, PartCost]]:
        """Each that was measured, once by its name, with its cost: by leaving it out where that is known."""
        seen: dict[str, Middleware] = {}
        for one in self.app.middleware:
            seen.setdefault(one.name, one)
        for name, one in seen.items():
            if cost := self._left_out(name):
                yield one, cost

    def _left_out(self, name: str) -> PartCost | None:
        """What leaving a middleware out saves. None where that is nothing, or may be: its interval reaches to 0."""
        found = list(self.parts("middleware", name))
        peeled = {route.figures.route: cost for route, cost in self._costs(found, part_peeled)}
        timed = {route.figures.route: cost for route, cost in self._costs(found, part_cpu)}
        known = timed | peeled
        costs = tuple((route, known[route.figures.route]) for route, _ in found if route.figures.route in known)
        has_it = {route.figures.route for route in self.routes if name in self._middleware_of(route)}
        cost = PartCost(
            costs, len(peeled), len(has_it - known.keys()), max([part.count for _, part in found], default=1)
        )
        saves = cost.per_request
        return cost if saves is not None and (saves.mean if saves.low is None else saves.low) > 0 else None

    def _middleware_of(self, route: WeightedRoute) -> set[str]:
        described = self.described(route)
        return {self.app.middleware[place].name for place in described.middleware} if described else set()

    def parts(self, kind: PartKind, name: str | None = None) -> Iterator[tuple[WeightedRoute, PartFigures]]:
        """Of each route that has it."""
        for route in self.routes:
            for part in route.figures.parts:
                if part.kind == kind and name in (None, part.name):
                    yield route, part

    def cpu(self, kind: PartKind, name: str | None = None) -> tuple[Cost, ...]:
        """The CPU time of a part on each route that has it."""
        return self._costs(list(self.parts(kind, name)), part_cpu)

    def dependencies(self) -> Iterator[tuple[WeightedRoute, Dependency]]:
        """Each use of a dependency by a route."""
        for route in self.routes:
            described = self.described(route)
            for dependency in described.dependencies if described else ():
                yield route, dependency

    @staticmethod
    def _costs(
        found: Sequence[tuple[WeightedRoute, PartFigures]], by: Callable[[PartFigures, int], Estimate | None]
    ) -> tuple[Cost, ...]:
        costs = ((route, by(part, route.figures.launches)) for route, part in found)
        return tuple((route, cost) for route, cost in costs if cost is not None)
