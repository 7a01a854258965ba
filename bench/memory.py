"""Peak memory of every case: a fresh process each, asked once."""

from __future__ import annotations

from collections.abc import Generator

from bench.engine.launch import AgentError
from bench.engine.plan import Plan
from bench.model import Absence, Case, MemorySample, Pass

# Below this, one request's rise of the high water drowns in what a first request loads and the allocator rounds.
LEAST_MB = 0.5


def measure(plan: Plan) -> Generator[MemorySample | Absence]:
    """A sample per case and launch."""
    cases = plan.taken_by(Pass.MEMORY)
    for launch in range(plan.effort.memory_launches):
        for case in list(cases):
            try:
                sample = _observe(plan, launch, case)
            except AgentError as error:
                cases.remove(case)
                yield Absence(case=case.id, during=Pass.MEMORY, kind="invalid", reason=str(error))
            else:
                yield sample


def _observe(plan: Plan, launch: int, case: Case) -> MemorySample:
    """The target's headline is asked first: a first request also imports what the app puts off until then."""
    headline = plan.targets[case.target].case(next(iter(plan.targets[case.target].requests)))
    with plan.launch(launch) as agent:
        agent.call("prepare", **plan.arguments(headline))
        return MemorySample(case=case.id, launch=launch, **agent.call("peak", **plan.arguments(case)))
