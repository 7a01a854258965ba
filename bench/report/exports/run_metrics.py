"""The figures of one case, by the names that exports give them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from statistics import fmean

from bench.analysis.load.figures import Load, Search
from bench.analysis.load.quantities import worker_shares
from bench.analysis.run.connection_figures import ConnectionCosts
from bench.analysis.run.figures import CaseSummary
from bench.analysis.run.pieces import PieceCost
from bench.analysis.run.server_figures import ServerLayers
from bench.analysis.run.startup_figures import AtRest, Startup
from bench.stats.intervals import Estimate
from bench.text.numbers import percentile

Metrics = Iterator[tuple[str, str, Estimate]]
"""Names, units, and figures."""


def of_case(case: CaseSummary) -> Metrics:
    """All that are valid."""
    found: list[Metrics] = [_in_process(case)]
    if case.server.value:
        found.append(_server(case.server.value))
    if case.startup.value:
        found.append(_started(case.startup.value))
    if case.at_rest.value:
        found.append(_at_rest(case.at_rest.value))
    found += [_loaded(figure.value) for figure in case.loads.values() if figure.value]
    if case.connections.value:
        found.append(_held(case.connections.value))
    if case.search.value:
        found.append(_searched(case.search.value))
    return chain.from_iterable(found)


def _in_process(case: CaseSummary) -> Metrics:
    if timing := case.timing.value:
        yield from (("cpu_us", "µs", timing.cpu_us), ("wall_us", "µs", timing.wall_us), ("gc_us", "µs", timing.gc_us))
    if case.added_us.value:
        yield "added_us", "µs", case.added_us.value
    if counted := case.allocations.value:
        yield "allocs", "", exactly(counted.allocs, counted.launches)
        yield "alloc_bytes", "B", exactly(counted.alloc_bytes, counted.launches)
    if case.memory.value:
        yield "peak_mb", "MB", case.memory.value.peak_mb


def _server(layers: ServerLayers) -> Metrics:
    yield "server/bare_cpu_us", "µs", layers.bare_us
    for one in layers.settings.values():
        yield f"server/{one.name}/added_us", "µs", one.added_us
        yield f"server/{one.name}/cpu_us", "µs", one.cpu_us
        yield f"server/{one.name}/cpu_times_bare", "", one.times
        yield f"server/{one.name}/rate_times_bare", "", one.rate


def _at_rest(held: AtRest) -> Metrics:
    yield "live_allocs", "", exactly(held.live_allocs, held.launches)
    yield "live_bytes", "B", exactly(held.live_bytes, held.launches)


def _searched(search: Search) -> Metrics:
    if search.held is None:
        return
    promise = f"{percentile(search.objective.q)}_within_{search.objective.limit_ms:g}_ms"
    held = Estimate(search.held, search.held, search.failed, len(search.steps))
    yield f"{search.scenario}/rate_{promise}", "1/s", held


def of_piece(cost: PieceCost) -> Metrics:
    """What one more chunk or message costs, by the case with most of them."""
    if cost.cpu_us.value is not None:
        yield f"{cost.kind}_cpu_us", "µs", cost.cpu_us.value
    if cost.added_us is not None:
        yield f"{cost.kind}_added_us", "µs", cost.added_us
    if cost.counted is not None:
        yield f"{cost.kind}_allocs", "", exactly(cost.counted.allocs, cost.counted.launches)
        yield f"{cost.kind}_alloc_bytes", "B", exactly(cost.counted.alloc_bytes, cost.counted.launches)


def _started(found: Startup) -> Metrics:
    steps = (
        ("startup", found.start_ms),
        ("interpreter", found.interpreter_ms),
        ("import", found.import_ms),
        ("libraries", found.libraries_ms),
        ("build", found.build_ms),
        ("lifespan", found.lifespan_ms),
        ("first_request", found.first_request_ms),
        ("openapi", found.openapi_ms),
    )
    yield from ((f"{name}_cpu_ms", "ms", value) for name, value in steps if value is not None)
    held = (("libraries", found.libraries_mb), ("build", found.build_mb), ("rest", found.rest_mb))
    yield from ((f"{name}_mb", "MB", value) for name, value in held if value is not None)


def _loaded(load: Load) -> Metrics:
    yield f"{load.scenario}/rps", "1/s", load.rps
    if load.server_cpu_us is not None:
        yield f"{load.scenario}/server_cpu_us", "µs", load.server_cpu_us
    if load.rate is not None:
        yield f"{load.scenario}/asked_rate", "1/s", exactly(load.rate, len(load.samples))
    if shares := [max(of) for one in load.samples if (of := worker_shares(one))]:
        yield f"{load.scenario}/busiest_worker_share", "", exactly(fmean(shares), len(shares))
    yield f"{load.scenario}/failed_share", "", exactly(load.failed_share, len(load.samples))
    for kind, found in (("latency", load.latency_ms), ("service", load.service_ms or {})):
        for q, value in found.items():
            if value is not None and math.isfinite(value):
                yield f"{load.scenario}/{kind}_{percentile(q)}_ms", "ms", exactly(value, len(load.samples))


def _held(costs: ConnectionCosts) -> Metrics:
    if costs.kept_us and costs.fresh_us and costs.fresh_added_us:
        yield "connections/kept_us", "µs", costs.kept_us
        yield "connections/fresh_us", "µs", costs.fresh_us
        yield "connections/fresh_added_us", "µs", costs.fresh_added_us
    for level in costs.levels:
        where = f"{costs.holds}s/{level.connections}"
        yield f"{where}/each_kb", "kB", level.each_kb
        yield f"{where}/idle_cpu_ms_per_s", "ms/s", level.idle_cpu_ms_per_s
        if level.busy_added_us:
            yield f"{where}/busy_added_us", "µs", level.busy_added_us


def exactly(value: float, launches: int) -> Estimate:
    """A figure that isn't a mean over launches, and so has no interval."""
    return Estimate(value, None, None, launches)
