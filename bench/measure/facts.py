"""What apps observe of themselves: cases whose answer is the result, asked once each and kept as they answered."""

from __future__ import annotations

import json
from collections.abc import Generator

from bench.measure.pass_spec import LAUNCH_S, PassSpec
from bench.model.run import FactSample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent, AgentError
from bench.runner.contract import AppResponse
from bench.runner.plan import Plan

_FACT_S = 0.02


def measure(plan: Plan) -> Generator[FactSample | MissingSample]:
    """A sample per case, all in one agent; a fresh one does the rest when a case takes it along."""
    waiting = plan.taken_by(Pass.FACTS)
    while waiting:
        with plan.launch(0) as agent:
            while waiting and agent.alive:
                case = waiting.pop(0)
                try:
                    yield _observe(plan, agent, case)
                except AgentError as error:
                    yield MissingSample.invalid(case.id, Pass.FACTS, error)


def _observe(plan: Plan, agent: Agent, case: Case) -> FactSample:
    answer = AppResponse.of(agent.call("answer", **plan.arguments(case)))
    try:
        found = json.loads(answer.body)
    except ValueError:
        found = answer.body.decode(errors="replace")
    return FactSample(case=case.id, status=answer.status, answer=found)


SPEC = PassSpec(
    Pass.FACTS,
    "observed facts",
    lambda given: measure(given.plan),
    observations=lambda given: len(given.plan.taken_by(Pass.FACTS)),
    duration_s=lambda _, made: LAUNCH_S + made * _FACT_S,
)
