"""Allocations of every case: exact, so that two launches with different hash seeds must agree."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

from bench.measure.pass_spec import LAUNCH_S, PassInputs, PassSpec, launch_s
from bench.model.pair_samples import AllocationPair
from bench.model.run import AllocationSample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner import streams
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent
from bench.runner.each_case import each_case
from bench.runner.plan import Plan
from bench.runner.sharing import by_sharing, expected_s, parts
from bench.runner.streams import CoreStream, Piece

REQUIRES = ("memray",)
_COUNT_S = 0.2
# How many times as long as it is a long request takes: to prepare it, to track it, and to sum up what was tracked.
_SLOWED = 5.0


def measure(plan: Plan) -> Generator[AllocationSample | MissingSample]:
    """A sample per case and launch. On each core is a stream of launches, one at a time where a case changes state.

    Always in the same order: what ran before in a process can move a count by one in ten thousand.
    """
    with closing(streams.observe(plan.stream_cores(), _pieces(plan))) as observed:
        yield from observed


def _pieces(plan: Plan) -> Iterator[Piece[AllocationSample | MissingSample]]:
    failed: set[str] = set()
    for launch in range(plan.effort.allocation_launches):
        for alone, cases in by_sharing(plan, plan.taken_by(Pass.ALLOCATIONS)):
            order = [case for case in cases if launch < _launches(plan, case)]
            if order:
                now = replace(plan, cases=tuple(order))
                yield Piece(partial(_counted, now, launch, failed), alone)


def _counted(
    plan: Plan, launch: int, failed: set[str], stream: CoreStream
) -> Generator[AllocationSample | MissingSample]:
    observe = partial(_observe, plan, launch)
    yield from each_case(plan.on(stream), Pass.ALLOCATIONS, launch, plan.cases, failed, observe)


def _launches(plan: Plan, case: Case) -> int:
    """A long request is counted once."""
    return 1 if plan.costs.long(case.id) else plan.effort.allocation_launches


def _observe(plan: Plan, launch: int, agent: Agent, case: Case, _ready: frozenset[str]) -> AllocationSample:
    limit_s, once = plan.costs.time_limit_s(case.id), plan.costs.long(case.id)
    counted = agent.call("allocations", timeout_s=limit_s, case=case.id, once=once)
    return AllocationSample(case=case.id, launch=launch, hash_seed=plan.hash_seed(launch), **counted)


def measure_both(paired: PairedPlan, longest_s: float = math.inf) -> Generator[AllocationPair | MissingSample]:
    """Each case once on either stack, on both at once; twice where a database answers, for then counts differ from
    launch to launch. Where there are cores for several pairs of agents, each pair counts a part of the cases.

    A long request has `longest_s` for it on either side.
    """
    if reason := paired.unavailable(*REQUIRES):
        cases = paired.taken_by(Pass.ALLOCATIONS)
        yield from (MissingSample.invalid(case.id, Pass.ALLOCATIONS, reason) for case in cases)
        return
    others = paired.core_pairs()
    counting = _CountingBoth(replace(paired, together=False), longest_s, others)
    with closing(streams.observe(tuple(others) or (None,), counting.pieces())) as observed:
        yield from observed


class _CountingBoth:
    """Pairs of agents that count at once, on a core each and its one of the `others`."""

    def __init__(self, paired: PairedPlan, longest_s: float, others: Mapping[int | None, int]) -> None:
        self._paired = paired
        self._longest_s = longest_s
        self._others = others
        self._failed: set[str] = set()

    def pieces(self) -> Iterator[Piece[AllocationPair | MissingSample]]:
        paired = self._paired
        order = paired.taken_by(Pass.ALLOCATIONS)
        unsteady = [case for case in order if paired.base.targets[case.target].services and not paired.long(case.id)]
        for launch, cases in ((0, order), (1, unsteady)):
            for alone, part in parts(paired, cases):
                yield Piece(partial(self._count, launch, part), alone)

    def _count(
        self, launch: int, cases: Sequence[Case], stream: CoreStream
    ) -> Generator[AllocationPair | MissingSample]:
        now = self._paired.of(cases).on(stream, self._others.get(stream.core))
        observe = partial(_observe_both, self._paired, launch, self._longest_s)
        yield from each_case(now, Pass.ALLOCATIONS, launch, cases, self._failed, observe)


def _observe_both(
    paired: PairedPlan, launch: int, longest_s: float, duo: AgentPair, case: Case, _ready: frozenset[str]
) -> AllocationPair:
    limit_s, once = paired.time_limit_s(case.id), paired.long(case.id)
    limit_s = min(limit_s, longest_s) if once else limit_s
    if paired.changes_state(case):
        base = duo.ask_base("allocations", timeout_s=limit_s, case=case.id, once=once)
        head = duo.ask_head("allocations", timeout_s=limit_s, case=case.id, once=once, requests=base["requests"])
    else:
        base, head = duo.call("allocations", timeout_s=limit_s, case=case.id, once=once)
    return AllocationPair(
        case=case.id,
        launch=launch,
        hash_seed=paired.base.hash_seed(launch),
        base_allocs=base["allocs"] / base["requests"],
        head_allocs=head["allocs"] / head["requests"],
        base_alloc_bytes=base["alloc_bytes"] / base["requests"],
        head_alloc_bytes=head["alloc_bytes"] / head["requests"],
    )


def _duration_s(given: PassInputs, _made: int) -> float:
    """What runs at once is as long as the rounds of launches that the cores need for it."""
    plan = given.plan
    return sum(
        _rounds_s(plan, cases, 1 if alone else len(plan.stream_cores()))
        for alone, cases in by_sharing(plan, plan.taken_by(Pass.ALLOCATIONS))
        if cases
    )


def _rounds_s(plan: Plan, cases: Sequence[Case], at_once: int) -> float:
    slow = [case for case in cases if plan.costs.long(case.id)]
    slow_s = sum(_COUNT_S + _SLOWED * plan.costs.call_s(case.id) for case in slow)
    rounds = math.ceil(plan.effort.allocation_launches / at_once) if len(slow) < len(cases) else 1
    return rounds * (launch_s(plan) + (len(cases) - len(slow)) * _COUNT_S) + slow_s


def both_expected_s(paired: PairedPlan, cases: Sequence[Case]) -> float:
    """How long it takes to count these cases' allocations once on either stack."""
    if paired.unavailable(*REQUIRES):
        return 0.0
    both_s = max(LAUNCH_S, paired.starts_s(alone=True))  # both have a core each, or there is only one
    return expected_s(parts(paired, cases), both_s, partial(_counts_s, paired))


def _counts_s(paired: PairedPlan, cases: Sequence[Case]) -> float:
    """Without the launch."""
    slow_s = sum(_SLOWED * paired.call_s(case.id) for case in cases if paired.long(case.id))
    return 2 / paired.at_once * (len(cases) * _COUNT_S + slow_s)


SPEC = PassSpec(
    Pass.ALLOCATIONS,
    "allocations",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.taken_by(Pass.ALLOCATIONS)),
    duration_s=_duration_s,
    requires=REQUIRES,
)
