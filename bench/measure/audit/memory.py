"""How far one request raises resident memory, and for how long it holds the event loop.

What a request allocates bounds its peak: where that is too little to stand out, all cases share one process, which
takes a fraction of the time, and tells what they leave behind, too. A larger one has a fresh process of its own, where
no memory of other requests is free.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from time import perf_counter

from bench.measure.audit import retained
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.effort import MEASURE_LONGER
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Observe, Round, each
from bench.model.audit import AuditSample
from bench.model.run import MemorySample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

_WHAT_CAME = ("status", "lines", "content_type", "content_encoding", "sha256")
_CALLS, _CASE_S = 3.0, 0.01


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case; and the first of what each leaves behind, if all share a process."""
    failed = set(inputs.failed)
    small = [case for case in inputs.cases if not inputs.large(case)]
    this = Round(Pass.MEMORY, cases=small, turns=1 + inputs.share_a_process)
    yield from each(inputs, this, _peaks_first(inputs), failed)
    begin_s = perf_counter()
    largest_first = sorted(
        (case for case in inputs.cases if inputs.large(case)), key=lambda case: -inputs.alloc_bytes[case.id]
    )
    for case in largest_first:
        if perf_counter() - begin_s > inputs.effort.fresh_s:
            reason = f"no time for its peak memory; {MEASURE_LONGER}"
            yield MissingSample(case=case.id, during=Pass.MEMORY, kind="skipped", reason=reason)
            continue
        yield from each(inputs, Round(Pass.MEMORY, cases=[case]), _peaks_first(inputs), failed)


def _peaks_first(inputs: AuditInputs) -> Observe:
    """The peak of a case, and what it leaves behind where it is observed again: nothing may be traced before a peak."""
    seen: set[str] = set()

    def observe(agent: Agent, case: Case) -> Sequence[AuditSample]:
        if case.id in seen:
            return [retained.observed(inputs, agent, case)]
        seen.add(case.id)
        return [_peak(inputs, agent, case)]

    return observe


def _peak(inputs: AuditInputs, agent: Agent, case: Case) -> MemorySample:
    """Raises AgentError."""
    limit_s = inputs.plan.costs.time_limit_s(case.id)
    found = agent.call("peak", timeout_s=limit_s, **inputs.plan.arguments(case))
    known = {name: value for name, value in found.items() if name not in _WHAT_CAME}
    return MemorySample(case=case.id, launch=0, **known)


def _expected_s(inputs: AuditInputs) -> float:
    retained_s = retained.observed_s(inputs) if inputs.share_a_process else 0.0
    return inputs.launch_s + inputs.call_s(_CALLS) + len(inputs.cases) * _CASE_S + retained_s


SPEC = AuditPass(
    "peak memory and loop holds",
    measure,
    observations=lambda inputs: len(inputs.cases) * (1 + inputs.share_a_process),
    expected_s=_expected_s,
)
