"""The measured routes of an audit with their weights: what a request of the service costs, part by part."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bench.model.audit import Part
from bench.model.audit_figures import AuditFigures, PartFigures, RouteFigures
from bench.stats.intervals import Estimate


@dataclass(frozen=True)
class WeightedRoute:
    """A valid route whose cost is known. `weight` is its share of the requests to all of these: they add up to 1."""

    figures: RouteFigures
    cpu_us: Estimate
    weight: float

    @property
    def cost_us(self) -> float:
        """Its share of the cost of a weighted request."""
        return self.weight * self.cpu_us.mean


def weighted_routes(figures: AuditFigures) -> tuple[WeightedRoute, ...]:
    """Those that cost most first, by cost times weight. Without any weight each route counts the same; with some, a
    route without one wasn't asked for."""
    costs = [(one, cost) for one in figures.routes if one.valid and (cost := cpu_of(one)) is not None]
    weights = [one.weight or 0.0 for one, _ in costs]
    total = math.fsum(weights)
    shares = [weight / total for weight in weights] if total else [1 / len(costs) for _ in costs]
    found = (WeightedRoute(one, cost, share) for (one, cost), share in zip(costs, shares, strict=True))
    return tuple(sorted(found, key=lambda route: -route.cost_us))


def divided(routes: Sequence[WeightedRoute]) -> tuple[WeightedRoute, ...]:
    """Those whose parts are known, with weights among themselves."""
    known = [one for one in routes if any(part.cpu_us is not None for part in one.figures.parts)]
    total = math.fsum(one.weight for one in known)
    return tuple(replace(one, weight=one.weight / total if total else 1 / len(known)) for one in known)


def weighted_mean(terms: Iterable[tuple[float, Estimate]]) -> Estimate | None:
    """Of costs that only some routes have: an average over these alone. None of no term, or without a weight."""
    every = list(terms)
    total = math.fsum(weight for weight, _ in every)
    return weighted_sum((weight / total, cost) for weight, cost in every) if total else None


def are_weighted(figures: AuditFigures) -> bool:
    """Whether the routes differ in how often they are asked."""
    return len({route.weight for route in weighted_routes(figures)}) > 1


def cpu_of(route: RouteFigures) -> Estimate | None:
    """The CPU time of a request to it, in µs."""
    return _estimate(route.cpu_us, route.ci_low, route.ci_high, route.launches)


def bare_cpu_of(route: RouteFigures) -> Estimate | None:
    """The same without any of its middleware."""
    return _estimate(route.bare_us, route.bare_low, route.bare_high, route.launches)


def served_cpu_of(route: RouteFigures) -> Estimate | None:
    """The same behind a server."""
    return _estimate(route.served_us, route.served_low, route.served_high, route.launches)


def retained_of(route: RouteFigures) -> Estimate | None:
    """Bytes that a request to it leaves behind."""
    return _estimate(route.retained_bytes, route.retained_low, route.retained_high, route.launches)


def part_cpu(part: PartFigures, launches: int) -> Estimate | None:
    """The CPU time of a part by its boundary timers, in µs."""
    return _estimate(part.cpu_us, part.ci_low, part.ci_high, launches)


def part_peeled(part: PartFigures, launches: int) -> Estimate | None:
    """What a request costs less without this part, in µs."""
    return _estimate(part.peeled_us, part.peeled_low, part.peeled_high, launches)


def weighted_sum(terms: Iterable[tuple[float, Estimate]]) -> Estimate | None:
    """Of weights and costs of routes that were measured in launches of their own: their half-widths add in quadrature.
    Without an interval where one of them has none; None of no term."""
    every = list(terms)
    if not every:
        return None
    mean = math.fsum(weight * cost.mean for weight, cost in every)
    halves = [weight * cost.half_width for weight, cost in every if cost.half_width is not None]
    n = min(cost.n for _, cost in every)
    if len(halves) < len(every):
        return Estimate(mean, None, None, n)
    half = math.hypot(*halves)
    return Estimate(mean, mean - half, mean + half, n)


@dataclass(frozen=True)
class ServicePart:
    """One part of a weighted request to the service: what it costs, and on which routes it is. `waits_us` is None
    where no route's waiting is known. `count` is how often the route with most of it meets it."""

    part: Part
    count: int
    cpu_us: Estimate
    peeled_us: Estimate | None
    waits_us: float | None
    routes: tuple[str, ...]


def service_parts(routes: Sequence[WeightedRoute]) -> tuple[ServicePart, ...]:
    """Every part of the service with its weighted cost. Handlers are one part.

    `peeled_us` is there where every route that has the part knows it: a sum over some of them would be too low.
    """
    met: dict[Part, list[tuple[WeightedRoute, PartFigures]]] = {}
    for route in routes:
        for part in route.figures.parts:
            met.setdefault(_shared(part), []).append((route, part))
    made = (_service_part(part, found) for part, found in met.items())
    return tuple(one for one in made if one is not None)


def _shared(part: PartFigures) -> Part:
    """Middleware and dependencies are the same on all routes; a handler has its name on one."""
    return Part(kind=part.kind, name=part.name if part.kind in ("middleware", "dependency") else part.kind)


def _service_part(part: Part, found: Sequence[tuple[WeightedRoute, PartFigures]]) -> ServicePart | None:
    costs = [
        (route.weight, cost) for route, one in found if (cost := part_cpu(one, route.figures.launches)) is not None
    ]
    cpu_us = weighted_sum(costs)
    if cpu_us is None:
        return None
    peeled = [
        (route.weight, cost) for route, one in found if (cost := part_peeled(one, route.figures.launches)) is not None
    ]
    waits = [route.weight * one.wait_us for route, one in found if one.wait_us is not None]
    return ServicePart(
        part=part,
        count=max(one.count for _, one in found) if part.name != part.kind else 1,
        cpu_us=cpu_us,
        peeled_us=weighted_sum(peeled) if len(peeled) == len(found) else None,
        waits_us=math.fsum(waits) if waits else None,
        routes=tuple(dict.fromkeys(route.figures.route for route, _ in found)),
    )


def _estimate(mean: float | None, low: float | None, high: float | None, launches: int) -> Estimate | None:
    return None if mean is None else Estimate(mean, low, high, launches)
