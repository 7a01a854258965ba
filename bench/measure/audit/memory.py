"""How far one request raises resident memory, and for how long it holds the event loop.

What a request allocates bounds its peak: where that is too little to stand out, all cases share one process, which
takes a fraction of the time. A larger one has a fresh process of its own, where no memory of other requests is free.
"""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Any

from bench.analysis.run.figures import LEAST_MB
from bench.measure.audit.audit_pass import AuditPass
from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found, Round, each
from bench.model.run import MemorySample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import Agent

_WHAT_CAME = ("status", "lines", "content_type", "content_encoding", "sha256")
_CALLS, _CASE_S = 3.0, 0.01


def measure(inputs: AuditInputs) -> Generator[Found]:
    """A sample per case."""
    failed = set(inputs.failed)
    small = [case for case in inputs.cases if not _large(inputs, case)]
    yield from each(inputs, Round(Pass.MEMORY, cases=small), _observe(inputs), failed)
    begin_s = perf_counter()
    largest_first = sorted(
        (case for case in inputs.cases if _large(inputs, case)), key=lambda case: -inputs.alloc_bytes[case.id]
    )
    for case in largest_first:
        if perf_counter() - begin_s > inputs.effort.fresh_s:
            reason = "no time for its peak memory; use --full, or measure fewer routes with --case"
            yield MissingSample(case=case.id, during=Pass.MEMORY, kind="skipped", reason=reason)
            continue
        yield from each(inputs, Round(Pass.MEMORY, cases=[case]), _observe(inputs), failed)


def _large(inputs: AuditInputs, case: Case) -> bool:
    return inputs.alloc_bytes.get(case.id, 0.0) >= LEAST_MB * 1e6


def _observe(inputs: AuditInputs) -> Any:
    def observe(agent: Agent, case: Case) -> list[MemorySample]:
        limit_s = inputs.plan.costs.time_limit_s(case.id)
        found = agent.call("peak", timeout_s=limit_s, **inputs.plan.arguments(case))
        return [
            MemorySample(
                case=case.id, launch=0, **{name: value for name, value in found.items() if name not in _WHAT_CAME}
            )
        ]

    return observe


def _expected_s(inputs: AuditInputs) -> float:
    return inputs.launch_s + inputs.call_s(_CALLS) + len(inputs.cases) * _CASE_S


SPEC = AuditPass(
    "peak memory and loop holds", measure, observations=lambda inputs: len(inputs.cases), expected_s=_expected_s
)
