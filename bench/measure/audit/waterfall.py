"""One request of each case alone, step by step: what ran when, and who waited."""

from __future__ import annotations

from collections.abc import Generator

from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Round, each
from bench.model.audit import WaterfallSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

_TIMED = 2.0


def _requests(inputs: AuditInputs, case: Case) -> int:
    return inputs.windows(case, inputs.effort.waterfall_requests)


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case."""

    def observe(agent: Agent, case: Case) -> list[WaterfallSample]:
        requests = _requests(inputs, case)
        limit_s = inputs.plan.costs.time_limit_s(case.id, requests)
        return [
            WaterfallSample(case=case.id, **agent.call("waterfall", timeout_s=limit_s, case=case.id, requests=requests))
        ]

    yield from each(inputs, Round(Pass.BOUNDARIES, traced=True), observe, set(inputs.failed))


def _expected_s(inputs: AuditInputs) -> float:
    costs = inputs.plan.costs
    return inputs.launch_s + _TIMED * sum(_requests(inputs, case) * costs.call_s(case.id) for case in inputs.cases)


SPEC = AuditPass("waiting", measure, observations=lambda inputs: len(inputs.cases), expected_s=_expected_s)
