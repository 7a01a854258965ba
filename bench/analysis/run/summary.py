"""What a run's samples say: the figures of every case, what every layer adds, and what may not be believed.

Pure functions over the model. A figure rests on every sample of its case: when one of them failed a check the figure
is INVALID, because dropping that launch would be choosing among the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from bench.analysis.run.checks import checks
from bench.analysis.run.connections import connection_costs
from bench.analysis.run.figures import (
    Allocations,
    CaseSummary,
    Chain,
    ChainStep,
    CheckedFigure,
    Memory,
    Standing,
    Summary,
    Timing,
)
from bench.analysis.run.judged_samples import JudgedSamples
from bench.analysis.run.server_layers import server_layers
from bench.analysis.run.startup import at_rest_of, building_of, startup_of, undisturbed_starts
from bench.analysis.run.timing import (
    NO_PARENT,
    added_of,
    slowed_share,
    timing_of,
    undisturbed_cores,
    undisturbed_reference,
)
from bench.analysis.run.validity import missing_figures, tallies
from bench.model.boundaries import BoundarySample
from bench.model.connections import ConnectionSample
from bench.model.run import (
    AllocationSample,
    FactSample,
    MemorySample,
    Run,
    TimingSample,
)
from bench.model.server_layers import ServerSample
from bench.model.startup import AT_REST, BUILDING, AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Case, Pass, lineage
from bench.stats.intervals import Estimate, estimate

_NOT_STARTED = "its start was not measured"


def summarise(run: Run) -> Summary:
    """Read a run: every figure that it supports, and for every other one the reason why not."""
    checked = [(sample, checks(sample)) for sample in run.samples]
    evidence = {case.id: JudgedSamples(case.id, run.absences, checked) for case in run.cases}
    cases = {case.id: case for case in run.cases}
    undisturbed = undisturbed_cores(run.samples)
    served_us = undisturbed_reference(run)
    started = partial(startup_of, undisturbed_starts(run.samples))
    timing = {
        id_: found.figure(TimingSample, Pass.TIMING, partial(timing_of, undisturbed)) for id_, found in evidence.items()
    }
    added = {
        id_: found.figure(TimingSample, Pass.TIMING, partial(added_of, undisturbed)) for id_, found in evidence.items()
    }
    allocations = {
        id_: found.figure(AllocationSample, Pass.ALLOCATIONS, _allocations) for id_, found in evidence.items()
    }
    summaries = {
        id_: CaseSummary(
            case=case,
            timing=timing[id_],
            added_us=added[id_],
            allocations=allocations[id_],
            added_allocs=_added_allocs(allocations[id_], allocations.get(case.parent_id or "")),
            chain=_chain(case, cases, timing, added),
            loads=found.loads(served_us, timing[id_]),
            search=found.search(),
            server=found.if_taken(ServerSample, Pass.SERVER, server_layers, "its server's settings were not compared"),
            connections=found.if_taken(
                ConnectionSample, Pass.CONNECTIONS, connection_costs, "no connections were held to its server"
            ),
            boundaries=found.if_taken(BoundarySample, Pass.BOUNDARIES, tuple, "no breakdown of its served request"),
            memory=found.figure(MemorySample, Pass.MEMORY, _memory),
            startup=found.if_taken(CaseStartupSample, Pass.STARTUP, started, _NOT_STARTED),
            building=found.if_taken(BuildSample, Pass.STARTUP, building_of, _NOT_STARTED, BUILDING),
            at_rest=found.if_taken(AtRestSample, Pass.STARTUP, at_rest_of, _NOT_STARTED, AT_REST),
            fact=found.figure(FactSample, Pass.FACTS, lambda samples: samples[-1]),
            profile=found.profile(Pass.PROFILE, "in process"),
            served_profile=found.profile(Pass.SERVED_PROFILE, "served"),
        )
        for id_, case in cases.items()
        for found in (evidence[id_],)
    }
    return Summary(run, summaries, tuple(missing_figures(run, summaries)), tallies(checked), slowed_share(run))


def _allocations(samples: list[AllocationSample]) -> Allocations:
    counts = [(sample.allocs / sample.requests, sample.alloc_bytes / sample.requests) for sample in samples]
    return Allocations(
        allocs=float(np.mean([allocs for allocs, _ in counts])),
        alloc_bytes=float(np.mean([size for _, size in counts])),
        agree=len(set(counts)) == 1,
        launches=len(samples),
    )


def _added_allocs(child: CheckedFigure[Allocations], parent: CheckedFigure[Allocations] | None) -> CheckedFigure[float]:
    if parent is None:
        return CheckedFigure(None, NO_PARENT.standing, NO_PARENT.reasons)
    if child.value is None or parent.value is None:
        hole = parent if child.value else child
        return CheckedFigure(None, hole.standing, hole.reasons)
    return CheckedFigure(child.value.allocs - parent.value.allocs)


def _chain(
    case: Case,
    cases: Mapping[str, Case],
    timing: Mapping[str, CheckedFigure[Timing]],
    added: Mapping[str, CheckedFigure[Estimate]],
) -> CheckedFigure[Chain]:
    """Climb from the case to its last ancestor in this run that answers the same request, and stack the costs."""
    root, *layers = reversed(lineage(case, cases))
    first, whole = timing[root.id].value, timing[case.id].value
    costs = {layer.id: cost for layer in layers if (cost := added[layer.id].value) is not None}
    if first is None or whole is None or len(costs) < len(layers):
        return _broken_chain([(root.id, timing[root.id]), *((layer.id, added[layer.id]) for layer in layers)])
    return CheckedFigure(
        Chain((ChainStep(root, first.cpu_us), *(ChainStep(layer, costs[layer.id]) for layer in layers)), whole.cpu_us)
    )


def _broken_chain(links: Sequence[tuple[str, CheckedFigure[Timing] | CheckedFigure[Estimate]]]) -> CheckedFigure[Chain]:
    holes = [(id_, figure) for id_, figure in links if figure.standing is not Standing.VALID]
    invalid = any(figure.standing is Standing.INVALID for _, figure in holes)
    reasons = tuple(f"{id_}: {reason}" for id_, figure in holes for reason in figure.reasons)
    return CheckedFigure(None, Standing.INVALID if invalid else holes[0][1].standing, reasons)


def _memory(samples: list[MemorySample]) -> Memory:
    return Memory(
        peak_mb=estimate([sample.peak_mb for sample in samples]),
        before_mb=estimate([sample.before_mb for sample in samples]),
        body_bytes=max(sample.body_bytes for sample in samples),
        first_byte_ms=estimate([sample.first_byte_ms for sample in samples]),
        elapsed_ms=estimate([sample.elapsed_ms for sample in samples]),
        cpu_ms=_if_all([sample.cpu_ms for sample in samples]),
        stall_ms=_if_all([sample.stall_ms for sample in samples]),
        samples=tuple(samples),
    )


def _if_all(values: Sequence[float | None]) -> Estimate | None:
    """None where one launch didn't look: an older one."""
    known = [value for value in values if value is not None]
    return estimate(known) if len(known) == len(values) else None
