"""Routes of one endpoint, which an app has at several paths: `/info` and `/v1/info`. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from bench.analysis.audit.weighted_routes import WeightedRoute
from bench.model.app import AppDescription, Route
from bench.model.audit import route_id


@dataclass(frozen=True)
class EndpointRoutes:
    """A route, and the others that do the same at another path; the first costs most by cost and weight."""

    first: WeightedRoute
    others: tuple[WeightedRoute, ...] = ()

    @property
    def cost_us(self) -> float:
        """Their share of the cost of a weighted request."""
        return math.fsum(route.cost_us for route in (self.first, *self.others))


def by_endpoint(routes: Sequence[WeightedRoute], app: AppDescription) -> tuple[EndpointRoutes, ...]:
    """Measured routes, those with the same endpoint behind the same middleware and dependencies as one: what costs
    most comes first."""
    described = {one.id: one for one in app.routes}
    found: dict[Hashable, list[WeightedRoute]] = {}
    for route in routes:
        name = route.figures.route
        one = described.get(route_id(name))
        found.setdefault(_endpoint(one, app, name) if one else name, []).append(route)
    groups = (EndpointRoutes(first, tuple(others)) for first, *others in found.values())
    return tuple(sorted(groups, key=lambda group: -group.cost_us))


def _endpoint(route: Route, app: AppDescription, name: str) -> Hashable:
    """A second request of a route is no first one of another."""
    ways = tuple(app.middleware[index].name for index in route.middleware)
    needs = tuple(one.name for one in route.dependencies)
    return route.mirrors or route.id, name.removeprefix(route.id), ways, needs
