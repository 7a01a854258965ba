"""Allocations of every case: exact, so that two launches with different hash seeds must agree."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial

from bench.measure.pass_spec import LAUNCH_S, PassInputs, PassSpec
from bench.model.comparison import AllocationPair
from bench.model.run import AllocationSample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent
from bench.runner.each_case import each_case
from bench.runner.plan import Plan

_COUNT_S = 0.2
# How many times as long as it is a long request takes: to prepare it, to track it, and to sum up what was tracked.
_SLOWED = 5.0


def measure(plan: Plan) -> Generator[AllocationSample | MissingSample]:
    """A sample per case and launch.

    Always in the same order: what ran before in a process can move a count by one in ten thousand.
    """
    failed: set[str] = set()
    for launch in range(plan.effort.allocation_launches):
        order = [case for case in plan.taken_by(Pass.ALLOCATIONS) if launch < _launches(plan, case)]
        now = replace(plan, cases=tuple(order))
        yield from each_case(now, Pass.ALLOCATIONS, launch, order, failed, partial(_observe, plan, launch))


def _launches(plan: Plan, case: Case) -> int:
    """A long request is counted once."""
    return 1 if plan.costs.long(case.id) else plan.effort.allocation_launches


def _observe(plan: Plan, launch: int, agent: Agent, case: Case, _ready: frozenset[str]) -> AllocationSample:
    limit_s, once = plan.costs.time_limit_s(case.id), plan.costs.long(case.id)
    counted = agent.call("allocations", timeout_s=limit_s, case=case.id, once=once)
    return AllocationSample(case=case.id, launch=launch, hash_seed=plan.hash_seed(launch), **counted)


def measure_both(paired: PairedPlan, longest_s: float = math.inf) -> Generator[AllocationPair | MissingSample]:
    """Each case once on either stack, on both at once; twice where a database answers, for then counts differ from
    launch to launch.

    A long request has `longest_s` for it on either side.
    """
    failed: set[str] = set()
    paired = replace(paired, together=False)
    order = paired.taken_by(Pass.ALLOCATIONS)
    unsteady = [case for case in order if paired.base.targets[case.target].services and not paired.long(case.id)]
    for launch, cases in ((0, order), (1, unsteady)):
        yield from each_case(
            paired, Pass.ALLOCATIONS, launch, cases, failed, partial(_observe_both, paired, launch, longest_s)
        )


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


def _duration_s(given: PassInputs, made: int) -> float:
    plan, cases = given.plan, given.plan.taken_by(Pass.ALLOCATIONS)
    launches = max((_launches(plan, case) for case in cases), default=0)
    slow_s = sum(_SLOWED * plan.costs.call_s(case.id) for case in cases if plan.costs.long(case.id))
    return launches * LAUNCH_S + made * _COUNT_S + slow_s


def both_expected_s(paired: PairedPlan, cases: Sequence[Case]) -> float:
    """How long it takes to count these cases' allocations once on either stack."""
    slow_s = sum(_SLOWED * paired.call_s(case.id) for case in cases if paired.long(case.id))
    return LAUNCH_S + 2 / paired.at_once * (len(cases) * _COUNT_S + slow_s)


SPEC = PassSpec(
    Pass.ALLOCATIONS,
    "allocations",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.taken_by(Pass.ALLOCATIONS)),
    duration_s=_duration_s,
)
