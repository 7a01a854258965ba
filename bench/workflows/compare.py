"""A comparison: what is asked, its document, and everything that is measured for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter

from bench.analysis import comparison as analysis
from bench.analysis import state_drift
from bench.host.noise import noise
from bench.measure import allocations, instructions
from bench.measure.paired_timing import PairedTiming
from bench.model.app_version import RouteChanges
from bench.model.comparison import Comparison, PrimaryMetric, Side
from bench.model.run import MEASUREMENT, MissingSample
from bench.model.selftest import Selftest
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.stats.two_stage import CONFIDENCE
from bench.store import documents
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.workflows.comparison_stages import ComparisonListener, ComparisonStages, Measurer
from bench.workflows.provenance import begun
from bench.workspace import PROJECT

FOR_PATIENCE = 0.2
"""How much of a budget may be spent on waiting for a core that somebody slows."""


@dataclass(frozen=True)
class ComparisonSpec:
    """What is compared, at which margin, for how long, and what decides; `skipped` are the cases that a stack can't
    serve, `selftest` is what is known of this host, and `routes` are those that only one version of an app has."""

    paired: PairedPlan
    sides: tuple[Side, Side]
    skipped: tuple[MissingSample, ...]
    margin: float
    budget_s: float
    primary_metric: PrimaryMetric = "cpu_us"
    selftest: Selftest | None = None
    routes: RouteChanges | None = None


def begin(question: ComparisonSpec, command: Sequence[str], results: Path, project: Path) -> Recording[Comparison]:
    """A new comparison, with nothing measured yet, and both locks beside it. Raises StoreError."""
    paired = question.paired
    comparison = Comparison(
        **begun(command, paired.base.seed, project),
        margin=question.margin,
        confidence=CONFIDENCE,
        budget_s=question.budget_s,
        gate=question.primary_metric,
        selftest=question.selftest,
        measurement=MEASUREMENT,
        base=question.sides[0],
        head=question.sides[1],
        database=paired.base.database.description if paired.base.database else None,
        cases=paired.base.cases,
        absences=tuple(map(without_paths, question.skipped)),
        routes=question.routes,
    )
    recording = documents.COMPARISON.recording(comparison, results)
    recording.flush()
    write_files(
        recording.folder, {"base.lock": paired.base.environment.lock, "head.lock": paired.head.environment.lock}
    )
    return recording


def timed(question: ComparisonSpec, command: Sequence[str], results: Path, progress: ComparisonListener) -> Comparison:
    """A complete comparison by CPU time in process, begun and measured. Raises StoreError and KeyboardInterrupt."""
    recording = begin(question, command, results, PROJECT)
    blocks = PairedTiming(question.paired, FOR_PATIENCE * question.budget_s)
    measure(recording, question.paired, blocks, progress)
    return recording.document


def measure(
    recording: Recording[Comparison],
    paired: PairedPlan,
    blocks: Measurer,
    progress: ComparisonListener,
    *,
    count_instructions: bool = False,
) -> None:
    """All stages but the profiles of what changed, within the budget.

    Raises StoreError when a result can't be kept, and KeyboardInterrupt.
    """
    comparing = ComparisonStages(recording, blocks, progress, perf_counter)
    core = paired.base.cores.measured
    try:
        recording.change(noise=(noise("start", core),))
        comparing.keep("checking responses of both stacks", agreement.check(paired))
        if count_instructions:
            comparing.hold_back(instructions.expected_s(paired, comparing.open_cases()))
        comparing.fit(partial(allocations.both_expected_s, paired))
        alike = paired.of(comparing.open_cases())
        longest_s = comparing.spare_s / max(1, 2 * sum(paired.long(case.id) for case in alike.base.cases))
        comparing.keep("counting allocations", allocations.measure_both(alike, longest_s))
        comparing.run()
        if count_instructions:
            comparing.keep("counting instructions", instructions.measure_both(paired.of(comparing.open_cases())))
        recording.change(noise=(*recording.document.noise, noise("end", core)))
        recording.change(complete=True)
    finally:
        found = recording.document
        recording.change(
            injected=tuple(blocks.injected.values()),
            results=analysis.results(found),
            drifts=state_drift.drifts(found),
        )
        recording.flush()
