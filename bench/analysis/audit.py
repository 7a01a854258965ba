"""The figures of an audit, of its samples: each with its interval, and None where nothing was measured. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from bench.analysis.audit_coverage import coverage
from bench.analysis.audit_route import route_figures
from bench.analysis.audit_samples import by_case
from bench.model.audit import (
    Audit,
    PartSample,
    PeelSample,
    StartupSample,
    route_id,
)
from bench.model.audit_figures import AuditFigures, StartupFigures
from bench.model.workload import Case
from bench.stats.windows import undisturbed_us


def figures(audit: Audit) -> AuditFigures:
    """Of a whole audit, its findings apart: each case that was to be measured, in the order of the app's routes."""
    undisturbed = _undisturbed(audit)
    samples = by_case(audit)
    weights = _weights(audit)
    return AuditFigures(
        app=audit.app.name,
        coverage=coverage(audit),
        startup=startup(sample for sample in audit.samples if isinstance(sample, StartupSample)),
        routes=tuple(
            route_figures(audit, case, samples[case.id], undisturbed, weights.get(case.id)) for case in audit.cases
        ),
    )


def startup(samples: Iterable[StartupSample]) -> StartupFigures:
    """The mean over launches of what each of them knows."""
    found = list(samples)

    def mean(name: str) -> float | None:
        values = [value for sample in found if (value := getattr(sample, name)) is not None]
        return float(np.mean(values)) if values else None

    return StartupFigures(**{name: mean(name) for name in StartupFigures.model_fields})


def _undisturbed(audit: Audit) -> float:
    """What the reference work takes when nobody slows the core; 0 of an audit that never ran it."""
    references = [
        us
        for sample in audit.samples
        if isinstance(sample, PeelSample)
        for windows in (sample.whole, sample.peeled)
        for us in windows.reference_us
    ]
    references += [
        us
        for sample in audit.samples
        if isinstance(sample, PartSample) and sample.served_by is None
        for windows in (sample.plain, sample.timed)
        for us in windows.reference_us
    ]
    return undisturbed_us(references) if references else 0.0


def _weights(audit: Audit) -> dict[str, float]:
    """The share of all requests by case: those of a route have equal parts of it."""
    total = sum((audit.weights or {}).values())
    if not audit.weights or not total:
        return {}
    of_route: defaultdict[str, list[Case]] = defaultdict(list)
    for case in audit.cases:
        of_route[route_id(case.request)].append(case)
    return {
        case.id: audit.weights.get(route, 0.0) / total / len(cases)
        for route, cases in of_route.items()
        for case in cases
    }
