"""A comparison: what is asked, its document, and everything that is measured for it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Literal, Protocol

from bench.analysis.comparison import state_drift
from bench.analysis.comparison import verdicts as analysis
from bench.host.affinity import StreamCores
from bench.host.noise import noise
from bench.measure import allocations, instructions
from bench.measure.paired_startup import PairedStartup
from bench.measure.paired_timing import PairedTiming
from bench.model.app_version import RouteChanges
from bench.model.comparison import OF_A_START, Comparison, PrimaryMetric, Side
from bench.model.run import MEASUREMENT, MissingSample, Noise
from bench.model.selftest import Selftest
from bench.model.workload import Case
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.stats.two_stage import CONFIDENCE
from bench.store import documents
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.text.numbers import duration
from bench.workflows.comparison.budget import BudgetError
from bench.workflows.comparison.stages import ComparisonListener, ComparisonStages, Measurer
from bench.workflows.provenance import begun
from bench.workspace import PROJECT

_SLOW_START_S = 1.5
_CHECKING, _CHECKING_STARTS = "checking responses of both stacks", "checking that both start"
_COUNTING = "counting allocations"
FOR_PATIENCE = 0.2
"""How much of a budget may be spent on waiting for a core that somebody slows."""


@dataclass(frozen=True)
class ComparisonSpec:
    """What is compared, at which margin, for how long, and what decides; `skipped` are the cases that a stack can't
    serve, `selftest` is what is known of this host, `confirms` says whether what looks changed is measured again, and
    `routes` are those that only one version of an app has."""

    paired: PairedPlan
    sides: tuple[Side, Side]
    skipped: tuple[MissingSample, ...]
    margin: float
    budget_s: float
    primary_metric: PrimaryMetric = "cpu_us"
    selftest: Selftest | None = None
    confirms: bool = True
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
        confirms=question.confirms,
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


def timed(
    question: ComparisonSpec,
    command: Sequence[str],
    results: Path,
    progress: ComparisonListener,
    blocks: Measurer | None = None,
) -> Comparison:
    """A complete comparison, begun and measured by `blocks`, or else in process. Raises StoreError and
    KeyboardInterrupt."""
    recording = begin(question, command, results, PROJECT)
    blocks = blocks or in_process(question.paired, question.primary_metric, question.budget_s)
    measure(recording, question.paired, blocks, progress)
    return recording.document


def in_process(paired: PairedPlan, metric: PrimaryMetric, budget_s: float) -> PairedTiming | PairedStartup:
    """Who measures the blocks of requests, or of starts."""
    of = PairedStartup if metric in OF_A_START else PairedTiming
    return of(paired, FOR_PATIENCE * budget_s)


def measure(
    recording: Recording[Comparison],
    paired: PairedPlan,
    blocks: Measurer,
    progress: ComparisonListener,
    *,
    count_instructions: bool = False,
) -> None:
    """All stages but the profiles of what changed, within the budget.

    Raises BudgetError where that has no time for a verdict, and keeps nothing then; StoreError when a result can't be
    kept, and KeyboardInterrupt.
    """
    try:
        _measure(recording, paired, blocks, progress, count_instructions=count_instructions)
    except BudgetError as error:
        shutil.rmtree(recording.folder)
        slow_start = f"; the app takes {duration(paired.start_s)} to start" if paired.start_s >= _SLOW_START_S else ""
        raise BudgetError(f"{error}{slow_start}") from None


def _measure(
    recording: Recording[Comparison],
    paired: PairedPlan,
    blocks: Measurer,
    progress: ComparisonListener,
    *,
    count_instructions: bool,
) -> None:
    comparing = ComparisonStages(recording, blocks, progress, perf_counter)
    gate = recording.document.gate
    cores = paired.stream_cores()[: 1 if gate == "server_cpu_us" else None]
    try:
        recording.change(noise=_noise("start", cores))
        streams = _prepare(comparing, paired, blocks, count_instructions=count_instructions)
        if gate != "server_cpu_us":
            recording.change(one_core=one_core(streams, blocks, comparing.open_cases()))
        comparing.run()
        if count_instructions:
            with closing(instructions.measure_both(paired.of(comparing.open_cases()))) as counted:
                comparing.keep("counting instructions", counted)
        recording.change(noise=(*recording.document.noise, *_noise("end", cores)))
        recording.change(complete=True)
    finally:
        found = recording.document
        recording.change(
            injected=tuple(blocks.injected.values()),
            results=analysis.results(found),
            drifts=state_drift.drifts(found),
        )
        recording.flush()


def _prepare(
    comparing: ComparisonStages, paired: PairedPlan, blocks: Measurer, *, count_instructions: bool
) -> StreamCores:
    """What comes before the blocks: which cases are comparable, whether they fit into the budget, and their counts,
    which starts haven't got. On which cores the blocks run."""
    comparing.spread_over(paired.stream_cores())
    if isinstance(blocks, PairedStartup):
        comparing.starting(_CHECKING_STARTS)
        with closing(blocks.check(partial(comparing.refuse_hopeless, lambda _: 0.0))) as checked:
            comparing.keep(_CHECKING_STARTS, checked)
        streams = paired.streams()
        comparing.spread_over(streams.cores)
        comparing.fit()
        return streams
    before_s = partial(allocations.both_expected_s, paired)
    # Each side starts once more to be checked.
    hopeless = partial(comparing.refuse_hopeless, lambda cases: paired.start_s + before_s(cases))
    comparing.starting(_CHECKING)
    with closing(agreement.check(paired, hopeless)) as compared:
        comparing.keep(_CHECKING, compared)
    streams = paired.streams()
    comparing.spread_over(streams.cores)
    if isinstance(blocks, PairedTiming):
        blocks.streams = len(streams.cores)
    if count_instructions:
        comparing.hold_back(instructions.expected_s(paired, comparing.open_cases()))
    comparing.fit(before_s)
    alike = paired.of(comparing.open_cases())
    longest_s = comparing.spare_s / max(1, 2 * sum(paired.long(case.id) for case in alike.base.cases))
    comparing.starting(_COUNTING)
    with closing(allocations.measure_both(alike, longest_s)) as counted:
        comparing.keep(_COUNTING, counted)
    return streams


def _noise(at: Literal["start", "end"], cores: Sequence[int]) -> tuple[Noise, ...]:
    """How much others take of each core that measures, looked at one after another."""
    return tuple(noise(at, (core,)) for core in cores)


class NeedsQuiet(Protocol):
    """Who knows beside which cases nothing may run."""

    def needs_quiet(self, case: Case) -> bool: ...


def one_core(streams: StreamCores, blocks: NeedsQuiet, cases: Sequence[Case]) -> str | None:
    """Why blocks run on one core only, by the machine or by what the cases need; None where they run on several."""
    if len(streams.cores) == 1:
        return streams.limits[-1] if streams.limits else None
    if cases and all(blocks.needs_quiet(case) for case in cases):
        return "nothing may run beside cases that ask a database, change state or have `--before`"
    return None
