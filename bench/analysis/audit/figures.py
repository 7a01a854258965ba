"""The figures of an audit, of its samples: each with its interval, and None where nothing was measured. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from bench.analysis.audit.coverage import counted, measured_coverage
from bench.analysis.audit.route import endpoint, route_figures
from bench.analysis.audit.samples import by_case
from bench.model.audit import (
    Audit,
    PartSample,
    PeelSample,
    StartupSample,
    route_id,
)
from bench.model.audit_figures import AuditFigures, RouteFigures, StartupFigures
from bench.stats.windows import undisturbed_us


def figures(audit: Audit) -> AuditFigures:
    """Of a whole audit, its findings apart: each case that was to be measured, in the order of the app's routes, and
    then the routes that weren't."""
    undisturbed = _undisturbed(audit)
    samples = by_case(audit)
    shares = _shares(audit)
    weights = _weights(audit, shares)
    return AuditFigures(
        app=audit.app.name,
        server=audit.server.words,
        coverage=counted(measured_coverage(audit)),
        startup=startup(sample for sample in audit.samples if isinstance(sample, StartupSample)),
        routes=(
            *(route_figures(audit, case, samples[case.id], undisturbed, weights.get(case.id)) for case in audit.cases),
            *excluded(audit, shares),
        ),
    )


def excluded(audit: Audit, shares: Mapping[str, float]) -> Iterator[RouteFigures]:
    """The routes that nothing was asked of, with the reason; `shares` are those of all requests, by route."""
    asked = {route_id(case.request) for case in audit.cases}
    for one in measured_coverage(audit):
        if one.route not in asked:
            why = one.reason or "skipped"
            yield RouteFigures(
                route=one.route,
                endpoint=endpoint(audit.app, one.route),
                valid=False,
                reasons=(one.says or why,),
                excluded=why,
                weight=shares.get(one.route),
            )


def startup(samples: Iterable[StartupSample]) -> StartupFigures:
    """The mean over launches of what each of them knows; over those that knew the imports, if any did: the first one
    is another kind."""
    every = list(samples)
    found = [one for one in every if one.libraries_cpu_ms is not None] or every

    def mean(name: str) -> float | None:
        values = [value for sample in found if (value := getattr(sample, name)) is not None]
        return float(np.mean(values)) if values else None

    return StartupFigures(**{name: mean(name) for name in StartupFigures.model_fields})


def _undisturbed(audit: Audit) -> dict[int | None, float]:
    """What the reference work takes on each core when nobody slows it: beside what was measured in process, for the
    clients of a server are neighbours; of a core on which nothing was, beside what was served. NaN without any.
    """
    in_process: defaultdict[int | None, list[float]] = defaultdict(list)
    served: defaultdict[int | None, list[float]] = defaultdict(list)
    for sample in audit.samples:
        if isinstance(sample, PeelSample):
            in_process[sample.core] += [*sample.whole.reference_us, *sample.peeled.reference_us]
        elif isinstance(sample, PartSample):
            seen = served if sample.served_by else in_process
            seen[sample.core] += [*sample.plain.reference_us, *sample.timed.reference_us]
    seen_on = {core: in_process[core] or served[core] for core in {*in_process, *served}}
    return {core: undisturbed_us(seen) if seen else math.nan for core, seen in seen_on.items()}


def _shares(audit: Audit) -> dict[str, float]:
    """The share of all requests by route, as far as an access log has them."""
    total = sum((audit.weights or {}).values())
    if not audit.weights or not total:
        return {}
    routes = {one.route for one in audit.coverage} | {route_id(case.request) for case in audit.cases}
    return {route: audit.weights.get(route, 0.0) / total for route in routes}


def _weights(audit: Audit, shares: Mapping[str, float]) -> dict[str, float]:
    """The share of all requests by case: those of a route have equal parts of it."""
    routes = [route_id(case.request) for case in audit.cases]
    many = Counter(routes)
    return {
        case.id: shares[route] / many[route] for case, route in zip(audit.cases, routes, strict=True) if route in shares
    }
