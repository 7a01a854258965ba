"""The figures of one case of an audit, and what may be said against them. Pure functions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bench.analysis.audit.checks import CaseEvidence, invalid_because, limitations
from bench.analysis.audit.parts import PartCosts, part_costs
from bench.analysis.audit.peeling import Peeling, peeling
from bench.analysis.audit.samples import CaseSamples
from bench.analysis.run.heap import LEAST_GROWTH
from bench.model.app import AppDescription, Route
from bench.model.audit import (
    Audit,
    Part,
    PartAllocations,
    PartAllocationSample,
    RetainedSample,
    route_id,
)
from bench.model.audit_figures import PartFigures, RouteFigures, SpanFigures
from bench.model.workload import Case
from bench.stats.intervals import Estimate, total
from bench.stats.leak_slope import Growth, growth


def route_figures(
    audit: Audit, case: Case, samples: CaseSamples, undisturbed: Mapping[int | None, float], weight: float | None
) -> RouteFigures:
    """Valid where its CPU is known, and nothing failed while that was measured; `undisturbed` is what the reference
    work takes on each core."""
    peeled = peeling(samples.peels, undisturbed)
    timed = part_costs(samples.parts, undisturbed)
    served = part_costs(samples.served, undisturbed)
    reasons = tuple(invalid_because(samples, peeled))
    count = _middleware(audit.app, route_id(case.request))
    parts = _parts(audit.app, samples, peeled, timed, count)
    whole_us = whole(peeled, timed)
    evidence = CaseEvidence(audit.app, case, samples, whole_us, peeled, timed, served)
    return RouteFigures(
        route=case.id,
        endpoint=endpoint(audit.app, route_id(case.request)),
        valid=not reasons,
        reasons=reasons,
        launches=whole_us.n if whole_us else 0,
        **_interval("cpu_us", "ci_low", "ci_high", whole_us),
        **_interval("bare_us", "bare_low", "bare_high", peeled.bare_us),
        **_memory(samples),
        **_allocations(samples),
        wait_us=sum(samples.waterfalls[0].wait_us) if samples.waterfalls else None,
        residual_us=whole_us.mean - timed.sum_us if whole_us and timed else None,
        timers_us=timed.timers_us if timed else None,
        **_interval("served_us", "served_low", "served_high", served.whole_us if served else None),
        served_residual_us=served.whole_us.mean - served.sum_us if served else None,
        weight=weight,
        compared=case.compared,
        parts=parts,
        served_parts=tuple(_part(part, count, cost) for part, cost in served.parts_us.items()) if served else (),
        waterfall=_waterfall(samples, parts),
        limitations=tuple(limitations(evidence)),
    )


def _middleware(app: AppDescription, route: str) -> Counter[str]:
    """How many of each name are on the way to a route."""
    described = _described(app, route)
    return Counter(app.middleware[place].name for place in described.middleware) if described else Counter()


def _described(app: AppDescription, route: str) -> Route | None:
    return next((one for one in app.routes if one.id == route), None)


def endpoint(app: AppDescription, route: str) -> str | None:
    """Where the endpoint of a route is, or how it is called."""
    described = _described(app, route)
    return described.at or described.endpoint or None if described else None


def whole(peeled: Peeling, timed: PartCosts | None) -> Estimate | None:
    """CPU of the request with nothing in its way, of the launches that timed its parts in other windows: what differs
    between launches is no residual. Else of those that left middlewares out; None where these don't know it."""
    return timed.whole_us if timed and peeled.whole_us else peeled.whole_us


def _interval(mean: str, low: str, high: str, cost: Estimate | None) -> dict[str, Any]:
    return {mean: cost.mean, low: cost.low, high: cost.high} if cost else {}


def _parts(
    app: AppDescription, samples: CaseSamples, peeled: Peeling, timed: PartCosts | None, count: Counter[str]
) -> tuple[PartFigures, ...]:
    """Every part that anything knows of, in the order in which a request meets them."""
    saved = _saved(app, peeled)
    allocations = _by_part(samples.allocations)
    waits = (
        dict(zip(samples.waterfalls[0].parts, samples.waterfalls[0].wait_us, strict=True)) if samples.waterfalls else {}
    )
    known = dict.fromkeys([*(timed.parts_us if timed else ()), *saved, *_met(samples, allocations, waits)])
    return tuple(
        _part(
            part,
            count,
            timed.parts_us.get(part) if timed else None,
            saved.get(part),
            wait_us=waits.get(part),
            counted=allocations.get(part),
        )
        for part in known
    )


def _met(
    samples: CaseSamples, allocations: Mapping[Part, PartAllocations], waits: Mapping[Part, float]
) -> Iterator[Part]:
    """The parts that a request of this route meets: what else the app has was known to the same process."""
    spans = {seen.parts[span.part] for seen in samples.waterfalls[:1] for span in seen.spans}
    for part in dict.fromkeys([*allocations, *waits]):
        counted = allocations.get(part)
        if part in spans or waits.get(part) or (counted and counted.allocs):
            yield part


def _part(
    part: Part,
    count: Counter[str],
    cost: Estimate | None,
    saved: Estimate | None = None,
    wait_us: float | None = None,
    counted: PartAllocations | None = None,
) -> PartFigures:
    return PartFigures(
        kind=part.kind,
        name=part.name,
        count=max(1, count[part.name]) if part.kind == "middleware" else 1,
        **_interval("cpu_us", "ci_low", "ci_high", cost),
        **_interval("peeled_us", "peeled_low", "peeled_high", saved),
        wait_us=wait_us,
        allocs=counted.allocs if counted else None,
        alloc_bytes=counted.alloc_bytes if counted else None,
    )


def _saved(app: AppDescription, peeled: Peeling) -> dict[Part, Estimate]:
    """What each middleware costs when it is left out; several of one name together, if all of them are known."""
    found: defaultdict[Part, list[Estimate | None]] = defaultdict(list)
    for left_out in [*peeled.saved_us, *peeled.changed]:
        if len(left_out) == 1:
            part = Part(kind="middleware", name=app.middleware[left_out[0]].name)
            found[part].append(peeled.saved_us.get(left_out))
    sums: dict[Part, Estimate] = {}
    for part, costs in found.items():
        known = [cost for cost in costs if cost is not None]
        if len(known) == len(costs):
            sums[part] = known[0] if len(known) == 1 else _together(known)
    return sums


def _together(costs: list[Estimate]) -> Estimate:
    whole = costs[0]
    for cost in costs[1:]:
        whole = total(whole, cost)
    return whole


def _by_part(samples: list[PartAllocationSample]) -> dict[Part, PartAllocations]:
    return dict(zip(samples[0].parts, samples[0].by_part, strict=True)) if samples else {}


def _allocations(samples: CaseSamples) -> dict[str, Any]:
    counted = _by_part(samples.allocations).values()
    if not samples.allocations:
        return {}
    return {"allocs": sum(one.allocs for one in counted), "alloc_bytes": sum(one.alloc_bytes for one in counted)}


def _memory(samples: CaseSamples) -> dict[str, Any]:
    """Peak, longest hold, and retained bytes."""
    peaks = [sample.peak_mb for sample in samples.memory if sample.peak_mb >= 0]
    holds = [sample for sample in samples.memory if sample.hold_ms is not None]
    longest = max(holds, key=lambda sample: sample.hold_ms or 0.0, default=None)
    kept = retained(samples.retained)
    return {
        "peak_mb": float(np.mean(peaks)) if peaks else None,
        "hold_ms": longest.hold_ms if longest else None,
        "hold_at": longest.hold_at if longest else None,
        **_interval("retained_bytes", "retained_low", "retained_high", kept.each if kept else None),
    }


def retained(samples: list[RetainedSample]) -> Growth | None:
    """Bytes that a request leaves behind, over launches."""
    launches = [[(block * sample.requests, held) for block, held in enumerate(sample.held_bytes)] for sample in samples]
    return growth(launches, LEAST_GROWTH)


def _waterfall(samples: CaseSamples, parts: tuple[PartFigures, ...]) -> tuple[SpanFigures, ...]:
    if not samples.waterfalls:
        return ()
    seen = samples.waterfalls[0]
    places = {(part.kind, part.name): place for place, part in enumerate(parts)}
    return tuple(
        SpanFigures(
            **span.model_dump(exclude={"part"}), part=places[seen.parts[span.part].kind, seen.parts[span.part].name]
        )
        for span in seen.spans
    )
