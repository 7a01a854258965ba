"""What a run's samples say: the figures of every case, what every layer adds, and what may not be believed.

Pure functions over the model. A figure rests on every sample of its case: when one of them failed a check the figure
is INVALID, because dropping that launch would be choosing among the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

import numpy as np

from bench.analysis.checks import checks
from bench.analysis.connections import connection_costs
from bench.analysis.figures import (
    Allocations,
    CaseSummary,
    Chain,
    ChainStep,
    CheckedFigure,
    CheckTally,
    Load,
    Memory,
    MissingFigure,
    Search,
    Standing,
    Summary,
    Timing,
)
from bench.analysis.load import load_of, search_of
from bench.analysis.server_layers import server_layers
from bench.analysis.startup import at_rest_of, building_of, startup_of, undisturbed_starts
from bench.analysis.timing import (
    NO_PARENT,
    added_of,
    slowed_share,
    timing_of,
    undisturbed_cores,
    undisturbed_reference,
)
from bench.model.boundaries import BoundarySample
from bench.model.connections import ConnectionSample
from bench.model.load import LoadSample, SearchSample
from bench.model.run import (
    AllocationSample,
    Check,
    FactSample,
    MemorySample,
    MissingSample,
    ProfileSample,
    Run,
    Sample,
    TimingSample,
)
from bench.model.server_layers import ServerSample
from bench.model.startup import AT_REST, BUILDING, AtRestSample, BuildSample, CaseStartupSample
from bench.model.workload import Case, Pass, lineage
from bench.stats.intervals import Estimate, estimate

T = TypeVar("T")
S = TypeVar(
    "S",
    TimingSample,
    AllocationSample,
    LoadSample,
    SearchSample,
    ServerSample,
    ConnectionSample,
    BoundarySample,
    MemorySample,
    CaseStartupSample,
    BuildSample,
    AtRestSample,
    FactSample,
    ProfileSample,
)

_NOT_STARTED = "its start was not measured"
_Checked = tuple[Sample, tuple[Check, ...]]


def summarise(run: Run) -> Summary:
    """Read a run: every figure that it supports, and for every other one the reason why not."""
    checked = [(sample, checks(sample)) for sample in run.samples]
    evidence = {case.id: _Evidence(case.id, run.absences, checked) for case in run.cases}
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
    return Summary(run, summaries, tuple(_holes(run, summaries)), _tallies(checked), slowed_share(run))


class _Evidence:
    """One case's samples with their findings, and its absences: what its figures are made from."""

    def __init__(self, case: str, absences: Sequence[MissingSample], checked: Sequence[_Checked]) -> None:
        self.absences = [absence for absence in absences if absence.case == case]
        self.checked = [(sample, results) for sample, results in checked if sample.case == case]

    def figure(
        self,
        kind: type[S],
        during: Pass,
        make: Callable[[list[S]], T | CheckedFigure[T]],
        scenario: str | None = None,
        where: str | None = None,
    ) -> CheckedFigure[T]:
        """A figure made of all samples of one kind, under one scenario or taken at one place if that is given; or, when
        one of them failed a check or is missing, the reasons."""
        found = [
            (s, results)
            for s, results in self.checked
            if isinstance(s, kind)
            and (scenario is None or getattr(s, "scenario", scenario) == scenario)
            and (where is None or getattr(s, "where", None) == where)
        ]
        absences = [a for a in self.absences if a.concerns(during) and a.scenario in (None, scenario)]
        broken = [absence.reason for absence in absences if absence.kind == "invalid"]
        broken += _failures([results for _, results in found])
        if broken:
            return CheckedFigure(None, Standing.INVALID, tuple(dict.fromkeys(broken)))
        if found:
            made = make([sample for sample, _ in found])
            return made if isinstance(made, CheckedFigure) else CheckedFigure(made)
        if absences:
            return CheckedFigure(None, Standing.SKIPPED, tuple(dict.fromkeys(absence.reason for absence in absences)))
        return CheckedFigure(None, Standing.UNMEASURED, (f"not measured in this run's {during} pass",))

    def profile(self, during: Pass, where: str) -> CheckedFigure[ProfileSample]:
        return self.figure(ProfileSample, during, lambda samples: samples[-1], where=where)

    def search(self) -> CheckedFigure[Search]:
        """UNMEASURED without a search; one that failed has left an absence, which stands among the loads."""
        if not any(isinstance(sample, SearchSample) for sample, _ in self.checked):
            return CheckedFigure(None, Standing.UNMEASURED, ("no search for the maximum rate",))
        return self.figure(SearchSample, Pass.LOAD, lambda samples: search_of(samples[-1]))

    def if_taken(
        self,
        kind: type[S],
        during: Pass,
        make: Callable[[list[S]], T | CheckedFigure[T]],
        otherwise: str,
        part: str | None = None,
    ) -> CheckedFigure[T]:
        """Of a pass that takes few cases, or of a part of it: UNMEASURED where it didn't take this one."""
        taken = any(isinstance(sample, kind) for sample, _ in self.checked)
        if not taken and not any(absence.during is during for absence in self.absences):
            return CheckedFigure(None, Standing.UNMEASURED, (otherwise,))
        return self.figure(kind, during, make, part)

    def loads(self, undisturbed: float, timing: CheckedFigure[Timing]) -> dict[str, CheckedFigure[Load]]:
        """By scenario; a load pass that left only an absence has one entry with no name."""
        served = [sample for sample, _ in self.checked if isinstance(sample, LoadSample)]
        missing = [absence for absence in self.absences if absence.during == Pass.LOAD]
        names = list(dict.fromkeys([sample.scenario for sample in served] + [a.scenario or "" for a in missing]))
        cpu_us = timing.value.cpu_us if timing.value else None

        def under(name: str) -> CheckedFigure[Load]:
            return self.figure(LoadSample, Pass.LOAD, partial(load_of, undisturbed, cpu_us), name)

        return {name: under(name) for name in names}


def _failures(findings: Sequence[tuple[Check, ...]]) -> list[str]:
    """A sentence for each safeguard that failed: in how many launches, and what it saw in the first of them."""
    failed: dict[str, list[str]] = {}
    for check in (check for results in findings for check in results if not check.passed):
        failed.setdefault(check.name, []).append(check.evidence)
    many = f" of {len(findings)} launches" if len(findings) > 1 else ""
    return [f"{name}: {seen[0]}{f' ({len(seen)}{many})' if many else ''}" for name, seen in failed.items()]


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


def _holes(run: Run, cases: Mapping[str, CaseSummary]) -> Iterator[MissingFigure]:
    """One for each case and cause; then the absences of what isn't even among the run's cases."""
    for id_, case in cases.items():
        figures: list[tuple[Pass, CheckedFigure[object]]] = [
            (Pass.TIMING, case.timing),
            (Pass.ALLOCATIONS, case.allocations),
            *((Pass.LOAD, figure) for figure in case.loads.values()),
            (Pass.LOAD, case.search),
            (Pass.SERVER, case.server),
            (Pass.CONNECTIONS, case.connections),
            (Pass.BOUNDARIES, case.boundaries),
            (Pass.MEMORY, case.memory),
            (Pass.STARTUP, case.startup),
            (Pass.STARTUP, case.building),
            (Pass.STARTUP, case.at_rest),
            (Pass.FACTS, case.fact),
            (Pass.PROFILE, case.profile),
            (Pass.SERVED_PROFILE, case.served_profile),
        ]
        causes: dict[tuple[Standing, tuple[str, ...]], list[str]] = {}
        for during, figure in figures:
            if figure.standing in (Standing.INVALID, Standing.SKIPPED):
                causes.setdefault((figure.standing, figure.reasons), []).append(during)
        for (standing, why), passes in causes.items():
            yield MissingFigure(id_, standing, tuple(dict.fromkeys(passes)), why)
    for absence in run.absences:
        if absence.case not in cases or absence.during is Pass.SUITE:
            yield MissingFigure(absence.case, Standing(absence.kind), (absence.during,), (absence.reason,))


def _tallies(checked: Sequence[tuple[Sample, tuple[Check, ...]]]) -> tuple[CheckTally, ...]:
    rows: dict[tuple[str, str], list[tuple[str, Check]]] = {}
    for sample, results in checked:
        for check in results:
            rows.setdefault((sample.kind, check.name), []).append((sample.case, check))
    return tuple(
        CheckTally(
            name=name,
            kind=kind,
            passed=sum(check.passed for _, check in found),
            evidence=next((check.evidence for _, check in found if check.passed), ""),
            failures=tuple((case, check.evidence) for case, check in found if not check.passed),
        )
        for (kind, name), found in rows.items()
    )
