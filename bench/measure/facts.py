"""What apps observe of themselves: cases whose answer is the result, asked once each and kept as they answered."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace

from pydantic import JsonValue

from bench.measure.pass_spec import LAUNCH_S, PassSpec
from bench.model.run import FactSample, MissingSample
from bench.model.workload import Pass
from bench.runner.agent_process import AgentError
from bench.runner.contract import answered
from bench.runner.plan import Plan

_FACT_S = 0.02


def measure(plan: Plan) -> Generator[FactSample | MissingSample]:
    """A sample per case."""
    for case, answer in answered(replace(plan, cases=tuple(plan.taken_by(Pass.FACTS)))):
        if isinstance(answer, AgentError):
            yield MissingSample.invalid(case.id, Pass.FACTS, answer)
        else:
            yield FactSample(case=case.id, status=answer.status, answer=_read(answer.body))


def _read(body: bytes) -> JsonValue:
    """What isn't JSON is kept as it stands."""
    try:
        found: JsonValue = json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
    return found


SPEC = PassSpec(
    Pass.FACTS,
    "observed facts",
    lambda given: measure(given.plan),
    observations=lambda given: len(given.plan.taken_by(Pass.FACTS)),
    duration_s=lambda _, made: LAUNCH_S + made * _FACT_S,
)
