"""Allocations of each part of a request: exact, so that one launch says them, on any core."""

from __future__ import annotations

from collections.abc import Generator

from bench.measure.audit import over_streams
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.effort import MEASURE_LONGER
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Observe, Round
from bench.measure.pass_spec import skipped
from bench.model.audit import PartAllocationSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

# How many calls tracking some of them takes as long as, with reading its records; and starting the tracker.
_CALLS, _START_S = 600.0, 0.06


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case; what a request allocates is kept for the passes that follow."""

    reason = inputs.plan.environment.stack.unavailable("memray")
    if not inputs.effort.allocations:
        reason = f"not counted, since there was no time; {MEASURE_LONGER}"
    if reason:
        yield from skipped(inputs.cases, Pass.ALLOCATIONS, reason)
        return

    def observe(agent: Agent, case: Case) -> list[PartAllocationSample]:
        limit_s = inputs.plan.costs.time_limit_s(case.id, int(_CALLS))
        found = agent.call("part_allocations", timeout_s=limit_s, case=case.id)
        sample = PartAllocationSample(case=case.id, launch=0, **found)
        inputs.alloc_bytes[case.id] = sum(part.alloc_bytes for part in sample.by_part)
        return [sample]

    def observing(*_: object) -> Observe:
        return observe

    yield from over_streams.dealt(inputs, Round(Pass.ALLOCATIONS, traced=True), observing, set(inputs.failed))


def _expected_s(inputs: AuditInputs) -> float:
    return over_streams.dealt_s(inputs, _launch_s) if inputs.effort.allocations else 0.0


def _launch_s(inputs: AuditInputs) -> float:
    return inputs.launch_s + inputs.call_s(_CALLS) + len(inputs.cases) * _START_S


SPEC = AuditPass(
    "allocations",
    measure,
    observations=lambda inputs: len(inputs.cases),
    expected_s=_expected_s,
)
