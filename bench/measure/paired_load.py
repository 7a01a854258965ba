"""Two stacks behind their servers, loaded one after the other on the same cores: the blocks of a served comparison."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from bench.measure.job import Job
from bench.measure.load import loaded_s, measure, slow_s
from bench.model.comparison import ServedPair, Stage
from bench.model.load import Ceiling, LoadSample
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.workload import Case, Pass, Scenario
from bench.runner.agent_pair import PairedPlan
from bench.runner.plan import Plan
from bench.runner.streams import CoreStream
from bench.serving.errors import LoadError

SERVED_S = 3.0
"""How long each server is loaded in a block."""
BLOCK_S = 2 * (1.25 * SERVED_S + 3.0)
"""What a block of one case takes, about: both servers and clients are started anew."""


class PairedLoad:
    """Blocks over two stacks, a server and a client of its own for each side, one at a time.

    Odd blocks begin with the base, even ones with the head: base, head, head, base, so that a drift cancels out.
    `failed` are the ids of cases that are left out from now on.
    """

    def __init__(self, paired: PairedPlan, scenario: Scenario, file: Path) -> None:
        self._paired = paired
        self._scenario = scenario
        self._file = file
        self._ceilings: dict[tuple[str, str], Ceiling | None] = {}
        self.failed: set[str] = set()
        self.injected: dict[str, Injection] = {}

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about."""
        jobs = [Job(self._slower(case), case, self._scenario, self._file) for case in cases]
        return sum(BLOCK_S + 2 * (1.25 * (loaded_s(job) - SERVED_S) + slow_s(job)) for job in jobs)

    def _slower(self, case: Case) -> Plan:
        return max(self._paired.base, self._paired.head, key=lambda plan: plan.costs.served_s(case.id))

    def waited_s(self, _stream: CoreStream) -> float:
        """Nothing: each server's core is looked at just before it is loaded."""
        return 0.0

    def needs_quiet(self, _case: Case) -> bool:
        """Server, client and database have cores of their own."""
        return True

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], _stream: CoreStream
    ) -> Generator[ServedPair | MissingSample]:
        """A sample for each case, in an order of the block's own."""
        order = [case for case in cases if case.id not in self.failed]
        self._paired.base.random("cases", number).shuffle(order)
        for case in order:
            try:
                yield self._pair(number, stage, case)
            except LoadError as error:
                self.failed.add(case.id)
                yield MissingSample.invalid(case.id, Pass.LOAD, error, self._scenario.name)

    def _pair(self, number: int, stage: Stage, case: Case) -> ServedPair:
        head_first = number % 2 == 0
        seen: dict[bool, LoadSample] = {}
        for of_head in (head_first, not head_first):
            seen[of_head] = self._served(number, case, of_head)
        return ServedPair(
            case=case.id, block=number, stage=stage, base=seen[False], head=seen[True], head_first=head_first
        )

    def _served(self, number: int, case: Case, of_head: bool) -> LoadSample:
        plan = self._paired.head if of_head else self._paired.base
        job, key = Job(plan, case, self._scenario, self._file), (case.id, plan.server.words)
        try:
            sample = measure(job, number, self._ceilings.get(key))
        except LoadError as error:
            raise LoadError(f"{'head' if of_head else 'base'}: {error}") from error
        self._ceilings[key] = sample.ceiling
        return sample
