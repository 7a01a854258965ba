"""In-process time of every case on two stacks: alternating windows of two agents on one core, block by block."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from threading import Lock
from time import perf_counter

from bench.measure.paired_calibration import fitting_calls
from bench.measure.paired_core import PairSpeed, head_goes_first
from bench.measure.timing import windows_of
from bench.model.pair_samples import PairSample, Stage
from bench.model.run import MissingSample
from bench.model.selftest import Injection
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.core_speed import FIRST_REFERENCES
from bench.runner.each_case import each_case
from bench.runner.streams import CoreStream

PAIRS, MOST_PAIRS = 10, 40
"""How many pairs of windows a case is to have in a block, on an undisturbed core. In between, the cases that share a
launch fill half as much time with pairs as it took: fewer would waste launches, more would be fewer replicates
(docs/pairing.md)."""
_WINDOWS_SHARE = 0.5
WINDOW_US = 3_000.0
# What a pair takes beside its windows: reference work, and words with the agents.
_PAIR_US = 2 * WINDOW_US + 1_500.0
# A case so slow that one call overfills a window gets fewer pairs, but never fewer than these.
_FEWEST_PAIRS = 5
# A long call fills a window: three quiet pairs make a block count, and as many are enough.
_LONG_PAIRS = 3
# Launching both agents, and preparing them, until that is known; what a case costs beside its pairs.
_LAUNCH_S, _CASE_S = 1.2, 0.02
# Pairs of one case in one block may take this many times what so many ordinary windows take, waiting apart.
_SLOW_CASE_FACTOR = 3.0

_Seen = list[dict[str, float]]


@dataclass(frozen=True)
class TimedBlock:
    """One block of so many cases on a core; `order` draws who goes first."""

    number: int
    stage: Stage
    core: int | None
    order: random.Random
    cases: int
    begun_s: float


def pairs_wanted(cases: int, launch_s: float) -> int:
    """How many pairs each of so many cases is to have in a block, whose launch takes so long."""
    return max(PAIRS, min(MOST_PAIRS, round(_WINDOWS_SHARE * launch_s * 1e6 / _PAIR_US / max(1, cases))))


class PairedTiming:
    """Blocks over two stacks; a block is one launch of both sides on one core, and the replicate.

    `failed` are the ids of cases that are left out from now on. `shares` are by how much the head is slowed on purpose,
    by case: by CPU time that its windows burn, which is `injected` from a case's first block on. `wait_budget_s` is how
    long each stream may wait for its core, where somebody slows it. `streams` says how many there are, as far as is
    known: not on how many cores whoever asks may run, for a stream's thread has but one.
    """

    def __init__(self, paired: PairedPlan, wait_budget_s: float, shares: Mapping[str, float] | None = None) -> None:
        self._paired = paired
        self._shares = shares or {}
        self.injected: dict[str, Injection] = {}
        self._wait_budget_s = wait_budget_s
        self._speeds: dict[int | None, PairSpeed] = {}
        self._launch_s: float | None = None
        self._calls: dict[str, int] = {}
        self.streams = len(paired.stream_cores())
        self._fitting = {case.id: Lock() for case in paired.base.cases}
        self.failed: set[str] = set()

    def waited_s(self, stream: CoreStream) -> float:
        """How long a stream has waited for an undisturbed core: a budget of its own, which no later block needs."""
        return self._speeds[stream.core].waited_s if stream.core in self._speeds else 0.0

    def needs_quiet(self, case: Case) -> bool:
        """Whether nothing may run beside a case."""
        return self._paired.needs_quiet(case)

    def expected_s(self, cases: Sequence[Case]) -> float:
        """How long a block of these cases takes, about: of a long call both sides are prepared, and paired."""
        launch_s = self._launch_s or max(_LAUNCH_S, self._paired.starts_s(alone=self._alone(cases)))
        quick_s = _CASE_S + pairs_wanted(len(cases), launch_s) * _PAIR_US / 1e6
        return launch_s + sum(
            (1 + 2 * _LONG_PAIRS) * self._paired.call_s(case.id) if self._paired.long(case.id) else quick_s
            for case in cases
        )

    def _alone(self, cases: Sequence[Case]) -> bool:
        """Whether nothing runs beside their blocks: they need that, or no other core measures."""
        return self.streams == 1 or all(map(self.needs_quiet, cases))

    def block(
        self, number: int, stage: Stage, cases: Sequence[Case], stream: CoreStream
    ) -> Generator[PairSample | MissingSample]:
        """A sample for each case, in an order of the block's own."""
        paired = self._paired.of(cases).on(stream)
        order = paired.taken_by(Pass.TIMING)
        paired.base.random("cases", number).shuffle(order)
        block = TimedBlock(number, stage, stream.core, paired.base.random("arms", number), len(order), perf_counter())
        observe = partial(self._observe, block)
        yield from each_case(paired, Pass.TIMING, number, order, self.failed, observe)

    def _observe(self, block: TimedBlock, duo: AgentPair, case: Case, _ready: frozenset[str]) -> PairSample:
        if self._launch_s is None:  # for good: every block is to have as many pairs
            self._launch_s = perf_counter() - block.begun_s
        speed = self._speed(duo, block.core)
        calls = self._fitting_calls(duo, case.id, speed)
        self._warm_up(duo, case.id, calls, block.order)
        base, head, head_first = self._pairs(duo, case.id, calls, block, speed)
        return PairSample(
            case=case.id,
            block=block.number,
            stage=block.stage,
            core=block.core,
            hash_seed=self._paired.base.hash_seed(block.number),
            base=windows_of(calls, base),
            head=windows_of(calls, head),
            head_first=tuple(head_first),
        )

    def _speed(self, duo: AgentPair, core: int | None) -> PairSpeed:
        """How fast a core is: looked at before anything is measured on it."""
        if core not in self._speeds:
            self._speeds[core] = PairSpeed(self._wait_budget_s, *duo.call("references", count=FIRST_REFERENCES))
        return self._speeds[core]

    def _fitting_calls(self, duo: AgentPair, case: str, speed: PairSpeed) -> int:
        """How many calls fill a window: as many on both sides and on every core, so that what a window costs but once
        weighs alike."""
        with self._fitting[case]:
            if case not in self._calls:
                if self._paired.long(case):
                    self._calls[case] = 1
                else:
                    speed.wait_for_undisturbed_core(duo.base, duo.head, speed.quiet_us(), head_first=False)
                    self._calls[case] = fitting_calls(duo, case, WINDOW_US)
                self._inject(duo, case)
            return self._calls[case]

    def _inject(self, duo: AgentPair, case: str) -> None:
        if share := self._shares.get(case):
            added_us = share * self._cost_us(duo, case)
            self.injected[case] = Injection(case=case, share=share, added_us=round(added_us, 4))

    def _warm_up(self, duo: AgentPair, case: str, calls: int, first: random.Random) -> None:
        """A window of either that isn't kept, in random order: whose was the last finds its caches warm. The call that
        prepared a long case has warmed it up."""
        if self._paired.long(case):
            return
        ask = [duo.ask_base, duo.ask_head]
        first.shuffle(ask)
        for one in ask:
            one("window", case=case, calls=calls)

    def _cost_us(self, duo: AgentPair, case: str) -> float:
        """What a request costs on the base when windows alternate: more than in a row, which leaves caches warm."""
        calls, costs_us = self._calls[case], []
        for _ in range(_FEWEST_PAIRS):
            duo.ask_head("window", case=case, calls=calls)
            costs_us.append(float(duo.ask_base("window", case=case, calls=calls)["cpu_us"]))
        return median(costs_us)

    def _pairs(
        self, duo: AgentPair, case: str, calls: int, block: TimedBlock, speed: PairSpeed
    ) -> tuple[_Seen, _Seen, list[bool]]:
        """Windows side by side until enough pairs were quiet or it takes too long.

        How many there will be depends on the reference alone, never on what a window cost.
        """
        wanted = pairs_wanted(block.cases, self._launch_s or _LAUNCH_S)
        allowed_s = _SLOW_CASE_FACTOR * wanted * 2 * WINDOW_US / 1e6
        limits_us = speed.quiet_us()
        orders = head_goes_first(block.order)
        slowed = {"burn_us": calls * self.injected[case].added_us} if case in self.injected else {}
        base: _Seen = []
        head: _Seen = []
        head_first: list[bool] = []
        quiet, spent_s = 0, 0.0
        limit_s = self._paired.time_limit_s(case, calls)
        while quiet < wanted and (len(base) < self._fewest(case, quiet) or spent_s < allowed_s):
            head_first.append(next(orders))
            speed.wait_for_undisturbed_core(duo.base, duo.head, limits_us, head_first=head_first[-1])
            start_s = perf_counter()
            for asks_head in (head_first[-1], not head_first[-1]):
                if asks_head:
                    head.append(duo.ask_head("window", timeout_s=limit_s, case=case, calls=calls, **slowed))
                else:
                    base.append(duo.ask_base("window", timeout_s=limit_s, case=case, calls=calls))
            references_us = base[-1]["reference_us"], head[-1]["reference_us"]
            speed.saw(references_us[:1], references_us[1:])
            quiet += all(us <= limit for us, limit in zip(references_us, limits_us, strict=True))
            spent_s += perf_counter() - start_s
        return base, head, head_first

    def _fewest(self, case: str, quiet: int) -> int:
        """How many pairs a block has at the least, of which so many were quiet."""
        enough = self._paired.long(case) and quiet >= _LONG_PAIRS
        return _LONG_PAIRS if enough else _FEWEST_PAIRS
