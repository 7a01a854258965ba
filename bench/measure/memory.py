"""Peak memory of one request, in a fresh process for each case."""

from __future__ import annotations

from collections.abc import Generator
from time import perf_counter
from typing import Any

from bench.measure.pass_spec import PassInputs, PassSpec, launch_s
from bench.model.run import MemorySample, MissingSample
from bench.model.workload import Case, Pass
from bench.runner.agent_process import AgentError
from bench.runner.plan import Plan

_LONGEST_S = 1800.0
_PEAK_S = 0.8
_ROW_S = 10e-6
_WHAT_CAME = ("status", "lines", "content_type", "content_encoding", "sha256")


class WrongAnswerError(Exception):
    """A large answer that isn't the one that its target promises."""


def measure(plan: Plan) -> Generator[MemorySample | MissingSample]:
    """A sample per case and launch; a case that takes long has fewer launches."""
    cases = plan.taken_by(Pass.MEMORY)
    taken_s: dict[str, float] = {}
    for launch in range(plan.effort.memory_launches):
        seen: dict[str, str] = {}
        for case in list(cases):
            if launch and taken_s[case.id] / launch * (launch + 1) > plan.effort.memory_case_s:
                continue
            start_s = perf_counter()
            try:
                sample = _observe(plan, launch, case, seen)
            except (AgentError, WrongAnswerError) as error:
                cases.remove(case)
                yield MissingSample.invalid(case.id, Pass.MEMORY, error)
            else:
                taken_s[case.id] = taken_s.get(case.id, 0.0) + perf_counter() - start_s
                yield sample


def _observe(plan: Plan, launch: int, case: Case, seen: dict[str, str]) -> MemorySample:
    """The target's headline is asked first: a first request also imports what the app puts off until then.

    `seen` has the hash of every answer of this launch by case, and grows.
    """
    with plan.launch(launch) as agent:
        agent.call("prepare", **plan.arguments(plan.targets[case.target].headline))
        found = agent.call("peak", timeout_s=_LONGEST_S, **plan.arguments(case))
    came = {name: found.pop(name) for name in _WHAT_CAME}
    _verify(plan, case, came, seen)
    return MemorySample(case=case.id, launch=launch, **found)


def _verify(plan: Plan, case: Case, came: dict[str, Any], seen: dict[str, str]) -> None:
    """The contract for answers that are too large to be kept: by their status, their lines and their hash, where they
    neither vary nor are packed."""
    expect = plan.targets[case.target].requests[case.request].expect
    if came["status"] != expect.status:
        raise WrongAnswerError(f"returns status {came['status']}, expected {expect.status}")
    if expect.rows is not None and "csv" in came["content_type"] and came["lines"] - 1 != expect.rows:
        raise WrongAnswerError(f"returns {came['lines'] - 1} rows, expected {expect.rows}")
    if case.compared != "bytes" or came["content_encoding"]:
        return
    seen[case.id] = came["sha256"]
    if seen.get(case.parent_id or "", came["sha256"]) != came["sha256"]:
        raise WrongAnswerError(f"response differs from its parent {case.parent_id}")


def _launches(plan: Plan, case: Case) -> int:
    """How many a case gets: fewer when it takes long."""
    return max(1, min(plan.effort.memory_launches, int(plan.effort.memory_case_s / _launch_s(plan, case))))


def _launch_s(plan: Plan, case: Case) -> float:
    rows = plan.targets[case.target].requests[case.request].expect.rows or 0
    asked = plan.targets[case.target].headline.id, case.id
    return plan.costs.paced_s(_PEAK_S) + max(rows * _ROW_S, sum(map(plan.costs.call_s, asked)))


def _duration_s(given: PassInputs, _observations: int) -> float:
    """The longest hold of the loop takes another request."""
    plan = given.plan
    later_s = launch_s(plan, _PEAK_S) - plan.costs.paced_s(_PEAK_S)
    return sum(
        _launches(plan, case) * (_launch_s(plan, case) + later_s + plan.costs.call_s(case.id))
        for case in plan.taken_by(Pass.MEMORY)
    )


SPEC = PassSpec(
    Pass.MEMORY,
    "peak memory",
    lambda given: measure(given.plan),
    observations=lambda given: sum(_launches(given.plan, case) for case in given.plan.taken_by(Pass.MEMORY)),
    duration_s=_duration_s,
)
