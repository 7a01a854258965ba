"""Allocations of every case: exact, so that two launches with different hash seeds must agree."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial

from bench.measure.pass_spec import LAUNCH_S, PassSpec
from bench.model.comparison import AllocationPair
from bench.model.run import AllocationSample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_pair import AgentPair, PairedPlan
from bench.runner.agent_process import Agent
from bench.runner.each_case import each_case
from bench.runner.plan import Plan

_COUNT_S = 0.2


def measure(plan: Plan) -> Generator[AllocationSample | MissingSample]:
    """A sample per case and launch.

    Always in the same order: what ran before in a process can move a count by one in ten thousand.
    """
    failed: set[str] = set()
    order = plan.taken_by(Pass.ALLOCATIONS)
    for launch in range(plan.effort.allocation_launches):
        yield from each_case(plan, Pass.ALLOCATIONS, launch, order, failed, partial(_observe, plan, launch))


def _observe(plan: Plan, launch: int, agent: Agent, case: Case, _ready: frozenset[str]) -> AllocationSample:
    counted = agent.call("allocations", case=case.id)
    return AllocationSample(case=case.id, launch=launch, hash_seed=plan.hash_seed(launch), **counted)


def measure_both(paired: PairedPlan) -> Generator[AllocationPair | MissingSample]:
    """Each case once on either stack; twice where a database answers, for then counts differ from launch to launch."""
    failed: set[str] = set()
    order = paired.taken_by(Pass.ALLOCATIONS)
    unsteady = [case for case in order if paired.base.targets[case.target].services]
    for launch, cases in ((0, order), (1, unsteady)):
        yield from each_case(paired, Pass.ALLOCATIONS, launch, cases, failed, partial(_observe_both, paired, launch))


def _observe_both(
    paired: PairedPlan, launch: int, duo: AgentPair, case: Case, _ready: frozenset[str]
) -> AllocationPair:
    base, head = duo.call("allocations", case=case.id)
    return AllocationPair(
        case=case.id,
        launch=launch,
        hash_seed=paired.base.hash_seed(launch),
        base_allocs=base["allocs"] / base["requests"],
        head_allocs=head["allocs"] / head["requests"],
        base_alloc_bytes=base["alloc_bytes"] / base["requests"],
        head_alloc_bytes=head["alloc_bytes"] / head["requests"],
    )


SPEC = PassSpec(
    Pass.ALLOCATIONS,
    "allocations",
    lambda given: measure(given.plan),
    observations=lambda given: given.plan.effort.allocation_launches * len(given.plan.taken_by(Pass.ALLOCATIONS)),
    duration_s=lambda given, made: given.plan.effort.allocation_launches * LAUNCH_S + made * _COUNT_S,
)
