"""A comparison: its stages one after another within its budget, every observation on disk within a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Protocol

from bench.analysis import comparison as analysis
from bench.host.noise import noise
from bench.measure import allocations, instructions
from bench.model.comparison import (
    AllocationPair,
    AnswerMismatch,
    Comparison,
    InstructionPair,
    PairSample,
    PrimaryMetric,
    ServedPair,
    Stage,
)
from bench.model.run import MEASUREMENT, MissingSample
from bench.model.selftest import Injection, Selftest
from bench.model.workload import Case, Pass
from bench.runner import agreement
from bench.runner.agent_pair import PairedPlan
from bench.stack.recipe import Recipe
from bench.stats.two_stage import CONFIDENCE, FEWEST, PILOT
from bench.store import documents
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.workflows.provenance import begun

Observation = PairSample | ServedPair | AllocationPair | InstructionPair | AnswerMismatch | MissingSample | Case

FOR_PATIENCE = 0.2
"""How much of a budget may be spent on waiting for a core that somebody slows."""
# The shares of the budget after which what looks changed is measured again.
_LOOKS = (0.7, 0.85)
_LAUNCH_S = 1.2
_STAGES: dict[Stage, str] = {
    "pilot": "first blocks",
    "further": "more blocks",
    "confirmation": "confirming changes",
}


class ComparisonListener(Protocol):
    """Who is told how far a comparison is, in seconds of its budget."""

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


class Measurer(Protocol):
    """Who measures a block; `failed` are the ids of cases that are left out from now on, and `injected` by case what
    slows it on purpose."""

    @property
    def failed(self) -> set[str]: ...

    @property
    def injected(self) -> Mapping[str, Injection]: ...

    def calibrate(self) -> None: ...

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case]
    ) -> Iterator[PairSample | ServedPair | MissingSample]: ...


@dataclass(frozen=True)
class ComparisonSpec:
    """What is compared, at which margin, for how long, and what decides; `skipped` are the cases that a stack can't
    serve, and `selftest` what is known of this host."""

    paired: PairedPlan
    recipes: tuple[Recipe, Recipe]
    skipped: tuple[MissingSample, ...]
    margin: float
    budget_s: float
    primary_metric: PrimaryMetric = "cpu_us"
    selftest: Selftest | None = None


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
        base=question.recipes[0].side(paired.base.environment.stack),
        head=question.recipes[1].side(paired.head.environment.stack),
        database=paired.base.database.description if paired.base.database else None,
        cases=paired.base.cases,
        absences=tuple(map(without_paths, question.skipped)),
    )
    recording = documents.COMPARISON.recording(comparison, results)
    recording.flush()
    write_files(
        recording.folder, {"base.lock": paired.base.environment.lock, "head.lock": paired.head.environment.lock}
    )
    return recording


def measure(
    recording: Recording[Comparison],
    paired: PairedPlan,
    blocks: Measurer,
    progress: ComparisonListener,
    *,
    count_instructions: bool = False,
) -> None:
    """All stages; counting instructions takes its time beside the budget.

    Raises StoreError when a result can't be kept, and KeyboardInterrupt.
    """
    comparing = ComparisonStages(recording, progress, perf_counter)
    core = paired.base.cores.measured
    try:
        recording.change(noise=(noise("start", core),))
        comparing.keep("checking responses of both stacks", agreement.check(paired))
        alike = comparing.open_cases()
        comparing.keep("counting allocations", allocations.measure_both(paired.of(alike)))
        comparing.run(blocks)
        if count_instructions:
            comparing.keep("counting instructions", instructions.measure_both(paired.of(comparing.open_cases())))
        recording.change(noise=(*recording.document.noise, noise("end", core)))
        recording.change(complete=True)
    finally:
        found = analysis.results(recording.document)
        recording.change(injected=tuple(blocks.injected.values()), results=found)
        recording.flush()


class ComparisonStages:
    """The stages of one comparison, by a `clock` in seconds."""

    def __init__(
        self, recording: Recording[Comparison], progress: ComparisonListener, clock: Callable[[], float]
    ) -> None:
        self._recording = recording
        self._progress = progress
        self._clock = clock
        self._start_s = clock()
        self._case_s = 0.0
        self._number = self._pilot = 0
        self._sure: set[str] = set()

    def run(self, blocks: Measurer) -> None:
        """The pilot, what it says is needed, and the confirmation of what looks changed.

        What looks changed is looked for twice, so that all time is used and some is left to confirm; what first shows
        after that stays unconfirmed. A look costs the interval nothing: only blocks that were made after it confirm.
        """
        budget_s = self._recording.document.budget_s
        if not self.open_cases():
            return
        blocks.calibrate()
        for share in _LOOKS:
            self._observe(blocks, share * budget_s)
            self._confirm(blocks, budget_s)
        self._observe(blocks, budget_s)

    def _confirm(self, blocks: Measurer, until_s: float) -> None:
        candidates = {
            id_: fresh for id_, fresh in analysis.candidates(self._recording.document).items() if id_ not in self._sure
        }
        self._sure |= candidates.keys()
        for turn in range(max(candidates.values(), default=0)):
            again = self._of([id_ for id_, fresh in candidates.items() if turn < fresh])
            if not self._block(blocks, "confirmation", again, until_s):
                return

    def _observe(self, blocks: Measurer, until_s: float) -> None:
        """The pilot, of which even a small budget gets enough for a verdict, and what it says is needed."""
        while self._pilot < PILOT:
            if not self._block(blocks, "pilot", self.open_cases(), until_s if self._pilot >= FEWEST else None):
                return
            self._pilot += 1
        while blocks_wanted := analysis.blocks_wanted(self._recording.document):
            if not self._block(blocks, "further", self._of(blocks_wanted), until_s):
                return

    def keep(self, doing: str, observations: Iterable[Observation]) -> None:
        """Put whatever is observed on disk."""
        for one in observations:
            self._progress.reached(doing, one.id if isinstance(one, Case) else one.case, self.spent_s)
            document = self._recording.document
            if isinstance(one, Case):
                self._recording.change(cases=tuple(one if case.id == one.id else case for case in document.cases))
            elif isinstance(one, AnswerMismatch):
                self._recording.change(disagreements=(*document.disagreements, without_paths(one)))
            elif isinstance(one, MissingSample):
                self._recording.change(absences=(*document.absences, without_paths(one)))
            else:
                self._recording.change(samples=(*document.samples, one))
        self._recording.change(elapsed_s=self.spent_s)

    def open_cases(self) -> list[Case]:
        """Those that both stacks serve alike and that nothing failed of."""
        document = self._recording.document
        out = {one.case for one in document.disagreements}
        out |= {one.case for one in document.absences if analysis.untimed(one)}
        return [case for case in document.cases if case.id not in out and case.belongs_to(Pass.TIMING)]

    @property
    def spent_s(self) -> float:
        return self._clock() - self._start_s

    def _of(self, ids: Iterable[str]) -> list[Case]:
        wanted = set(ids)
        return [case for case in self.open_cases() if case.id in wanted]

    def _block(self, blocks: Measurer, stage: Stage, cases: Sequence[Case], until_s: float | None) -> bool:
        """Measure a block if there is something to measure and, given an end, time for it before that."""
        expected_s = _LAUNCH_S + len(cases) * self._case_s
        if not cases or (until_s is not None and self.spent_s + expected_s > until_s):
            return False
        self._number += 1
        before_s = self.spent_s
        self.keep(_STAGES[stage], blocks.block(self._number, stage, cases))
        self._case_s = max(0.0, self.spent_s - before_s - _LAUNCH_S) / len(cases)
        return True
