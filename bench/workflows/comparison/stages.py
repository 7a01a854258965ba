"""The stages of a comparison, one after another within its budget, every observation on disk within a moment."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from typing import Protocol

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import AnswerMismatch, Comparison
from bench.model.pair_samples import AllocationPair, InstructionPair, PairSample, Stage, StartupPair
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.streams import CoreStream, Piece
from bench.stats.two_stage import FEWEST, PILOT
from bench.store.recording import Recording
from bench.store.redaction import without_paths
from bench.workflows.comparison.budget import FOR_PROFILES, BeforeBlocks, BudgetLeft

Block = PairSample | StartupPair
Observation = Block | AllocationPair | InstructionPair | AnswerMismatch | MissingSample | Case

# The shares of the budget after which what looks changed is measured again.
_LOOKS = (0.7, 0.85)
# Reading what was measured, and writing the page.
_PAGE_S, _PAGE_SHARE = 2.0, 0.05
_STAGES: dict[Stage, str] = {"pilot": "first blocks", "further": "more blocks", "confirmation": "confirming changes"}


class ComparisonListener(Protocol):
    """Receives the progress of a comparison, in s: how long it takes, whenever that changes, and how far it is."""

    def expects(self, total_s: float) -> None: ...

    def reached(self, doing: str, subject: str, spent_s: float) -> None: ...


class Measurer(Protocol):
    """Who measures a block; `failed` are the ids of cases that are left out from now on, and `injected` by case what
    slows it on purpose."""

    @property
    def failed(self) -> set[str]: ...

    @property
    def injected(self) -> Mapping[str, Injection]: ...

    def waited_s(self, stream: CoreStream) -> float:
        """How long a stream has waited for an undisturbed core."""

    def needs_quiet(self, case: Case) -> bool:
        """Whether nothing may run beside a case."""

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about, without waiting."""

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], stream: CoreStream
    ) -> Generator[Block | MissingSample]: ...


class ComparisonStages:
    """The stages of one comparison within its budget, by a `clock` in seconds."""

    def __init__(
        self,
        recording: Recording[Comparison],
        blocks: Measurer,
        progress: ComparisonListener,
        clock: Callable[[], float],
    ) -> None:
        self._cores: Sequence[int | None] = (None,)
        self._recording = recording
        self._blocks = blocks
        self._progress = progress
        self._clock = clock
        self._start_s = clock()
        self._end_s = recording.document.budget_s - min(_PAGE_S, _PAGE_SHARE * recording.document.budget_s)
        self._pace = 1.0
        self._number = self._pilot = 0
        self._fitted = False
        self._sure: set[str] = set()
        self._under_way: dict[int, set[str]] = {}

    def spread_over(self, cores: Sequence[int | None]) -> None:
        """Have a stream of blocks on each of these cores, but for what needs quiet; without this there is one."""
        self._cores = cores

    def hold_back(self, seconds: float) -> None:
        """Leave so much of the budget to what comes after the blocks."""
        self._end_s -= seconds

    def refuse_hopeless(self, before_s: BeforeBlocks) -> None:
        """Raises BudgetError where even the quickest case has no time for a verdict, by what is known so far."""
        slowest_last, left = self._slowest_last(), self._left(before_s)
        if slowest_last and not left.fitting(slowest_last[:1]):
            raise left.too_small(slowest_last, slowest_last[0])

    def fit(self, before_s: BeforeBlocks = lambda _: 0.0) -> None:
        """Leave out the slowest cases, of equally slow ones any, until the others have time for a verdict, with what
        `before_s` says they need before their blocks; and reports how long it all takes.

        Raises BudgetError before the first block where no case has time, and there is nothing else to tell.
        """
        slowest_last, left = self._slowest_last(), self._left(before_s)
        fitting = left.fitting(slowest_last)
        document = self._recording.document
        if slowest_last and not (fitting or document.samples or document.disagreements):
            raise left.too_small(slowest_last, slowest_last[0])
        reason = left.reason(slowest_last)
        left_out = slowest_last[len(fitting) :]
        self.keep("checking the budget", [MissingSample.invalid(case.id, Pass.TIMING, reason) for case in left_out])
        self._fitted = True
        if cases := self.open_cases():
            self._expect(before_s(cases) + self._blocks_s(cases, PILOT - self._pilot))

    def _slowest_last(self) -> list[Case]:
        chance = random.Random(f"{self._recording.document.seed} fit")
        return sorted(self.open_cases(), key=lambda case: (self._blocks.expected_s([case]), chance.random()))

    def _left(self, before_s: BeforeBlocks) -> BudgetLeft:
        document = self._recording.document
        return BudgetLeft(
            document.budget_s,
            self._end_s,
            self.spent_s,
            self._blocks_s,
            before_s,
            made=self._pilot,
            confirms=document.confirms,
            begun=self._fitted,
        )

    @property
    def spare_s(self) -> float:
        """How much of the budget is left beside the fewest blocks."""
        return max(0.0, self._end_s - self.spent_s - self._blocks_s(self.open_cases(), FEWEST - self._pilot))

    def run(self) -> None:
        """The pilot, what it says is needed, and the confirmation of what looks changed.

        What looks changed is looked for twice, where it is to be confirmed at all: so all time is used and some is left
        to confirm. What first shows after that stays unconfirmed. A look costs the interval nothing: only blocks that
        were made after it confirm.
        """
        if not self.open_cases():
            return
        for share in _LOOKS if self._recording.document.confirms else ():
            self._observe(share * self._end_s)
            self._confirm()
        self._observe(self._until_s)

    @property
    def _until_s(self) -> float:
        """When the last block must have ended: before the profiles of what changed, if anything did."""
        profiled = self._sure and self._recording.document.gate == "cpu_us"
        return (1 - FOR_PROFILES) * self._end_s if profiled else self._end_s

    def _confirm(self) -> None:
        candidates = {
            id_: fresh for id_, fresh in analysis.candidates(self._recording.document).items() if id_ not in self._sure
        }
        self._sure |= candidates.keys()
        self._run("confirmation", self._confirming(candidates))

    def _confirming(self, candidates: Mapping[str, int]) -> Iterator[Piece[Observation]]:
        """As many fresh blocks as each of these cases is to have."""
        for turn in range(most := max(candidates.values(), default=0)):
            again = self._of([id_ for id_, fresh in candidates.items() if turn < fresh])
            self._expect(self._blocks_s(again, most - turn) + FOR_PROFILES * self._end_s)
            if not self._has_time(again, self._until_s):
                return
            yield from self._block("confirmation", again)

    def _observe(self, until_s: float) -> None:
        """The pilot, of which even a small budget gets enough for a verdict, and what it says is needed."""
        self._run("pilot", self._first(until_s))
        if self._pilot == PILOT:
            self._run("further", self._wanted(until_s))

    def _first(self, until_s: float) -> Iterator[Piece[Observation]]:
        while self._pilot < PILOT:
            if early := self._pilot < FEWEST:
                self.fit()
            cases = self.open_cases()
            if not self._has_time(cases, math.inf if early else until_s):
                return
            self._pilot += 1
            yield from self._block("pilot", cases)

    def _wanted(self, until_s: float) -> Iterator[Piece[Observation] | None]:
        """A block at a time of the cases that need more: what is clear leaves its time to the others."""
        while blocks_wanted := analysis.blocks_wanted(self._recording.document):
            under_way = [id_ for ids in self._blocks_under_way() for id_ in ids]
            more = {id_: number - under_way.count(id_) for id_, number in blocks_wanted.items()}
            if wanted := self._of(id_ for id_, number in more.items() if number > 0):
                self._expect(self._blocks_s(wanted, max(more.values())))
                if not self._has_time(wanted, until_s):
                    return
                yield from self._block("further", wanted)
            elif under_way:
                yield None
            else:
                return

    def starting(self, doing: str) -> None:
        """Report what begins with starts of both sides, of which nothing is observed."""
        self._progress.reached(doing, "starting both sides", self.spent_s)

    def _run(self, stage: Stage, pieces: Iterable[Piece[Observation] | None]) -> None:
        with closing(streams.observe(self._cores, pieces)) as observed:
            self.keep(_STAGES[stage], observed)

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
        """How long so many blocks take on all cores, by how long the last one took."""
        shared, alone = self._by_quiet(cases)
        in_turn = math.ceil(number / len(self._cores))
        return self._pace * (
            (in_turn * self._blocks.expected_s(shared) if shared else 0.0)
            + (number * self._blocks.expected_s(alone) if alone else 0.0)
        )

    def _by_quiet(self, cases: Sequence[Case]) -> tuple[list[Case], list[Case]]:
        """Those that other streams may run beside, and those that need quiet."""
        needs_quiet = self._blocks.needs_quiet
        return [case for case in cases if not needs_quiet(case)], [case for case in cases if needs_quiet(case)]

    def _expect(self, more_s: float) -> None:
        """Report how long it takes in all, with so much still to come."""
        self._progress.expects(min(self.spent_s + more_s, self._recording.document.budget_s))

    def _has_time(self, cases: Sequence[Case], until_s: float) -> bool:
        """Whether there is something to measure, and time for one more block before that, and for those that wait to be
        alone."""
        alone = [self._by_quiet(self._of(ids))[1] for ids in self._blocks_under_way()]
        waiting_s = sum(self._blocks_s(own, 1) for own in alone)
        return bool(cases) and self.spent_s + waiting_s + self._blocks_s(cases, 1) <= until_s

    def _blocks_under_way(self) -> list[list[str]]:
        """The cases of each that are still to come: copied at once, for the streams go on."""
        return [list(ids) for ids in list(self._under_way.values())]

    def _block(self, stage: Stage, cases: Sequence[Case]) -> Iterator[Piece[Observation]]:
        """One block, of which the cases that need quiet are a piece of their own."""
        for alone, own in zip((False, True), self._by_quiet(cases), strict=True):
            if own:
                self._number += 1
                self._under_way[self._number] = {case.id for case in own}
                yield Piece(partial(self._timed, self._number, stage, own), alone)

    def _timed(self, number: int, stage: Stage, cases: Sequence[Case], stream: CoreStream) -> Generator[Observation]:
        """What a block observes, and how long that took."""
        begun_s = self._clock() - self._blocks.waited_s(stream)
        empty = True
        for observation in self._blocks.block(number, stage, cases, stream):
            yield observation
            empty = False
            self._under_way[number].discard(observation.case)
        del self._under_way[number]
        if not empty:
            self._pace = (self._clock() - self._blocks.waited_s(stream) - begun_s) / self._blocks.expected_s(cases)
