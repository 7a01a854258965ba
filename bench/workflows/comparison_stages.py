"""The stages of a comparison, one after another within its budget, every observation on disk within a moment."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from bench.analysis import comparison as analysis
from bench.model.comparison import (
    AllocationPair,
    AnswerMismatch,
    Comparison,
    InstructionPair,
    PairSample,
    ServedPair,
    Stage,
)
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.workload import Case, Pass
from bench.stats.two_stage import FEWEST, PILOT
from bench.store.recording import Recording
from bench.store.redaction import without_paths

Observation = PairSample | ServedPair | AllocationPair | InstructionPair | AnswerMismatch | MissingSample | Case

# The shares of the budget after which what looks changed is measured again, and what its profiles get of it.
_LOOKS = (0.7, 0.85)
_FOR_PROFILES = 0.15
# Reading what was measured, and writing the page.
_PAGE_S, _PAGE_SHARE = 2.0, 0.05
# Blocks that were begun with time for a verdict may end this much later: else what they took would be for nothing.
_OVERRUN = 1.05
_STAGES: dict[Stage, str] = {
    "pilot": "first blocks",
    "further": "more blocks",
    "confirmation": "confirming changes",
}


class ComparisonListener(Protocol):
    """Who is told how long a comparison takes in all, as often as that changes, and how far it is, in seconds."""

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


class Measurer(Protocol):
    """Who measures a block; `failed` are the ids of cases that are left out from now on, and `injected` by case what
    slows it on purpose."""

    @property
    def failed(self) -> set[str]: ...

    @property
    def injected(self) -> Mapping[str, Injection]: ...

    @property
    def waited_s(self) -> float:
        """How long it has waited for an undisturbed core."""

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about, without waiting."""

    def calibrate(self) -> None: ...

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case]
    ) -> Iterator[PairSample | ServedPair | MissingSample]: ...


class ComparisonStages:
    """The stages of one comparison within its budget, by a `clock` in seconds."""

    def __init__(
        self,
        recording: Recording[Comparison],
        blocks: Measurer,
        progress: ComparisonListener,
        clock: Callable[[], float],
    ) -> None:
        self._recording = recording
        self._blocks = blocks
        self._progress = progress
        self._clock = clock
        self._start_s = clock()
        self._end_s = recording.document.budget_s - min(_PAGE_S, _PAGE_SHARE * recording.document.budget_s)
        self._pace = 1.0
        self._number = self._pilot = 0
        self._sure: set[str] = set()

    def hold_back(self, seconds: float) -> None:
        """Leave so much of the budget to what comes after the blocks."""
        self._end_s -= seconds

    def fit(self, before_s: Callable[[Sequence[Case]], float] = lambda _: 0.0) -> None:
        """Leave out the slowest cases, of equally slow ones any, until the others have time for a verdict, with what
        `before_s` says they need before their blocks; and tell how long it all takes."""
        every = self.open_cases()
        chance = random.Random(f"{self._recording.document.seed} fit")
        fitting = sorted(every, key=lambda case: (self._blocks.expected_s([case]), chance.random()))
        needed_s = math.ceil(self._least_s(every, before_s) + self._recording.document.budget_s - self._end_s)
        left_out = []
        while fitting and self._least_s(fitting, before_s) > self._end_s:
            left_out.append(_unfitting(fitting.pop(), len(every), needed_s))
        self.keep("checking the budget", left_out)
        if cases := self.open_cases():
            self._expect(before_s(cases) + self._blocks_s(cases, PILOT - self._pilot))

    def _least_s(self, cases: Sequence[Case], before_s: Callable[[Sequence[Case]], float]) -> float:
        """When these cases have a verdict at the earliest. Of several one may look changed, and there must be time
        after the last look to confirm it; once there are blocks, a little more is better than to lose them."""
        least_s = self.spent_s + before_s(cases) + self._blocks_s(cases, FEWEST - self._pilot)
        if self._pilot:
            return least_s / _OVERRUN
        return least_s / _LOOKS[-1] if len(cases) > 1 else least_s

    @property
    def spare_s(self) -> float:
        """How much of the budget is left beside the fewest blocks."""
        return max(0.0, self._end_s - self.spent_s - self._blocks_s(self.open_cases(), FEWEST - self._pilot))

    def run(self) -> None:
        """The pilot, what it says is needed, and the confirmation of what looks changed.

        What looks changed is looked for twice, so that all time is used and some is left to confirm; what first shows
        after that stays unconfirmed. A look costs the interval nothing: only blocks that were made after it confirm.
        """
        if not self.open_cases():
            return
        self._blocks.calibrate()
        for share in _LOOKS:
            self._observe(share * self._end_s)
            self._confirm()
        self._observe(self._until_s)

    @property
    def _until_s(self) -> float:
        """When the last block must have ended: before the profiles of what changed, if anything did."""
        profiled = self._sure and self._recording.document.gate == "cpu_us"
        return (1 - _FOR_PROFILES) * self._end_s if profiled else self._end_s

    def _confirm(self) -> None:
        candidates = {
            id_: fresh for id_, fresh in analysis.candidates(self._recording.document).items() if id_ not in self._sure
        }
        self._sure |= candidates.keys()
        for turn in range(most := max(candidates.values(), default=0)):
            again = self._of([id_ for id_, fresh in candidates.items() if turn < fresh])
            self._expect(self._blocks_s(again, most - turn) + _FOR_PROFILES * self._end_s)
            if not self._block("confirmation", again, self._until_s):
                return

    def _observe(self, until_s: float) -> None:
        """The pilot, of which even a small budget gets enough for a verdict, and what it says is needed."""
        while self._pilot < PILOT:
            if early := self._pilot < FEWEST:
                self.fit()
            if not self._block("pilot", self.open_cases(), math.inf if early else until_s):
                return
            self._pilot += 1
        while blocks_wanted := analysis.blocks_wanted(self._recording.document):
            wanted = self._of(blocks_wanted)
            self._expect(self._blocks_s(wanted, max(blocks_wanted.values())))
            if not self._block("further", wanted, until_s):
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

    def _blocks_s(self, cases: Sequence[Case], number: int) -> float:
        """How long so many blocks take, by how long the last one took."""
        return number * self._pace * self._blocks.expected_s(cases) if cases else 0.0

    def _expect(self, more_s: float) -> None:
        """Tell how long it takes in all, with so much still to come."""
        self._progress.expects(min(self.spent_s + more_s, self._recording.document.budget_s))

    def _block(self, stage: Stage, cases: Sequence[Case], until_s: float) -> bool:
        """Measure a block if there is something to measure, and time for it before that."""
        if not cases or self.spent_s + self._blocks_s(cases, 1) > until_s:
            return False
        self._number += 1
        before_s = self.spent_s - self._blocks.waited_s
        self.keep(_STAGES[stage], self._blocks.block(self._number, stage, cases))
        taken_s = self.spent_s - self._blocks.waited_s - before_s
        self._pace = taken_s / self._blocks.expected_s(cases)
        return True


def _unfitting(case: Case, cases: int, needed_s: int) -> MissingSample:
    among = f"with all {cases} cases, " if cases > 1 else ""
    reason = f"{among}a verdict needs at least --budget {needed_s}s"
    return MissingSample.invalid(case.id, Pass.TIMING, reason)
